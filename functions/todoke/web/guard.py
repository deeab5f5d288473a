"""Who may call: host, origin, method, size, session. Every view carries one guard.

A route without a guard makes ``create_app`` refuse to start, so nothing is open by accident.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, request

from todoke.core import desk_roles
from todoke.core.errors import TodokeError
from todoke.journeys import desk_session, session, subscribe
from todoke.ports import Services

P = ParamSpec("P")
R = TypeVar("R")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
#: JSON of a subscription is below 2 kB; 64 kB leaves room and stops abuse
MAX_JSON_BYTES = 64 * 1024
MAX_JSON_DEPTH = 20
#: a notice in three languages is below 40 kB as a form
MAX_FORM_BYTES = 128 * 1024


def _mark(view: Callable[P, R], name: str) -> Callable[P, R]:
    view.guard = name  # type: ignore[attr-defined]
    return view


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may call."""
    return _mark(view, "public")


def device(view: Callable[P, R]) -> Callable[P, R]:
    """Whoever holds the management token of a subscription; ``g.subscription`` is its record."""
    return _mark(view, "device")


def door(view: Callable[P, R]) -> Callable[P, R]:
    """Whoever holds a one-time link. The view looks at the link first and calls
    ``check_origin`` itself: a 403 for a guessed link would tell that there is a door."""
    return _mark(view, "door")


def staff(place: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A clerk with a session and a role that may go to this place of the desk
    (core/desk_roles.py); ``g.staff`` and ``g.staff_session`` are the records. Without a session
    the route does not exist: 404."""
    if place not in desk_roles.MAY:
        raise RuntimeError(f"no place {place!r} in core/desk_roles.py")

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        return _mark(view, f"staff:{place}")

    return decorate


def resident(
    *, linked: bool = True, tier: int = session.HELD
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A citizen with a session of this tier or a higher one (journeys/session.py: 1 a passkey, 2 a
    card); whoever shows less is asked for more (``proof_needed``). ``g.session``, ``g.account``
    are the records; with ``linked`` also ``g.resident``, the id of the resident the account
    stands for.

    An unsafe call from a script names the account it was written for (``Todoke-Account``): a
    page left open by one person must not act for the next who logs in on this browser."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        return _mark(view, f"resident:{'linked' if linked else 'any'}:{tier}")

    return decorate


def signed(view: Callable[P, R]) -> Callable[P, R]:
    """Another service's server, which proves itself by a signature over the body that the
    journey checks. It has no Origin and no cookie."""
    return _mark(view, "signed")


def guard_of(view: Callable[..., Any]) -> str | None:
    """Name of the guard a view carries, None if it carries none."""
    return getattr(view, "guard", None)


def check(services: Services, guard_name: str) -> None:
    """Runs before the view: the staff session, same-origin for unsafe methods, the token.

    The session comes first: without one, a form from elsewhere finds 404 like everything else,
    and nobody learns by a 403 that there is a console."""
    if guard_name.startswith("staff:"):
        _check_staff(services, guard_name.removeprefix("staff:"))
    if request.method not in SAFE_METHODS and guard_name not in ("door", "signed"):
        check_origin(services)
    if guard_name.startswith("resident:"):
        _, who, tier = guard_name.split(":")
        _check_resident(services, linked=who == "linked", tier=int(tier))
    if guard_name == "device":
        g.subscription = subscribe.subscription_of(services, bearer_token())


def check_origin(services: Services) -> None:
    """An unsafe request must come from a page of this very host (Fetch: Origin is sent with
    every POST; SameSite alone lets a sibling host through)."""
    if request.headers.get("Origin") != services.config.origin_of(request.host.lower()):
        raise TodokeError("wrong_origin")


def check_not_led_here() -> None:
    """A GET that leaves an act of the person in the record is asked for by a page of this very
    host, or typed in (W3C Fetch Metadata; a browser without it is let through): a link of another
    site carries a Lax cookie, and must not act for her. Raises ``wrong_origin``."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise TodokeError("wrong_origin")


def bearer_token() -> str:
    """The token after ``Authorization: Bearer`` (RFC 6750 section 2.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TodokeError("token_refused")
    return token.strip()


def _check_staff(services: Services, place: str) -> None:
    found = desk_session.find(services, staff_token(services))
    if found is None:
        raise TodokeError("not_found")
    # who is refused sees the desk's own page
    g.staff_session, g.staff = desk_session.used(services, found[0]), found[1]
    if place != "own" and desk_session.needs_way(services, g.staff_session, g.staff):
        raise TodokeError("staff_setup_needed")
    if not desk_roles.may(cast("list[str]", g.staff.data["roles"]), place):
        raise TodokeError("role_missing", role=" ".join(desk_roles.MAY[place]))


def staff_token(services: Services) -> str:
    """Of the desk's session, as the browser sent it; may be of one that ended."""
    return request.cookies.get(cookie_name(services), "")


def _check_resident(services: Services, *, linked: bool, tier: int) -> None:
    token = request.cookies.get(session_cookie(services), "")
    found = session.find(services, token) if token else None
    if found is None:
        raise TodokeError("login_needed")
    g.session, g.account = session.used(services, found[0]), found[1]
    named = request.headers.get("Todoke-Account")
    from_script = request.method not in SAFE_METHODS and request.path.startswith("/api/")
    if (from_script or named is not None) and named != g.account.id:
        raise TodokeError("other_person")
    session.refuse_weaker(services, g.session, tier)
    g.resident = g.account.data.get("resident")
    if linked and g.resident is None:
        raise TodokeError("account_not_linked")


def session_cookie(services: Services) -> str:
    """Name of the citizens' session cookie on the portal."""
    return "__Host-todoke" if services.config.secure else "todoke"


def cookie_name(services: Services) -> str:
    """``__Host-`` binds the cookie to one host and needs https (RFC 6265bis section 4.1.3.2)."""
    return "__Host-todoke-staff" if console_is_secure(services) else "todoke-staff"


def console_is_secure(services: Services) -> bool:
    """Whether the console is served over https (then its cookies are __Host- and Secure)."""
    return services.config.console_url.startswith("https://")


def set_staff_cookie(response: Response, token: str) -> None:
    """Gives the browser the session token; an empty token takes it away. The cookie lives as long
    as the session may; when it rests too long, the server ends it."""
    services = cast("Services", current_app.extensions["todoke"])
    seconds = desk_session.SESSION_SECONDS if token else 0
    desk_cookie(services, response, cookie_name(services), token, seconds)


def desk_cookie(
    services: Services, response: Response, name: str, value: str, seconds: int
) -> None:
    """A cookie of the desk's host that no script reads."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=console_is_secure(services),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def json_body(max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """The request's JSON object, strictly: UTF-8, no duplicate names (RFC 8259 section 4 leaves
    them undefined), no NaN, at most ``MAX_JSON_DEPTH`` deep."""
    if request.mimetype != "application/json":
        raise TodokeError("wrong_content_type", expected="application/json")
    body = limited_body(max_bytes)
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        found = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates (\\ud800)
    except (ValueError, RecursionError) as error:
        raise TodokeError("bad_json") from error
    if not isinstance(found, dict):
        raise TodokeError("bad_json")
    return found


def proof_body(max_bytes: int) -> dict[str, Any]:
    """The same for what a card or a passkey answered. What is too long or no such JSON proves
    nothing, and is refused and put on record by the journey like any other such answer: empty."""
    try:
        return json_body(max_bytes)
    except TodokeError as error:
        if error.code not in ("body_too_large", "bad_json"):
            raise
        return {}


def limited_body(max_bytes: int) -> bytes:
    """The whole body, or ``body_too_large`` before it is read."""
    if (request.content_length or 0) > max_bytes:
        raise TodokeError("body_too_large", limit=max_bytes)
    body = request.get_data(cache=True)
    if len(body) > max_bytes:
        raise TodokeError("body_too_large", limit=max_bytes)
    return body


def form_body(max_bytes: int = MAX_FORM_BYTES) -> dict[str, list[str]]:
    """The fields of an HTML form: name -> values. Only urlencoded, at most 500 fields."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise TodokeError("wrong_content_type", expected="application/x-www-form-urlencoded")
    from urllib.parse import parse_qs

    try:
        text = limited_body(max_bytes).decode("ascii")
        return parse_qs(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=500
        )
    except ValueError as error:
        raise TodokeError("bad_request") from error


def _check_depth(text: str) -> None:
    depth = 0
    quoted = escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise ValueError("too deep")
        elif character in "]}":
            depth -= 1


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
