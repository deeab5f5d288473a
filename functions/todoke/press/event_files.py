"""Events as calendar files (RFC 5545): one for each, and all of them as a feed; and the lists as
open data. Public facts only; the bytes follow from the list alone, so a release shares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from todoke.core import places
from todoke.core.catalogue import Catalogue
from todoke.core.places import Place
from todoke.press import calendar_feed
from todoke.press.calendar_feed import Entry
from todoke.press.frame import Frame
from todoke.press.phrases import JST
from todoke.press.place_pages import coming, origin

#: when an event of a list without a date was last another
_UNKNOWN = datetime(2026, 1, 1, tzinfo=UTC)


def files(catalogue: Catalogue, frame: Frame, today: date) -> Mapping[str, bytes]:
    """``places/<kind>.json``, ``places/events/<id>.ics`` and ``places/events.ics``."""
    lists = catalogue.places
    found = {places.path_of(kind): file.body for kind, file in lists.items()}
    if "events" not in lists:
        return found
    day = origin(lists["events"]).date
    changed = datetime.fromisoformat(day).replace(tzinfo=JST) if day else _UNKNOWN
    entries = {each.id: _entry(each, frame, changed) for each in coming(catalogue, today)}
    for id, entry in entries.items():
        key = f"{places.FOLDER}events/{id}.ics"
        found[key] = _calendar(frame, key, entry.title, [entry])
    key = f"{places.FOLDER}events.ics"
    name = frame.words.say("ja", "site.places.kind.events.name")
    named = f"{frame.config.city.name['ja']} {name}"
    return {**found, key: _calendar(frame, key, named, [*entries.values()])}


def _calendar(frame: Frame, key: str, name: str, entries: Sequence[Entry]) -> bytes:
    about = frame.words.say("ja", "site.places.source_ask")
    return calendar_feed.calendar(frame, key, name, about, entries)


def _entry(event: Place, frame: Frame, changed: datetime) -> Entry:
    about = (event.about, event.hours, event.target, event.fee, *event.phones)
    start, end = _times(event)
    return Entry(
        id=f"{event.id}.{event.first}",
        start=start,
        end=end,
        title=event.name,
        changed=changed,
        text="\n".join(filter(None, about)),
        url=event.url or f"{frame.absolute('places/events.html')}#at-{event.id}",
        place=" ".join(filter(None, (event.venue, event.address))),
    )


def _times(event: Place) -> tuple[date, date | None]:
    """A single day with its hours; several days, or no hours, are whole days."""
    first, last = date.fromisoformat(event.first), date.fromisoformat(event.last)
    if not event.opens or first != last:
        return first, last
    start = _moment(first, event.opens)
    return start, _moment(first, event.closes) if event.closes > event.opens else None


def _moment(day: date, time: str) -> datetime:
    """24:00 is the beginning of the next day."""
    hour, minute = map(int, time.split(":"))
    start = datetime(day.year, day.month, day.day, tzinfo=JST)
    return start + timedelta(hours=hour, minutes=minute)
