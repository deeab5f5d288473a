"""Who is it: the challenge for a card, the session, the link to a resident."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from todoke.core import letter_code
from todoke.core.errors import TodokeError
from todoke.journeys import login, residents
from todoke.ports import Services
from todoke.web import errors, guard, openapi
from todoke.web.limits import Limits

NAME = "identity"
HOST = "portal"
#: a certificate in base64 has less than 6 kB
MAX_BYTES = 16 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

_TIME = {"type": "integer", "description": "unix seconds"}
_CHALLENGE = {
    "type": "object",
    "properties": {"ok": {"const": True}, "nonce": {"type": "string"}, "expires_at": _TIME},
}
_ANSWER = {
    "type": "object",
    "required": ["version", "mode", "certificate", "signature", "algorithm", "nonce"],
    "properties": {
        "version": {"const": "todoke-card/1"},
        "mode": {"enum": ["fetch", "visit"]},
        "certificate": {"type": "string", "description": "base64 of DER"},
        "signature": {"type": "string", "description": "base64"},
        "algorithm": {"enum": ["RS256"]},
        "nonce": {"type": "string"},
    },
    "additionalProperties": False,
}
_WHO: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ok": {"const": True},
        "account": {"type": "string"},
        "linked": {"type": "boolean"},
        "expires_at": _TIME,
    },
}
_ME = {
    "type": "object",
    "properties": {**_WHO["properties"], "name": {"type": ["string", "null"]}},
}
_CODE = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string", "maxLength": letter_code.MAX_TYPED}},
    "additionalProperties": False,
}
_NOTHING = {"type": "object", "additionalProperties": False}
_DONE = {"type": "object", "properties": {"ok": {"const": True}}}


def blueprint(services: Services) -> Blueprint:
    """``/api/login``, ``/api/logout`` and ``/api/me``."""
    routes, limits = Blueprint(NAME, __name__), Limits(services.clock)
    cookies = Cookies(services)

    @routes.post("/api/login/challenge")
    @guard.public
    @openapi.shapes(_NOTHING, _CHALLENGE, 201)
    def challenge() -> tuple[Response, int]:
        """A number for the card to sign, for this browser, once, within five minutes."""
        limits.stranger(request.remote_addr)
        _only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or secrets.token_urlsafe(login.TOKEN_BYTES)
        made = login.issue(services, browser)
        answer = jsonify(ok=True, nonce=made.nonce, expires_at=made.expires_at)
        cookies.give(answer, cookies.pre, browser, login.CHALLENGE_SECONDS)
        return answer, 201

    @routes.post("/api/login")
    @guard.public
    @openapi.shapes(_ANSWER, _WHO, 201)
    def enter() -> tuple[Response, int]:
        """What the card answered opens a session; the one this browser had ends."""
        limits.stranger(request.remote_addr)
        body = guard.json_body(MAX_BYTES)
        opened = login.login(services, cookies.browser(), body, cookies.session())
        answer = _opened(opened)
        cookies.take(answer, cookies.pre)
        cookies.give(answer, guard.session_cookie(services), opened.token, login.SESSION_SECONDS)
        return answer, 201

    @routes.post("/api/logout")
    @guard.public  # and not resident: whoever is out already may go out again
    @openapi.shapes(None, _DONE)
    def leave() -> Response:
        """Ends the session of this browser. Twice is fine."""
        login.logout(services, cookies.session())
        answer = jsonify(ok=True)
        cookies.take(answer, guard.session_cookie(services))
        cookies.take(answer, cookies.pre)
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
            expires_at=g.session.expires_at,
            name=resident.name if resident else None,
        )

    @routes.post("/api/me/link")
    @guard.resident(linked=False)
    @openapi.shapes(_CODE, _WHO)
    def link() -> Response:
        """The code of the city's letter links this card to a resident; a new session token."""
        limits.device(g.account.id)
        typed = _only(guard.json_body(MAX_BYTES), "code")["code"]
        try:
            opened = login.link(services, cookies.session(), typed)
        except TodokeError as error:
            return _with_tries(services, error)
        answer = _opened(opened)
        seconds = opened.expires_at - services.clock.unix()
        cookies.give(answer, guard.session_cookie(services), opened.token, seconds)
        return answer

    return routes


def _opened(opened: login.Opened) -> Response:
    return jsonify(
        ok=True, account=opened.account, linked=opened.linked, expires_at=opened.expires_at
    )


def _only(body: dict[str, Any], *names: str) -> dict[str, str]:
    """The fields of a body, all of them short texts. Raises ``unknown_field`` and the like."""
    for each in body:
        if each not in names:
            raise TodokeError("unknown_field", field=each[:40], known=" ".join(names) or "-")
    for each in names:
        if each not in body:
            raise TodokeError("missing_field", field=each)
        if not isinstance(body[each], str):
            raise TodokeError("bad_field", field=each, rule="text")
    return body


def _with_tries(services: Services, error: TodokeError) -> Response:
    """The error shape, with the number of tries left beside it."""
    answer = errors.answer(services, error)
    if "left" in error.details:
        shown = jsonify(**answer.get_json(), left=error.details["left"])
        shown.status_code, shown.headers["Cache-Control"] = error.status, "no-store"
        return shown
    return answer


class Cookies:
    """The two cookies of the portal: which browser asked (before the login), and the session.

    HttpOnly, and ``__Host-`` where there is https: no script reads them and no neighbouring
    host plants one (RFC 6265bis section 4.1.3.2)."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.pre = "__Host-todoke-pre" if services.config.secure else "todoke-pre"

    def browser(self) -> str:
        """The pre-session token; empty when there is none of ours."""
        found = request.cookies.get(self.pre, "")
        return found if _TOKEN.fullmatch(found) else ""

    def session(self) -> str:
        """The session token; may be empty or of a session that ended."""
        return request.cookies.get(guard.session_cookie(self._services), "")

    def give(self, answer: Response, name: str, value: str, seconds: int) -> None:
        """Sets one for so many seconds."""
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            secure=self._services.config.secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )

    def take(self, answer: Response, name: str) -> None:
        """Takes one away."""
        self.give(answer, name, "", 0)
