"""Who is it: the challenge for a card, the session, the link to a resident."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, g, jsonify, request

from todoke.core import letter_code, token
from todoke.core.errors import TodokeError
from todoke.journeys import challenge as challenges
from todoke.journeys import login, residents, session, ways_in
from todoke.journeys.ways_in import Way
from todoke.ports import Services
from todoke.web import app_login, errors, guard, handover, linking, openapi, passkeys, sessions
from todoke.web.cookies import Cookies, named, new_browser
from todoke.web.identity_shapes import (
    DONE,
    KEPT,
    MAX_BYTES,
    NOTHING,
    TIME,
    WHO,
    answers,
    means_the_last,
    only,
    shown,
)
from todoke.web.limits import Limits

NAME = "identity"
HOST = "portal"
_CHALLENGE = answers(nonce={"type": "string"}, expires_at=TIME)
_ANSWER = {
    "type": "object",
    "required": ["version", "mode", "certificate", "signature", "algorithm", "nonce"],
    "properties": {
        "version": {"const": "todoke-card/1"},
        "mode": {"enum": ["fetch", "visit"]},
        "certificate": {"type": "string", "description": "base64 of DER"},
        "signature": {"type": "string", "description": "base64"},
        "algorithm": {"enum": sorted(token.ACCEPTED)},
        "nonce": {"type": "string"},
    },
    "additionalProperties": False,
}
_CARDS = answers(cards=KEPT)
_ME = {
    "type": "object",
    "properties": {**WHO["properties"], "name": {"type": ["string", "null"]}},
}
_CODE = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string", "maxLength": letter_code.MAX_TYPED}},
    "additionalProperties": False,
}


def blueprint(services: Services) -> Blueprint:
    """``/api/login``, ``/api/logout`` and ``/api/me``."""
    routes, limits = Blueprint(NAME, __name__), Limits(services.clock)
    cookies = Cookies(services, limits)

    @routes.post("/api/login/challenge")
    @guard.public
    @openapi.shapes(NOTHING, _CHALLENGE, 201)
    def challenge() -> tuple[Response, int]:
        """A number for the card to sign, for this browser, once, within five minutes."""
        limits.login(request.remote_addr, cookies.known())
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        made = challenges.issue(services, browser, token.LOGIN)
        answer = jsonify(ok=True, nonce=made.nonce, expires_at=made.expires_at)
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/login")
    @guard.public
    @openapi.shapes(_ANSWER, WHO, 201)
    def enter() -> tuple[Response, int]:
        """What the card answered opens a session; the one this browser had ends."""
        limits.login(request.remote_addr, cookies.known())
        body = guard.proof_body(MAX_BYTES)
        opened = login.login(services, cookies.browser(), body, cookies.session(), named())
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer, 201

    @routes.post("/api/me/cards")
    @guard.resident(linked=False)
    @openapi.shapes(_ANSWER, WHO, 201)
    def add_card() -> tuple[Response, int]:
        """The card that answered becomes one more way into this account; the session rises to the
        card's tier, under a new token."""
        limits.device(g.account.id)
        body = guard.proof_body(MAX_BYTES)
        opened = login.add_card(services, cookies.browser(), body, cookies.session())
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer, 201

    @routes.get("/api/me/cards")
    @guard.resident(linked=False)
    @openapi.shapes(None, _CARDS)
    def cards() -> Response:
        """The cards of this account, the newest first."""
        found = ways_in.kept(services, g.account, login.CARD)
        return jsonify(ok=True, cards=[asdict(each) for each in found])

    @routes.delete("/api/me/cards/<id>")
    @guard.resident(linked=False)
    @openapi.shapes(None, DONE)
    def remove_card(id: str) -> Response:
        """Takes one away as a way in, and ends what it opened. ``?last=yes``: her last one, too."""
        limits.device(g.account.id)
        ways_in.remove(services, g.session, g.account, Way(login.CARD, id), last=means_the_last())
        return jsonify(ok=True)

    @routes.post("/api/logout")
    @guard.public  # and not resident: whoever is out already may go out again
    @openapi.shapes(None, DONE)
    def leave() -> Response:
        """Ends the session of this browser. Twice is fine."""
        session.close(services, cookies.session())
        answer = jsonify(ok=True)
        cookies.leave(answer)
        return answer

    @routes.get("/api/me")
    @guard.resident(linked=False)
    @openapi.shapes(None, _ME)
    def me() -> Response:
        """Whose session this is."""
        resident = residents.get(services, g.resident) if g.resident else None
        return jsonify(
            ok=True,
            account=g.account.id,
            linked=g.resident is not None,
            tier=g.session.data["tier"],
            expires_at=g.session.expires_at,
            name=resident.name if resident else None,
        )

    @routes.post("/api/me/link")
    @guard.resident(linked=False)
    @openapi.shapes(_CODE, WHO)
    def link() -> Response:
        """The code of the city's letter links this card to a resident; a new session token."""
        limits.device(g.account.id)
        typed = only(guard.json_body(MAX_BYTES), "code")["code"]
        try:
            opened = login.link(services, cookies.session(), typed)
        except TodokeError as error:
            return _with_tries(services, error)
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer

    linking.routes(services, routes, limits)
    passkeys.routes(services, routes, limits)
    sessions.routes(services, routes, limits)
    app_login.routes(services, routes, limits)
    handover.routes(services, routes, limits)
    return routes


def _with_tries(services: Services, error: TodokeError) -> Response:
    """The error shape, with the number of tries left beside it."""
    answer = errors.answer(services, error)
    if "left" in error.details:
        told = jsonify(**answer.get_json(), left=error.details["left"])
        told.status_code, told.headers["Cache-Control"] = error.status, "no-store"
        return told
    return answer
