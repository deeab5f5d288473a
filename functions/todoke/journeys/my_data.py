"""あなたの情報: everything the city keeps about one person, collected for herself.

Each kind of record about a person (``store_schema``) has a collector here, or a reason in
``LEFT_OUT`` why it is not in it. What is sealed is opened; what would open an account or reach a
phone (keys, hashes, push addresses) is left out of the records, because nobody needs it to know
what is kept about her and a file lies around.

An account that no resident is linked to yet has the part of the account alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from todoke.core import keeping, sealed
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, audit, devices, history, session
from todoke.ports import MAX_PAGE, Json, Record, Services
from todoke.store_schema import RECORDS

FORMAT = "todoke-person/1"
#: of all records together, as JSON: an answer of AWS Lambda ends at 6 MB
MAX_BYTES = 4_000_000
#: never shown, whatever the kind: see above
SECRET = frozenset(
    (
        *("key", "handle", "user", "count", "endpoint", "resource", "p256dh", "auth", "url"),
        *("token_hash", "topic_secret", "letter_code"),
        *("name_born", "address_born", "name_address", "shelf"),
    )
)
#: ids of clerks: the office answers for them (journeys/history.py)
CLERKS = frozenset(("actor", "case_worker"))
#: keeps an order or a queue and says nothing of its own
WIRING = frozenset(("order", "month", "waiting", "due_at", "queued_at", "since_order", "all"))
#: actor of an act -> by whom it was, for her
_BY = {"citizen": "you", "agent": "agent"}
#: kind with a rule of its own -> the day its years count from (``journeys/keeping.py``)
_SINCE = {
    "application": "decided",
    "bill": "settled_or_due",
    "addressed_notice": "sent",
    "audit": "done",
}
#: of what is sealed: the numbers of other people, and a mark of ours
_NOT_HERS = frozenset(("guardians", "shown_to", "mended"))
#: kind -> code of the reason why it is not in it (words: site.mydata.left.<kind>)
LEFT_OUT = {
    "staff": "clerks",
    "batch_part": "traces of an import, without an index by person",
    "delivery": "outcomes of a push, without an index by phone",
    "handover": "a question of three minutes",
    "mandate_offer": "a code of fifteen minutes, kept as a mark",
    "register_finding": "what a clerk looks at in the register, without an index by person",
    "ward": "marks; who is whose guardian stands in the row of the register",
    "ward_opening": "that a guardian opened a child's notice, without an index by person",
    "subscription_alias": "points from one push address to another",
    "push_resource": "points from one push address to another",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whose it is. resident: id, None while the account is linked to nobody. session: the one
    that asks."""

    account: Record
    resident: str | None
    session: Record


@dataclass(frozen=True, slots=True)
class Collected:
    """records: kind -> its records, newest first. cut: kinds of which some are missing, because
    all together are larger than MAX_BYTES."""

    records: Mapping[str, Sequence[Mapping[str, Json]]] = field(repr=False)
    cut: tuple[str, ...]


_Find = Callable[[Services, Person], Iterable[Record]]


def collect(services: Services, who: Person) -> Collected:
    """Every kind in the order of ``COLLECTORS``."""
    found: dict[str, list[Mapping[str, Json]]] = {}
    cut, left = [], MAX_BYTES
    for kind, find in COLLECTORS.items():
        found[kind] = []
        for record in find(services, who):
            shown = _shown(services, record, who)
            left -= len(json.dumps(shown, ensure_ascii=False).encode())
            if left < 0:
                cut.append(kind)
                break
            found[kind].append(shown)
    return Collected(found, tuple(cut))


def export(services: Services, who: Person) -> dict[str, Any]:
    """The whole as JSON (``schema``); that it was taken is written into the record of acts."""
    collected = collect(services, who)
    services.store.commit([session.noted(services, who.account, "data_exported")])
    return {
        "format": FORMAT,
        "city": services.config.city.name["ja"],
        "made_at": services.clock.now().astimezone(audit.JST).isoformat(timespec="seconds"),
        "records": collected.records,
        "cut": list(collected.cut),
        "left_out": LEFT_OUT,
        "kept": {kind: _kept(services, kind) for kind in COLLECTORS if kind in keeping.RULE_OF},
    }


def _kept(services: Services, kind: str) -> dict[str, Any] | None:
    """For how long, and who decided so; None where nobody has."""
    rule = services.config.keep.get(keeping.RULE_OF[kind])
    if rule is None:
        return None
    return {
        "years": rule.years,
        "since": _SINCE[keeping.RULE_OF[kind]],
        "counted": rule.counted,
        "basis": dict(rule.basis),
        "as_of": rule.as_of,
        "source": {"title": dict(rule.source), "url": rule.url},
    }


def file_of(services: Services, who: Person, id: str) -> tuple[Record, bytes]:
    """One of her own attachments, opened. Raises ``not_found``, alike for one that is not there
    and for one of somebody else."""
    record = services.store.get("attachment", id)
    if record is None or who.resident is None or record.data["resident"] != who.resident:
        raise TodokeError("not_found")
    body = services.private.get(attachments.file_key(id))
    if body is None:
        raise TodokeError("not_found")
    return record, sealed.unseal(services.secrets.data_key, "attachment", id, body)


# ------------------------------------------------------------------------------ one record
def _shown(services: Services, record: Record, who: Person) -> dict[str, Json]:
    """Its id and fields, the sealed one opened as ``content``. The id of a session is the hash of
    its token, that of a letter code the way to find it: they are left out."""
    fields = RECORDS[record.kind].fields
    hidden = SECRET | CLERKS | WIRING | {"sealed"}
    shown: dict[str, Json] = {name: record.data.get(name) for name in fields if name not in hidden}
    if record.kind == "checkout":
        shown["session"] = None if record.data.get("session") is None else "…"
    if record.kind == "session":
        shown["mine"] = record.id == who.session.id
    elif record.kind not in ("letter_code", "credential", "audit"):
        shown["id"] = record.id
    if record.kind in ("credential", "session"):
        shown.pop("credential", None)
    if record.kind == "audit":
        shown["by"] = _BY.get(str(record.data["actor"]), "city")
    if record.data.get("sealed") is not None:
        shown["content"] = _content(services, record)
    return shown


def _content(services: Services, record: Record) -> Json:
    """What is sealed, opened; None where its seal is broken: the rest is told all the same."""
    try:
        key = services.secrets.data_key
        found = sealed.open_json(key, record.kind, record.id, record.data["sealed"])
    except TodokeError:
        return None
    kept = {name: value for name, value in found.items() if name not in _NOT_HERS}
    return cast("Json", kept)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``export``, made of ``store_schema``."""
    kinds = {kind: {"type": "array", "items": _record_schema(kind)} for kind in COLLECTORS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "type": "object",
        "required": ["format", "city", "made_at", "records", "cut", "left_out", "kept"],
        "properties": {
            "format": {"const": FORMAT},
            "city": {"type": "string"},
            "made_at": {"type": "string", "format": "date-time"},
            "records": {
                "type": "object",
                "required": list(kinds),
                "properties": kinds,
                "additionalProperties": False,
            },
            "cut": {"type": "array", "items": {"enum": list(kinds)}},
            "left_out": {"type": "object", "additionalProperties": {"type": "string"}},
            "kept": {
                "type": "object",
                "description": "how long each kind is kept; null where the city has not decided",
                "additionalProperties": _KEPT,
            },
        },
        "additionalProperties": False,
    }


_WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
_KEPT: dict[str, Any] = {
    "type": ["object", "null"],
    "required": ["years", "since", "counted", "basis", "as_of", "source"],
    "properties": {
        "years": {"type": "integer", "minimum": 1, "maximum": keeping.MOST_YEARS},
        "since": {"enum": list(_SINCE.values()), "description": "the day they count from"},
        "counted": {
            "enum": list(keeping.COUNTED),
            "description": "from the day after it, or from the next fiscal year (1 April)",
        },
        "basis": {**_WORDS, "description": "the law or the city's own rule"},
        "as_of": {"type": "string"},
        "source": {
            "type": "object",
            "properties": {"title": _WORDS, "url": {"type": ["string", "null"]}},
        },
    },
    "additionalProperties": False,
}
_TYPES = {"str": "string", "int": "integer", "bool": "boolean", "list": "array", "dict": "object"}


def _record_schema(kind: str) -> dict[str, Any]:
    hidden = SECRET | CLERKS | WIRING | {"sealed"}
    fields: dict[str, Any] = {
        "id": {"type": "string"},
        "content": {"description": "what is kept sealed"},
        "mine": {"type": "boolean", "description": "of a session: the one that asked"},
        "by": {"enum": ["you", "agent", "city"], "description": "of an act"},
    }
    for name, each in RECORDS[kind].fields.items():
        if name not in hidden:
            types = [_TYPES[each.type.removesuffix("?")], "null"]
            fields[name] = {"type": types, "description": each.meaning}
    return {"type": "object", "properties": fields, "additionalProperties": False}


# ------------------------------------------------------------------------------ collectors
def _every(services: Services, index: str, partition: str | None) -> Iterator[Record]:
    """All of a partition, newest (or last by its sort key) first."""
    cursor = None
    while partition is not None:
        page = services.store.find(index, partition, limit=MAX_PAGE, cursor=cursor, descending=True)
        yield from page.records
        cursor = page.cursor
        if cursor is None:
            return


def _of_resident(index: str) -> _Find:
    return lambda services, who: _every(services, index, who.resident)


def _of_account(index: str) -> _Find:
    return lambda services, who: _every(services, index, who.account.id)


def _one(services: Services, kind: str, id: object) -> list[Record]:
    found = services.store.get(kind, str(id)) if id is not None else None
    return [found] if found is not None else []


def _resident(services: Services, who: Person) -> list[Record]:
    return _one(services, "resident", who.resident)


def _register_row(services: Services, who: Person) -> list[Record]:
    """Hers of the register of now, or the one that was made for her alone."""
    from todoke.journeys import residents

    if who.resident is None:
        return []
    for snapshot in (residents.snapshot(services), "own"):
        if snapshot is not None:
            found = _one(services, "register_row", residents.row_id(snapshot, who.resident))
            if found:
                return found
    return []


def _letter_code(services: Services, who: Person) -> list[Record]:
    codes = [each.data["letter_code"] for each in _resident(services, who)]
    return [record for code in codes for record in _one(services, "letter_code", code)]


def _mandates(services: Services, who: Person) -> Iterator[Record]:
    """Those she gave, and those she was given."""
    for index in ("mandates_by_principal", "mandates_by_agent"):
        yield from _every(services, index, who.resident)


def _phones(kind: str) -> _Find:
    """Records under the ids of the phones that are told."""

    def find(services: Services, who: Person) -> Iterator[Record]:
        for phone in devices.of_account(services, who.account):
            yield from _one(services, kind, phone.id)

    return find


def _follows(services: Services, who: Person) -> Iterator[Record]:
    for phone in _phones("subscription")(services, who):
        for topic in cast("list[str]", phone.data["topics"]):
            yield from _one(services, "follow", f"{topic}.{phone.id}")


def _bills(services: Services, who: Person) -> Iterator[Record]:
    return _every(services, "bills_by_resident", who.resident)


def _checkouts(services: Services, who: Person) -> Iterator[Record]:
    for bill in _bills(services, who):
        for id in cast("list[str]", bill.data["checkouts"]):
            yield from _one(services, "checkout", id)


def _ledger(services: Services, who: Person) -> Iterator[Record]:
    for bill in _bills(services, who):
        yield from _every(services, "ledger_by_bill", bill.id)


def _events(services: Services, who: Person) -> Iterator[Record]:
    for bill in _bills(services, who):
        yield from _every(services, "payment_events_by_bill", bill.id)


def _acts(services: Services, who: Person) -> Iterator[Record]:
    yield from _every(services, "audit_by_resident", who.resident)
    if who.resident is not None:
        yield from _every(services, "audit_by_resident", history.EVERYBODY)


#: kind -> how hers are found, the most telling first
COLLECTORS: Mapping[str, _Find] = {
    "register_row": _register_row,
    "resident": _resident,
    "application": _of_resident("applications_by_resident"),
    "attachment": _of_resident("attachments_by_resident"),
    "bill": _bills,
    "checkout": _checkouts,
    "payment_event": _events,
    "ledger": _ledger,
    "addressed_notice": _of_resident("addressed_by_resident"),
    "letter_code": _letter_code,
    "mandate": _mandates,
    "account": lambda _services, who: [who.account],
    "credential": _of_account("credentials_by_account"),
    "session": _of_account("sessions_by_account"),
    "account_device": _of_account("devices_by_account"),
    "subscription": _phones("subscription"),
    "follow": _follows,
    "alarm": _phones("alarm"),
    "audit": _acts,
}
