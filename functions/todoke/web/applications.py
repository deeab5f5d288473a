"""Applications (届出・申請) from the citizen's side: form, attachment, status, mending."""

from __future__ import annotations

from flask import Blueprint

from todoke.ports import Services

NAME = "applications"
HOST = "portal"


def blueprint(services: Services) -> Blueprint:  # noqa: ARG001
    """All routes."""
    return Blueprint(NAME, __name__)
