"""Mandates of a citizen: given with a code, accepted with it, listed and ended by either side."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, g, jsonify

from todoke.core import letter_code, mandate
from todoke.core.errors import TodokeError
from todoke.journeys import mandates, residents, session
from todoke.journeys.mandates import Mandate
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.identity_shapes import DONE, MAX_BYTES, TIME, answers, only
from todoke.web.limits import Bucket, Limits, Rate

#: codes that one account types: nobody mistypes more, and only who types waits
TRIES = Rate(burst=10, every=60)
_DAY = {"type": "string", "format": "date"}
_OFFER = {
    "type": "object",
    "required": ["scope", "first", "last"],
    "properties": {
        "scope": {"type": "array", "items": {"enum": list(mandate.SCOPES)}, "minItems": 1},
        "first": _DAY,
        "last": _DAY,
    },
    "additionalProperties": False,
}
_CODE = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string", "maxLength": letter_code.MAX_TYPED}},
    "additionalProperties": False,
}
_ONE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "mine": {"type": "boolean", "description": "given by the person who asks"},
        "name": {"type": ["string", "null"], "description": "of the other; null: nobody yet"},
        "scope": _OFFER["properties"]["scope"],  # type: ignore[index]
        "first": _DAY,
        "last": _DAY,
    },
}


def routes(services: Services, routes: Blueprint, limits: Limits, tries: Bucket) -> None:
    """``/api/me/mandates``. tries: of codes typed, shared with the pages."""

    @routes.get("/api/me/mandates")
    @guard.resident()
    @openapi.shapes(None, answers(mandates={"type": "array", "items": _ONE}))
    def mandates_of() -> Response:
        """What this person lets others do, and what others let her do."""
        found = mandates.of_resident(services, g.resident)
        return jsonify(ok=True, mandates=[_shown(services, each, g.resident) for each in found])

    @routes.post("/api/me/mandates")
    @guard.resident(tier=session.CARD)
    @openapi.shapes(_OFFER, answers(id={"type": "string"}, code={"type": "string"}, seconds=TIME))
    def give() -> Response:
        """Let whoever gets the code act for this person, right after her own proof in this very
        browser: a mandate outlives the session."""
        limits.device(g.account.id)
        session.refuse_weaker(services, g.session, session.CARD, fresh=True)
        scope, first, last = _term(guard.json_body(MAX_BYTES))
        term = mandates.term(services, scope, first, last)
        made, code = mandates.offer(services, g.resident, term)
        return jsonify(ok=True, id=made.id, code=code, seconds=mandates.OFFER_SECONDS)

    @routes.post("/api/me/mandates/accept")
    @guard.resident()
    @openapi.shapes(_CODE, answers(mandate=_ONE))
    def accept() -> Response:
        """Act for whoever gave the code."""
        tries.take(g.account.id)
        typed = only(guard.json_body(MAX_BYTES), "code")["code"]
        made = mandates.accept(services, g.resident, typed)
        return jsonify(ok=True, mandate=_shown(services, made, g.resident))

    @routes.delete("/api/me/mandates/<id>")
    @guard.resident()
    @openapi.shapes(None, DONE)
    def end(id: str) -> Response:
        """End one, from either side. Twice is fine."""
        limits.device(g.account.id)
        mandates.end(services, g.resident, id)
        return jsonify(ok=True)


def _shown(services: Services, each: Mandate, reader: str) -> dict[str, Any]:
    mine = each.principal == reader
    other = residents.get(services, each.agent if mine else each.principal)
    return {
        "id": each.id,
        "mine": mine,
        "name": other.name if other else None,
        "scope": list(each.term.scope),
        "first": each.term.first.isoformat(),
        "last": each.term.last.isoformat(),
    }


def _term(body: dict[str, Any]) -> tuple[list[str], date, date]:
    scope = body.pop("scope", None)
    if not isinstance(scope, list) or not all(isinstance(each, str) for each in scope):
        raise TodokeError("bad_field", field="scope", rule="list")
    days = only(body, "first", "last")
    return scope, _day("first", days), _day("last", days)


def _day(name: str, days: dict[str, str]) -> date:
    try:
        return date.fromisoformat(days[name])
    except ValueError as error:
        raise TodokeError("bad_field", field=name, rule="csv_day") from error
