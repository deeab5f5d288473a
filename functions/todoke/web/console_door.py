"""The door of the desk: a one-time link, a passkey, or a name and a code. It needs no internet, and
but for the passkey no script.

``/login`` is the one page of this host that a stranger finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from flask import Blueprint, Response, g, jsonify, request

from todoke.core import browsers, marks
from todoke.core.errors import TodokeError
from todoke.journeys import challenge, desk_login, desk_oidc, desk_session, staff
from todoke.journeys.desk_login import Opened, Typed
from todoke.ports import Services
from todoke.web import console_form, console_pages, guard
from todoke.web.console_pages import see_other
from todoke.web.cookies import new_browser
from todoke.web.identity_shapes import MAX_BYTES
from todoke.web.known import CLERKS, Known
from todoke.web.limits import DESK, Limits, source_of

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: what the city's provider sends a browser back with
_BACK = ("state", "code", "iss")
#: errors of the city's provider that the door itself tells
_OIDC_TOLD = (
    "staff_oidc_refused", "staff_oidc_taken", "staff_oidc_unavailable", "staff_proof_old",
    "too_many_requests", "too_many_passkeys",
)  # fmt: skip
View = Callable[..., Response]


def add_routes(routes: Blueprint, services: Services, methods: tuple[str, ...]) -> None:
    """``/enter/<code>`` and ``/login``. methods: all of them are routed, so that an unknown one
    gets 404."""
    limits, known = Limits(services.clock, DESK), _known(services)

    def add(rule: str, view: View) -> None:
        name, guarded = view.__name__, guard.door(view)
        routes.add_url_rule(rule, name, guarded, methods=methods, provide_automatic_options=False)

    def enter(code: str) -> Response:
        """Opening the link spends nothing: mail scanners and previews open links too."""
        if request.method not in ("GET", "HEAD", "POST") or not staff.is_open(services, code):
            raise TodokeError("not_found")
        if request.method != "POST":
            return console_pages.show(services, "enter")
        guard.check_origin(services)
        try:
            token = staff.open_session(services, code, named())
        except TodokeError as error:
            raise TodokeError("not_found") from error
        response = see_other("/")
        guard.set_staff_cookie(response, token)
        return response

    def login() -> Response:
        """Name and code."""
        if request.method not in ("GET", "HEAD", "POST"):
            raise TodokeError("not_found")
        if request.method != "POST":
            found = desk_session.find(services, guard.staff_token(services))
            return see_other("/") if found else _page(services)
        guard.check_origin(services)
        values = console_form.first_values(guard.form_body())
        typed = Typed(
            values.get("name", ""),
            values.get("code", ""),
            source_of(request.remote_addr) or "",
            _cookie(mark_name(services), marks.SHAPE),
            named(),
            guard.staff_token(services),
        )
        try:
            limits.login(request.remote_addr, known.shown())
            opened = desk_login.by_code(services, typed)
        except TodokeError as error:
            if error.code not in ("staff_login_refused", "too_many_requests"):
                raise
            return _page(services, error, values.get("name", ""))
        return enter_with(services, see_other("/"), opened)

    def login_passkey_options() -> Response:
        """What a browser is asked to show a passkey."""
        _only_post(services)
        limits.login(request.remote_addr, known.shown())
        browser = new_browser()
        answer = jsonify(ok=True, options=desk_login.ask(services, browser))
        set_browser(services, answer, browser)
        return answer

    def login_passkey() -> Response:
        """The passkey that was shown opens a session."""
        _only_post(services)
        limits.login(request.remote_addr, known.shown())
        body = guard.proof_body(MAX_BYTES)
        old = guard.staff_token(services)
        opened = desk_login.by_passkey(services, browser_of(services), body, old, named())
        return enter_with(services, jsonify(ok=True), opened)

    def login_oidc() -> Response:
        """Out to the city's provider."""
        if request.method != "POST" or not desk_oidc.is_offered(services):
            _absent()
        guard.check_origin(services)
        fresh = console_form.first_values(guard.form_body()).get("fresh") == "1"
        browser = new_browser()
        try:
            limits.login(request.remote_addr, known.shown())
            return led_out(services, desk_oidc.ask(services, browser, fresh=fresh), browser)
        except TodokeError as error:
            if error.code not in _OIDC_TOLD:
                raise
            return _page(services, error)

    def login_oidc_back() -> Response:
        """Back from it. What it brings is good once and in this browser alone, so that a GET of
        another site's making opens nothing."""
        if request.method != "GET" or not desk_oidc.is_offered(services):
            _absent()
        token = guard.staff_token(services)
        body = {each: request.args[each] for each in _BACK if each in request.args}
        try:
            limits.login(request.remote_addr, known.shown())
            came = desk_oidc.come_back(services, browser_of(services), body, token, named())
        except TodokeError as error:
            if error.code not in _OIDC_TOLD:
                raise
            return _page(services, error)
        if came.mark:
            opened = Opened(came.token, "", came.mark)
            return enter_with(services, see_other("/"), opened)
        response = see_other("/me?done=oidc")
        guard.set_staff_cookie(response, came.token)
        return response

    def login_oidc_keys() -> Response:
        """This desk's public key, for the provider (JWK set, RFC 7517)."""
        if request.method not in ("GET", "HEAD") or not desk_oidc.is_offered(services):
            _absent()
        return jsonify(keys=services.staff_login.public_keys())

    add("/enter/<code>", enter)
    add("/login", login)
    add("/login/passkey/options", login_passkey_options)
    add("/login/passkey", login_passkey)
    add("/login/oidc", login_oidc)
    add("/login/oidc/back", login_oidc_back)
    add("/login/oidc/keys", login_oidc_keys)


def leave(services: Services) -> Response:
    """Ends the session, in the store and in the browser."""
    means = g.staff_session.data["means"]
    desk_session.close(services, guard.staff_token(services))
    goodbye = services.staff_login.goodbye() if means == desk_session.OIDC else ""
    response = console_pages.show(services, "left", goodbye=goodbye)
    guard.set_staff_cookie(response, "")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# ---------------------------------------------------------------------------- parts
def named() -> str:
    """The rough name of the browser that calls."""
    return browsers.told_apart(request.headers.get("User-Agent", ""))


def browser_of(services: Services) -> str:
    """The pre-session token of a passkey's challenge; empty when there is none of ours."""
    return _cookie(_name(services, "pre"), _TOKEN)


def set_browser(services: Services, response: Response, browser: str) -> None:
    """For as long as a challenge holds."""
    seconds = challenge.CHALLENGE_SECONDS
    guard.desk_cookie(services, response, _name(services, "pre"), browser, seconds)


def led_out(services: Services, url: str, browser: str) -> Response:
    """On to the city's provider. A page that leads on, not a 303: a provider may lead on to another
    host, and Chromium would hold a form's way through each of them to this page's policy."""
    response = console_pages.show(services, "oidc_out", url=url)
    response.headers["Refresh"] = f"0; url={url}"
    set_browser(services, response, browser)
    return response


def mark_name(services: Services) -> str:
    """Of the cookie by which a browser shows that this clerk came in with it before."""
    return _name(services, "known")


def enter_with(services: Services, response: Response, opened: Opened) -> Response:
    """The session begins; the pre-session it came from ends."""
    guard.set_staff_cookie(response, opened.token)
    guard.desk_cookie(services, response, _name(services, "pre"), "", 0)
    known, seconds = _known(services), marks.KNOWN_SECONDS
    guard.desk_cookie(services, response, mark_name(services), opened.mark, seconds)
    guard.desk_cookie(services, response, known.name, known.renewed(), seconds)
    return response


def _page(services: Services, error: TodokeError | None = None, name: str = "") -> Response:
    told = services.words.explain(console_pages.language(), error) if error else None
    wait = int(str(error.details.get("retry_after", 0))) if error else 0
    response = console_pages.show(
        services,
        "login",
        error.status if error else 200,
        told=told,
        name=name,
        oidc=desk_oidc.is_offered(services),
        inside=desk_session.find(services, guard.staff_token(services)) is not None,
        passkeys=services.press.asset("js/desk_login.js"),
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _known(services: Services) -> Known:
    """That some clerk came in with this browser; ``mark_name`` says which one, to who knows."""
    return Known(services, _name(services, "here"), CLERKS)


def _only_post(services: Services) -> None:
    if request.method != "POST":
        _absent()
    guard.check_origin(services)


def _absent() -> NoReturn:
    raise TodokeError("not_found")


def _name(services: Services, part: str) -> str:
    host = "__Host-" if guard.console_is_secure(services) else ""
    return f"{host}todoke-staff-{part}"


def _cookie(name: str, shape: re.Pattern[str]) -> str:
    found = request.cookies.get(name, "")
    return found if shape.fullmatch(found) else ""
