"""Places and events: an open data file becomes the city's list of that kind, whole or not at all.

A list is one file beside the releases (docs/adr/0020): put in one step, so whoever reads has the
old list or the new one, and a crash in the middle leaves the old one. The list before it is put
among the editions first. ``publish`` prints what is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from todoke.core import open_data, places
from todoke.core.errors import TodokeError
from todoke.core.open_data import Reading
from todoke.core.places import Origin
from todoke.ports import Services

#: below it the lists as they were brought in, public like everything they hold
KEPT = "places/lists/"
#: below it the lists they replaced. The name ends with a part of the hash: who has not the list
#: cannot ask for it, so what a city took back is not public under an address that can be guessed
EDITIONS = "places/editions/"
#: editions of each kind: a list that is brought in every month can be compared with half a year
MOST_EDITIONS = 5
#: a list that loses more rows than these, and more than half of them, was cut off on its way or is
#: another file: a person must say that it is meant
FEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class Brought:
    """done: whether the rows are the list now. before: rows of the list until then, 0 for none.
    shrunk: that is why not: a person must say first that so few are right."""

    reading: Reading
    done: bool
    before: int
    shrunk: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """A list that another one replaced. number: 1 for the last one. replaced: when, in UTC."""

    number: int
    replaced: datetime
    origin: Origin
    count: int
    key: str


def bring_in(
    services: Services,
    kind: str,
    body: bytes,
    name: str,
    day: date | None,
    licence: str,
    *,
    fewer: bool = False,
) -> Brought:
    """The file read, and whether its rows are the list now. A file of which no row can be taken
    changes nothing, nor does one that is much shorter than the list, unless fewer are right.
    Raises what ``open_data.read`` raises, and ``storage_full``; the list stays as it was."""
    reading = open_data.read(kind, body, name, day, licence)
    kept = services.blobs.get(_key(kind))
    before = places.head(kept.body)[1] if kept else 0
    count = len(reading.list.places)
    shrunk = 2 * count < before and before - count > FEW_ROWS
    if not count or (shrunk and not fewer):
        return Brought(reading, False, before, shrunk)
    _replace(services, kind, kept.body if kept else None, places.write(reading.list))
    return Brought(reading, True, before)


def editions(services: Services, kind: str) -> Sequence[Edition]:
    """The lists before the present one, the last one first."""
    kept = services.blobs.get(_key(kind))
    found: list[Edition] = []
    for key in _told_apart(services, kind, kept.body if kept else b""):
        blob = services.blobs.get(key)
        if blob is not None:
            origin, count = places.head(blob.body)
            found.append(Edition(len(found) + 1, _moment(key), origin, count, key))
    return found


def put_back(services: Services, kind: str, number: int) -> Edition:
    """Makes an edition the list again; the present list becomes the last edition. Raises
    ``bad_field`` for a number there is none of, ``storage_full``; the list stays as it was."""
    found = next((each for each in editions(services, kind) if each.number == number), None)
    blob = services.blobs.get(found.key) if found else None
    if found is None or blob is None:
        raise TodokeError("bad_field", field=f"--back {number}", rule="open_data_edition")
    kept = services.blobs.get(_key(kind))
    _replace(services, kind, kept.body if kept else None, blob.body)
    return found


def brought_in(services: Services) -> Mapping[str, bytes]:
    """The lists that were brought in, as files of ``site/``: in place of those that lie there."""
    found = {}
    for kind in places.KINDS:
        blob = services.blobs.get(_key(kind))
        if blob is not None:
            found[places.path_of(kind)] = blob.body
    return found


def _replace(services: Services, kind: str, before: bytes | None, made: bytes) -> None:
    """The list before is kept first, the new one put in one step, what is too old erased last: a
    crash in between leaves the old list or the new one, and perhaps an edition too many."""
    if before == made:
        return
    if before is not None:
        name = f"{_stamp(services, kind):016}-{_mark(before)}.json"
        services.blobs.put(f"{EDITIONS}{kind}/{name}", before)
    services.blobs.put(_key(kind), made)
    lasting = _told_apart(services, kind, made)[:MOST_EDITIONS]
    for key in services.blobs.list(f"{EDITIONS}{kind}/"):
        if key not in lasting:
            services.blobs.delete(key)


def _told_apart(services: Services, kind: str, present: bytes) -> Sequence[str]:
    """Keys of the editions, the last one first: each list once, and not the present one."""
    known = {_mark(present)}
    found = []
    for key in reversed(services.blobs.list(f"{EDITIONS}{kind}/")):
        mark = key.removesuffix(".json").rpartition("-")[2]
        if mark not in known:
            found.append(key)
        known.add(mark)
    return found


def _stamp(services: Services, kind: str) -> int:
    """Later than every edition, also after the clock was set back: the list that was replaced last
    is the one a person wants back."""
    known = services.blobs.list(f"{EDITIONS}{kind}/")
    return max(services.clock.stamp(), *(_stamp_of(each) + 1 for each in known[-1:]), 0)


def _stamp_of(key: str) -> int:
    return int(key.rpartition("/")[2].partition("-")[0])


def _mark(body: bytes) -> str:
    return sha256(body).hexdigest()[:16]


def _moment(key: str) -> datetime:
    return datetime.fromtimestamp(_stamp_of(key) / 1_000_000, UTC)


def _key(kind: str) -> str:
    return f"{KEPT}{kind}.json"
