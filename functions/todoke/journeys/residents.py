"""Residents as the city knows them: found by the city's own number (宛名番号), kept sealed.

The 12-digit My Number is not among it and never will be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from todoke.core import resident_file, sealed
from todoke.core.csv_file import Refusal
from todoke.core.resident_file import Row
from todoke.journeys import batch_writing, batches
from todoke.journeys.batch_writing import Made, Plan
from todoke.ports import Create, Json, Record, Services

#: of the batch of an import
ACT = "residents"

#: the demonstration's resident, visibly made up
DEMONSTRATION_NUMBER = "0000000001"
#: 96 bits: of a hundred million people no two share one
ID_DIGITS = 24
DEMONSTRATION = {"number": DEMONSTRATION_NUMBER, "name": "見本 はなこ", "kana": "みほん はなこ"}


@dataclass(frozen=True, slots=True)
class Resident:
    """number: 宛名番号, the city's own key. name, kana: as in the resident register."""

    id: str
    number: str
    name: str
    kana: str


def find(services: Services, number: str) -> Resident | None:
    """The resident with this number."""
    return get(services, id_of(services, number))


def get(services: Services, id: str) -> Resident | None:
    """The resident of an id."""
    record = services.store.get("resident", id)
    return opened(services, record) if record else None


def opened(services: Services, record: Record) -> Resident:
    """A stored resident, unsealed."""
    data_key = services.secrets.data_key
    found = sealed.open_json(data_key, "resident", record.id, record.data["sealed"])
    return Resident(record.id, str(found["number"]), str(found["name"]), str(found["kana"]))


def new(
    services: Services, number: str, name: str, kana: str, *, demonstration: bool = False
) -> Create:
    """The write that adds a resident; the same number can be added once."""
    id = id_of(services, number)
    known = {"number": number, "name": name, "kana": kana}
    data: dict[str, Json] = {
        "sealed": sealed.seal_json(services.secrets.data_key, "resident", id, known),
        "account": None,
        "letter_code": None,
        "demonstration": demonstration,
        "created_at": services.clock.unix(),
    }
    return Create(Record("resident", id, data))


def demonstration(services: Services) -> Resident:
    """The resident of the demonstration, made on the first call."""
    found = find(services, DEMONSTRATION_NUMBER)
    if found is None:
        services.store.commit([new(services, **DEMONSTRATION, demonstration=True)])
        found = find(services, DEMONSTRATION_NUMBER)
    assert found is not None
    return found


def has_demonstration(services: Services) -> bool:
    """Whether the made-up resident is here: then so may be her account, and a pretend card."""
    found = services.store.get("resident", id_of(services, DEMONSTRATION_NUMBER))
    return found is not None and bool(found.data["demonstration"])


def id_of(services: Services, number: str) -> str:
    """The id that a 宛名番号 has here: nobody without the installation's key can try numbers."""
    digits = sealed.blind(services.secrets.seal_key, "resident", number)
    return f"R-{digits[:ID_DIGITS]}"


# ------------------------------------------------------------------------- bringing in
def import_csv(
    services: Services,
    who: str,
    body: bytes,
    told: Callable[[Record], None] = batch_writing.no_one,
) -> Record:
    """Takes a file of residents (``core/resident_file.py``), all visible at once; the record of
    its batch. The same file again makes nothing. told: hears how far it is.

    who: staff id or "cli". Raises ``body_too_large``, ``bad_field`` for what is no such file."""
    made = plan(services, who, body)
    record = batches.begin(services, who, ACT, body, len(made.items))
    return batch_writing.go_on(services, made, record.id, told=told)


def plan(services: Services, _who: str, body: bytes) -> Plan[Row | Refusal]:
    """What the lines of the file make."""

    def made(line: Row | Refusal, _batch: str) -> Made:
        if isinstance(line, Refusal):
            return Made("refused", [line.line, line.column, line.rule])
        stored = find(services, line.number)
        if stored is None:
            row = new(services, line.number, line.name, line.kana)
            return Made("taken", [line.line, row.record.id], [row])
        if (stored.name, stored.kana) == (line.name, line.kana):
            return Made("known", [line.line, stored.id])
        return Made("refused", [line.line, "宛名番号", "csv_resident_changed"])

    def busy(line: Row | Refusal) -> Made:
        return Made("refused", [line.line, "宛名番号", "csv_busy"])

    return Plan(resident_file.read(body), made, busy, "residents_imported")
