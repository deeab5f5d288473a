"""An event of the published list as the beginning of a notice: a clerk reads it over, chooses the
topic and goes the usual way with a second person. Nothing is sent by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from todoke.core import places
from todoke.core.errors import TodokeError
from todoke.core.notice_check import MAX_TITLE
from todoke.core.places import Place
from todoke.journeys.audit import JST
from todoke.ports import Services

_PATH = places.path_of("events")


@dataclass(frozen=True, slots=True)
class Draft:
    """title, text: in Japanese, as the list has them. last: YYYY-MM-DD, after which the notice
    says nothing to anybody."""

    title: str
    text: str
    last: str


def coming(services: Services) -> Sequence[Place]:
    """Published events that are not over, the first one first; none before a publication."""
    blob = services.blobs.get(_PATH)
    today = services.clock.now().astimezone(JST).date()
    return places.coming(_read(blob.body), today) if blob else ()


def draft(services: Services, id: str) -> Draft:
    """What is known of the event, line by line. Raises ``not_found`` for one that is not listed
    or over."""
    for each in coming(services):
        if each.id == id:
            return Draft(each.name[:MAX_TITLE], _text(services, each), each.last)
    raise TodokeError("not_found")


def _text(services: Services, event: Place) -> str:
    def say(name: str, /, **values: object) -> str:
        return services.words.say("ja", f"site.places.{name}", **values)

    lines = [_when(services, event)]
    lines += [event.about] if event.about else []
    for name in ("venue", "address", "target", "fee", "apply_by", "organiser"):
        value = getattr(event, name)
        lines += [f"{say(name)}: {value}"] if value else []
    lines += [f"{say('phone')}: {each}" for each in event.phones]
    return "\n".join(lines)


def _when(services: Services, event: Place) -> str:
    def day(text: str) -> str:
        found, say = date.fromisoformat(text), services.words.say
        return say("ja", "site.date.day", year=found.year, day=found.day,
                   month=say("ja", f"site.month.{found.month}"),
                   weekday=say("ja", f"site.weekday.{found.weekday()}"))  # fmt: skip

    def say(name: str, /, **values: object) -> str:
        return services.words.say("ja", f"site.places.{name}", **values)

    days = day(event.first)
    if event.last != event.first:
        days = say("span", first=days, last=day(event.last))
    if event.opens and event.closes:
        return f"{days} {say('time', opens=event.opens, closes=event.closes)}"
    return f"{days} {say('from', opens=event.opens)}" if event.opens else days


@lru_cache(maxsize=2)
def _read(body: bytes) -> Sequence[Place]:
    return places.read(_PATH, body).places
