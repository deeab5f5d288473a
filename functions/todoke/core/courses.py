"""A course of vaccination, dose after dose: which one comes next on a day, from when, until when.

``given`` puts what was given into its places, ``doses`` says how the rest stands.
``site/assets/js/courses.js`` is the same with days as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from todoke.core import days, windows
from todoke.core.immunization import Course, Dose, Interval, Series, Vaccine, Window
from todoke.core.windows import Child, Range


@dataclass(frozen=True, slots=True)
class Slot:
    """A dose that may come next. skipped: doses before it that are not given any more. legal: its
    window before intervals are looked at. earliest, last: with them. reopened: its window is the
    second one."""

    dose: Dose
    series: Series
    place: int
    skipped: tuple[Dose, ...]
    legal: Range
    earliest: date
    std_from: date | None
    std_to: date | None
    reopened: bool

    @property
    def last(self) -> date:
        """Last day of the law."""
        return self.legal[1]

    @property
    def possible(self) -> bool:
        """Whether its window holds any day."""
        return self.legal[0] <= self.legal[1]


@dataclass(slots=True)
class Walk:
    """How far a course has come. place: of the next dose. taken: what was given (or is laid ahead),
    in order."""

    vaccine: Vaccine
    course: Course
    child: Child
    series: Series | None = None
    place: int = 0
    taken: list[tuple[Slot, date]] = field(default_factory=list)

    def take(self, slot: Slot, on: date) -> None:
        """The dose gets that day; what it passed over is left out for good."""
        self.series, self.place = slot.series, slot.place + 1
        self.taken.append((slot, on))


def of(vaccine: Vaccine, child: Child) -> list[Walk]:
    """The courses of a vaccine for one child, before anything was given."""
    special = vaccine.special
    if special and special.born[0] <= child.birth <= special.born[1]:
        return [Walk(vaccine, _in_one(vaccine), child)]
    return [Walk(vaccine, each, child) for each in vaccine.courses]


def _in_one(vaccine: Vaccine) -> Course:
    """For who may catch up with everything: all doses one after the other until that age."""
    assert vaccine.special is not None
    end = vaccine.special.end
    doses = [
        replace(dose, window=Window(dose.window.start or course.window.start, end))
        for course in vaccine.courses
        for dose in course.series[0].doses
    ]
    return Course(Window(doses[0].window.start, end), (Series("", tuple(doses)),))


def next_slot(walk: Walk, at: date, judged: bool = False) -> Slot | None:
    """The dose that comes next for who asks on the day ``at``, None when there is none left.

    judged: that it was given that day is what is asked, so a window that is over may be meant."""
    series = walk.series or _series(walk, at)
    return _next(walk, series, at, judged)


def slot_after(walk: Walk, slot: Slot, at: date) -> Slot:
    """The same dose, where its walk goes on from other days than the one it was found on."""
    return _slot(walk, slot.series, slot.place, slot.skipped, at, False)


def otherwise(walk: Walk, at: date) -> Slot | None:
    """The same in the series that this one becomes when a dose comes too early for it."""
    ids = {each.id: each for each in walk.course.series}
    other = ids.get(walk.series.otherwise) if walk.series else None
    return _next(walk, other, at, True) if other else None


def _next(walk: Walk, series: Series, at: date, judged: bool) -> Slot | None:
    skipped: tuple[Dose, ...] = ()
    for place in range(walk.place, len(series.doses)):
        slot = _slot(walk, series, place, skipped, at, judged)
        if not _is_dropped(walk, slot, at):
            return slot
        skipped = (*skipped, slot.dose)
    return None


def _series(walk: Walk, at: date) -> Series:
    """By product, or by the day of the first dose."""
    listed = walk.course.series
    if listed[0].product:
        named = [each for each in listed if each.product == walk.child.rota_type]
        return named[0] if named else listed[0]
    for each in listed:
        if each.begun_until is None or at <= windows.end(each.begun_until, walk.child):
            return each
    return listed[-1]


def _is_dropped(walk: Walk, slot: Slot, at: date) -> bool:
    dose, after = slot.dose, slot.dose.dropped_after
    if dose.dropped and max(at, slot.earliest) > slot.last:
        return True
    if after is None:
        return False
    edge = windows.end(after[1], walk.child)
    return any(taken.dose.id == after[0] and on > edge for taken, on in walk.taken)


def _slot(
    walk: Walk, series: Series, place: int, skipped: tuple[Dose, ...], at: date, judged: bool
) -> Slot:
    dose = series.doses[place]
    over = dose.if_dropped if skipped else None
    ranges = _ranges(walk, dose, judged)
    legal = _range(ranges, at, judged)
    earliest = [legal[0]]
    if walk.taken:
        earliest.append(_after(walk.taken[-1][1], over.least if over else dose.least))
    if walk.taken and dose.least_of_first:
        earliest.append(windows.after(walk.taken[0][1], dose.least_of_first))
    if over:
        earliest.append(windows.start(over.start, walk.child))
    std_from, std_to = (None, None) if over else _standard(walk, dose, legal[1])
    return Slot(
        dose, series, place, skipped, legal, max(earliest), std_from, std_to, legal in ranges[1:]
    )


def _after(previous: date, least: Interval | None) -> date:
    """Without an interval in the rules a dose still is not given twice on one day."""
    return windows.after(previous, least) if least else days.plus(previous, 1)


def _ranges(walk: Walk, dose: Dose, judged: bool) -> list[Range]:
    child, vaccine, course = walk.child, walk.vaccine, walk.course
    window = Window(dose.window.start or course.window.start, dose.window.end or course.window.end)
    found = [windows.whole(window, child)]
    again = course.reopened
    if again and child.mr_shortage and again.born[0] <= child.birth <= again.born[1]:
        found.append(windows.whole(again.window, child))
    if vaccine.since and not (judged and vaccine.since_counts):
        found = [(max(first, vaccine.since), last) for first, last in found]
    return found


def _range(ranges: Sequence[Range], at: date, judged: bool) -> Range:
    if judged:
        inside = [each for each in ranges if each[0] <= at <= each[1]]
        return inside[0] if inside else ranges[0]
    ahead = [each for each in ranges if at <= each[1]]
    return ahead[0] if ahead else ranges[-1]


def _standard(walk: Walk, dose: Dose, last: date) -> tuple[date | None, date | None]:
    """A standard period that would begin after the last day of the law is none."""
    standard, child = dose.standard, walk.child
    if standard is None:
        return None, None
    window = standard.window
    first = [windows.start(window.start, child)] if window.start else []
    final = [windows.end(window.end, child)] if window.end else []
    if walk.taken:
        base = walk.taken[0 if standard.of_first else -1][1]
        first += [windows.after(base, standard.after)] if standard.after else []
        final += [windows.after(base, standard.within)] if standard.within else []
    begins, ends = max(first, default=None), max(final, default=None)
    if begins and begins > last:
        return None, None
    return begins, min(ends, last) if ends else None
