"""The phone's side of following: make, read, change, leave, export. No cookie, no account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from todoke.core import subscription as rules
from todoke.core.words import LANGUAGES
from todoke.journeys import subscribe
from todoke.ports import Services
from todoke.web import alarms, guard, openapi
from todoke.web.limits import Limits

NAME = "subscriptions"
HOST = "portal"
#: endpoint 2,048 characters, keys, 40 topics
MAX_BYTES = 16 * 1024

_CHOICES: dict[str, Any] = {
    "topics": {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": rules.MAX_TOPICS,
        "uniqueItems": True,
    },
    "area": {"type": ["string", "null"]},
    "cohorts": {
        "type": "array",
        "items": {"type": "integer"},
        "maxItems": rules.MAX_COHORTS,
        "uniqueItems": True,
        "description": "school years (年度) of birth",
    },
    "language": {"enum": list(LANGUAGES)},
    "show": {"enum": list(rules.SHOWS)},
}
_DEVICE: dict[str, Any] = {
    "endpoint": {"type": "string", "maxLength": 2048},
    "keys": {
        "type": "object",
        "required": ["p256dh", "auth"],
        "properties": {"p256dh": {"type": "string"}, "auth": {"type": "string"}},
    },
}
_PAUSE: dict[str, Any] = {
    "paused_until": {"type": ["integer", "null"], "description": "unix seconds"}
}
_NEW = {
    "type": "object",
    "required": ["endpoint", "keys", "topics"],
    "properties": {**_DEVICE, **_CHOICES},
    "additionalProperties": False,
}
_CHANGE = {
    "type": "object",
    "properties": {**_DEVICE, **_CHOICES, **_PAUSE},
    "additionalProperties": False,
}
_SHOWN = {
    "type": "object",
    "properties": {
        "ok": {"const": True},
        "id": {"type": "string"},
        **_CHOICES,
        **_PAUSE,
        "created_at": {"type": "integer", "description": "unix seconds"},
        "endpoint_hash": {"type": "string", "description": "base64url SHA-256 of the endpoint"},
    },
}
_MADE = {
    "type": "object",
    "properties": {**_SHOWN["properties"], "token": {"type": "string"}},  # type: ignore[dict-item]
}


def blueprint(services: Services) -> Blueprint:
    """``/api/subscriptions`` and what lies below, and ``/api/alarms``."""
    routes, limits = Blueprint(NAME, __name__), Limits(services.clock)

    @routes.post("/api/subscriptions")
    @guard.public
    @openapi.shapes(_NEW, _MADE, 201)
    def follow() -> tuple[Response, int]:
        """Follow topics: 201 with a token; 200 and a new token when this browser had one."""
        limits.stranger(request.remote_addr)
        shown, is_new = subscribe.follow(services, guard.json_body(MAX_BYTES))
        return jsonify(shown), 201 if is_new else 200

    @routes.get("/api/subscriptions/me")
    @guard.device
    @openapi.shapes(None, _SHOWN)
    def read() -> Response:
        """What this subscription follows."""
        return jsonify(subscribe.read(g.subscription))

    @routes.put("/api/subscriptions/me")
    @guard.device
    @openapi.shapes(_CHANGE, _SHOWN)
    def change() -> Response:
        """Change what is named, keep the rest; pause; or move to a new push endpoint."""
        limits.device(g.subscription.id)
        body = guard.json_body(MAX_BYTES)
        return jsonify(subscribe.change(services, g.subscription, body))

    @routes.delete("/api/subscriptions/me")
    @guard.public  # and not device: whoever has left already may leave again
    @openapi.shapes(None, {"type": "object", "properties": {"ok": {"const": True}}})
    def leave() -> Response:
        """Leave: everything about this subscription is erased at once. Twice is fine."""
        subscribe.leave(services, guard.bearer_token())
        return jsonify(ok=True)

    @routes.get("/api/subscriptions/me/export")
    @guard.device
    def export() -> Response:
        """Everything kept about this subscription, as a file."""
        response = jsonify(subscribe.export(services, g.subscription))
        response.headers["Content-Disposition"] = 'attachment; filename="todoke-subscription.json"'
        return response

    alarms.add(routes, services, limits)
    return routes
