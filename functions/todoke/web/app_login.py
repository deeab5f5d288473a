"""Login with デジタル認証アプリ: out to its page, and back."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, g, jsonify, request

from todoke.journeys import app_login, ways_in
from todoke.journeys.ways_in import Way
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.cookies import Cookies, named, new_browser
from todoke.web.identity_shapes import (
    DONE,
    KEPT,
    MAX_BYTES,
    NOTHING,
    WHO,
    answers,
    means_the_last,
    only,
    shown,
)
from todoke.web.limits import Limits

_URL = answers(url={"type": "string", "description": "the provider's page"})
_APPS = answers(apps=KEPT)
_BACK = {
    "type": "object",
    "required": ["state", "code"],
    "properties": {each: {"type": "string"} for each in ("state", "code", "iss")},
    "additionalProperties": False,
}
_KEYS = {"type": "object", "properties": {"keys": {"type": "array", "items": {"type": "object"}}}}


def routes(services: Services, routes: Blueprint, limits: Limits) -> None:
    """``/api/login/app`` and ``/api/me/app``."""
    cookies = Cookies(services, limits)

    @routes.post("/api/login/app/begin")
    @guard.public
    @openapi.shapes(NOTHING, _URL, 201)
    def ask_app() -> tuple[Response, int]:
        """Where a browser goes to log in with the app."""
        limits.login(request.remote_addr, cookies.known())
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        answer = jsonify(ok=True, url=app_login.ask(services, browser))
        cookies.begin(answer, browser)
        return answer, 201

    @routes.post("/api/me/app/begin")
    @guard.resident(linked=False)
    @openapi.shapes(NOTHING, _URL, 201)
    def ask_app_more() -> tuple[Response, int]:
        """Where a browser goes to make the app one more way into this account."""
        limits.device(g.account.id)
        only(guard.json_body(MAX_BYTES))
        browser = cookies.browser() or new_browser()
        url = app_login.ask_more(services, browser, g.session, g.account)
        answer = jsonify(ok=True, url=url)
        cookies.begin(answer, browser)
        return answer, 201

    @routes.get("/api/me/app")
    @guard.resident(linked=False)
    @openapi.shapes(None, _APPS)
    def apps() -> Response:
        """The apps of this account, the newest first; also where the city has no such login any
        more."""
        found = ways_in.kept(services, g.account, app_login.MEANS)
        return jsonify(ok=True, apps=[asdict(each) for each in found])

    @routes.delete("/api/me/app/<id>")
    @guard.resident(linked=False)
    @openapi.shapes(None, DONE)
    def remove_app(id: str) -> Response:
        """Takes one away as a way in, and ends what it opened. ``?last=yes``: her last one, too."""
        limits.device(g.account.id)
        ways_in.remove(
            services, g.session, g.account, Way(app_login.MEANS, id), last=means_the_last()
        )
        return jsonify(ok=True)

    @routes.post("/api/login/app")
    @guard.public  # an answer to /api/me/app/begin needs that very account's session, too
    @openapi.shapes(_BACK, WHO, 201)
    def enter_by_app() -> tuple[Response, int]:
        """What the provider sent the browser back with opens a session; the one this browser had
        ends."""
        limits.login(request.remote_addr, cookies.known())
        body = guard.json_body(MAX_BYTES)
        opened = app_login.enter(services, cookies.browser(), body, cookies.session(), named())
        answer = shown(opened)
        cookies.enter(answer, opened)
        return answer, 201

    @routes.get("/api/login/app/keys")
    @guard.public
    @openapi.shapes(None, _KEYS)
    def app_keys() -> Response:
        """The city's public key, for the provider (JWK set, RFC 7517)."""
        return jsonify(keys=app_login.public_keys(services))
