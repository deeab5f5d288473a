"""Time limits and dates in words. The era comes from ``say`` (``press/eras.py``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

from todoke.core.catalogue import Deadline, Span

#: Japan Standard Time has no summer time; a fixed offset needs no time-zone database
JST = timezone(timedelta(hours=9))


class Say(Protocol):
    """A sentence of one language as plain text."""

    def __call__(self, name: str, /, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """head: the date or rule first, in few words. lines: how it is counted. soon: a limit of
    days that begins with an event, the kind that is missed."""

    head: str
    lines: tuple[str, ...]
    soon: bool


def limit(say: Say, deadline: Deadline) -> Limit:
    """A time limit in words."""
    soon = deadline.length is not None and deadline.length.unit == "day"
    return Limit(_head(say, deadline), tuple(_lines(say, deadline)), soon)


def _head(say: Say, deadline: Deadline) -> str:
    if deadline.kind == "annual_window":
        first, last = (month_day(say, each) for each in (deadline.from_md, deadline.to_md))
        return say("site.limit.annual_window", first=first, last=last)
    if deadline.open_from:
        return say("site.limit.open_from", moment=_moments(say, deadline))
    if deadline.length:
        return say("site.limit.within", span=span(say, deadline.length))
    return say(f"site.limit.{deadline.kind}")


def _lines(say: Say, deadline: Deadline) -> list[str]:
    lines: list[str] = []
    if deadline.length and deadline.moments:
        count = "minus" if deadline.minus_days else "next" if deadline.next_day else "same"
        moments, length = _moments(say, deadline), span(say, deadline.length)
        lines.append(say(f"site.limit.count_{count}", moments=moments, span=length))
    elif deadline.moments and not deadline.open_from:
        lines.append(say("site.limit.when", moments=_moments(say, deadline)))
    if deadline.kind == "statute" and deadline.length:
        lines.append(say("site.limit.statute_ends", span=span(say, deadline.length)))
    if deadline.kind in ("municipality", "prefecture", "school", "employer", "window", "none"):
        lines.append(say(f"site.limit.explain_{deadline.kind}"))
    if deadline.rolls:
        lines.append(say("site.limit.rolls"))
    if deadline.abroad:
        lines.append(say("site.limit.abroad", span=span(say, deadline.abroad)))
    return lines


def _moments(say: Say, deadline: Deadline) -> str:
    return say("site.limit.or").join(say(f"site.moment.{each}") for each in deadline.moments)


def span(say: Say, length: Span) -> str:
    """「15日」, "2 years"."""
    return say(f"site.span.{length.unit}", amount=length.amount)


def month_day(say: Say, value: str) -> str:
    """MM-DD as 「6月1日」, "1 June"."""
    month, day = (int(part) for part in value.split("-"))
    return say("site.date.month_day", month=say(f"site.month.{month}"), day=day)


def month(say: Say, value: str) -> str:
    """YYYY-MM as 「2026年(令和8年)4月」, "April 2026"."""
    year, number = value.split("-")
    return say("site.date.month", year=year, month=say(f"site.month.{int(number)}"))


def day(say: Say, value: date) -> str:
    """「2026年(令和8年)11月24日(火)」, "Tuesday, 24 November 2026"."""
    return say(
        "site.date.day",
        year=value.year,
        month=say(f"site.month.{value.month}"),
        day=value.day,
        weekday=say(f"site.weekday.{value.weekday()}"),
    )


def partial_day(say: Say, value: str) -> str:
    """A date of which perhaps only the year or month is known; "" stays ""."""
    parts = value.split("-")
    if len(parts) == 3:
        return day(say, date.fromisoformat(value))
    if len(parts) == 2:
        return month(say, value)
    return say("site.date.year", year=value) if value else ""


def moment(say: Say, value: datetime) -> str:
    """The day of an instant, in Japan."""
    return day(say, value.astimezone(JST).date())


def instant(value: datetime) -> str:
    """RFC 3339 in Japan's time."""
    return value.astimezone(JST).isoformat(timespec="seconds")


def paragraphs(text: str) -> list[list[str]]:
    """Plain text as paragraphs (parted by an empty line) of lines."""
    blocks = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip())
    return [block.split("\n") for block in blocks]
