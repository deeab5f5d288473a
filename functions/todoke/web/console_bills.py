"""The cashier's desk: bills by state, one bill with its ledger, and the import of bills.

Lists show numbers and amounts, no names; one bill opened is written into the person's history.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from flask import Response, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from todoke.core import bill_file, csv_file
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import batches, bill_desk, bills, cases, residents, scope
from todoke.journeys.bills import Checked
from todoke.ports import MAX_PAGE, Record, Services
from todoke.store_schema.batches import OPEN
from todoke.web import console_menu, console_pages, console_purpose, guard
from todoke.web.console_pages import see_other

#: the file itself, and as much again for the form around it
MAX_UPLOAD_BYTES = csv_file.MAX_BYTES + 16 * 1024
#: a file up to this size is looked at and brought in within a request; a larger one by the workers
SMALL_BYTES = 1024 * 1024
SMALL_LINES = 500
#: the file as the second form carries it: base64 in the letters that no form has to escape
MAX_CARRIED_BYTES = SMALL_BYTES * 4 // 3 + 16 * 1024
#: why a cashier must look (core/payment.py)
FLAGS = ("amount_differs", "overpaid")
#: lines of a file shown before the import
SHOWN = 100
#: how often the page of an import renews itself, and when it says that nothing moves
REFRESH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class State:
    """number and yen of the bills in one state; more: beyond the page that was counted."""

    state: str
    number: int
    yen: int
    more: bool


def bill_list(services: Services) -> Response:
    """Bills of one state, or straight to a number; above them the book: counts and sums."""
    person, typed = console_pages.who(), request.args.get("number", "").strip()
    number = cases.number_typed(typed, "B") if typed else ""
    if number and scope.find_one(services, person, "bill", number) is not None:
        return see_other(f"/bills/{number}")
    state = request.args.get("state", "")
    if state not in bills.STATES:
        state = "open"
    page = bill_desk.listing(services, person, state, request.args.get("cursor"))
    further = urlencode({"state": state, "cursor": page.cursor}) if page.cursor else ""
    return console_pages.show(
        services,
        "bills",
        bills=page.bills,
        state=state,
        states=bills.STATES,
        number=number,
        further=further,
        flagged=[
            each for flag in FLAGS for each in bill_desk.flagged(services, person, flag).bills
        ],
        today=bills.today(services),
        **today(services, person),
    )


def today(services: Services, person: Person) -> dict[str, Any]:
    """What the first page shows a cashier."""
    return {
        "book": [_state(services, person, each) for each in bills.STATES],
        "late_bills": len(console_menu.overdue(services, person)),
    }


def _state(services: Services, person: Person, state: str) -> State:
    page = scope.find(services, person, "bills_by_state", state, limit=MAX_PAGE)
    yen = sum(cast("int", each.data["yen"]) for each in page.records)
    return State(state, len(page.records), yen, page.cursor is not None)


def bill_page(services: Services, id: str) -> Response:
    """One bill, its ledger and the ways it was tried to be paid."""
    why = console_purpose.of(services, "bill", id)
    bill = bill_desk.read(services, console_pages.who(), id, why)
    record = scope.get(services, console_pages.who(), "bill", id)
    lines = bills.ledger(services, id)
    whose = residents.get(services, bill.resident)
    checkouts = bills.checkouts(services, record)
    return console_pages.show(
        services,
        "bill",
        bill=bill,
        person=whose,
        lines=lines,
        balance=bills.balance(lines),
        checkouts=checkouts,
        today=bills.today(services),
    )


# --------------------------------------------------------------------------- bringing in
def bills_import(services: Services) -> Response:
    """A file is read and shown first; the button under it brings it in."""
    if request.method != "POST":
        return _import_page(services)
    if request.mimetype == "multipart/form-data":
        return _look(services, _uploaded())
    body = _carried()
    report = bills.import_csv(services, console_pages.who().id, body)
    return _import_page(services, report=report)


def _look(services: Services, body: bytes) -> Response:
    try:
        if len(body) > SMALL_BYTES or _lines(body) > SMALL_LINES:
            return _keep(services, body)
        checked = bills.check_csv(services, console_pages.who().id, body)
    except TodokeError as error:
        if error.code not in ("bad_field", "body_too_large", "batch_erasing"):
            raise
        return _import_page(services, error=error)
    carried = base64.urlsafe_b64encode(body).decode("ascii")
    return _import_page(services, checked=checked, carried=carried)


def _lines(body: bytes) -> int:
    """Lines that end with LF, CR LF, or CR alone."""
    return max(body.count(b"\n"), body.count(b"\r"))


def _keep(services: Services, body: bytes) -> Response:
    record, checked = bills.keep_csv(services, console_pages.who().id, body)
    if record.data["state"] != batches.WAITING:
        return see_other(f"/bills/import/{record.id}")
    return _import_page(services, checked=checked, kept=record.id)


def bills_batch(services: Services, id: str) -> Response:
    """How far a large import is; its button begins it, or goes on when it stands still."""
    record = scope.get(services, console_pages.who(), "batch", id)
    if record.data["act"] != bills.ACT:
        raise TodokeError("not_found")
    if request.method == "POST":
        batches.start(services, id, console_pages.who().id)
        return see_other(f"/bills/import/{id}")
    report = bills.report(services, record, SHOWN)
    under_way = record.data["state"] == OPEN
    response = console_pages.show(
        services,
        "bills_batch",
        batch=record,
        refused=_refused(services, report.refused),
        refused_count=batches.outcome(record, "refused"),
        shown=SHOWN,
        still=batches.stands_still(services, record),
    )
    if under_way or record.data["state"] == batches.ERASING:
        response.headers["Refresh"] = str(REFRESH_SECONDS)  # works without a script
    return response


def _under_way(services: Services) -> list[Record]:
    person = console_pages.who()
    found = [
        record
        for state in (OPEN, batches.WAITING)
        for record in scope.find(services, person, "batches", state, limit=MAX_PAGE).records
    ]
    return [each for each in found if each.data["act"] == bills.ACT]


def _import_page(
    services: Services,
    *,
    checked: Checked | None = None,
    carried: str = "",
    kept: str = "",
    report: bills.Report | None = None,
    error: TodokeError | None = None,
) -> Response:
    new = checked.new if checked else ()
    found = checked or report
    return console_pages.show(
        services,
        "bills_import",
        error.status if error else 200,
        columns=bill_file.COLUMNS,
        checked=checked,
        carried=carried,
        kept=kept,
        under_way=() if found else _under_way(services),
        report=report,
        why=_why(services, error) if error else "",
        refused=_refused(services, found.refused) if found else (),
        new=new[:SHOWN],
        new_sum=sum(each.yen for each in new),
        shown=SHOWN,
    )


def _why(services: Services, error: TodokeError) -> str:
    message, advice = services.words.explain(console_pages.language(), error)
    return f"{message} {advice}"


def _refused(services: Services, refused: Sequence[csv_file.Refusal]) -> list[tuple[int, str, str]]:
    """(line, column, why) of each refused line; never what stands in it."""
    language = console_pages.language()
    return [
        (each.line, each.column, services.words.say(language, f"errors.rule.{each.rule}"))
        for each in refused
    ]


def _uploaded() -> bytes:
    """The file of a multipart form (RFC 7578): bounded before it is read, and kept in memory,
    because what spills into a temporary file lies open on the disk."""
    if (request.content_length or 0) > MAX_UPLOAD_BYTES:
        raise TodokeError("body_too_large", limit=csv_file.MAX_BYTES)
    parser = FormDataParser(
        stream_factory=lambda *_, **__: io.BytesIO(),
        max_form_memory_size=MAX_UPLOAD_BYTES,
        max_content_length=MAX_UPLOAD_BYTES,
        max_form_parts=4,
        silent=False,
    )
    try:
        _, _, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge as error:
        raise TodokeError("body_too_large", limit=csv_file.MAX_BYTES) from error
    except ValueError as error:
        raise TodokeError("bad_request") from error
    file = files.get("file")
    return file.read() if file is not None else b""


def _carried() -> bytes:
    """The file as the form under the preview carries it back."""
    form = guard.form_body(MAX_CARRIED_BYTES)
    try:
        return base64.b64decode(form.get("file", [""])[0], altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise TodokeError("bad_request") from error


def bills_sample(services: Services) -> Response:
    """Two bills for the demonstration's resident, as Excel in Japan would save them."""
    due = bills.today(services).replace(day=28)
    month = due.strftime("%Y%m")
    rows = [
        bill_file.COLUMNS,
        (residents.DEMONSTRATION_NUMBER, f"MIHON-{month}-1", "保育料", "保育料 見本", "24000", due),
        (residents.DEMONSTRATION_NUMBER, f"MIHON-{month}-2", "給食費", "給食費 見本", "4720", due),
    ]
    text = "".join(",".join(map(str, row)) + "\r\n" for row in rows)
    response = make_response(text.encode("cp932"))
    response.headers["Content-Type"] = "text/csv; charset=Shift_JIS"
    response.headers["Content-Disposition"] = 'attachment; filename="bills-sample.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
