"""Passkeys: a first one opens an account, a known one opens a session, more are added within
one."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request

from todoke.journeys import passkeys
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.cookies import Cookies, named, new_browser
from todoke.web.identity_shapes import (
    DONE,
    MAX_BYTES,
    NOTHING,
    TIME,
    WHO,
    answers,
    means_the_last,
    only,
    shown,
    texts,
)
from todoke.web.limits import Limits

_MADE = texts("id", "clientDataJSON", "attestationObject")
_SHOWN = texts("id", "clientDataJSON", "authenticatorData", "signature", "userHandle")
_OPTIONS = answers(options={"type": "object", "description": "WebAuthn, binary as base64url"})
_ONE = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "created_at": TIME,
        "used_at": TIME,
    },
}
_LIST = answers(passkeys={"type": "array", "items": _ONE})
_NAME = texts("name")


def routes(services: Services, routes: Blueprint, limits: Limits) -> None:
    """``/api/passkeys``, ``/api/login/passkey`` and ``/api/me/passkeys``."""
    cookies = Cookies(services, limits)
    _strangers(services, routes, limits, cookies)
    _adding(services, routes, limits, cookies)
    _keeping(services, routes, limits)


def _strangers(services: Services, routes: Blueprint, limits: Limits, cookies: Cookies) -> None:
    @routes.post("/api/passkeys/options")
    @guard.public
    @openapi.shapes(NOTHING, _OPTIONS, 201)
    def ask_first() -> tuple[Response, int]:
        """What a browser is asked to make the first passkey of a new account."""
        limits.login(request.remote_addr, cookies.known())
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        answer = jsonify(ok=True, options=passkeys.ask_new(services, browser))
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/passkeys")
    @guard.public
    @openapi.shapes(_MADE, WHO, 201)
    def begin() -> tuple[Response, int]:
        """A new account for the passkey that was made, and a session."""
        limits.login(request.remote_addr, cookies.known())
        body = guard.proof_body(MAX_BYTES)
        old = cookies.session()
        opened = passkeys.begin(services, cookies.browser(), body, old, named())
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer, 201

    @routes.post("/api/login/passkey/options")
    @guard.public
    @openapi.shapes(NOTHING, _OPTIONS, 201)
    def ask() -> tuple[Response, int]:
        """What a browser is asked to show a passkey."""
        limits.login(request.remote_addr, cookies.known())
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        answer = jsonify(ok=True, options=passkeys.ask(services, browser))
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/login/passkey")
    @guard.public
    @openapi.shapes(_SHOWN, WHO, 201)
    def show() -> tuple[Response, int]:
        """The passkey that was shown opens a session; the one this browser had ends."""
        limits.login(request.remote_addr, cookies.known())
        body = guard.proof_body(MAX_BYTES)
        old = cookies.session()
        opened = passkeys.login(services, cookies.browser(), body, old, named())
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer, 201


def _adding(services: Services, routes: Blueprint, limits: Limits, cookies: Cookies) -> None:
    @routes.post("/api/me/passkeys/options")
    @guard.resident(linked=False)
    @openapi.shapes(NOTHING, _OPTIONS, 201)
    def ask_more() -> tuple[Response, int]:
        """What a browser is asked to make one more passkey of this account."""
        limits.device(g.account.id)
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        options = passkeys.ask_more(services, browser, g.session, g.account)
        answer = jsonify(ok=True, options=options)
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/me/passkeys")
    @guard.resident(linked=False)
    @openapi.shapes(_MADE, DONE, 201)
    def add() -> tuple[Response, int]:
        """One more passkey for this account, soon after its owner proved herself."""
        limits.device(g.account.id)
        body = guard.proof_body(MAX_BYTES)
        passkeys.add(services, cookies.browser(), body, g.session, g.account)
        answer = jsonify(ok=True)
        cookies.take(answer, cookies.pre)
        return answer, 201


def _keeping(services: Services, routes: Blueprint, limits: Limits) -> None:
    @routes.get("/api/me/passkeys")
    @guard.resident(linked=False)
    @openapi.shapes(None, _LIST)
    def listed() -> Response:
        """The passkeys of this account, the newest first."""
        found = [
            {
                "id": each.id,
                "name": each.name,
                "created_at": each.created_at,
                "used_at": each.used_at,
            }
            for each in passkeys.of_account(services, g.account)
        ]
        return jsonify(ok=True, passkeys=found)

    @routes.put("/api/me/passkeys/<id>")
    @guard.resident(linked=False)
    @openapi.shapes(_NAME, DONE)
    def rename(id: str) -> Response:
        """Another name for one of them."""
        limits.device(g.account.id)
        name = only(guard.json_body(MAX_BYTES), "name")["name"]
        passkeys.rename(services, g.account, id, name)
        return jsonify(ok=True)

    @routes.delete("/api/me/passkeys/<id>")
    @guard.resident(linked=False)
    @openapi.shapes(None, DONE)
    def remove(id: str) -> Response:
        """Takes one away, and ends what it opened. ``?last=yes``: her last way in, too."""
        limits.device(g.account.id)
        passkeys.remove(services, g.session, g.account, id, last=means_the_last())
        return jsonify(ok=True)
