"""Who is it: the challenge for a card, the session, the link to a resident."""

from __future__ import annotations

from flask import Blueprint

from todoke.ports import Services

NAME = "identity"
HOST = "portal"


def blueprint(services: Services) -> Blueprint:  # noqa: ARG001
    """All routes."""
    return Blueprint(NAME, __name__)
