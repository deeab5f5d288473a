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

from todoke.core import courses, given, windows
from todoke.core.courses import Slot, Walk
from todoke.core.given import Begun, Given, Live
from todoke.core.immunization import Programme, Vaccine
from todoke.core.windows import Child

NOT_YET, ELIGIBLE, DUE, OVERDUE = "not_yet", "eligible", "due", "overdue"
EXPIRED, UNREACHABLE, SKIPPED = "expired", "unreachable", "skipped"
DONE, INELIGIBLE = "done", "ineligible"
#: first and last day of a plan; None where there is none
Range = tuple[date | None, date | None]
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
    is planned for, so that what a page or a calendar tells keeps the intervals."""

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
    rows: list[Row] = []
    told: list[Given] = []
    for vaccine in programme.vaccines.values():
        if vaccine.who == "child" or child.due:
            whose = windows.of_pregnancy(child, today) if vaccine.who == "pregnant" else child
            walks, judged = _placed(vaccine, whose, today, live, begun)
            told += judged
            for walk in walks:
                needed = _is_needed(walk, begun)
                rows += _rows(walk, today, live.earliest(vaccine, today), needed)
    return rows, told


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


def _rows(walk: Walk, today: date, live: date | None, needed: bool) -> Iterator[Row]:
    for taken, on in walk.taken:
        yield from _left_out(walk, taken)
        yield _row(walk, taken, DONE, on)
    begun = replace(walk, taken=list(walk.taken))
    rows: list[Row] = []
    laid: list[tuple[Slot, str]] = []
    at = today
    while slot := courses.next_slot(walk, at):
        slot = replace(slot, earliest=max(slot.earliest, live)) if live else slot
        status = _status(walk, slot, today) if needed else SKIPPED
        rows += [*_left_out(walk, slot), _row(walk, slot, status)]
        laid.append((slot, status))
        at = max(at, slot.earliest)
        walk.take(slot, at)  # so that the next one comes after today, and is not yet
    planned = iter(_planned(begun, laid, today, live))
    places = {slot.dose.id for slot, _ in laid}
    for row in rows:
        first, last = next(planned) if row.dose in places else (None, None)
        yield replace(row, plan_from=first, plan_to=last) if first else row


def _planned(
    walk: Walk, laid: Sequence[tuple[Slot, str]], today: date, live: date | None
) -> Sequence[Range]:
    """plan_from and plan_to of the doses that are laid ahead. Where waiting for the recommended
    days of one would leave a later one no day, each is planned for its first free day."""
    found: list[Range] = []
    for first, status in laid:
        at = max(walk.taken[-1][1], today) if walk.taken else today
        slot = courses.slot_after(walk, first, at)
        begins = max(slot.earliest, live or slot.earliest, slot.std_from or slot.earliest)
        if status not in _AHEAD:
            begins = max(at, first.earliest)
        elif begins > slot.last:
            return [_range(each, each.earliest, status) for each, status in laid]
        found.append(_range(slot, begins, status))
        walk.take(slot, max(begins, today))
    return found


def _range(slot: Slot, begins: date, status: str) -> Range:
    if status not in _AHEAD:
        return None, None
    return begins, slot.std_to if slot.std_to and slot.std_to >= begins else None


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
