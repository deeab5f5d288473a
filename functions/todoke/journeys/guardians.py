"""Children of the register and who reads for them (core/guardianship.py).

The register's row of the child decides, read by its id in the very call: whoever a new snapshot no
longer names reads nothing from its seal on, though an index may lag. The records ``ward`` only lead
from a guardian to rows that are looked at then; without the installation's keys they say neither
who the guardian is nor who the child.
"""

from __future__ import annotations

from todoke.core import guardianship, sealed
from todoke.core.resident_file import DECEASED, HERE
from todoke.journeys import residents
from todoke.journeys.audit import JST
from todoke.journeys.residents import OWN, Resident
from todoke.ports import Create, Json, Record, Services

#: of one guardian: more than any family, fewer than a facility whose head stands as guardian
MOST = 50
#: of a mark, for its id
DIGITS = 24


def of_child(services: Services, child: str) -> tuple[str, ...]:
    """Residents who read what comes for a child now; nobody for who has an account of her own."""
    identity = services.store.get("resident", child)
    row = residents.get(services, child) if identity and not identity.data["account"] else None
    if row is None or not row.guardians:
        return ()
    known = {each: residents.get(services, each) for each in row.guardians}
    protected = {id for id, each in known.items() if each and each.protected}
    dead = {id for id, each in known.items() if each and each.state == DECEASED}
    today = services.clock.now().astimezone(JST).date()
    return tuple(each for each in guardianship.readers(row, protected, today) if each not in dead)


def children(services: Services, guardian: str) -> list[Resident]:
    """The children for whom a resident reads now, the eldest first."""
    found: dict[str, Resident] = {}
    for snapshot in (residents.snapshot(services), OWN):
        for id in _named(services, snapshot, guardian) if snapshot else ():
            row = residents.get(services, id) if guardian in of_child(services, id) else None
            if row is not None:
                found[id] = row
    return sorted(found.values(), key=lambda each: (str(each.born), each.id))


def _named(services: Services, snapshot: str, guardian: str) -> list[str]:
    place = _mark(services, snapshot, guardian)
    page = services.store.find("wards_by_guardian", place, limit=MOST)
    return [
        str(sealed.open_json(services.secrets.data_key, "ward", each.id, each.data["sealed"])["id"])
        for each in page.records
    ]


def rows(services: Services, person: Resident, snapshot: str) -> list[Create]:
    """What a snapshot needs so that guardians find a child. Of who is of age, gone or without a
    guardian, nothing is kept."""
    today = services.clock.now().astimezone(JST).date()
    if person.state != HERE or not guardianship.is_minor(person.born, today):
        return []
    return [_row(services, snapshot, person.id, each) for each in dict.fromkeys(person.guardians)]


def _row(services: Services, snapshot: str, child: str, guardian: str) -> Create:
    mark = sealed.blind(services.secrets.seal_key, "ward", f"{snapshot}\0{child}\0{guardian}")
    id = f"{snapshot}.{mark[:DIGITS]}"
    data: dict[str, Json] = {
        "guardian": _mark(services, snapshot, guardian),
        "shelf": residents.shelf(snapshot, mark[0]),
        "sealed": sealed.seal_json(services.secrets.data_key, "ward", id, {"id": child}),
    }
    return Create(Record("ward", id, data))


def _mark(services: Services, snapshot: str, guardian: str) -> str:
    """Of another snapshot it is another one: nobody can follow a family through the years."""
    return sealed.blind(services.secrets.seal_key, "guardian", f"{snapshot}\0{guardian}")
