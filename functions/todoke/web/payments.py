"""Bills from the citizen's side: the bill, the way to the provider, and its webhook."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, redirect, request

from todoke.core.errors import TodokeError
from todoke.core.mandate import PAY
from todoke.core.words import LANGUAGES
from todoke.journeys import audit, bills, pay, residents, standing_in
from todoke.journeys.bills import Bill
from todoke.ports import Services
from todoke.web import citizen_pages, errors, guard
from todoke.web.limits import Bucket, Rate

NAME = "payments"
HOST = "portal"
LOG = logging.getLogger("todoke.web")
#: an event of a checkout is a few kB
MAX_EVENT_BYTES = 256 * 1024
#: per account: each press may ask the company, and the few calls there are for everybody
CLICKS = Rate(burst=20, every=15)
#: the page that waits asks again so many times, then leaves it to the person
LOOKS = 12


def blueprint(services: Services) -> Blueprint:
    """``/bills/…`` and the provider's webhook."""
    routes, clicks = Blueprint(NAME, __name__), Bucket(services.clock, CLICKS)

    @routes.get("/bills/<id>")
    @guard.resident(linked=True)
    def bill(id: str) -> Response:
        return _bill_page(services, id)

    @routes.post("/bills/<id>/checkout")
    @guard.resident(linked=True)
    def checkout(id: str) -> Response:
        clicks.take(g.account.id)
        language = citizen_pages.language()
        return _see_other(pay.start_checkout(services, g.resident, id, language))

    @routes.get("/bills/<id>/back")
    @guard.resident(linked=True)
    def back(id: str) -> Response:
        return _back_page(services, id)

    @routes.post("/api/payments/<provider>")
    @guard.signed
    def events(provider: str) -> Response:
        """The provider's signed events: 200 when taken, known or nothing of ours; 400 for
        anything unsigned; 5xx when it could not be stored, and the provider sends it again."""
        if provider != services.payments.name:
            raise TodokeError("not_found")
        body = guard.limited_body(MAX_EVENT_BYTES)
        signature = request.headers.get(services.payments.signature_header, "")
        done = pay.settle(services, body, signature)
        LOG.info("payment_event", extra={"code": done})
        return jsonify(ok=True)

    @routes.errorhandler(TodokeError)
    def refused(error: TodokeError) -> Response:
        return _refused_page(services, error)

    return routes


def _bill_page(services: Services, id: str) -> Response:
    record, acting = pay.bill_of(services, g.resident, id)
    standing_in.looked(services, acting, PAY)
    values = _values(services, bills.opened(services, record))
    payable = pay.payable(services, record)
    return citizen_pages.show(services, "bill.html", payable=payable, **values)


def _back_page(services: Services, id: str) -> Response:
    """The browser is back. That says nothing: only the ledger says paid."""
    bill = bills.opened(services, pay.bill_of(services, g.resident, id)[0])
    if bill.state == "paid":
        return citizen_pages.see_other(f"/bills/{bill.id}")
    look = request.args.get("look", "0")
    number = min(int(look), LOOKS) if look.isascii() and look.isdigit() and len(look) < 4 else 0
    values = {**_values(services, bill), "look": number, "last": number >= LOOKS}
    return citizen_pages.show(services, "bill_back.html", **values)


def _refused_page(services: Services, error: TodokeError) -> Response:
    """A page in the reader's language for what a person meets; the one shape for the rest. It
    names no bill that is not the reader's: 404 looks the same for all of them."""
    answer = errors.answer(services, error)
    if request.path.startswith("/api/") or error.status == 500:
        return answer
    language = citizen_pages.language()
    message, advice = services.words.explain(language, error)
    here = request.path.removesuffix("/checkout").removesuffix("/back")
    folder = "" if language == "ja" else f"{language}/"
    login = f"/{folder}login.html?{urlencode({'next': here})}"
    values = {
        "message": message,
        "advice": advice,
        "code": error.code,
        "login": login if error.code in ("login_needed", "account_not_linked") else None,
        "editions": None if error.status == 404 else _editions(here),
        "bill": here if error.code.startswith(("bill_", "payment_")) else None,
    }
    answer.data = services.press.page("bill_refused.html", language, values)
    answer.mimetype = "text/html"
    return answer


def _values(services: Services, bill: Bill) -> dict[str, Any]:
    resident = residents.get(services, bill.resident)
    lines = bills.ledger(services, bill.id)
    received = next((each for each in lines if each.entry == "paid"), None)
    return {
        "bill": bill,
        "title": bills.title_words(services, bill.kind, bill.title),
        "name": resident.name if resident else "",
        "agent": bill.resident != g.resident,
        "past": bill.due < bills.today(services),
        "received": received,
        "received_at": datetime.fromtimestamp(received.at, audit.JST) if received else None,
        "provider": services.payments.name,
        "editions": _editions(f"/bills/{bill.id}"),
    }


def _editions(path: str) -> list[dict[str, str]]:
    """The same page in the other languages, for the head of the page."""
    return [
        {
            "code": each,
            "lang": "en" if each == "en" else "ja",
            "hreflang": "ja-x-easy" if each == "easy" else each,
            "href": f"{path}?lang={each}",
        }
        for each in LANGUAGES
    ]


def _see_other(url: str) -> Response:
    """303: the browser goes on with GET (RFC 9110 section 15.4.4)."""
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]
