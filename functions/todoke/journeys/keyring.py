"""The ring of data keys: a new key for what is sealed from now on, and the end of an old one.

A rotation is three acts (docs/keys.md): a new key (``rotate``), everything sealed anew with it
(journeys/reseal.py), and the old one goes (``retire``) once nothing is sealed with it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, audit, clock_watch
from todoke.ports import MAX_PAGE, Create, Json, Record, Replace, Services
from todoke.store_schema import RECORDS
from todoke.store_schema.batches import OPEN
from todoke.store_schema.keys import NOW, RESEALING, RING

#: kinds of records with sealed fields, and those with a sealed file
FIELDS: Mapping[str, tuple[str, ...]] = {
    kind: each.sealed for kind, each in sorted(RECORDS.items()) if each.sealed
}
FILES = {"attachment": attachments.file_key}
#: a form on paper carries its answers sealed for a day (web/form_fields.py), and a process may
#: seal for a minute with the key before (adapters/key_ring.py); an hour is room for both
RETIRE_SECONDS = 25 * 3600
READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """number: of a data key. made_at: unix seconds, 0 for the one every city begins with."""

    number: int
    made_at: int


def kept(services: Services) -> list[Kept]:
    """The keys of the ring, oldest first."""
    found = _keys(_ring(services))
    return [Kept(number, int(str(each["made_at"]))) for number, each in sorted(found.items())]


def rotate(services: Services, *, actor: str = "cli") -> int:
    """Makes a key and seals new things with it, here at once and elsewhere within a minute; its
    number. What is sealed stays readable.

    Raises ``version_conflict`` when somebody else does it too, ``keys_unreachable``,
    ``storage_full``; then the ring is as it was."""
    ring = _ring(services)
    keys = _keys(ring)
    number = max(keys, default=1) + 1
    if number > sealed.MAX_NUMBER:
        raise TodokeError("too_many_writes", count=number, limit=sealed.MAX_NUMBER)
    made: dict[str, Json] = {
        "wrapped": services.secrets.data_key.make(number),
        "made_at": services.clock.unix(),
    }
    _commit(services, ring, {**keys, number: made}, ("keys_rotated", number, actor))
    services.secrets.data_key.key(number)  # it opens, or whoever rotates is told
    return number


def retire(services: Services, number: int, *, actor: str = "cli") -> None:
    """Erases a key with which nothing is sealed any more.

    Raises ``key_unknown``, ``key_newest``, ``key_young`` (hours), ``key_batches`` (count),
    ``key_in_use`` (count) and ``key_clock``; then nothing was erased."""
    ring = _ring(services)
    keys = _keys(ring)
    newest = max(keys, default=0)
    if number not in keys:
        # whoever retired it may have died before its file was erased
        if not (number < newest and services.secrets.data_key.drop(number)):
            raise TodokeError("key_unknown", number=number)
        return
    if number == newest:
        raise TodokeError("key_newest", number=number)
    _refuse_young(services, keys, number)
    count = sealed_with(services)[number]
    if count:
        raise TodokeError("key_in_use", number=number, count=count)
    left = {each: key for each, key in keys.items() if each != number}
    _commit(services, ring, left, ("key_retired", number, actor))
    services.secrets.data_key.drop(number)


def _refuse_young(services: Services, keys: Mapping[int, Mapping[str, Any]], number: int) -> None:
    """While somebody may still seal with it, or hold what is sealed with it where no count looks:
    in a browser, or in a batch that nobody sees yet."""
    if clock_watch.look(services) is not None:
        raise TodokeError("key_clock", number=number)
    replaced_at = int(keys[min(each for each in keys if each > number)]["made_at"])
    left = replaced_at + RETIRE_SECONDS - services.clock.unix()
    if left > 0:
        raise TodokeError("key_young", number=number, hours=-(-left // 3600))
    waiting = [
        each
        for state in ("waiting", OPEN)
        for each in services.store.find("batches", state, limit=MAX_PAGE).records
        if int(str(each.data["started_at"])) <= replaced_at + RETIRE_SECONDS
    ]
    if waiting:
        raise TodokeError("key_batches", number=number, count=len(waiting))


def sealed_with(services: Services) -> Counter[int]:
    """Key number -> how many fields and files are sealed with it; 0: what is no sealed text.
    Reads everything that is sealed."""
    found = Counter[int]()
    for kind in sorted({*FIELDS, *FILES}):
        for record in everything(services, kind):
            found.update(numbers(record))
            closed = services.private.get(FILES[kind](record.id)) if kind in FILES else None
            if closed is not None:
                found[sealed.number_of(closed)] += 1
    return found


def numbers(record: Record) -> list[int]:
    """With which keys the fields of a record are sealed."""
    values = [record.data.get(name) for name in FIELDS.get(record.kind, ())]
    return [sealed.number_in(each) for each in values if each is not None]


def everything(services: Services, kind: str) -> Iterator[Record]:
    """Every record of a kind."""
    cursor = None
    while True:
        page = services.store.walk(kind, limit=READ_AT_ONCE, cursor=cursor)
        yield from page.records
        cursor = page.cursor
        if cursor is None:
            return


def resealing(services: Services) -> Record | None:
    """The sealing anew that was begun and is not done."""
    return services.store.get(RESEALING, NOW)


def _ring(services: Services) -> Record:
    """As it is stored, or as it is before the first rotation (then its version is 0)."""
    first: dict[str, Json] = {"keys": {"1": {"wrapped": "", "made_at": 0}}, "changed_at": 0}
    return services.store.get(RING, NOW) or Record(RING, NOW, first)


def _keys(ring: Record) -> dict[int, dict[str, Json]]:
    stored = cast("Mapping[str, dict[str, Json]]", ring.data["keys"])
    return {int(number): each for number, each in stored.items()}


def _commit(
    services: Services,
    ring: Record,
    keys: Mapping[int, dict[str, Json]],
    act: tuple[str, int, str],
) -> None:
    name, number, actor = act
    data: dict[str, Json] = {
        "keys": {str(each): key for each, key in keys.items()},
        "changed_at": services.clock.unix(),
    }
    changed = Record(RING, NOW, data, ring.version)
    done = audit.entry(services, actor, name, f"key/{number}")
    try:
        services.store.commit([Replace(changed) if ring.version else Create(changed), done])
    except TodokeError as error:
        if error.code != "record_exists":
            raise
        raise TodokeError("version_conflict", kind=RING, id=NOW) from error
    finally:
        services.secrets.data_key.forget()
