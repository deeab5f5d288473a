"""Whether this process can serve: ``/healthz``, and the machine-readable API description."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from todoke import __version__
from todoke.ports import Services
from todoke.web import guard, openapi

NAME = "health"
HOST = "portal"


def blueprint(services: Services) -> Blueprint:
    """``/healthz`` (200 when the store answers) and ``/api/openapi.json``."""
    routes = Blueprint(NAME, __name__)

    @routes.get("/healthz")
    @guard.public
    def healthz() -> Response:
        services.store.get("setting", "health")  # raises 503 when the store does not answer
        return jsonify(ok=True, version=__version__, release=services.blobs.current_release())

    @routes.get("/api/openapi.json")
    @guard.public
    def openapi_json() -> Response:
        return jsonify(openapi.describe(current_app, services.config))

    return routes
