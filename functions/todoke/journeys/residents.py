"""Residents as the city knows them: found by the city's own number (宛名番号), kept sealed.

What is known of a person is a row of the register (journeys/register.py): of the last snapshot that
was brought in, or one of her own where she was made one by one. The record ``resident`` is what
stays through all of them: which account is hers. The 12-digit My Number is not among it and never
will be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from todoke.core import address_forms, names, sealed
from todoke.core.resident_file import HERE
from todoke.core.same_person import FEMALE
from todoke.ports import Create, Json, Range, Record, Services

#: the demonstration's resident, visibly made up
DEMONSTRATION_NUMBER = "0000000001"
#: 96 bits: of a hundred million people no two share one
ID_DIGITS = 24
#: her address, birth date and sex are those of the pretend card (card_bridge/pretend_ca.py)
_ADDRESS, _BORN = "見本県みなと野市見本町一丁目１番１号", date(1990, 4, 1)
#: in place of a snapshot: rows that no import brought and none takes away
OWN = "own"
#: the one record that says which snapshot is the register
REGISTER, NOW = "register", "now"
#: a snapshot replaced by another while one reads is met once; twice in a moment is no chance
ROUNDS = 3
#: of one form of a name and a birth date; more than these nobody can tell apart anyway
MOST_ALIKE = 50


@dataclass(frozen=True, slots=True)
class Resident:
    """number: 宛名番号, the city's own key. name, kana, address: as in the resident register. sex:
    "1", "2" or "". state: here | closed | deceased (core/resident_file.py); closed_on: since when
    the register has not had her, or her move out of the city. guardians: ids of residents.
    protected, shown_to: 支援措置, and guardians who read all the same (core/guardianship.py)."""

    id: str
    number: str
    name: str
    kana: str
    address: str = ""
    born: date | None = None
    sex: str = ""
    state: str = HERE
    closed_on: date | None = None
    moved_on: date | None = None
    reason: str = ""
    guardians: tuple[str, ...] = ()
    protected: bool = False
    shown_to: tuple[str, ...] = ()
    #: a register marks no letter that stands for another one; a certificate does
    name_substitutes: str = ""
    address_substitutes: str = ""


# ------------------------------------------------------------------------- finding
def find(services: Services, number: str) -> Resident | None:
    """The resident with this number."""
    return get(services, id_of(services, number))


def get(services: Services, id: str) -> Resident | None:
    """The resident of an id."""
    seen = None
    for _ in range(ROUNDS):
        now = snapshot(services)
        for each in (now, OWN) if now else (OWN,):
            record = services.store.get("register_row", row_id(each, id))
            if record is not None:
                return opened(services, record)
        if now == seen:
            break
        seen = now  # another snapshot may have come in between, and the rows of this one gone
    return None


def alike(services: Services, index: str, value: str | None) -> Iterator[Resident]:
    """Residents of the register whose blind index has this value, at most ``MOST_ALIKE``."""
    if value is None:
        return
    for each in (snapshot(services), OWN):
        if each:
            page = services.store.find(index, value, Range(each, each), limit=MOST_ALIKE)
            yield from (opened(services, record) for record in page.records)


def snapshot(services: Services) -> str | None:
    """Whose rows are the register now; None before the first import."""
    found = services.store.get(REGISTER, NOW)
    return str(found.data["snapshot"]) if found else None


def opened(services: Services, record: Record) -> Resident:
    """A row of the register, unsealed. Raises ``sealed_unreadable``."""
    known = sealed.open_json(
        services.secrets.data_key, "register_row", record.id, record.data["sealed"]
    )
    return Resident(
        id=str(record.data["resident"]),
        number=str(known["number"]),
        name=str(known["name"]),
        kana=str(known["kana"]),
        address=str(known["address"]),
        born=_day(known["born"]),
        sex=str(known["sex"]),
        state=str(known["state"]),
        closed_on=_day(known["closed_on"]),
        moved_on=_day(known["moved_on"]),
        reason=str(known["reason"]),
        guardians=tuple(known["guardians"]),
        protected=bool(known.get("protected")),  # rows of an earlier version do not say it
        shown_to=tuple(known.get("shown_to", ())),
    )


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None


# ------------------------------------------------------------------------- writing
def new(
    services: Services,
    number: str,
    name: str,
    kana: str,
    *,
    address: str = "",
    born: date | None = None,
    sex: str = "",
    demonstration: bool = False,
) -> list[Create]:
    """The writes that add a resident of her own, outside of any snapshot; the same number can be
    added once."""
    id = id_of(services, number)
    person = Resident(id, number, name, kana, address, born, sex)
    return [identity(services, id, demonstration=demonstration), row(services, person, OWN)]


def identity(services: Services, id: str, *, demonstration: bool = False) -> Create:
    """The record of a resident that stays through all snapshots."""
    data: dict[str, Json] = {
        "account": None,
        "letter_code": None,
        "demonstration": demonstration,
        "created_at": services.clock.unix(),
    }
    return Create(Record("resident", id, data))


def row(services: Services, person: Resident, snapshot: str) -> Create:
    """The write of what a snapshot knows of a person."""
    id = row_id(snapshot, person.id)
    known = {
        "number": person.number,
        "name": person.name,
        "kana": person.kana,
        "address": person.address,
        "born": person.born.isoformat() if person.born else "",
        "sex": person.sex,
        "state": person.state,
        "closed_on": person.closed_on.isoformat() if person.closed_on else "",
        "moved_on": person.moved_on.isoformat() if person.moved_on else "",
        "reason": person.reason,
        "guardians": list(person.guardians),
        "protected": person.protected,
        "shown_to": list(person.shown_to),
    }
    data: dict[str, Json] = {
        "resident": person.id,
        "snapshot": snapshot,
        "shelf": shelf(snapshot, person.id[2]),
        **blinds(services, person.name, person.address, person.born),
        "sealed": sealed.seal_json(services.secrets.data_key, "register_row", id, known),
    }
    return Create(Record("register_row", id, data))


def blinds(
    services: Services, name: str, address: str, born: date | None
) -> Mapping[str, str | None]:
    """Values of the indexes by which a person is found; None where something of it is missing.
    Each is made of the one form that all ways of writing share (names.key, address_forms.read)."""
    name_key = names.key(name)
    place = address_forms.read(address, home(services)).key
    day = born.isoformat() if born else ""
    forms = {
        "name_born": (name_key, day),
        "address_born": (place, day),
        "name_address": (name_key, place),
    }
    return {
        index: sealed.blind(services.secrets.seal_key, f"register {index}", "\0".join(parts))
        if all(parts)
        else None
        for index, parts in forms.items()
    }


def home(services: Services) -> tuple[str, ...]:
    """Names of the city, which its own register may leave out."""
    return (services.config.city.name["ja"],)


def row_id(snapshot: str, resident: str) -> str:
    """Where a snapshot has a person."""
    return f"{snapshot}.{resident}"


def shelf(snapshot: str, digit: str) -> str:
    """A sixteenth of a snapshot: whoever needs everybody walks sixteen lists."""
    return f"{snapshot}.{digit}"


def shelves(snapshot: str) -> list[str]:
    """All of them, in the order of the residents' ids."""
    return [shelf(snapshot, digit) for digit in "0123456789abcdef"]


def demonstration(services: Services) -> Resident:
    """The resident of the demonstration, made on the first call."""
    found = find(services, DEMONSTRATION_NUMBER)
    if found is None:
        writes = new(
            services,
            DEMONSTRATION_NUMBER,
            "見本 はなこ",
            "みほん はなこ",
            address=_ADDRESS,
            born=_BORN,
            sex=FEMALE,
            demonstration=True,
        )
        services.store.commit(writes)
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
