"""What is addressed to one person: notices, やりとり履歴, the phones that are told."""

from __future__ import annotations

from flask import Blueprint

from todoke.ports import Services

NAME = "inbox"
HOST = "portal"


def blueprint(services: Services) -> Blueprint:  # noqa: ARG001
    """All routes."""
    return Blueprint(NAME, __name__)
