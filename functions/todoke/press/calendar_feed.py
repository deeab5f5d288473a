"""Calendars (RFC 5545): what happens every year at the same time, and whatever else the city
publishes with a day, for any calendar, without an account.

``site/assets/js/calendar_file.js`` writes a family's own days on the device; both write lines alike
(tests/press/test_calendars.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.words import LANGUAGES
from todoke.press import phrases
from todoke.press.frame import FOLDERS, Frame

FOLDER = "calendars/"
ALL = "all"
#: octets of a line without its end (RFC 5545 section 3.1)
LINE = 75
#: how often a calendar asks again (RFC 7986 section 5.7; the older name beside it)
REFRESH = "P1D"
_PRODUCT = "-//Todoke//Todoke//EN"
#: CONTROL of section 3.1: everything below space but the tab, and what no Unicode text holds
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a calendar. id: unlike any other and the same whenever it is published again.
    start, end: days (end is the last one; None: the same), or moments with their offset (None: no
    length). changed: when it was last another. yearly: again on the same days of every year, until
    the day ``last`` where there is one."""

    id: str
    start: date
    title: str
    changed: datetime
    end: date | None = None
    text: str = ""
    url: str = ""
    place: str = ""
    yearly: bool = False
    last: date | None = None


def calendar(
    frame: Frame, key: str, name: str, about: str, entries: Sequence[Entry], language: str = "ja"
) -> bytes:
    """A calendar that is published under ``key`` and may be subscribed to."""
    address = frame.absolute(key)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *(f"{each}:{escaped(name)}" for each in ("NAME", "X-WR-CALNAME")),
        *(f"{each}:{escaped(about)}" for each in ("DESCRIPTION", "X-WR-CALDESC")),
        "X-WR-TIMEZONE:Asia/Tokyo",
        f"SOURCE;VALUE=URI:{address}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    host = urlsplit(frame.config.public_url).hostname or "localhost"
    for each in entries:
        lines += _event(each, f"{each.id}.{language}@{host}")
    return written([*lines, "END:VCALENDAR"])


def written(lines: Sequence[str]) -> bytes:
    """Lines as a file: folded, each ended by CR and LF."""
    return "".join(f"{folded(each)}\r\n" for each in lines).encode("utf-8")


def escaped(text: str) -> str:
    """A value of type TEXT (section 3.3.11)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")
    return _CONTROL.sub("", text)


def folded(line: str) -> str:
    """A line of at most 75 octets, continued on others that begin with a space (section 3.1). No
    character is cut: the octets of one stay together."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode("utf-8"))
        if size + octets > LINE:
            parts.append("")
            size = 1  # the space it begins with
        parts[-1] += character
        size += octets
    return "\r\n ".join(parts)


def _event(entry: Entry, uid: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_unescaped(uid)}"
    yield f"DTSTAMP:{_moment(entry.changed)}"
    yield from _when(entry)
    yield f"SUMMARY:{escaped(entry.title)}"
    if entry.text:
        yield f"DESCRIPTION:{escaped(entry.text)}"
    if entry.place:
        yield f"LOCATION:{escaped(entry.place)}"
    if entry.url:
        yield f"URL:{_unescaped(entry.url)}"
    yield "END:VEVENT"


def _when(entry: Entry) -> Iterator[str]:
    if isinstance(entry.start, datetime):
        yield f"DTSTART:{_moment(entry.start)}"
        if isinstance(entry.end, datetime):
            yield f"DTEND:{_moment(entry.end)}"
        return
    after = (entry.end or entry.start) + timedelta(days=1)  # the end is not included (3.6.1)
    yield f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{after:%Y%m%d}"
    if entry.yearly:
        leap = (entry.start.month, entry.start.day) == (2, 29)
        rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1" if leap else "FREQ=YEARLY"
        until = f";UNTIL={entry.last:%Y%m%d}" if entry.last else ""
        yield f"RRULE:{rule}{until}"
    yield "TRANSP:TRANSPARENT"  # a day to know about, not one that is taken


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _unescaped(text: str) -> str:
    """A value that is no TEXT keeps its signs, and stays on one line."""
    return _CONTROL.sub("", text.replace("\n", ""))


# ------------------------------------------------------------------------- the yearly windows
def topics(catalogue: Catalogue) -> Mapping[str, Sequence[Procedure]]:
    """Topic -> its procedures that are open every year between the same days; topics without any
    have no calendar."""
    found = {
        each: [one for one in catalogue.of_topic(each) if _has_window(one)]
        for each in catalogue.topics
    }
    return {topic: procedures for topic, procedures in found.items() if procedures}


def _has_window(procedure: Procedure) -> bool:
    return procedure.deadline.kind == "annual_window" and not procedure.ended


def key_of(topic: str, language: str = "ja") -> str:
    """Where the calendar of a topic (or ``ALL``) is published."""
    return f"{FOLDER}{FOLDERS[language]}{topic}.ics"


def subscription(frame: Frame, topic: str, language: str = "ja") -> str:
    """The address by which a calendar keeps asking: webcal instead of https."""
    return re.sub("^https?:", "webcal:", frame.absolute(key_of(topic, language)))


def files(catalogue: Catalogue, frame: Frame) -> Mapping[str, bytes]:
    """The calendars of all topics, in every language."""
    by_topic = topics(catalogue)
    groups = {**by_topic, ALL: [one for each in by_topic.values() for one in each]}
    return {
        key_of(topic, language): _of_topic(catalogue, frame, topic, procedures, language)
        for topic, procedures in groups.items()
        for language in LANGUAGES
        if procedures
    }


def _of_topic(
    catalogue: Catalogue,
    frame: Frame,
    topic: str,
    procedures: Sequence[Procedure],
    language: str,
) -> bytes:
    city = frame.pick(language, frame.config.city.name)
    say = frame.words.say
    named = (
        say(language, "site.calendar.all")
        if topic == ALL
        else frame.pick(language, catalogue.topics[topic].name)
    )
    entries = [one for each in procedures for one in _window(frame, each, language)]
    name = say(language, "site.calendar.name", city=city, topic=named)
    about = say(language, "site.calendar.about", city=city)
    return calendar(frame, key_of(topic, language), name, about, entries, language)


def _window(frame: Frame, procedure: Procedure, language: str) -> Iterator[Entry]:
    """The day it opens and the last day: a bar over two months would hide every other day. A window
    that the city set itself is that of one year: the next may differ."""

    def say(name: str, /, **values: object) -> str:
        return frame.words.say(language, name, **values)

    own, limit = procedure.own.get("deadline"), procedure.deadline
    as_of = own.as_of if own else procedure.as_of
    year = int(as_of[:4])
    until = year + 1 if limit.to_md < limit.from_md else year
    link = frame.absolute(f"{FOLDERS[language]}procedures/{procedure.id}.html")
    text = say(
        f"site.calendar.{'once' if own else 'every_year'}",
        first=phrases.month_day(say, limit.from_md),
        last=phrases.month_day(say, limit.to_md),
    )
    over = procedure.effective_until
    for part, day in (("opens", _day(year, limit.from_md)), ("closes", _day(until, limit.to_md))):
        yield Entry(
            id=f"{procedure.id}.{part}",
            start=day,
            title=say(f"site.calendar.{part}", name=frame.pick(language, procedure.name)),
            changed=datetime(year, int(as_of[5:7]), 1, tzinfo=UTC),
            text="\n".join((frame.pick(language, procedure.who), text, link)),
            url=link,
            yearly=own is None,
            last=date.fromisoformat(over) if len(over) == len("2026-03-31") else None,
        )


def _day(year: int, month_day: str) -> date:
    """A day of the year; 29 February of the leap year before where there is none."""
    month, day = int(month_day[:2]), int(month_day[3:])
    return date(year - year % 4, 2, 29) if (month, day) == (2, 29) else date(year, month, day)
