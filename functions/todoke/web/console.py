"""The clerks' desk (窓口の机): server-rendered, works without any script.

Without a staff session every path of this host but the door (``/login``, to which ``/`` leads)
answers 404 to every method, so that nobody outside learns what there is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from todoke.core import desk_roles
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import health, notices, scope, staff
from todoke.ports import MAX_PAGE, Record, Services
from todoke.web import (
    console_approving,
    console_bills,
    console_cases,
    console_clerks,
    console_deciding,
    console_door,
    console_menu,
    console_own,
    console_pages,
    console_purpose,
    console_register,
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
NOTICES = desk_roles.MAY["notices"]
STATES = ("draft", "asked", "approved", "sending", "sent", "recalled")

View = Callable[..., Response]


class Page(NamedTuple):
    """rule: path. methods: that the view takes. place: of the desk, which says who may come
    (core/desk_roles.py)."""

    rule: str
    view: View
    methods: str
    place: str


def blueprint(services: Services) -> Blueprint:
    """All pages of the desk."""
    folder = str(services.config.root / "templates")
    routes = Blueprint(NAME, __name__, template_folder=folder)
    routes.register_error_handler(TodokeError, lambda error: _refused(services, error))
    routes.before_app_request(lambda: _remember_stylesheet(services))
    console_door.add_routes(routes, services, METHODS)
    for page in PAGES:
        _add(routes, services, page)
    return routes


def _add(routes: Blueprint, services: Services, found: Page) -> None:
    @guard.staff(found.place)
    def page(**values: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in found.methods.split():
            raise TodokeError("method_not_allowed")
        return found.view(services, **values)

    module = found.view.__module__.rpartition(".")[2]
    name = f"{module}_{found.view.__name__}"
    routes.add_url_rule(found.rule, name, page, methods=METHODS, provide_automatic_options=False)


def _refused(services: Services, error: TodokeError) -> Response:
    if not hasattr(g, "staff") or error.status >= 500:
        at_the_door = error.code == "not_found" and request.path == "/"
        if at_the_door and request.method in ("GET", "HEAD"):
            return see_other("/login")
        return errors.answer(services, error)
    if request.is_json:
        return errors.answer(services, error)
    try:
        if error.code == "purpose_needed":
            return console_purpose.ask(services, error)
        if error.code == "staff_setup_needed":
            return see_other("/me")
        return console_pages.refused(services, error)
    except TodokeError:  # the menu counts what waits; without a store she is told all the same
        return errors.answer(services, error)


def _remember_stylesheet(services: Services) -> None:
    """For the plain error page, which a path that does not exist shows as well."""
    if request.host.lower() == services.config.console_host:
        g.stylesheet = console_pages.stylesheet(services)


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
    if person.roles == {desk_roles.AUDITOR}:
        return see_other("/audit")
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
        **(console_cases.today(services, person) if "caseworker" in person.roles else {}),
        **(console_bills.today(services, person) if "cashier" in person.roles else {}),
    )


def _of_notices(services: Services, person: Person) -> dict[str, Any]:
    return {
        "waiting": console_menu.waiting_for(services, person),
        "drafts": console_menu.drafts_of(services, person),
        "mine_asked": _mine(services, "asked"),
        "running": [
            *console_menu.listed(services, person, "sending", PAGE).records,
            *console_menu.listed(services, person, "approved", PAGE).records,
        ],
    }


def _mine(services: Services, state: str) -> list[Record]:
    person = console_pages.who()
    found = console_menu.listed(services, person, state).records
    return [each for each in found if person.id in notices.standing_of(each).writers]


def find(services: Services) -> Response:  # noqa: ARG001
    """Straight to the list that a number belongs to, by its first letter."""
    number = request.args.get("number", "").strip()
    first = unicodedata.normalize("NFKC", number)[:1].upper()
    held = console_pages.who().roles
    asked = urlencode({"number": number})
    for letter, place in (("T", "cases"), ("B", "bills")):
        roles = set(desk_roles.MAY[place])
        if held & roles and (first == letter or not held - roles):
            return see_other(f"/{place}?{asked}")
    return see_other(f"/notices?{asked}" if held & set(NOTICES) else f"/audit?{asked}")


def notice_list(services: Services) -> Response:
    """All notices, last changed first; by state, or straight to a number."""
    number = request.args.get("number", "").strip().upper()
    person = console_pages.who()
    if number and scope.find_one(services, person, "notice", number) is not None:
        return see_other(f"/notices/{number}")
    state = request.args.get("state", "")
    if state not in STATES:
        state = ""
    cursor = request.args.get("cursor")
    page = console_menu.listed(services, person, state or None, PAGE, cursor)
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
    person, cursor = console_pages.who(), request.args.get("cursor")
    page = scope.acts(services, person, chosen["month"], limit, cursor)
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
    Page("/", dashboard, "GET", "today"),
    Page("/find", find, "GET", "today"),
    Page("/audit", audit_list, "GET", "record"),
    Page("/leave", console_door.leave, "POST", "own"),
    Page("/language", choose_language, "POST", "own"),
    Page("/me", console_own.page, "GET", "own"),
    Page("/me/passkey/options", console_own.passkey_options, "POST", "own"),
    Page("/me/passkey", console_own.passkey_add, "POST", "own"),
    Page("/me/totp", console_own.totp_begin, "POST", "own"),
    Page("/me/totp/confirm", console_own.totp_confirm, "POST", "own"),
    Page("/me/oidc", console_own.oidc_link, "POST", "own"),
    Page("/me/codes", console_own.codes, "POST", "own"),
    Page("/me/ways/remove", console_own.way_remove, "POST", "own"),
    Page("/me/sessions/end", console_own.sessions_end, "POST", "own"),
    Page("/clerks", console_clerks.clerk_list, "GET POST", "clerks"),
    Page("/clerks/<id>", console_clerks.clerk_page, "GET POST", "clerks"),
    Page("/register", console_register.findings, "GET POST", "register"),
    Page("/purpose", console_purpose.choose, "POST", "purpose"),
    Page("/notices", notice_list, "GET", "notices"),
    Page("/notices/new", console_writing.new, "GET POST", "notices"),
    Page("/notices/<id>", console_writing.notice_page, "GET", "notices"),
    Page("/notices/<id>/edit", console_writing.edit, "GET POST", "notices"),
    Page("/notices/<id>/ask", console_writing.ask, "POST", "notices"),
    Page("/notices/<id>/approve", console_approving.approve, "GET POST", "notices"),
    Page("/notices/<id>/return", console_approving.give_back, "POST", "notices"),
    Page("/notices/<id>/recall", console_approving.recall, "POST", "notices"),
    Page("/notices/<id>/result", console_approving.result, "GET", "notices"),
    Page("/cases", console_cases.case_list, "GET", "cases"),
    Page("/cases/<id>", console_cases.case_page, "GET", "cases"),
    Page("/cases/<id>/files/<file>", console_cases.case_file, "GET", "cases"),
    Page("/cases/<id>/return", console_deciding.case_return, "GET POST", "cases"),
    Page("/cases/<id>/hand-over", console_deciding.case_hand_over, "POST", "cases"),
    Page("/cases/<id>/decide", console_deciding.case_decide, "GET POST", "cases"),
    Page("/bills", console_bills.bill_list, "GET", "bills"),
    Page("/bills/import", console_bills.bills_import, "GET POST", "bills"),
    Page("/bills/import/<id>", console_bills.bills_batch, "GET POST", "bills"),
    Page("/bills/sample.csv", console_bills.bills_sample, "GET", "bills"),
    Page("/bills/<id>", console_bills.bill_page, "GET", "bills"),
)
