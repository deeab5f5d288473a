"""The clerks' desk (窓口の机): server-rendered, works without any script.

Without a staff session every path of this host answers 404 to every method, so that nobody
outside learns what there is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit, health, notices, staff
from todoke.ports import MAX_PAGE, Record, Services
from todoke.web import (
    console_approving,
    console_bills,
    console_cases,
    console_deciding,
    console_menu,
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
#: which roles a page is for
ANYBODY: tuple[str, ...] = ()
NOTICES = ("author", "approver")
CASES = ("caseworker",)
BILLS = ("cashier",)
STATES = ("draft", "asked", "approved", "sending", "sent", "recalled")

View = Callable[..., Response]


class Page(NamedTuple):
    """rule: path. methods: that the view takes. roles: who may come; none named: every clerk."""

    rule: str
    view: View
    methods: str
    roles: tuple[str, ...]


def blueprint(services: Services) -> Blueprint:
    """All pages of the desk."""
    folder = str(services.config.root / "templates")
    routes = Blueprint(NAME, __name__, template_folder=folder)
    routes.register_error_handler(TodokeError, lambda error: _refused(services, error))
    routes.before_app_request(lambda: _remember_stylesheet(services))
    _add_enter(routes, services)
    for page in PAGES:
        _add(routes, services, page)
    return routes


def _add(routes: Blueprint, services: Services, found: Page) -> None:
    @guard.staff(*found.roles)
    def page(**values: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in found.methods.split():
            raise TodokeError("method_not_allowed")
        return found.view(services, **values)

    name = found.view.__name__
    routes.add_url_rule(found.rule, name, page, methods=METHODS, provide_automatic_options=False)


def _refused(services: Services, error: TodokeError) -> Response:
    if not hasattr(g, "staff") or error.status >= 500:
        return errors.answer(services, error)
    try:
        return console_pages.refused(services, error)
    except TodokeError:  # the menu counts what waits; without a store she is told all the same
        return errors.answer(services, error)


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
    is running, the system. Each role sees its own."""
    person = console_pages.who()
    jobs, dead = health.given_up(services)
    return console_pages.show(
        services,
        "dashboard",
        breakers=health.open_breakers(services),
        jobs=jobs,
        dead=dead,
        late=health.outbox_age(services),
        late_limit=health.LATE_SECONDS,
        names=staff.names(services),
        **(_of_notices(services, person) if person.roles & set(NOTICES) else {}),
        **(console_cases.today(services) if "caseworker" in person.roles else {}),
        **(console_bills.today(services) if "cashier" in person.roles else {}),
    )


def _of_notices(services: Services, person: Person) -> dict[str, Any]:
    return {
        "waiting": console_menu.waiting_for(services, person),
        "drafts": console_menu.drafts_of(services, person),
        "mine_asked": _mine(services, "asked"),
        "running": [
            *notices.listing(services, "sending", limit=PAGE).records,
            *notices.listing(services, "approved", limit=PAGE).records,
        ],
    }


def _mine(services: Services, state: str) -> list[Record]:
    person = console_pages.who()
    found = notices.listing(services, state, limit=console_menu.COUNTED).records
    return [each for each in found if person.id in notices.standing_of(each).writers]


def find(services: Services) -> Response:  # noqa: ARG001
    """Straight to the list that a number belongs to, by its first letter."""
    number = request.args.get("number", "").strip()
    first = unicodedata.normalize("NFKC", number)[:1].upper()
    held = console_pages.who().roles
    for letter, path, roles in (("T", "/cases", CASES), ("B", "/bills", BILLS)):
        if held & set(roles) and (first == letter or not held - set(roles)):
            return see_other(f"{path}?{urlencode({'number': number})}")
    return see_other(f"/notices?{urlencode({'number': number})}")


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


PAGES = (
    Page("/", dashboard, "GET", ANYBODY),
    Page("/find", find, "GET", ANYBODY),
    Page("/audit", audit_list, "GET", ANYBODY),
    Page("/leave", leave, "POST", ANYBODY),
    Page("/language", choose_language, "POST", ANYBODY),
    Page("/notices", notice_list, "GET", NOTICES),
    Page("/notices/new", console_writing.new, "GET POST", NOTICES),
    Page("/notices/<id>", console_writing.notice_page, "GET", NOTICES),
    Page("/notices/<id>/edit", console_writing.edit, "GET POST", NOTICES),
    Page("/notices/<id>/ask", console_writing.ask, "POST", NOTICES),
    Page("/notices/<id>/approve", console_approving.approve, "GET POST", NOTICES),
    Page("/notices/<id>/return", console_approving.give_back, "POST", NOTICES),
    Page("/notices/<id>/recall", console_approving.recall, "POST", NOTICES),
    Page("/notices/<id>/result", console_approving.result, "GET", NOTICES),
    Page("/cases", console_cases.case_list, "GET", CASES),
    Page("/cases/<id>", console_cases.case_page, "GET", CASES),
    Page("/cases/<id>/files/<file>", console_cases.case_file, "GET", CASES),
    Page("/cases/<id>/return", console_deciding.case_return, "GET POST", CASES),
    Page("/cases/<id>/decide", console_deciding.case_decide, "GET POST", CASES),
    Page("/bills", console_bills.bill_list, "GET", BILLS),
    Page("/bills/import", console_bills.bills_import, "GET POST", BILLS),
    Page("/bills/import/<id>", console_bills.bills_batch, "GET POST", BILLS),
    Page("/bills/sample.csv", console_bills.bills_sample, "GET", BILLS),
    Page("/bills/<id>", console_bills.bill_page, "GET", BILLS),
)
