"""The register of residents is brought in as a snapshot: one file, everybody it knows on one day.

All its rows become visible in one commit, which also makes it the register (docs/adr/0012); until
then, and after a crash for ever, the register is the one before. Who was in that one and is not in
the file is carried over, closed: not erased, since bills and letters are hers. Who comes back is
opened by coming. The file itself is kept nowhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

from todoke.core import resident_file, sealed
from todoke.core.csv_file import Refusal
from todoke.core.errors import TodokeError
from todoke.core.resident_file import CLOSED, DECEASED, HERE, File, Row
from todoke.journeys import audit, batch_care, batch_writing, batches, guardians, residents
from todoke.journeys.audit import JST
from todoke.journeys.batch_writing import Made, Plan
from todoke.journeys.history import EVERYBODY
from todoke.journeys.residents import NOW, REGISTER, Resident
from todoke.ports import MAX_PAGE, Create, Json, Put, Record, Replace, Services, Write
from todoke.store_schema.batches import OPEN, SEALED

#: of the batch of an import
ACT = "residents"
#: refusals that are told; a file of another kind would have one for each line
MOST_REFUSALS = 1000
#: a file that knows so much less of the city was cut off on its way, or is another one: one in ten
FEWER = 10

#: what became of a person: new | back | moved | renamed | corrected | closed | deceased | same, or
#: another: under the number of one person stands somebody else
Change = str
ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Brought:
    """batch: whose rows are the register now, None if nothing was brought in. refusals: lines for
    which it was not. changes: people by what became of them. before, people: who lived here by the
    snapshot before, and by this one. fewer: that so many are missing must be meant first."""

    batch: str | None
    refusals: Sequence[Refusal] = ()
    changes: Counter[Change] = field(default_factory=Counter)
    before: int = 0
    people: int = 0
    fewer: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file whose lines can all be taken, and who is in the register and not in it."""

    file: File
    people: int
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Base:
    """The register that a snapshot replaces; of the first one there is none. record: of it."""

    record: Record | None

    @property
    def snapshot(self) -> str:
        return str(self.record.data["snapshot"]) if self.record else ""

    @property
    def on(self) -> date | None:
        return date.fromisoformat(str(self.record.data["on"])) if self.record else None

    @property
    def people(self) -> int:
        return int(cast("int", self.record.data["people"])) if self.record else 0

    @property
    def rows(self) -> int:
        return int(cast("int", self.record.data["rows"])) if self.record else 0


def bring_in(
    services: Services,
    who: str,
    body: bytes,
    on: date,
    *,
    fewer: bool = False,
    told: Callable[[Record], None] = batch_writing.no_one,
) -> Brought:
    """Makes a file the register of residents as of a day. The same again after a crash goes on, and
    makes nothing once it is done. fewer: it is right that more than a tenth are missing. told:
    hears how far it is. who: staff id or "cli".

    Raises ``body_too_large``, ``bad_field`` for what is no such file, ``snapshot_older``,
    ``snapshot_future``, ``snapshot_running`` while somebody else brings one in,
    ``snapshot_overtaken`` when another one was done first."""
    base = _Base(services.store.get(REGISTER, NOW))
    _check_day(services, base, on)
    digest = _digest(services, body, on)
    if base.record is not None and base.record.data["input"] == digest:
        return Brought(base.snapshot, before=base.people, people=base.people, known=True)
    found = _checked(services, resident_file.read(body, on), base)
    if isinstance(found, Brought):
        return found
    if found.people * FEWER < base.people * (FEWER - 1) and not fewer:
        return Brought(None, before=base.people, people=found.people, fewer=True)
    record = _begun(services, who, f"{digest} {base.snapshot}".encode(), found)
    plan = _plan(services, found, base, digest)
    try:
        record = batch_writing.go_on(services, plan, record.id, told=told)
    except TodokeError as error:
        if error.details.get("kind") != REGISTER:
            raise
        batches.give_up(services, batches.get(services, record.id))
        raise TodokeError("snapshot_overtaken") from error
    if record.data["state"] != SEALED:
        raise TodokeError("batch_erasing", batch=record.id)
    return Brought(record.id, (), changes(services, record), base.people, found.people)


def changes(services: Services, record: Record) -> Counter[Change]:
    """People of a snapshot by what became of them."""
    found: Counter[Change] = Counter()
    for number in range(batches.whole(record, "parts")):
        part = services.store.get("batch_part", batches.part_id(record.id, number))
        told = cast("list[list[str]]", part.data["told"]) if part else []
        found.update(each[3] for each in told)
    return found


def _check_day(services: Services, base: _Base, on: date) -> None:
    if on > services.clock.now().astimezone(JST).date():
        raise TodokeError("snapshot_future", on=on.isoformat())
    if base.on is not None and on < base.on:
        raise TodokeError("snapshot_older", on=on.isoformat(), last=base.on.isoformat())


def _digest(services: Services, body: bytes, on: date) -> str:
    said = f"{on.isoformat()} {hashlib.sha256(body).hexdigest()}"
    return sealed.blind(services.secrets.seal_key, "register input", said)


# ------------------------------------------------------------------------- before writing
def _checked(services: Services, file: File, base: _Base) -> _Checked | Brought:
    """Looks at every line before the first is written: a snapshot is taken whole or not at all."""
    refusals: list[Refusal] = []
    there: set[str] = set()
    people = 0
    for row in file.checked():
        if isinstance(row, Refusal):
            refusals += [row] * (len(refusals) < MOST_REFUSALS)
        elif not refusals:
            there.add(residents.id_of(services, row.number))
            people += row.state == HERE
    if refusals:
        return Brought(None, refusals, before=base.people)
    before = list(everybody(services, base.snapshot))
    if len(before) != base.rows:  # a list of DynamoDB may be late: who is not in it would be lost
        raise TodokeError("storage_unavailable")
    missing = [each for each in before if each not in there]
    return _Checked(file, people, missing)


def everybody(services: Services, snapshot: str) -> Iterator[str]:
    """Ids of a snapshot, always in the same order."""
    for each in rows(services, snapshot):
        yield str(each.data["resident"])


def rows(services: Services, snapshot: str) -> Iterator[Record]:
    """Rows of a snapshot, always in the same order."""
    for shelf in residents.shelves(snapshot) if snapshot else ():
        cursor = None
        while True:
            page = services.store.find("register_shelves", shelf, limit=MAX_PAGE, cursor=cursor)
            yield from page.records
            cursor = page.cursor
            if cursor is None:
                break


def _begun(services: Services, who: str, body: bytes, found: _Checked) -> Record:
    """The batch of this snapshot. One that somebody left behind would keep its new people from
    being written once more: it is erased first."""
    own = batches.digest_of(services, ACT, body)
    for state in (OPEN, batches.ERASING):
        for other in services.store.find("batches", state, limit=MAX_PAGE).records:
            if other.data["act"] != ACT or (state == OPEN and other.data["input"] == own):
                continue
            if state == OPEN and not batches.stands_still(services, other):
                raise TodokeError("snapshot_running")
            batch_care.erase_now(services, other)
    return batches.begin(services, who, ACT, body, len(found.file) + len(found.missing))


# ------------------------------------------------------------------------- writing
class _Items(Sequence["Row | str"]):
    """The lines of the file, then the ids of those who are missing from it."""

    def __init__(self, found: _Checked) -> None:
        self._file, self._missing = found.file, found.missing

    def __len__(self) -> int:
        return len(self._file) + len(self._missing)

    def __getitem__(self, place: int) -> Row | str:  # type: ignore[override]
        if place >= len(self._file):
            return self._missing[place - len(self._file)]
        row = self._file.at(place)
        assert isinstance(row, Row)  # every line was looked at before
        return row


def _plan(services: Services, found: _Checked, base: _Base, digest: str) -> Plan[Row | str]:
    def made(item: Row | str, batch: str) -> Made:
        id = item if isinstance(item, str) else residents.id_of(services, item.number)
        before = _before(services, base, id)
        after = _closed(before, found.file.on) if isinstance(item, str) else _person(services, item)
        change = _change(before, after)
        writes = [residents.row(services, after, batch), *guardians.rows(services, after, batch)]
        if before is None and services.store.get("resident", id) is None:
            writes.append(residents.identity(services, id))
        line = 0 if isinstance(item, str) else item.line
        return Made("known" if change == "same" else "taken", [line, id, change], writes)

    def busy(_item: Row | str) -> Made:
        raise TodokeError("snapshot_running")

    def sealing(record: Record) -> Sequence[Write]:
        return _register(services, record, found, base, digest)

    return Plan(_Items(found), made, busy, "residents_imported", sealing, EVERYBODY)


def _before(services: Services, base: _Base, id: str) -> Resident | None:
    record = services.store.get("register_row", residents.row_id(base.snapshot or "-", id))
    return residents.opened(services, record) if record else None


def _closed(before: Resident | None, on: date) -> Resident:
    assert before is not None  # the walk that found her is the walk of this very snapshot
    return before if before.state != HERE else replace(before, state=CLOSED, closed_on=on)


def _person(services: Services, row: Row) -> Resident:
    gone = row.state == CLOSED
    return Resident(
        id=residents.id_of(services, row.number),
        number=row.number,
        name=row.name,
        kana=row.kana,
        address=row.address,
        born=row.born,
        sex=row.sex,
        state=row.state,
        closed_on=row.moved_on if gone else None,
        moved_on=row.moved_on,
        reason=row.reason,
        guardians=tuple(residents.id_of(services, each) for each in row.guardians),
        protected=row.protected,
        shown_to=tuple(residents.id_of(services, each) for each in row.shown_to),
    )


def _change(before: Resident | None, after: Resident) -> Change:
    if before is None:
        return "new" if after.state == HERE else after.state
    if after.state != DECEASED and before.name != after.name and before.born != after.born:
        return ANOTHER
    if before.state != after.state:
        return "back" if after.state == HERE else after.state
    if before.address != after.address:  # before the name: who marries and moves has moved
        return "moved"
    if before.name != after.name:
        return "renamed"
    return "same" if before == after else "corrected"


def _register(
    services: Services, record: Record, found: _Checked, base: _Base, digest: str
) -> Sequence[Write]:
    """In the commit of the seal: this snapshot is the register, and what follows from it is asked
    for (journeys/register_care.py)."""
    data: dict[str, Json] = {
        "snapshot": record.id,
        "on": found.file.on.isoformat(),
        "people": found.people,
        "rows": len(found.file) + len(found.missing),
        "input": digest,
        "changed_at": services.clock.unix(),
    }
    before = base.record
    now = (
        Create(Record(REGISTER, NOW, data))
        if before is None
        else Replace(Record(REGISTER, NOW, data, before.version))
    )
    job: dict[str, Json] = {
        "act": "settle_register",
        "body": {"snapshot": record.id, "before": base.snapshot},
        "lane": "bulk",
        "waiting": "waiting",
        "due_at": audit.sort_key(services.clock.unix()),
    }
    return [now, Put(Record("outbox", f"settle_register.{record.id}", job))]


__all__ = ["ACT", "ANOTHER", "DECEASED", "Brought", "bring_in", "changes", "everybody", "rows"]
