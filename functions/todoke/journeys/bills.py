"""Bills (請求): brought in by the cashier, read by whom they are for, and their ledger (台帳)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from todoke.core import bill_file, sealed
from todoke.core.bill_file import Row
from todoke.core.csv_file import Refusal
from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.journeys import address, audit, batch_writing, batches, residents, scope
from todoke.journeys.batch_writing import Made, Plan
from todoke.ports import MAX_PAGE, Create, Json, Record, Services
from todoke.store_schema.batches import SEALED

STATES = ("open", "started", "awaiting", "paid", "withdrawn")
PAGE = 50
#: of the batch of an import, and what becomes of a line
ACT = "bills"
OUTCOMES = ("taken", "known", "refused")
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
def import_csv(
    services: Services,
    who: str,
    body: bytes,
    told: Callable[[Record], None] = batch_writing.no_one,
) -> Report:
    """What became of the file; ``import_file`` does it. Raises ``batch_erasing`` when somebody gave
    it up meanwhile: then nothing of it stays."""
    record = import_file(services, who, body, told)
    if record.data["state"] != SEALED:
        raise TodokeError("batch_erasing")
    return report(services, record)


def import_file(
    services: Services,
    who: str,
    body: bytes,
    told: Callable[[Record], None] = batch_writing.no_one,
) -> Record:
    """Takes a file of bills (``core/bill_file.py``) as one batch: each bill with its first ledger
    line, its notice to the resident and its audit entry, all visible at once; its record. The same
    file again goes on where it broke off, and makes nothing after the end.

    who: staff id or "cli". told: hears how far it is. Raises ``body_too_large``, ``bad_field`` for
    what is no such file."""
    made = plan(services, who, body)
    batch = batches.begin(services, who, ACT, _marked(services, who, body), len(made.items)).id
    batches.keep_input(services, batch, body)  # should this process die, the workers can go on
    return batch_writing.go_on(services, made, batch, told=told)


def keep_csv(services: Services, who: str, body: bytes) -> tuple[Record, Checked]:
    """Keeps a large file for the workers, who bring it in after ``batches.start``; what its lines
    are by themselves (whether they are new is seen when they are brought in). Raises the same."""
    found = bill_file.read(body, today(services))
    marked = _marked(services, who, body)
    record = batches.begin(services, who, ACT, marked, len(found.lines), batches.WAITING)
    batches.keep_input(services, record.id, body)
    return record, Checked(found.rows, (), found.refused)


def report(services: Services, record: Record, most: int | None = None) -> Report:
    """What a batch has done so far, with ``most`` lines of each kind."""
    lines = {name: batches.told_of(services, record, name, most) for name in OUTCOMES}
    return Report(
        record.id,
        [(cast("int", line), str(id)) for line, id in lines["taken"]],
        [(cast("int", line), str(id)) for line, id in lines["known"]],
        [Refusal(cast("int", at), str(column), str(rule)) for at, column, rule in lines["refused"]],
    )


def plan(services: Services, who: str, body: bytes) -> Plan[Row | Refusal]:
    """What the lines of the file make; of a kind that is another office's to bring in, nothing."""
    kinds = _kinds(services, who)

    def made(line: Row | Refusal, batch: str) -> Made:
        judged = line if isinstance(line, Refusal) else _judge(services, line, kinds)
        if isinstance(judged, Refusal):
            return Made("refused", [judged.line, judged.column, judged.rule])
        if isinstance(judged, _New):
            return Made("taken", [line.line, judged.id], _rows(services, who, batch, judged))
        return Made("known", [line.line, judged])

    def busy(line: Row | Refusal) -> Made:
        return Made("refused", [line.line, "請求番号", "csv_busy"])

    return Plan(bill_file.read(body, today(services)).lines, made, busy, "bills_imported")


def check_csv(services: Services, who: str, body: bytes) -> Checked:
    """What ``import_csv`` would do with the file now; nothing is stored. Raises the same."""
    found, kinds = bill_file.read(body, today(services)), _kinds(services, who)
    judged = [(row, _judge(services, row, kinds)) for row in found.rows]
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


def _kinds(services: Services, who: str) -> frozenset[str]:
    """Kinds of bills that are hers to bring in, by her offices of now."""
    clerk = scope.clerk(services, who)
    kinds = bill_file.KINDS.values()
    return frozenset(each for each in kinds if scope.may(services, clerk, "bill", each))


def _marked(services: Services, who: str, body: bytes) -> bytes:
    """What a batch is known by: the same file of another office is another batch, since it makes
    other bills."""
    kinds = _kinds(services, who)
    every = len(kinds) == len(bill_file.KINDS)
    return body if every else body + b"\0" + " ".join(sorted(kinds)).encode()


def _judge(services: Services, row: Row, kinds: frozenset[str]) -> _New | str | Refusal:
    """A new bill, the id of one that is there exactly so, or why the row makes nothing."""
    if row.kind not in kinds:
        return Refusal(row.line, "種別", "csv_other_office")
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


def _rows(services: Services, who: str, batch: str, new: _New) -> list[Create]:
    """Four rows: the bill, its first line, who brought it in, and the notice."""
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
    notice = address.notice(
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
        notice,
    ]


def demonstration(services: Services) -> str:
    """The id of the demonstration's bill, for its resident, made on the first call."""
    resident = residents.demonstration(services)
    id = bill_id(services, "MIHON-0001")
    if services.store.get("bill", id) is None:
        due = date.fromordinal(today(services).toordinal() + DEMONSTRATION_DAYS)
        row = Row(1, resident.number, "MIHON-0001", "nursery_fee", "保育料 見本", 12000, due)
        rows = _rows(services, "system", "I-demonstration", _New(row, id, resident.id))
        services.store.commit([*rows, address.push_of(services, rows[-1].record.id)])
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
    page = services.store.find("bills_by_resident", resident, limit=PAGE, cursor=cursor)
    return Listing([opened(services, each) for each in page.records], page.cursor)


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
