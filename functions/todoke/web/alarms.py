"""The phone's side of being woken: one instant, asked for and taken back. Part of the function of
``subscriptions``, because the same token proves both."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify

from todoke.core.alarm import STEP_SECONDS
from todoke.journeys import alarms
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.limits import Limits

#: one number
MAX_BYTES = 1024

_AT: dict[str, Any] = {
    "type": "integer",
    "multipleOf": STEP_SECONDS,
    "description": "unix seconds, to come, at most 400 days ahead",
}
_ASKED = {
    "type": "object",
    "required": ["at"],
    "properties": {"at": _AT},
    "additionalProperties": False,
}
_KEPT = {"type": "object", "properties": {"ok": {"const": True}, "at": _AT}}
_FORGOTTEN = {"type": "object", "properties": {"ok": {"const": True}}}


def add(routes: Blueprint, services: Services, limits: Limits) -> None:
    """``/api/alarms``, among the routes of the subscriptions."""

    @routes.post("/api/alarms")
    @guard.device
    @openapi.shapes(_ASKED, _KEPT)
    def wake_at() -> Response:
        """Be woken once at this instant, instead of any asked for before."""
        limits.device(g.subscription.id)
        return jsonify(alarms.wake_at(services, g.subscription, guard.json_body(MAX_BYTES)))

    @routes.delete("/api/alarms")
    @guard.device
    @openapi.shapes(None, _FORGOTTEN)
    def forget() -> Response:
        """Be woken no more: the instant is erased at once. Twice is fine."""
        limits.device(g.subscription.id)
        alarms.forget(services, g.subscription)
        return jsonify(ok=True)
