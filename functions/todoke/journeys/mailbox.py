"""What one person reads in her inbox: what is addressed to her, to the children she reads for, and
to whoever let her read for a time (journeys/mandates.py).

Each guardian has an inbox of her own. That one has opened a notice stands under her own account,
so neither the other guardian nor a later reader learns of it; of the child itself nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from todoke.core import guardianship
from todoke.core.errors import TodokeError
from todoke.core.mandate import READ
from todoke.journeys import address, guardians, mandates, residents
from todoke.journeys.address import Letter
from todoke.journeys.audit import JST
from todoke.journeys.mandates import Mandate
from todoke.journeys.residents import Resident
from todoke.ports import Create, Json, Record, Services

#: between whose list a page is of and where in it: in no id and no cursor of a store
_MARK = "~"
_OWN = "me"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the inbox. child, principal: name of the child, or of who gave a mandate, to whom
    it is addressed; both None for her own."""

    letter: Letter
    child: str | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Whose letters are listed. mandate: by which they may be read; None for a child."""

    person: Resident
    mandate: Mandate | None = None


def page(
    services: Services, account: Record, cursor: str | None = None
) -> tuple[list[Item], str | None]:
    """One page and where the next begins: her own, then of each child and of each who gave her a
    mandate, each newest first. What is read by a mandate is recorded before it is shown.

    Raises ``bad_field`` for a cursor of a list that is not (or no longer) hers."""
    mine = str(account.data["resident"])
    sources: dict[str, _Source | None] = {_OWN: None, **_others(services, mine)}
    source, _, place = (cursor or _OWN + _MARK).partition(_MARK)
    if source not in sources:
        raise TodokeError("bad_field", field="cursor", rule="unknown_cursor")
    found: list[Item] = []
    left = list(sources)[list(sources).index(source) :]
    for each in left:
        other = sources[each]
        of_one = address.of_resident(services, other.person.id if other else mine, place or None)
        found += _items(services, account, of_one.records, other)
        place = ""
        if of_one.cursor is not None:
            return found, f"{each}{_MARK}{of_one.cursor}"
        if len(found) >= address.MOST and each != left[-1]:
            return found, f"{left[left.index(each) + 1]}{_MARK}"
    return found, None


def _others(services: Services, mine: str) -> dict[str, _Source]:
    found = {each.id: _Source(each) for each in guardians.children(services, mine)}
    for each in mandates.given_to(services, mine, READ):
        person = residents.get(services, each.principal)
        if person is not None:
            found.setdefault(person.id, _Source(person, each))
    return found


def _items(
    services: Services, account: Record, records: Sequence[Record], other: _Source | None
) -> list[Item]:
    if other is None:
        return [Item(each) for each in address.letters(services, records)]
    if other.mandate is not None and records:
        try:
            mandates.acted(services, other.mandate, "mandate_read", READ)
        except TodokeError as error:
            if error.code != "not_found":
                raise
            return []  # ended at this moment: it must not take her own notices from her
    letters, name = address.letters(services, records), other.person.name
    ids = [_opening(each.id, account) for each in letters]
    rows = services.store.get_many("ward_opening", ids)
    times = [int(str(rows[id].data["opened_at"])) if id in rows else None for id in ids]
    read = [replace(each, opened_at=at) for each, at in zip(letters, times, strict=True)]
    return [Item(each, None, name) if other.mandate else Item(each, name) for each in read]


def open_once(services: Services, account: Record, id: str) -> int:
    """Notes that the text was on her screen; when that was first, unix seconds.

    Raises ``not_found``, alike for no such notice and for one that is not hers to read."""
    mine = str(account.data["resident"])
    record = services.store.get("addressed_notice", id)
    whose = str(record.data["resident"]) if record else mine
    if whose == mine:
        return address.open_once(services, mine, id)
    until, now = _may_open(services, mine, whose), services.clock.unix()
    data: dict[str, Json] = {"notice": id, "account": account.id, "opened_at": now}
    made = Record("ward_opening", _opening(id, account), data, expires_at=until)
    try:
        services.store.commit([Create(made)])
    except TodokeError as error:
        before = services.store.get("ward_opening", made.id)
        if error.code != "record_exists" or before is None:
            raise
        return int(str(before.data["opened_at"]))
    return now


def _may_open(services: Services, mine: str, whose: str) -> int | None:
    """Until when it is kept that another's notice was opened; recorded where a mandate allows it.
    Raises ``not_found`` where nothing does."""
    if mine in guardians.of_child(services, whose):
        return _of_age(residents.get(services, whose))
    mandate = mandates.standing(services, mine, whose, READ)
    if mandate is None:
        raise TodokeError("not_found")
    mandates.acted(services, mandate, "mandate_read", READ)
    return _midnight(mandate.term.last + timedelta(days=1))


def has_opened(services: Services, account: Record, notice: str) -> bool:
    """Whether a guardian has had a child's notice on her screen."""
    return services.store.get("ward_opening", _opening(notice, account)) is not None


def _opening(notice: str, account: Record) -> str:
    return f"{notice}.{account.id}"


def _of_age(child: Resident | None) -> int | None:
    """When the child is of age, unix seconds: nobody reads for it any more."""
    if child is None or child.born is None:
        return None
    return _midnight(guardianship.of_age_from(child.born))


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), JST).timestamp())
