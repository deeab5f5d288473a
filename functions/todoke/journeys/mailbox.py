"""What one person reads in her inbox: what is addressed to her, and to the children she reads for.

Each guardian has an inbox of her own. That one has opened a notice stands under her own account,
so neither the other guardian nor a later reader learns of it; of the child itself nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from todoke.core import guardianship
from todoke.core.errors import TodokeError
from todoke.journeys import address, guardians, residents
from todoke.journeys.address import Letter
from todoke.journeys.audit import JST
from todoke.journeys.residents import Resident
from todoke.ports import Create, Json, Record, Services

#: between whose list a page is of and where in it: in no id and no cursor of a store
_MARK = "~"
_OWN = "me"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the inbox. child: name of the child it is addressed to, None for her own."""

    letter: Letter
    child: str | None = None


def page(
    services: Services, account: Record, cursor: str | None = None
) -> tuple[list[Item], str | None]:
    """One page and where the next begins: her own, then of each child, each newest first.

    Raises ``bad_field`` for a cursor of a list that is not (or no longer) hers."""
    mine = str(account.data["resident"])
    children = guardians.children(services, mine)
    sources: dict[str, Resident | None] = {_OWN: None, **{each.id: each for each in children}}
    source, _, place = (cursor or _OWN + _MARK).partition(_MARK)
    if source not in sources:
        raise TodokeError("bad_field", field="cursor", rule="unknown_cursor")
    found: list[Item] = []
    left = list(sources)[list(sources).index(source) :]
    for each in left:
        child = sources[each]
        of_one = address.of_resident(services, child.id if child else mine, place or None)
        found += _items(services, account, of_one.records, child)
        place = ""
        if of_one.cursor is not None:
            return found, f"{each}{_MARK}{of_one.cursor}"
        if len(found) >= address.MOST and each != left[-1]:
            return found, f"{left[left.index(each) + 1]}{_MARK}"
    return found, None


def _items(
    services: Services, account: Record, records: Sequence[Record], child: Resident | None
) -> list[Item]:
    letters = address.letters(services, records)
    if child is None:
        return [Item(each) for each in letters]
    ids = [_opening(each.id, account) for each in letters]
    rows = services.store.get_many("ward_opening", ids)
    times = [int(str(rows[id].data["opened_at"])) if id in rows else None for id in ids]
    return [
        Item(replace(letter, opened_at=at), child.name)
        for letter, at in zip(letters, times, strict=True)
    ]


def open_once(services: Services, account: Record, id: str) -> int:
    """Notes that the text was on her screen; when that was first, unix seconds.

    Raises ``not_found``, alike for no such notice and for one that is not hers to read."""
    mine = str(account.data["resident"])
    record = services.store.get("addressed_notice", id)
    child = str(record.data["resident"]) if record else mine
    if child == mine or mine not in guardians.of_child(services, child):
        return address.open_once(services, mine, id)
    now, row = services.clock.unix(), residents.get(services, child)
    data: dict[str, Json] = {"notice": id, "account": account.id, "opened_at": now}
    made = Record("ward_opening", _opening(id, account), data, expires_at=_of_age(row))
    try:
        services.store.commit([Create(made)])
    except TodokeError as error:
        before = services.store.get("ward_opening", made.id)
        if error.code != "record_exists" or before is None:
            raise
        return int(str(before.data["opened_at"]))
    return now


def has_opened(services: Services, account: Record, notice: str) -> bool:
    """Whether a guardian has had a child's notice on her screen."""
    return services.store.get("ward_opening", _opening(notice, account)) is not None


def _opening(notice: str, account: Record) -> str:
    return f"{notice}.{account.id}"


def _of_age(child: Resident | None) -> int | None:
    """When the child is of age, unix seconds: nobody reads for it any more."""
    if child is None or child.born is None:
        return None
    day = guardianship.of_age_from(child.born)
    return int(datetime.combine(day, time(), JST).timestamp())
