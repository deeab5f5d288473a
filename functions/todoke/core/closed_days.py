"""Days on which a city hall is closed (地方自治法4条の2第2項): Saturdays, Sundays, the holidays of
国民の祝日に関する法律 and the turn of the year that every ordinance names.

The two equinoxes are written in no law: 官報 (暦要項) names them each February for the year after.
Here they are computed by the formula that has met every one of them since 1980; a day that lies
further ahead than that is therefore as good as the formula, and no better.

``site/assets/js/closed_days.js`` is the same with days as text; tests/core/test_closed_days.py
holds both to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import cache

#: years whose holidays are known here: 成人の日 and 体育の日 move to Mondays in 2000, and the
#: formula of the equinoxes ends with 2099
FIRST_YEAR, LAST_YEAR = 2000, 2099
#: the turn of the year is what the ordinance says (4条の2第2項3号); this is what they all say
_YEAR_END = frozenset(((12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)))
#: vernal and autumnal: millionths of a day after the end of February and of August in 1980
_SPRING, _AUTUMN = 20_843_100, 23_248_800
#: what a solar year is longer than 365 days, in millionths
_LONGER = 242_194
#: once only: 即位の日 and 即位礼正殿の儀 (平成30年法律99号)
_ENTHRONED = {2019: ((5, 1), (10, 22))}
#: 海の日, スポーツの日 and 山の日 of the games of Tokyo (平成27年法律33号, changed in 2020)
_GAMES = {2020: ((7, 23), (7, 24), (8, 10)), 2021: ((7, 22), (7, 23), (8, 8))}
#: before it, a Sunday between two holidays was a Sunday (平成17年法律43号)
_SUNDAYS_BETWEEN = 2007
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6

#: why a day is closed, the nearest reason first
REASONS = ("year_end", "holiday", "sunday", "saturday", "own")
#: days of a municipality's own: "2026-08-14" for one year, "08-14" for every year
Own = Collection[str]


def is_closed(day: date, own: Own = ()) -> bool:
    """Whether the city hall is closed all day."""
    return bool(why_closed(day, own))


def why_closed(day: date, own: Own = ()) -> str:
    """One of ``REASONS``, "" for an open day. Raises ``ValueError`` outside the known years."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"holidays are known from {FIRST_YEAR} to {LAST_YEAR}")
    if (day.month, day.day) in _YEAR_END:
        return "year_end"
    if day in holidays(day.year):
        return "holiday"
    if day.weekday() in (_SATURDAY, _SUNDAY):
        return "sunday" if day.weekday() == _SUNDAY else "saturday"
    text = day.isoformat()
    return "own" if text in own or text[5:] in own else ""


def next_open(day: date, own: Own = ()) -> date:
    """The day itself, or the first open one after it (地方自治法4条の2第4項, 民法142条)."""
    while is_closed(day, own):
        day += _DAY
    return day


def previous_open(day: date, own: Own = ()) -> date:
    """The day itself, or the last open one before it."""
    while is_closed(day, own):
        day -= _DAY
    return day


@cache
def holidays(year: int) -> frozenset[date]:
    """休日 of 国民の祝日に関する法律 3条: the holidays themselves (1項), the day after one on a
    Sunday (2項) and a day between two of them (3項)."""
    named = frozenset(_named(year))
    moved = {_after(day, named) for day in named if day.weekday() == _SUNDAY}
    between = {day + _DAY for day in named if day + 2 * _DAY in named} - named
    if year < _SUNDAYS_BETWEEN:
        between = {day for day in between if day.weekday() != _SUNDAY}
    return named | moved | between


def _after(day: date, named: frozenset[date]) -> date:
    """振替休日: the nearest day after it that is no holiday itself."""
    while day in named:
        day += _DAY
    return day


def _named(year: int) -> Iterator[date]:
    """The holidays of 2条, as it stood in that year."""
    fixed = [(1, 1), (2, 11), (4, 29), (5, 3), (5, 5), (11, 3), (11, 23)]
    if year >= 2007:  # みどりの日; before that a day between two holidays
        fixed.append((5, 4))
    if year != 2019:  # 天皇誕生日: the one had ended, the other was over when it began
        fixed.append((2, 23) if year >= 2020 else (12, 23))
    fixed += _ENTHRONED.get(year, ())
    fixed += _GAMES.get(year, ())
    if year <= 2002:  # 海の日, 敬老の日
        fixed += [(7, 20), (9, 15)]
    if year >= 2016 and year not in _GAMES:  # 山の日
        fixed.append((8, 11))
    yield from (date(year, month, day) for month, day in fixed)
    yield _monday(year, 1, 2)
    if year not in _GAMES:
        yield _monday(year, 10, 2)
    if year >= 2003:
        yield _monday(year, 9, 3)
        if year not in _GAMES:
            yield _monday(year, 7, 3)
    yield date(year, 3, _equinox(year, _SPRING))
    yield date(year, 9, _equinox(year, _AUTUMN))


def _monday(year: int, month: int, number: int) -> date:
    """The first, second … Monday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (number - 1))


def _equinox(year: int, in_1980: int) -> int:
    """Day of the month."""
    since = year - 1980
    return (in_1980 + _LONGER * since) // 1_000_000 - since // 4
