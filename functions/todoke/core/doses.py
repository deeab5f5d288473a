"""Every dose of routine vaccination for one child on one day: from when, until when, how it stands.

What was given takes its place first (``given``); then the doses that are missing are laid ahead of
today, each as early as the rules allow, so that 「unreachable」 is seen before it is too late.
Guidance with its source and date, never a diagnosis; a premature birth changes nothing.
``site/assets/js/doses.js`` is the same; tests/core/test_doses.py holds both to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from todoke.core import courses, given, plans, windows
from todoke.core.courses import Slot, Walk
from todoke.core.given import Begun, Given, Live
from todoke.core.immunization import Programme, Vaccine
from todoke.core.plans import Plan, Range
from todoke.core.windows import Child

NOT_YET, ELIGIBLE, DUE, OVERDUE = "not_yet", "eligible", "due", "overdue"
EXPIRED, UNREACHABLE, SKIPPED = "expired", "unreachable", "skipped"
DONE, INELIGIBLE = "done", "ineligible"
#: what can still be given free of charge
_AHEAD = (NOT_YET, ELIGIBLE, DUE, OVERDUE)
#: how a dose stands; the words stand in locales, timeline.status
STATUSES = (NOT_YET, ELIGIBLE, DUE, OVERDUE, EXPIRED, UNREACHABLE, SKIPPED, DONE, INELIGIBLE)


@dataclass(frozen=True, slots=True)
class Row:
    """One dose. earliest and legal_last: first and last day of the law as far as they are known
    today (a dose after a missing one is counted from today on). std_from and std_to: the standard
    period as the programme states it. given: the day it was given. notes: of
    ``immunization.NOTES``, whose words stand with the vaccine.

    plan_from, plan_to: when it is time for it, when every dose before it is given in its own time:
    the recommended days, or the free ones where nothing is recommended (plan_to then None).
    earliest goes on from the first free day of the dose before; these go on from the day that one
    is planned for and keep the rule between live vaccines (``plans``), so that what a page or a
    calendar tells keeps the intervals."""

    vaccine: str
    dose: str
    status: str
    earliest: date | None = None
    legal_last: date | None = None
    std_from: date | None = None
    std_to: date | None = None
    series: str = ""
    given: date | None = None
    notes: tuple[str, ...] = ()
    plan_from: date | None = None
    plan_to: date | None = None

    def as_json(self) -> Mapping[str, Any]:
        """Days as YYYY-MM-DD; null where there is none."""
        return {
            "vaccine": self.vaccine,
            "dose": self.dose,
            "status": self.status,
            "earliest": _text(self.earliest),
            "legal_last": _text(self.legal_last),
            "std_from": _text(self.std_from),
            "std_to": _text(self.std_to),
            "series": self.series or None,
            "given": _text(self.given),
            "notes": list(self.notes),
            "plan_from": _text(self.plan_from),
            "plan_to": _text(self.plan_to),
        }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def doses(programme: Programme, child: Child, today: date) -> tuple[Sequence[Row], Sequence[Given]]:
    """Every dose in the order of the programme, and what is to be said about those given. A vaccine
    in pregnancy is there when a due date was told."""
    live = Live.of(programme, child, today)
    begun = given.begun(programme, child, today, live)
    laid: list[tuple[list[Row], Plan]] = []
    told: list[Given] = []
    for vaccine in programme.vaccines.values():
        if vaccine.who == "child" or child.due:
            whose = windows.of_pregnancy(child, today) if vaccine.who == "pregnant" else child
            walks, judged = _placed(vaccine, whose, today, live, begun)
            told += judged
            laid += [_rows(walk, today, live, _is_needed(walk, begun)) for walk in walks]
    ranges = plans.planned([plan for _, plan in laid], live, today)
    both = zip(laid, ranges, strict=True)
    return [row for (rows, plan), days in both for row in _with_plan(rows, plan, days)], told


def _placed(
    vaccine: Vaccine, child: Child, today: date, live: Live, begun: Begun | None
) -> tuple[Sequence[Walk], Sequence[Given]]:
    if begun is None or not begun.old_first or vaccine.id not in (begun.old, begun.new):
        return given.placed(vaccine, child, today, live)
    both = begun.told(child) if vaccine.id == begun.old else ()
    whose = replace(child, given={**child.given, vaccine.id: tuple(on for on, _ in both)})
    walks, judged = given.placed(vaccine, whose, today, live)
    return walks, [replace(each, vaccine=id) for each, (_, id) in zip(judged, both, strict=True)]


def _is_needed(walk: Walk, begun: Begun | None) -> bool:
    """Not what nobody begins with any more, and not the same twice."""
    if begun and walk.vaccine.id == (begun.new if begun.old_first else begun.old):
        return False
    return bool(walk.taken) or not walk.vaccine.only_begun


def _rows(walk: Walk, today: date, live: Live, needed: bool) -> tuple[list[Row], Plan]:
    """Every dose of a course without its plan, and what its plan is made of."""
    rows: list[Row] = []
    for taken, on in walk.taken:
        rows += [*_left_out(walk, taken), _row(walk, taken, DONE, on)]
    begun = replace(walk, taken=list(walk.taken))
    laid: list[tuple[Slot, bool]] = []
    at = today
    while slot := courses.next_slot(walk, at):
        slot = replace(slot, earliest=live.earliest(walk.vaccine, slot.earliest, today))
        status = _status(walk, slot, today) if needed else SKIPPED
        rows += [*_left_out(walk, slot), _row(walk, slot, status)]
        laid.append((slot, status in _AHEAD))
        at = max(at, slot.earliest)
        walk.take(slot, at)  # so that the next one comes after today, and is not yet
    return rows, Plan(begun, laid)


def _with_plan(rows: Sequence[Row], plan: Plan, ranges: Sequence[Range]) -> Iterator[Row]:
    days = {slot.dose.id: each for (slot, _), each in zip(plan.laid, ranges, strict=True)}
    for row in rows:
        first, last = days.get(row.dose, (None, None))
        yield replace(row, plan_from=first, plan_to=last) if first else row


def _left_out(walk: Walk, slot: Slot) -> Iterator[Row]:
    """Doses that the rules passed over before this one."""
    for dose in slot.skipped:
        yield Row(walk.vaccine.id, dose.id, SKIPPED, series=slot.series.id)


def _status(walk: Walk, slot: Slot, today: date) -> str:
    if not slot.possible or walk.child.sex not in ("", walk.vaccine.sex or walk.child.sex):
        return INELIGIBLE
    if today > slot.last:
        return EXPIRED
    if slot.earliest > slot.last:
        return UNREACHABLE
    if today < slot.earliest:
        return NOT_YET
    if slot.std_from and today < slot.std_from:
        return ELIGIBLE
    return OVERDUE if slot.std_to and today > slot.std_to else DUE


def _row(walk: Walk, slot: Slot, status: str, on: date | None = None) -> Row:
    vaccine, dose, series = walk.vaccine.id, slot.dose.id, slot.series.id
    notes = () if on else tuple(_notes(walk, slot, status))
    if status in (SKIPPED, INELIGIBLE):
        return Row(vaccine, dose, status, series=series, notes=notes)
    # laid ahead of today, a dose whose time is over begins on no day
    over = status == EXPIRED and slot.earliest > slot.last
    earliest = None if over else slot.earliest
    return Row(
        vaccine, dose, status, earliest, slot.last, slot.std_from, slot.std_to, series, on, notes
    )


def _notes(walk: Walk, slot: Slot, status: str) -> Iterator[str]:
    """Of the notes of the vaccine those that this dose gives reason for."""
    vaccine, child = walk.vaccine, walk.child
    begin = walk.course.window.start
    reasons = {
        "late_start": status == OVERDUE and slot.place == 0,
        "product_unknown": bool(slot.series.product) and not child.rota_type,
        "sex_unknown": bool(vaccine.sex) and not child.sex,
        "begun_before": bool(vaccine.before and status != SKIPPED)
        or bool(vaccine.since and begin and windows.start(begin, child) < vaccine.since),
        "reopened": slot.reopened,
    }
    for each in vaccine.notes:
        if reasons.get(each.when):
            yield each.when
