"""The clerks' desk (窓口の机): server-rendered, works without any script.

Without a staff session every path of this host answers 404 to every method, so that nobody
outside learns what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from todoke.core.errors import TodokeError
from todoke.journeys import audit, health, notices, staff
from todoke.ports import MAX_PAGE, Record, Services
from todoke.web import (
    console_approving,
    console_pages,
    console_words,
    console_writing,
    errors,
    guard,
)
from todoke.web.console_pages import see_other

NAME = "console"
HOST = "console"
#: every method is routed, so that an unknown caller gets 404 and never 405
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PAGE = 50
AUDIT_PAGE = 200
STATES = ("draft", "asked", "approved", "sending", "sent", "recalled")

View = Callable[..., Response]


def blueprint(services: Services) -> Blueprint:
    """All pages of the desk."""
    folder = str(services.config.root / "templates")
    routes = Blueprint(NAME, __name__, template_folder=folder)
    routes.register_error_handler(TodokeError, lambda error: _refused(services, error))
    routes.before_app_request(lambda: _remember_stylesheet(services))
    _add_enter(routes, services)
    for rule, view, methods in (
        ("/", dashboard, "GET"),
        ("/notices", notice_list, "GET"),
        ("/audit", audit_list, "GET"),
        ("/leave", leave, "POST"),
        ("/language", choose_language, "POST"),
        ("/notices/new", console_writing.new, "GET POST"),
        ("/notices/<id>", console_writing.notice_page, "GET"),
        ("/notices/<id>/edit", console_writing.edit, "GET POST"),
        ("/notices/<id>/ask", console_writing.ask, "POST"),
        ("/notices/<id>/approve", console_approving.approve, "GET POST"),
        ("/notices/<id>/return", console_approving.give_back, "POST"),
        ("/notices/<id>/recall", console_approving.recall, "POST"),
        ("/notices/<id>/result", console_approving.result, "GET"),
    ):
        _add(routes, services, rule, view, methods.split())
    return routes


def _add(routes: Blueprint, services: Services, rule: str, view: View, methods: list[str]) -> None:
    @guard.staff()
    def page(**values: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            raise TodokeError("method_not_allowed")
        return view(services, **values)

    routes.add_url_rule(rule, view.__name__, page, methods=METHODS, provide_automatic_options=False)


def _refused(services: Services, error: TodokeError) -> Response:
    if not hasattr(g, "staff") or error.status >= 500:
        return errors.answer(services, error)
    return console_pages.refused(services, error)


def _remember_stylesheet(services: Services) -> None:
    """For the plain error page, which a path that does not exist shows as well."""
    if request.host.lower() == services.config.console_host:
        g.stylesheet = console_pages.stylesheet(services)


# ------------------------------------------------------------------------- coming, going
def _add_enter(routes: Blueprint, services: Services) -> None:
    @guard.door
    def enter(code: str) -> Response:
        """Opening the link spends nothing: mail scanners and previews open links too."""
        if request.method not in ("GET", "HEAD", "POST") or not staff.is_open(services, code):
            raise TodokeError("not_found")
        if request.method != "POST":
            return console_pages.show(services, "enter")
        guard.check_origin(services)
        try:
            token = staff.open_session(services, code)
        except TodokeError as error:
            raise TodokeError("not_found") from error
        response = see_other("/")
        guard.set_staff_cookie(response, token)
        return response

    routes.add_url_rule(
        "/enter/<code>", "enter", enter, methods=METHODS, provide_automatic_options=False
    )


def leave(services: Services) -> Response:
    """Ends the session, in the store and in the browser."""
    staff.close_session(services, request.cookies.get(guard.cookie_name(services), ""))
    response = console_pages.show(services, "left")
    guard.set_staff_cookie(response, "")
    return response


def choose_language(services: Services) -> Response:
    """Remembers Japanese or English in this browser."""
    chosen = guard.form_body().get("to", ["ja"])[0]
    response = see_other("/")
    if chosen in console_pages.LANGUAGES:
        response.set_cookie(
            console_pages.LANGUAGE_COOKIE,
            chosen,
            max_age=31536000,
            secure=services.config.console_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
    return response


# ------------------------------------------------------------------------- lists
def dashboard(services: Services) -> Response:
    """In a fixed order: residents being hurt, my approvals, office deadlines, my work, what
    is running, the system."""
    person = console_pages.who()
    jobs, dead = health.given_up(services)
    running = [
        *notices.listing(services, "sending", limit=PAGE).records,
        *notices.listing(services, "approved", limit=PAGE).records,
    ]
    return console_pages.show(
        services,
        "dashboard",
        breakers=health.open_breakers(services),
        jobs=jobs,
        dead=dead,
        late=health.outbox_age(services),
        late_limit=health.LATE_SECONDS,
        waiting=console_pages.waiting_for(services, person),
        drafts=console_pages.drafts_of(services, person),
        mine_asked=_mine(services, "asked"),
        running=running,
        names=staff.names(services),
    )


def _mine(services: Services, state: str) -> list[Record]:
    person = console_pages.who()
    found = notices.listing(services, state, limit=console_pages.COUNTED).records
    return [each for each in found if person.id in notices.standing_of(each).writers]


def notice_list(services: Services) -> Response:
    """All notices, last changed first; by state, or straight to a number."""
    number = request.args.get("number", "").strip().upper()
    if number and services.store.get("notice", number) is not None:
        return see_other(f"/notices/{number}")
    state = request.args.get("state", "")
    if state not in STATES:
        state = ""
    page = notices.listing(services, state or None, PAGE, request.args.get("cursor"))
    further = urlencode({"state": state, "cursor": page.cursor}) if page.cursor else ""
    return console_pages.show(
        services,
        "notices",
        records=page.records,
        state=state,
        states=STATES,
        number=number,
        further=further,
        names=staff.names(services),
    )


def audit_list(services: Services) -> Response:
    """The record of acts of one month, newest first, filtered within one page of the store."""
    chosen = {name: request.args.get(name, "") for name in ("month", "who", "what", "number")}
    months = console_words.months_back(services.clock.unix())
    if chosen["month"] not in months:
        chosen["month"] = months[0]
    narrow = any(chosen[name] for name in ("who", "what", "number"))
    limit = MAX_PAGE if narrow else AUDIT_PAGE
    page = audit.acts(services, chosen["month"], limit, request.args.get("cursor"))
    further = urlencode({**chosen, "cursor": page.cursor}) if page.cursor else ""
    return console_pages.show(
        services,
        "audit",
        records=[each for each in page.records if _wanted(each, chosen)],
        looked_at=len(page.records),
        chosen=chosen,
        months=months,
        acts=console_words.ACTS,
        names=staff.names(services),
        further=further,
    )


def _wanted(record: Record, chosen: dict[str, str]) -> bool:
    number = chosen["number"].strip().upper()
    return (
        chosen["who"] in ("", record.data["actor"])
        and chosen["what"] in ("", record.data["act"])
        and (not number or str(record.data["subject"]).upper().endswith(f"/{number}"))
    )
