"""Bills from the citizen's side: the bill, the way to the provider, and its webhook."""

from __future__ import annotations

from flask import Blueprint

from todoke.ports import Services

NAME = "payments"
HOST = "portal"


def blueprint(services: Services) -> Blueprint:  # noqa: ARG001
    """All routes."""
    return Blueprint(NAME, __name__)
