"""What to look at in the register (データクレンジング): counts, numbers, reasons and the next step.

No name or address is on it and it opens nobody's record: a clerk looks the number up where the city
keeps its register."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Response, request

from todoke.journeys import register_findings
from todoke.ports import Services
from todoke.web import console_pages, guard
from todoke.web.console_pages import see_other


def findings(services: Services) -> Response:
    """What the last look found, or asking for another one."""
    if request.method == "POST":
        guard.form_body()
        register_findings.ask(services, console_pages.who())
        return see_other("/register")
    kind, number = request.args.get("kind", ""), request.args.get("page", "")
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 1
    shown = register_findings.opened(services, console_pages.who(), kind, page)

    def at(page: int) -> str:
        return urlencode({"kind": shown.kind, "page": page})

    return console_pages.show(
        services,
        "register",
        shown=shown,
        on=date.fromisoformat(shown.on) if shown.on else None,
        earlier=at(shown.page - 1) if shown.page > 1 else "",
        further=at(shown.page + 1) if shown.page < shown.pages else "",
        first=(shown.page - 1) * register_findings.PAGE + 1,
        most=register_findings.MOST_LISTED,
    )
