"""When it is time for each dose that is missing: days that keep every interval among themselves.

Each course is planned for its recommended days, the next dose counted from the day the one before
is planned for. Injected live vaccines keep the rule between them as well, among those that are
planned and towards those that were given: on one day together, or 27 days apart (予防接種実施規則).
Where two come too close, the one whose legal time ends first keeps its day, then the one whose
recommended time does; unless that order costs one its legal time and another order would not.
``site/assets/js/plans.js`` is the same; tests/core/test_doses.py holds both to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from todoke.core import courses
from todoke.core.courses import Slot, Walk
from todoke.core.given import Live

#: first and last day of a plan; None where there is none
Range = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A course from today on. walk: with what was given. laid: the doses that are missing, each
    with whether it can still be given free of charge."""

    walk: Walk
    laid: Sequence[tuple[Slot, bool]]


@dataclass(frozen=True, slots=True)
class _Day:
    """A dose and when it is time for it. on: the day it is given then, never before today. lost:
    no day was left for it."""

    slot: Slot
    begins: date
    on: date
    ahead: bool
    lost: bool = False


#: the days of each course, as far as they are planned
_Days = Mapping[int, tuple[_Day, ...]]


def planned(plans: Sequence[Plan], live: Live, today: date) -> Sequence[Sequence[Range]]:
    """plan_from and plan_to of every dose of every course, in their order."""
    book = _Book(plans, live, today)
    return [[_range(each) for each in days] for _, days in sorted(book.days().items())]


def _range(day: _Day) -> Range:
    if not day.ahead or day.lost:
        return None, None
    std_to = day.slot.std_to
    return day.begins, std_to if std_to and std_to >= day.begins else None


@dataclass(frozen=True, slots=True)
class _Book:
    plans: Sequence[Plan]
    live: Live
    today: date

    def days(self) -> _Days:
        alone = {each: self._alone(each) for each in range(len(self.plans))}
        waiting = {each for each, (waits, _) in alone.items() if waits}
        injected: _Days = {
            each: () for each in alone if self.plans[each].walk.vaccine.id in self.live.given
        }
        together = self._together(injected, waiting) or self._together(injected, set())
        found = together or self._together(injected, set(), lose=True)
        assert found is not None
        return {each: found.get(each, days) for each, (_, days) in alone.items()}

    def _alone(self, course: int) -> tuple[bool, tuple[_Day, ...]]:
        """Whether its recommended days are waited for, and its days. Where waiting for those of one
        dose would leave a later one no day, each is planned for its first free day."""
        for waits in (True, False):
            days: tuple[_Day, ...] = ()
            while len(days) < len(self.plans[course].laid):
                days = (*days, self._next(course, days, waits))
            if all(not each.ahead or each.begins <= each.slot.last for each in days):
                break
        return waits, days

    def _next(self, course: int, days: Sequence[_Day], waits: bool) -> _Day:
        """The dose behind those that are planned, for what its own course allows."""
        plan = self.plans[course]
        first, ahead = plan.laid[len(days)]
        taken = [*plan.walk.taken, *((each.slot, each.on) for each in days)]
        at = max(taken[-1][1], self.today) if taken else self.today
        slot = courses.slot_after(replace(plan.walk, taken=taken), first, at)
        if not ahead:
            begins = max(at, first.earliest)
            return _Day(slot, begins, begins, ahead)
        begins = self.live.earliest(plan.walk.vaccine, slot.earliest, self.today)
        if waits and slot.std_from:
            begins = max(begins, slot.std_from)
        return _Day(slot, begins, max(begins, self.today), ahead)

    def _together(self, days: _Days, waiting: set[int], lose: bool = False) -> _Days | None:
        """The first order in which every dose finds a day; None where there is none. lose: then
        the first order, in which one may be lost: its interval protects, its last day does not."""
        nexts = {
            each: self._next(each, done, each in waiting)
            for each, done in days.items()
            if len(done) < len(self.plans[each].laid)
        }
        if not nexts:
            return days
        for each in sorted(nexts, key=lambda course: (*_urgency(nexts[course]), course)):
            day = nexts[each]
            if day.ahead:
                day = self._apart(day, self._others(each, days))
            if day.ahead and day.on > day.slot.last:
                if not lose:
                    return None  # more doses leave it no more room
                day = replace(day, lost=True)
            found = self._together({**days, each: (*days[each], day)}, waiting, lose)
            if found is not None:
                return found
        return None

    def _others(self, course: int, days: _Days) -> Sequence[date]:
        """Days of other injected live vaccines."""
        own = self.plans[course].walk.vaccine.id
        given = [on for id, listed in self.live.given.items() if id != own for on in listed]
        return sorted([*given, *self._ahead(own, days)])

    def _ahead(self, own: str, days: _Days) -> Iterator[date]:
        for course, done in days.items():
            if self.plans[course].walk.vaccine.id != own:
                yield from (each.on for each in done if each.ahead and not each.lost)

    def _apart(self, day: _Day, others: Sequence[date]) -> _Day:
        """The same dose on the first day that keeps the rule between live vaccines."""
        on = day.on
        for other in others:
            if other < on < self.live.open(other):
                on = self.live.open(other)
            elif on < other < self.live.open(on):
                on = other
        if on == day.on:
            return day
        return self._apart(replace(day, begins=on, on=on), others)


def _urgency(day: _Day) -> tuple[date, date]:
    return day.slot.last, day.slot.std_to or day.slot.last


__all__ = ["Plan", "Range", "planned"]
