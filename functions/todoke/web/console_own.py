"""A clerk's own page: her ways in, her recovery codes, where she is logged in."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, request

from todoke.core import qr
from todoke.core.errors import TodokeError
from todoke.journeys import desk_oidc, desk_session, desk_ways
from todoke.journeys.desk_ways import Asking
from todoke.ports import Services
from todoke.web import console_door, console_form, console_pages, guard
from todoke.web.console_pages import see_other
from todoke.web.cookies import new_browser
from todoke.web.identity_shapes import MAX_BYTES

#: what was just done, as the page says it
DONE = ("passkey", "totp", "oidc", "removed", "ended")


def page(services: Services) -> Response:
    """What she has, and what she can set up."""
    return _show(services)


def passkey_options(services: Services) -> Response:
    """What a browser is asked to make one more passkey."""
    browser = new_browser()
    answer = jsonify(ok=True, options=desk_ways.ask_passkey(services, _asking(services), browser))
    console_door.set_browser(services, answer, browser)
    return answer


def passkey_add(services: Services) -> Response:
    """The passkey that was made."""
    body, browser = guard.json_body(MAX_BYTES), console_door.browser_of(services)
    token = desk_ways.add_passkey(services, _asking(services), browser, body)
    return _going_on(services, jsonify(ok=True), token)


def totp_begin(services: Services) -> Response:
    """The secret of an app, once, as text and as a picture made here."""
    secret = desk_ways.begin_totp(services, _asking(services))
    found = qr.matrix(secret.address)
    side = len(found) + 2 * qr.QUIET if found else 0
    return console_pages.show(
        services, "totp", secret=secret, picture=qr.path(found) if found else "", side=side
    )


def totp_confirm(services: Services) -> Response:
    """The first code of the app."""
    values = console_form.first_values(guard.form_body())
    token = desk_ways.confirm_totp(services, _asking(services), values.get("code", ""))
    if token is None:
        return console_pages.show(services, "totp", 422, wrong=True, secret=None)
    return _going_on(services, see_other("/me?done=totp"), token)


def oidc_link(services: Services) -> Response:
    """Out to the city's provider, to make its login one of her ways."""
    browser = new_browser()
    url = desk_oidc.ask_link(services, _asking(services), browser)
    return console_door.led_out(services, url, browser)


def codes(services: Services) -> Response:
    """Fresh recovery codes, shown once: the answer of the form itself, which is stored nowhere."""
    made = desk_ways.new_codes(services, _asking(services))
    return console_pages.show(services, "codes", codes=made)


def way_remove(services: Services) -> Response:
    """Takes one way in away."""
    id = console_form.first_values(guard.form_body()).get("id", "")
    asking = _asking(services)
    own = asking.session.data.get("credential") == id
    desk_ways.remove(services, asking, id)
    # what opened this session is gone, and so is the session
    return see_other("/login" if own else "/me?done=removed")


def sessions_end(services: Services) -> Response:
    """Ends all her other sessions."""
    desk_session.close_others(services, g.staff_session, g.staff)
    return see_other("/me?done=ended")


def _show(services: Services, status: int = 200, **more: Any) -> Response:
    done = request.args.get("done", "")
    return console_pages.show(
        services,
        "own",
        status,
        ways=desk_ways.of_clerk(services, g.staff),
        codes_left=desk_ways.codes_left(services, g.staff),
        sessions=desk_session.of_clerk(services, g.staff_session),
        needed=desk_session.needs_way(services, g.staff_session, g.staff),
        staff_id=g.staff.id,
        old=_is_old(services),
        done=done if done in DONE else "",
        oidc=desk_oidc.is_offered(services),
        passkeys=services.press.asset("js/desk_login.js"),
        **more,
    )


def _is_old(services: Services) -> bool:
    try:
        desk_session.refuse_old(services, g.staff_session)
    except TodokeError:
        return True
    return False


def _asking(services: Services) -> Asking:
    token = guard.staff_token(services)
    return Asking(g.staff_session, g.staff, token, console_door.named())


def _going_on(services: Services, response: Response, token: str) -> Response:
    if token != guard.staff_token(services):
        guard.set_staff_cookie(response, token)
    return response
