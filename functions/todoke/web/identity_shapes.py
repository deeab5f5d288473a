"""Shapes of what the identity routes take and answer (OpenAPI), and the reading of small bodies."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from todoke.core.errors import TodokeError
from todoke.journeys.session import Opened

#: a certificate in base64 has less than 6 kB, a passkey's attestation less than 4
MAX_BYTES = 16 * 1024

TIME = {"type": "integer", "description": "unix seconds"}
WHO: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ok": {"const": True},
        "account": {"type": "string"},
        "linked": {"type": "boolean"},
        "tier": {"type": "integer", "description": "1 a passkey, 2 a card or the app"},
        "expires_at": TIME,
    },
}
NOTHING = {"type": "object", "additionalProperties": False}
DONE = {"type": "object", "properties": {"ok": {"const": True}}}


#: a list of cards or of apps, which have no names
KEPT = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "created_at": TIME, "used_at": TIME},
    },
}


def texts(*names: str) -> dict[str, Any]:
    """An object of exactly these texts."""
    return {
        "type": "object",
        "required": list(names),
        "properties": {each: {"type": "string"} for each in names},
        "additionalProperties": False,
    }


def answers(**properties: Any) -> dict[str, Any]:
    """An answer with these properties beside ok."""
    return {"type": "object", "properties": {"ok": {"const": True}, **properties}}


def shown(opened: Opened) -> Response:
    """Whose session was opened."""
    return jsonify(
        ok=True,
        account=opened.account,
        linked=opened.linked,
        tier=opened.tier,
        expires_at=opened.expires_at,
    )


def only(body: dict[str, Any], *names: str) -> dict[str, str]:
    """The fields of a body, all of them texts. Raises ``unknown_field``, ``missing_field`` or
    ``bad_field``."""
    for each in body:
        if each not in names:
            raise TodokeError("unknown_field", field=each[:40], known=" ".join(names) or "-")
    for each in names:
        if each not in body:
            raise TodokeError("missing_field", field=each)
        if not isinstance(body[each], str):
            raise TodokeError("bad_field", field=each, rule="text")
    return body


def means_the_last() -> bool:
    """Whether somebody who takes a way in away said that it may be her last. In the address: what
    a DELETE carries may be dropped on its way (RFC 9110 section 9.3.5)."""
    return request.args.get("last") == "yes"
