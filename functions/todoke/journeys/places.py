"""Places and events: an open data file becomes the city's list of that kind, whole or not at all.

A list is one file beside the releases (docs/adr/0020): put in one step, so whoever reads has the
old list or the new one, and a crash in the middle leaves the old one. ``publish`` prints what is
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from todoke.core import open_data, places
from todoke.core.open_data import Reading
from todoke.ports import Services

#: below it the lists as they were brought in, public like everything they hold
KEPT = "places/lists/"


def bring_in(
    services: Services, kind: str, body: bytes, name: str, day: date | None, licence: str
) -> tuple[Reading, bool]:
    """The file read, and whether its rows are the list now. A file of which no row can be taken
    changes nothing. Raises what ``open_data.read`` raises, and ``storage_full``; the list stays
    as it was."""
    reading = read(kind, body, name, day, licence)
    if not reading.list.places:
        return reading, False
    made, key = places.write(reading.list), _key(kind)
    kept = services.blobs.get(key)
    if kept is None or kept.body != made:
        services.blobs.put(key, made)
    return reading, True


def read(kind: str, body: bytes, name: str, day: date | None, licence: str) -> Reading:
    """See ``open_data.read``; brings in nothing."""
    return open_data.read(kind, body, name, day, licence)


def brought_in(services: Services) -> Mapping[str, bytes]:
    """The lists that were brought in, as files of ``site/``: in place of those that lie there."""
    found = {}
    for kind in places.KINDS:
        blob = services.blobs.get(_key(kind))
        if blob is not None:
            found[places.path_of(kind)] = blob.body
    return found


def _key(kind: str) -> str:
    return f"{KEPT}{kind}.json"
