"""Bills (請求): brought in by the cashier, read by whom they are for, and their ledger (台帳)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from todoke.core import bill_file, sealed
from todoke.core.bill_file import Refusal, Row
from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.journeys import address, audit, residents
from todoke.ports import (
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    Create,
    Json,
    Record,
    Services,
    Write,
)

STATES = ("open", "started", "awaiting", "paid", "withdrawn")
PAGE = 50
#: five writes each
BILLS_PER_COMMIT = MAX_COMMIT_WRITES // 5
#: the demonstration's bill is due so many days after it is made
DEMONSTRATION_DAYS = 30


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill, unsealed. reference: 請求番号 of the city's own books. yen: due. due: last day to
    pay. flag: why the cashier must look (core/payment.py), else None. changed_at: unix seconds."""

    id: str
    resident: str
    reference: str
    title: str
    kind: str
    yen: int
    due: date
    state: str
    flag: str | None
    batch: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger. entry: billed | paid | overpaid. yen: signed, what is billed is
    positive. at: unix seconds."""

    id: str
    bill: str
    entry: str
    yen: int
    event: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of bills. cursor: of the next page, None on the last."""

    bills: Sequence[Bill]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. taken: (line, bill id) of new bills. known: the same of bills that
    were there already, exactly so. refused: lines that made nothing, and why."""

    batch: str
    taken: Sequence[tuple[int, str]]
    known: Sequence[tuple[int, str]]
    refused: Sequence[Refusal]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file would do. new: rows that would make a bill. known, refused: as in ``Report``."""

    new: Sequence[Row]
    known: Sequence[tuple[int, str]]
    refused: Sequence[Refusal]


# ----------------------------------------------------------------------------- bringing in
def import_csv(services: Services, who: str, body: bytes) -> Report:
    """Takes a file of bills (``core/bill_file.py``); each bill with its first ledger line, its
    notice to the resident and its audit entry in one commit. The same file again makes nothing.

    who: staff id. Raises ``body_too_large``, ``bad_field`` for what is no such file."""
    found = bill_file.read(body, today(services))
    batch = f"I-{secrets.token_hex(6)}"
    new: list[_New] = []
    known: list[tuple[int, str]] = []
    refused = list(found.refused)
    for row in found.rows:
        judged = _judge(services, row)
        if isinstance(judged, Refusal):
            refused.append(judged)
        elif isinstance(judged, _New):
            new.append(judged)
        else:
            known.append((row.line, judged))
    taken: list[tuple[int, str]] = []
    for start in range(0, len(new), BILLS_PER_COMMIT):
        group = new[start : start + BILLS_PER_COMMIT]
        done = _commit_group(services, who, batch, group)
        taken += [(each.row.line, each.id) for each in done]
        known += [(each.row.line, each.id) for each in group if each not in done]
    _note_import(services, who, batch, (len(taken), len(known), len(refused)))
    return Report(batch, taken, sorted(known), sorted(refused, key=lambda each: each.line))


def check_csv(services: Services, body: bytes) -> Checked:
    """What ``import_csv`` would do with the file now; nothing is stored. Raises the same."""
    found = bill_file.read(body, today(services))
    judged = [(row, _judge(services, row)) for row in found.rows]
    refused = [*found.refused, *(each for _, each in judged if isinstance(each, Refusal))]
    return Checked(
        new=[row for row, each in judged if isinstance(each, _New)],
        known=[(row.line, each) for row, each in judged if isinstance(each, str)],
        refused=sorted(refused, key=lambda each: each.line),
    )


@dataclass(frozen=True, slots=True)
class _New:
    """A row that becomes a bill. id: of the bill. resident: id."""

    row: Row
    id: str
    resident: str


def _judge(services: Services, row: Row) -> _New | str | Refusal:
    """A new bill, the id of one that is there exactly so, or why the row makes nothing."""
    resident = residents.find(services, row.number)
    if resident is None:
        return Refusal(row.line, "宛名番号", "csv_nobody")
    id = bill_id(services, row.reference)
    stored = services.store.get("bill", id)
    if stored is None:
        return _New(row, id, resident.id)
    if _same(opened(services, stored), row, resident.id):
        return id
    return Refusal(row.line, "請求番号", "csv_changed")


def bill_id(services: Services, reference: str) -> str:
    """The id of a 請求番号, always the same: so a bill cannot be brought in twice."""
    number = int(sealed.blind(services.secrets.seal_key, "bill", reference), 16)
    letters = ""
    for _ in range(address.NUMBER_LETTERS):
        number, place = divmod(number, len(address.ALPHABET))
        letters += address.ALPHABET[place]
    return f"B-{letters[:5]}-{letters[5:]}"


def today(services: Services) -> date:
    """The day in Japan."""
    return services.clock.now().astimezone(audit.JST).date()


def _same(bill: Bill, row: Row, resident: str) -> bool:
    ours = (bill.resident, bill.reference, bill.title, bill.kind, bill.yen, bill.due)
    return ours == (resident, row.reference, row.title, row.kind, row.yen, row.due)


def _commit_group(
    services: Services, who: str, batch: str, group: Sequence[_New]
) -> Sequence[_New]:
    """Commits the bills; those that somebody else brought in this moment are left out."""
    writes = [write for each in group for write in _bill_writes(services, who, batch, each)]
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "record_exists":
            raise
        if len(group) == 1:
            return ()
        return [each for one in group for each in _commit_group(services, who, batch, [one])]
    return group


def _bill_writes(services: Services, who: str, batch: str, new: _New) -> list[Write]:
    """Five writes: the bill, its first line, who brought it in, the notice and its push."""
    row, id, about = new.row, new.id, f"bill/{new.id}"
    text = {"reference": row.reference, "title": row.title}
    data: dict[str, Json] = {
        "resident": new.resident,
        "sealed": sealed.seal_json(services.secrets.data_key, "bill", id, text),
        "kind": row.kind,
        "yen": row.yen,
        "due_on": row.due.isoformat(),
        "state": "open",
        "flag": None,
        "batch": batch,
        "checkouts": [],
        "changed_at": services.clock.unix(),
        "order": f"{row.due.isoformat()}-{id}",
    }
    notice = address.writes(
        services,
        new.resident,
        "bill",
        about,
        link=f"/bills/{id}",
        title=title_words(services, row.kind, row.title),
        yen=f"{row.yen:,}",
        due=day_words(services, row.due),
    )
    return [
        Create(Record("bill", id, data)),
        ledger_line(services, id, "billed", row.yen, None),
        audit.entry(services, who, "bill_imported", about, {"batch": batch}, resident=new.resident),
        *notice,
    ]


def _note_import(services: Services, who: str, batch: str, counts: tuple[int, int, int]) -> None:
    detail: dict[str, Json] = dict(zip(("taken", "known", "refused"), counts, strict=True))
    services.store.commit([audit.entry(services, who, "bills_imported", f"batch/{batch}", detail)])


def demonstration(services: Services) -> str:
    """The id of the demonstration's bill, for its resident, made on the first call."""
    resident = residents.demonstration(services)
    id = bill_id(services, "MIHON-0001")
    if services.store.get("bill", id) is None:
        due = date.fromordinal(today(services).toordinal() + DEMONSTRATION_DAYS)
        row = Row(1, resident.number, "MIHON-0001", "nursery_fee", "保育料 見本", 12000, due)
        _commit_group(services, "system", "I-demonstration", [_New(row, id, resident.id)])
    return id


# ------------------------------------------------------------------------------- reading
def own(services: Services, resident: str, id: str) -> Record:
    """The resident's own bill. Raises ``not_found``, alike for another's and for none."""
    record = services.store.get("bill", id)
    if record is None or record.data["resident"] != resident:
        raise TodokeError("not_found")
    return record


def of_resident(services: Services, resident: str, cursor: str | None = None) -> Listing:
    """A resident's bills, the first due first."""
    return _listing(services, "bills_by_resident", resident, cursor)


def listing(services: Services, state: str, cursor: str | None = None) -> Listing:
    """Bills in one state (``STATES``), the first due first."""
    return _listing(services, "bills_by_state", state, cursor)


def flagged(services: Services, flag: str, cursor: str | None = None) -> Listing:
    """Bills the cashier must look at: "amount_differs" or "overpaid"."""
    return _listing(services, "bills_by_flag", flag, cursor)


def read_by_clerk(services: Services, who: str, id: str) -> Bill:
    """A bill for the desk; that it was read is recorded first, and stands in the resident's own
    history. Raises ``not_found``."""
    record = services.store.get("bill", id)
    if record is None:
        raise TodokeError("not_found")
    resident = str(record.data["resident"])
    audit.write_reading(services, who, "bill_read", f"bill/{id}", resident=resident)
    return opened(services, record)


def ledger(services: Services, bill: str) -> Sequence[Line]:
    """The lines of one bill, oldest first."""
    found = services.store.find("ledger_by_bill", bill, limit=MAX_PAGE).records
    return [_line(each) for each in found]


def ledger_of_month(
    services: Services, month: str, cursor: str | None = None
) -> tuple[Sequence[Line], str | None]:
    """A page of a month's lines ("2026-11", in Japan), oldest first, and the next cursor."""
    page = services.store.find("ledger_by_month", month, limit=MAX_PAGE, cursor=cursor)
    return [_line(each) for each in page.records], page.cursor


def checkouts(services: Services, bill: Record) -> Sequence[Record]:
    """The ways it was tried to be paid, oldest first. The bill itself names them: an index may be
    late, and who does not see the first way opens a second one."""
    named = cast("list[str]", bill.data["checkouts"])
    found = [services.store.get("checkout", each) for each in named]
    return [each for each in found if each is not None]


def balance(lines: Sequence[Line]) -> int:
    """Yen still due; below zero when too much was paid."""
    return sum(each.yen for each in lines)


def opened(services: Services, record: Record) -> Bill:
    """A stored bill, unsealed."""
    data = record.data
    text = sealed.open_json(services.secrets.data_key, "bill", record.id, data["sealed"])
    return Bill(
        id=record.id,
        resident=str(data["resident"]),
        reference=str(text["reference"]),
        title=str(text["title"]),
        kind=str(data["kind"]),
        yen=cast("int", data["yen"]),
        due=date.fromisoformat(str(data["due_on"])),
        state=str(data["state"]),
        flag=cast("str | None", data.get("flag")),
        batch=str(data["batch"]),
        changed_at=cast("int", data["changed_at"]),
    )


def ledger_line(services: Services, bill: str, entry: str, yen: int, event: str | None) -> Create:
    """The write that adds a line. event: id of the payment_event it comes from."""
    now, moment = services.clock.unix(), services.clock.now()
    id = f"{audit.sort_key(now)}-{moment.microsecond:06d}{secrets.token_hex(6)}"
    data: dict[str, Json] = {
        "bill": bill,
        "entry": entry,
        "yen": yen,
        "event": event,
        "at": now,
        "month": audit.month_of(moment),
        "order": id,
    }
    return Create(Record("ledger", id, data))


def title_words(services: Services, kind: str, title: str) -> Mapping[str, str]:
    """A bill's title in each language; the city's books know it in Japanese only."""
    said = services.words.say("en", f"site.pay.kind.{kind}")
    return {"ja": title, "easy": title, "en": f"{said} ({title})"}


def day_words(services: Services, day: date) -> Mapping[str, str]:
    """A day in each language."""

    def say(language: str) -> str:
        words = services.words
        return words.say(
            language,
            "site.date.day",
            year=day.year,
            month=words.say(language, f"site.month.{day.month}"),
            day=day.day,
            weekday=words.say(language, f"site.weekday.{day.weekday()}"),
        )

    return {language: say(language) for language in LANGUAGES}


def _listing(services: Services, index: str, partition: str, cursor: str | None) -> Listing:
    page = services.store.find(index, partition, limit=PAGE, cursor=cursor)
    return Listing([opened(services, each) for each in page.records], page.cursor)


def _line(record: Record) -> Line:
    data = record.data
    return Line(
        id=record.id,
        bill=str(data["bill"]),
        entry=str(data["entry"]),
        yen=cast("int", data["yen"]),
        event=cast("str | None", data.get("event")),
        at=cast("int", data["at"]),
    )
