"""The console's stylesheet: a public, hashed file of the current release, on its own host.

The one console path that answers without a session: the page that spends a one-time link must
look like the rest, and the file says nothing that the portal does not.
"""

from __future__ import annotations

from flask import Blueprint, Response

from todoke.core.errors import TodokeError
from todoke.ports import Services
from todoke.web import guard
from todoke.web.portal import HASHED, respond

NAME = "console_assets"
HOST = "console"


def blueprint(services: Services) -> Blueprint:
    """``/assets/<hashed name>`` only."""
    routes = Blueprint(NAME, __name__)

    @routes.get("/assets/<path:name>", provide_automatic_options=False)
    @guard.public
    def asset(name: str) -> Response:
        key = f"assets/{name}"
        blob = services.blobs.get(key) if HASHED.match(key) else None
        if blob is None:
            raise TodokeError("not_found")
        return respond(blob, key)

    return routes
