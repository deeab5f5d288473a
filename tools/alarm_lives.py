"""Made-up children, what their phones have to be reminded of, and what a city sees of it under one
design of the alarms or another. For ``tools/alarm_simulation.py``.

A day is a float: the ordinal of a date, and the part of the day that has passed.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

#: children of whom a phone reminds: up to school entry
OLDEST_DAYS = 6 * 365
#: how long the city is watched
YEAR = 365
#: the hour at which a reminder is due, where a design keeps it
MORNING = 9 / 24
MINUTE = 1 / 1440
#: a wake that a phone never gets (off for a month, push lost); a page that is opened mends it
LOST = 0.01
#: what is done before its day, so that nobody need be told
DONE_BEFORE = 0.2
#: pages opened a day for no reason of a date, and after a date has come
VISITS, VISITS_AFTER = 1 / 10, 0.3


@dataclass(frozen=True, slots=True)
class Life:
    """born: day. reminders: the days on which something is to be told. start: the day on which
    reminders were turned on."""

    born: int
    reminders: tuple[float, ...]
    start: float

    @property
    def end(self) -> float:
        """Until when the city is watched."""
        return self.start + YEAR

    def between(self, after: float, until: float) -> list[float]:
        """Reminders of that time."""
        return [each for each in self.reminders if after < each <= until]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the records of the city ever show of one phone: the days it asked to be woken at,
    while they stood there, and when it asked otherwise than as soon as it was woken."""

    woken: tuple[float, ...]
    asked: tuple[float, ...]


def life(chance: Random) -> Life:
    """A child, and a family that keeps dates a few days late, as families do."""
    born = date(2024, 1, 1) + timedelta(chance.randrange(2 * 365))
    # half of the families begin around the birth, the others when they hear of it
    young = chance.random() < 0.5
    age = chance.expovariate(1 / 40) if young else chance.uniform(0, OLDEST_DAYS - YEAR)
    start = born.toordinal() + min(age, OLDEST_DAYS - YEAR) + chance.random()
    days = sorted(each.toordinal() + MORNING for each in _dates(born, chance))
    return Life(born.toordinal(), tuple(days), start)


def _dates(born: date, chance: Random) -> Iterator[date]:
    """Deadlines (戸籍法 49 条, 児童手当法 8 条), check-ups (母子保健法 12, 13 条), and doses by
    their standard ages and intervals (定期接種実施要領); each follows the one really given."""

    def late(mean: float) -> timedelta:
        return timedelta(round(min(chance.expovariate(1 / mean), 60)))

    yield born + timedelta(13)
    yield born + timedelta(15)
    for months in (1, 3, 9, 18, 36, 60):
        yield _months(born, months)
    first = _months(born, 2)
    yield first
    given = first + late(7)
    yield given + timedelta(140)  # hepatitis B, third
    for _ in range(2):
        yield given + timedelta(28)
        given += timedelta(28) + late(5)
    yield _months(given, 6)  # five-in-one, booster
    yield _months(born, 5)
    year = _months(born, 12)
    yield year
    yield _months(year + late(10), 6)  # chickenpox, second
    third = _months(born, 36)
    given = third + late(20)
    yield given + timedelta(7)
    yield _months(given, 12)


def _months(day: date, months: int) -> date:
    """So many months later; the last day of a month that lacks that day (民法 143 条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# ------------------------------------------------------------------------- designs
def exact(life: Life, chance: Random) -> Seen:
    """The first idea: the hour of the next reminder and some random minutes."""
    return _chain(life, chance, lambda each: each + chance.randrange(60) * MINUTE)


def shifted(life: Life, chance: Random) -> Seen:
    """Each reminder moved by up to three days, so that no day is its own."""
    return _chain(life, chance, lambda each: each + chance.uniform(-3, 3))


def with_decoys(life: Life, chance: Random) -> Seen:
    """The exact ones among three times as many that mean nothing."""
    real = life.between(life.start, life.end)
    decoys = [chance.uniform(life.start, life.end) for _ in range(3 * len(real))]
    mixed = Life(life.born, tuple(sorted([*real, *decoys])), life.start)
    return _chain(mixed, chance, lambda each: each + chance.randrange(60) * MINUTE)


def weekly_when_due(life: Life, chance: Random) -> Seen:
    """One hour of the week for each phone; it asks for the last such hour before a reminder."""
    slot = chance.uniform(0, 7)

    def before(each: float) -> float:
        return each - (each - slot) % 7 + chance.randrange(60) * MINUTE

    return _chain(life, chance, before)


def weekly_always(life: Life, chance: Random) -> Seen:
    """What Todoke does (site/assets/js/reminders.js): one hour of the week for each phone, which
    is woken then whether something is due or not."""
    slot, woken, asked = chance.uniform(0, 7), list[float](), list[float]()
    now = life.start
    while True:
        at = now + (slot - now) % 7
        if at > life.end:
            return Seen(tuple(woken), tuple(asked))
        woken.append(at + chance.randrange(60) * MINUTE)
        now = at + 1 / 24  # it never asks for the hour it is in
        if chance.random() < LOST:
            now = _next_visit(life, now, chance)
            asked.append(now)


DESIGNS: Mapping[str, Callable[[Life, Random], Seen]] = {
    "exact": exact,
    "shifted": shifted,
    "with_decoys": with_decoys,
    "weekly_when_due": weekly_when_due,
    "weekly_always": weekly_always,
}


def _chain(life: Life, chance: Random, moved: Callable[[float], float]) -> Seen:
    """A phone that asks for its next reminder whenever the last one has come, or was done."""
    woken, asked, now = list[float](), list[float](), life.start
    for each in life.between(life.start, life.end):
        at = max(moved(each), now + MINUTE)
        if chance.random() < DONE_BEFORE:  # the next one is asked for at once instead
            now = max(now, at - chance.uniform(0, 3))
            asked.append(now)
        else:
            woken.append(at)
            now = at
    return Seen(tuple(woken), tuple(asked))


def _next_visit(life: Life, after: float, chance: Random) -> float:
    """When a page of the city is opened next: by chance, or because a date has come."""
    visit = after + chance.expovariate(VISITS)
    for each in life.between(after, visit):
        if chance.random() < VISITS_AFTER:
            return each + chance.uniform(0, 0.5)
    return visit
