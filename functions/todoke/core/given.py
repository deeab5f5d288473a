"""Doses that were given: which place each takes, and why one does not count.

A dose that the law calls too early (before its window, within an interval) is shown and named, and
does not count towards the routine programme: the next one is counted as if it had not been. A dose
after its window was paid for privately and counts, for nobody is vaccinated twice for being late.
``site/assets/js/given.js`` is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from todoke.core import courses, windows
from todoke.core.courses import Slot, Walk
from todoke.core.immunization import Interval, Programme, Vaccine
from todoke.core.windows import Child

FUTURE, BEFORE_BIRTH, TWICE, SURPLUS = "future", "before_birth", "twice", "surplus"
BEFORE_ROUTINE, TOO_EARLY, TOO_SOON = "before_routine", "too_early", "too_soon"
LIVE_TOO_SOON, AFTER_PERIOD, OUT_OF_ORDER = "live_too_soon", "after_period", "out_of_order"
#: what can be said about a dose; the words stand in locales, timeline.given
CODES = (
    FUTURE, BEFORE_BIRTH, TWICE, SURPLUS, BEFORE_ROUTINE, TOO_EARLY, TOO_SOON, LIVE_TOO_SOON,
    AFTER_PERIOD, OUT_OF_ORDER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """One dose as it was told. dose: the place it takes, "" when it does not count."""

    vaccine: str
    on: date
    dose: str
    codes: tuple[str, ...]

    def as_json(self) -> Mapping[str, Any]:
        """{"vaccine", "date", "counted", "dose", "codes"}; dose null when it does not count."""
        return {
            "vaccine": self.vaccine,
            "date": self.on.isoformat(),
            "counted": bool(self.dose),
            "dose": self.dose or None,
            "codes": list(self.codes),
        }


@dataclass(frozen=True, slots=True)
class Begun:
    """Who was given a vaccine that another one replaced: ``old`` is its id, ``new`` the other's.
    Both protect against the same. old_first: then the doses of both take the places of the old
    one, and of the new one none is needed; else it is the other way round and they stay apart."""

    old: str
    new: str
    old_first: bool

    def told(self, child: Child) -> Sequence[tuple[date, str]]:
        """Doses of both in the order of days, with the vaccine each was told of."""
        return sorted((on, id) for id in (self.old, self.new) for on in child.given.get(id, ()))


def begun(programme: Programme, child: Child, today: date, live: Live) -> Begun | None:
    """None for who was given nothing that was replaced, which is everybody born since."""
    for vaccine in programme.vaccines.values():
        new = programme.vaccines.get(vaccine.before)
        if new and (old_day := _first(vaccine, child, today, live)):
            new_day = _first(new, child, today, live)
            return Begun(vaccine.id, new.id, new_day is None or old_day < new_day)
    return None


def _first(vaccine: Vaccine, child: Child, today: date, live: Live) -> date | None:
    walks, _ = placed(vaccine, child, today, live)
    return min((on for walk in walks for _, on in walk.taken), default=None)


def placed(
    vaccine: Vaccine, child: Child, today: date, live: Live
) -> tuple[Sequence[Walk], Sequence[Given]]:
    """The courses with what was given in its places, and what is to be said about each dose."""
    walks = courses.of(vaccine, child)
    told = child.given.get(vaccine.id, ())
    found: list[Given] = []
    for place, on in sorted(enumerate(told), key=lambda each: (each[1], each[0])):
        before = [other for number, other in enumerate(told) if number < place]
        codes = [OUT_OF_ORDER] if any(other > on for other in before) else []
        code, dose = _judged(walks, on, on in before, today, live)
        codes += [code] if code else []
        found.append(Given(vaccine.id, on, dose, tuple(codes)))
    return walks, found


def _judged(
    walks: Sequence[Walk], on: date, twice: bool, today: date, live: Live
) -> tuple[str, str]:
    """What is to be said, "" for nothing; the place it takes, "" when it does not count."""
    vaccine, child = walks[0].vaccine, walks[0].child
    private = vaccine.since is not None and on < vaccine.since
    if on > today:
        return FUTURE, ""
    if on < child.birth and vaccine.who == "child":
        return BEFORE_BIRTH, ""
    if twice:
        return TWICE, ""
    if private and not vaccine.since_counts:
        return BEFORE_ROUTINE, ""
    fitting = [(each, _fitting(each, on)) for each in walks]
    ready = [(each, slot) for each, slot in fitting if slot and slot.earliest <= on]
    if not ready:
        return _refused([slot for _, slot in fitting if slot], on), ""
    if live.too_soon(vaccine, on):
        return LIVE_TOO_SOON, ""
    walk, slot = next((each for each in ready if on <= each[1].last), ready[0])
    walk.take(slot, on)
    if private:
        return BEFORE_ROUTINE, slot.dose.id
    return AFTER_PERIOD if on > slot.last else "", slot.dose.id


def _fitting(walk: Walk, on: date) -> Slot | None:
    slot = courses.next_slot(walk, on, judged=True)
    if slot and slot.earliest > on >= slot.legal[0]:
        other = courses.otherwise(walk, on)
        return other if other and other.earliest <= on else slot
    return slot


def _refused(slots: Sequence[Slot], on: date) -> str:
    if not slots:
        return SURPLUS
    return TOO_EARLY if on < slots[0].legal[0] else TOO_SOON


@dataclass(frozen=True, slots=True)
class Live:
    """Injected live vaccines that were really given, by vaccine: 27 days lie between two different
    ones, on one day they may be given together (予防接種実施規則)."""

    interval: Interval
    given: Mapping[str, Sequence[date]]

    @staticmethod
    def of(programme: Programme, child: Child, today: date) -> Live:
        """Whatever is in the body counts here, also a dose that does not count otherwise."""
        return Live(
            programme.live_interval,
            {
                each.id: [on for on in child.given.get(each.id, ()) if child.birth <= on <= today]
                for each in programme.vaccines.values()
                if each.kind == "live_injected"
            },
        )

    def too_soon(self, vaccine: Vaccine, on: date) -> bool:
        """Whether another one was given too short a time before that day."""
        return any(other < on < self.open(other) for other in self._others(vaccine))

    def earliest(self, vaccine: Vaccine, first: date, today: date) -> date:
        """From when the others allow what may be given from ``first`` on: what was given today
        allows it today, and then not before the interval is over."""
        others = self._others(vaccine)
        free = max([first, *(self.open(on) for on in others if on != today)])
        return max(free, self.open(today)) if today in others and free > today else free

    def open(self, on: date) -> date:
        """First day after the interval."""
        return windows.after(on, self.interval)

    def _others(self, vaccine: Vaccine) -> list[date]:
        if vaccine.id not in self.given:
            return []
        return [on for id, listed in self.given.items() if id != vaccine.id for on in listed]
