"""How the desk writes moments, figures and states: in Japanese time, never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from todoke.core.audience import Figure
from todoke.core.words import Dictionary
from todoke.journeys.audit import JST

#: shape and colour of each state; the word is in the locale (DESK: shape + word + colour)
STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("◇", ""),
    "returned": ("◆", "wait"),
    "asked": ("◆", "wait"),
    "scheduled": ("◷", "go"),
    "approved": ("▶", "go"),
    "sending": ("▶", "go"),
    "sent": ("✓", "good"),
    "recalled": ("✕", "bad"),
}
#: 元号法: Reiwa began on 1 May 2019; every date shown here is later
_REIWA = 2018


def day(words: Dictionary, language: str, unix: int) -> str:
    """「令和8年11月24日(火)」 or "Tue 24 November 2026"."""
    at = datetime.fromtimestamp(unix, JST)
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    month = words.say(language, f"console.month.m{at.month}")
    return words.say(
        language,
        "console.date",
        era=at.year - _REIWA,
        year=at.year,
        month=month,
        day=at.day,
        weekday=weekday,
    )


def moment(words: Dictionary, language: str, unix: int) -> str:
    """The day and the minute."""
    at = datetime.fromtimestamp(unix, JST)
    return f"{day(words, language, unix)} {at.hour}:{at.minute:02d}"


def short_moment(words: Dictionary, language: str, unix: int, now: int) -> str:
    """Only the time for today, else month, day and time: for tables."""
    at = datetime.fromtimestamp(unix, JST)
    clock = f"{at.hour}:{at.minute:02d}"
    if at.date() == datetime.fromtimestamp(now, JST).date():
        return words.say(language, "console.today_at", time=clock)
    month = words.say(language, f"console.month.m{at.month}")
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    return words.say(
        language, "console.short_date", month=month, day=at.day, weekday=weekday, time=clock
    )


def to_second(words: Dictionary, language: str, unix: int) -> str:
    """Month, day and the second: for the record of acts."""
    at = datetime.fromtimestamp(unix, JST)
    month = words.say(language, f"console.month.m{at.month}")
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    return words.say(
        language,
        "console.short_date",
        month=month,
        day=at.day,
        weekday=weekday,
        time=clock_time(unix),
    )


def clock_time(unix: int) -> str:
    """Hours, minutes and seconds."""
    return f"{datetime.fromtimestamp(unix, JST):%H:%M:%S}"


def figure(words: Dictionary, language: str, shown: Figure) -> str:
    """「2,946台」「180台以上」「10台より少ない」."""
    name = "few" if shown.few else "at_least" if shown.at_least else "exact"
    return words.say(language, f"console.figure.{name}", number=f"{shown.number:,}")


def cohort_name(words: Dictionary, language: str, cohort: int) -> str:
    """A school year by the births it holds (2 April to 1 April, 学校教育法 17)."""
    return words.say(language, "console.cohort", year=cohort, next=cohort + 1)


def unix_of(year: int, month: int, day_: int, hour: int, minute: int) -> int | None:
    """Unix seconds of a Japanese wall-clock minute, None for a date that does not exist."""
    try:
        return int(datetime(year, month, day_, hour, minute, tzinfo=JST).timestamp())
    except (ValueError, OverflowError):
        return None


def parts_of(unix: int) -> tuple[int, int, int, int, int]:
    """Year, month, day, hour, minute in Japan."""
    at = datetime.fromtimestamp(unix, JST)
    return at.year, at.month, at.day, at.hour, at.minute


def months_back(now: int, number: int = 14) -> list[str]:
    """The last months as "2026-11", newest first: the choices of the record of acts."""
    at = datetime.fromtimestamp(now, JST).replace(day=1)
    found = []
    for _ in range(number):
        found.append(f"{at.year:04d}-{at.month:02d}")
        at = (at - timedelta(days=1)).replace(day=1)
    return found


#: acts that may be looked for in the record of acts, in the order of a notice's life
ACTS = (
    "drafted",
    "edited",
    "asked",
    "given_back",
    "approved",
    "refused",
    "published",
    "recalled",
    "session_opened",
    "session_closed",
    "staff_added",
    "staff_link_made",
    "staff_removed",
)
