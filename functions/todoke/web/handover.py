"""A PC is let in by a phone: two calls of the PC, three of the phone."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request

from todoke.core import handover as rules
from todoke.core.errors import TodokeError
from todoke.journeys import handover, session
from todoke.journeys.handover import Waiting
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.cookies import Cookies, named, new_browser
from todoke.web.identity_shapes import (
    DONE,
    MAX_BYTES,
    TIME,
    WHO,
    answers,
    only,
    shown,
    texts,
)
from todoke.web.limits import Limits

_TIERS = {"any": session.HELD, "card": session.CARD}
_NEED = {
    "type": "object",
    "required": ["need"],
    "properties": {"need": {"enum": sorted(_TIERS)}},
    "additionalProperties": False,
}
_BEGUN = answers(
    code={"type": "string"},
    number={"type": "integer", "description": "two digits, typed on the phone"},
    picture={"type": "array", "items": {"type": "string"}, "description": "QR code, rows of 0, 1"},
    expires_at=TIME,
    wait={"type": "integer", "description": "seconds until the first question"},
)
_CODE = texts("code")
_ALLOW = texts("code", "number")
_SEEN = answers(
    browser={"type": "string"},
    created_at=TIME,
    tier={"type": "integer", "description": "that the phone must show"},
    site={"type": "string", "description": "address of the portal that asks"},
)
_OR_WAIT = {
    **WHO,
    "properties": {**WHO["properties"], "wait": {"type": "integer", "description": "seconds"}},
}


def routes(services: Services, routes: Blueprint, limits: Limits) -> None:
    """``/api/login/phone`` and ``/api/me/phone``."""
    _pc(services, routes, limits)
    _phone(services, routes, limits)


def _pc(services: Services, routes: Blueprint, limits: Limits) -> None:
    cookies = Cookies(services, limits)

    @routes.post("/api/login/phone/begin")
    @guard.public
    @openapi.shapes(_NEED, _BEGUN, 201)
    def ask_phone() -> tuple[Response, int]:
        """A picture for a phone that is logged in, and a number to type there, once, within three
        minutes."""
        limits.login(request.remote_addr, cookies.known())
        need = only(guard.json_body(MAX_BYTES), "need")["need"]
        if need not in _TIERS:
            raise TodokeError("bad_field", field="need", rule=" ".join(sorted(_TIERS)))
        browser = cookies.browser() or new_browser()
        begun = handover.begin(services, browser, _TIERS[need], named())
        # behind "#", which no server and no log ever sees
        address = f"{services.config.origin_of(services.config.portal_host)}/allow.html"
        answer = jsonify(
            ok=True,
            code=begun.code,
            number=begun.number,
            picture=rules.picture(f"{address}#{begun.code}"),
            expires_at=begun.expires_at,
            wait=rules.wait(0),
        )
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/login/phone")
    @guard.public
    @openapi.shapes(_CODE, _OR_WAIT, 201)
    def enter_by_phone() -> tuple[Response, int]:
        """The session of this PC once the phone has allowed it; until then 202 and when to ask
        again."""
        code = only(guard.json_body(MAX_BYTES), "code")["code"]
        if handover.is_asking(services, cookies.browser(), code):
            limits.waiting(code)
        else:
            limits.login(request.remote_addr, cookies.known())
        found = handover.pick_up(services, cookies.browser(), code, cookies.session(), named())
        if isinstance(found, Waiting):
            return jsonify(ok=True, wait=found.seconds), 202
        answer = shown(found)
        cookies.enter(answer, found)
        return answer, 201


def _phone(services: Services, routes: Blueprint, limits: Limits) -> None:
    @routes.post("/api/me/phone/look")
    @guard.resident(linked=False)
    @openapi.shapes(_CODE, _SEEN)
    def look_at_pc() -> Response:
        """What asks to be let in. Not a GET: the code must not stand in a log."""
        limits.device(g.account.id)
        seen = handover.look(services, only(guard.json_body(MAX_BYTES), "code")["code"])
        return jsonify(
            ok=True,
            browser=seen.browser,
            created_at=seen.created_at,
            tier=seen.tier,
            site=services.config.portal_host,
        )

    @routes.post("/api/me/phone/allow")
    @guard.resident(linked=False)
    @openapi.shapes(_ALLOW, DONE)
    def allow_pc() -> Response:
        """Lets it in, by the number that it shows."""
        limits.device(g.account.id)
        body = only(guard.json_body(MAX_BYTES), "code", "number")
        handover.allow(services, body["code"], body["number"], g.session, g.account)
        return jsonify(ok=True)

    @routes.post("/api/me/phone/refuse")
    @guard.resident(linked=False)
    @openapi.shapes(_CODE, DONE)
    def refuse_pc() -> Response:
        """Lets it not in."""
        limits.device(g.account.id)
        handover.refuse(services, only(guard.json_body(MAX_BYTES), "code")["code"], g.account)
        return jsonify(ok=True)
