"""Calendars (RFC 5545): what happens every year at the same time, the days on which allowances are
paid, and whatever else the city publishes with a day, for any calendar, without an account.

``site/assets/js/calendar_file.js`` writes a family's own days on the device; both write lines alike
(tests/press/test_calendars.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from todoke.core import payment_days
from todoke.core.benefits import Benefit
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.days import fiscal_first, fiscal_last, fiscal_year
from todoke.core.payment_days import PaymentDay
from todoke.core.site_fields import Text
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
    """Topic -> its procedures that are open every year between the same days, or lead to a benefit
    with payment days; topics without any have no calendar."""
    paying = _paying(catalogue)
    found = {
        each: [one for one in catalogue.of_topic(each) if _has_window(one) or one.id in paying]
        for each in catalogue.topics
    }
    return {topic: procedures for topic, procedures in found.items() if procedures}


def _paying(catalogue: Catalogue) -> Mapping[str, Benefit]:
    """Procedure -> the benefit whose payment days stand in its calendar: the first of its topic
    that leads to a benefit, so that no day comes twice."""
    found: dict[str, Benefit] = {}
    for topic in catalogue.topics:
        for each in catalogue.of_topic(topic):
            benefit = catalogue.benefits.get(each.result.benefit)
            if benefit is None or benefit.pay_day is None or each.ended:
                continue
            if benefit not in found.values():
                found[each.id] = benefit
    return found


def _has_window(procedure: Procedure) -> bool:
    return procedure.deadline.kind == "annual_window" and not procedure.ended


def key_of(topic: str, language: str = "ja") -> str:
    """Where the calendar of a topic (or ``ALL``) is published."""
    return f"{FOLDER}{FOLDERS[language]}{topic}.ics"


def subscription(frame: Frame, topic: str, language: str = "ja") -> str:
    """The address by which a calendar keeps asking: webcal instead of https."""
    return re.sub("^https?:", "webcal:", frame.absolute(key_of(topic, language)))


def files(catalogue: Catalogue, frame: Frame, today: date) -> Mapping[str, bytes]:
    """The calendars of all topics, in every language. today (in Japan): payment days are told for
    this fiscal year and the next."""
    by_topic = topics(catalogue)
    groups = {**by_topic, ALL: [one for each in by_topic.values() for one in each]}
    editions = [Edition(catalogue, frame, today, language) for language in LANGUAGES]
    return {
        key_of(topic, each.language): _of_topic(each, topic, procedures)
        for topic, procedures in groups.items()
        for each in editions
        if procedures
    }


@dataclass(frozen=True, slots=True)
class Edition:
    """What the calendars of one language are made of."""

    catalogue: Catalogue
    frame: Frame
    today: date
    language: str

    def say(self, name: str, /, **values: object) -> str:
        return self.frame.words.say(self.language, name, **values)

    def pick(self, words: Text) -> str:
        return self.frame.pick(self.language, words)


def _of_topic(edition: Edition, topic: str, procedures: Sequence[Procedure]) -> bytes:
    say, frame, language = edition.say, edition.frame, edition.language
    city = edition.pick(frame.config.city.name)
    named = (
        say("site.calendar.all")
        if topic == ALL
        else edition.pick(edition.catalogue.topics[topic].name)
    )
    windows = [one for each in procedures for one in _window(frame, each, language)]
    days = _payment_days(edition, procedures)
    paid = "_paid" if days else ""
    name = say(f"site.calendar.name{paid}", city=city, topic=named)
    about = say(f"site.calendar.about{paid}", city=city)
    return calendar(frame, key_of(topic, language), name, about, [*windows, *days], language)


def _payment_days(edition: Edition, procedures: Sequence[Procedure]) -> list[Entry]:
    """Each by its own date: a closed day moves it, so that no rule of a year says it."""
    paying = _paying(edition.catalogue)
    year = fiscal_year(edition.today)
    first, last = fiscal_first(year), fiscal_last(year + 1)
    return [
        _paid(edition, each, paying[each.id], one)
        for each in procedures
        if each.id in paying
        for one in payment_days.between(edition.catalogue, paying[each.id].id, first, last)
    ]


def _paid(edition: Edition, procedure: Procedure, benefit: Benefit, one: PaymentDay) -> Entry:
    own = benefit.pay_day
    assert own is not None
    link = edition.frame.absolute(f"{FOLDERS[edition.language]}procedures/{procedure.id}.html")
    text = edition.say(
        "site.calendar.paid_on",
        city=edition.pick(edition.frame.config.city.name),
        day=own.day,
        source=edition.pick(own.source),
        month=phrases.month(edition.say, own.as_of[:7]),
    )
    return Entry(
        # by the month of the law: a day that moves is the same payment
        id=f"{benefit.id}.paid-{one.nominal:%Y-%m}",
        start=one.on,
        title=edition.say("site.calendar.paid", name=edition.pick(benefit.name)),
        changed=_month_of(own.as_of),
        text=f"{text}\n{link}",
        url=link,
    )


def _month_of(as_of: str) -> datetime:
    return datetime(int(as_of[:4]), int(as_of[5:7]), 1, tzinfo=UTC)


def _window(frame: Frame, procedure: Procedure, language: str) -> Iterator[Entry]:
    """The day it opens and the last day: a bar over two months would hide every other day. A window
    that the city set itself is that of one year: the next may differ."""

    def say(name: str, /, **values: object) -> str:
        return frame.words.say(language, name, **values)

    if not _has_window(procedure):
        return
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
            changed=_month_of(as_of),
            text="\n".join((frame.pick(language, procedure.who), text, link)),
            url=link,
            yearly=own is None,
            last=date.fromisoformat(over) if len(over) == len("2026-03-31") else None,
        )


def _day(year: int, month_day: str) -> date:
    """A day of the year; 29 February of the leap year before where there is none."""
    month, day = int(month_day[:2]), int(month_day[3:])
    return date(year - year % 4, 2, 29) if (month, day) == (2, 29) else date(year, month, day)
