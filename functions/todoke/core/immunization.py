"""Routine vaccination and check-ups of children as data: windows, intervals, series, courses.

The shapes are here; ``immunization_file`` reads them out of ``site/immunization.yaml`` and
``site/checkups.yaml``, ``doses`` and ``checkups`` count with them, and ``as_json`` is what the
phone gets (``/timeline.json``). Days of a life are counted by ``days``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from todoke.core.site_fields import Text

#: how an end of a window is told: an age in months (the day it is reached), the day after one,
#: days after birth, the fiscal year in which an age in years is reached, a day of the last year
#: before school entry (MM-DD), days before the due date, a day of the calendar
EDGES = ("month", "after_month", "day", "fiscal_of_age", "before_entry", "before_due", "date")
UNITS = ("days", "months")
KINDS = ("inactivated", "live_injected", "live_oral")
#: when a note of a vaccine belongs to a dose; "always" belongs to the vaccine
NOTES = ("always", "late_start", "product_unknown", "sex_unknown", "begun_before", "reopened")


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a window: ``kind`` is one of ``EDGES``."""

    kind: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends belong to it; None is told elsewhere, or not at all."""

    start: Edge | None = None
    end: Edge | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """「n日以上」 or 「n月以上」: unit is one of ``UNITS``."""

    unit: str
    number: int


@dataclass(frozen=True, slots=True)
class Standard:
    """標準的な接種期間: by age, and from (``after``) and to (``within``) an interval since the dose
    before; of two beginnings or two ends the later one counts. of_first: since the first dose."""

    window: Window = Window()
    after: Interval | None = None
    within: Interval | None = None
    of_first: bool = False


@dataclass(frozen=True, slots=True)
class IfDropped:
    """What holds for a dose when the one right before it was dropped."""

    least: Interval
    start: Edge


@dataclass(frozen=True, slots=True)
class Dose:
    """window: where it differs from the course. least: since the dose before; least_of_first:
    since the first. dropped: not given any more when its window is over, and the next one follows.
    dropped_after: a dose, and the end after which giving that one drops this one."""

    id: str
    window: Window = Window()
    least: Interval | None = None
    least_of_first: Interval | None = None
    standard: Standard | None = None
    dropped: bool = False
    dropped_after: tuple[str, Edge] | None = None
    if_dropped: IfDropped | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The doses for who begins until ``begun_until`` (None: whenever) or with that product.
    otherwise: the series it becomes when a dose comes too early for this one."""

    id: str
    doses: tuple[Dose, ...]
    begun_until: Edge | None = None
    product: int = 0
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Reopened:
    """A second window for children born in that time whom a shortage kept from the first."""

    born: tuple[date, date]
    window: Window


@dataclass(frozen=True, slots=True)
class Course:
    """Doses that follow each other. Of several series the first that fits is taken."""

    window: Window
    series: tuple[Series, ...]
    reopened: Reopened | None = None


@dataclass(frozen=True, slots=True)
class Special:
    """Children born in that time may catch up whatever is missing until another age."""

    born: tuple[date, date]
    end: Edge


@dataclass(frozen=True, slots=True)
class Note:
    """when: one of ``NOTES``."""

    when: str
    text: Text


@dataclass(frozen=True, slots=True)
class Vaccine:
    """since: first day of the routine programme. since_counts: an earlier dose was private, and
    counts. only_begun: counted only for who has begun with it. before: the vaccine that took its
    place; who began with this one finishes here, also with doses of that one. who: "child" or
    "pregnant"."""

    id: str
    name: Text
    kind: str
    courses: tuple[Course, ...]
    confidence: str
    sources: tuple[str, ...]
    sex: str = ""
    who: str = "child"
    since: date | None = None
    since_counts: bool = False
    only_begun: bool = False
    before: str = ""
    special: Special | None = None
    notes: tuple[Note, ...] = ()
    uncertain: Text | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """All of ``site/immunization.yaml``. live_interval: between two different injected live
    vaccines (予防接種実施規則; other combinations have no interval since 2020-10-01)."""

    as_of: str
    law: tuple[str, ...]
    sources: tuple[str, ...]
    live_interval: Interval
    notes: tuple[Text, ...]
    vaccines: Mapping[str, Vaccine]


@dataclass(frozen=True, slots=True)
class Decided:
    """Where a municipality decided something itself; url "" for none."""

    source: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """A health check of a child. mandatory: the municipality must hold it. own: the window is the
    municipality's, and as_of is the date of its decision."""

    id: str
    name: Text
    window: Window
    law: str
    mandatory: bool
    as_of: str
    confidence: str
    sources: tuple[str, ...]
    note: Text | None = None
    uncertain: Text | None = None
    own: Decided | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a childhood is counted with. programme None: the city left the file out."""

    programme: Programme | None = None
    checkups: Mapping[str, Checkup] = field(default_factory=dict)


def as_json(timeline: Timeline) -> Mapping[str, Any]:
    """What is published as ``/timeline.json`` and read by ``js/doses.js``; what says nothing is
    left out."""
    programme = timeline.programme
    shape = _programme(programme) if programme else None
    checks = [_checkup(each) for each in timeline.checkups.values()]
    return {"version": 1, **_told(programme=shape), "checkups": checks}


def _told(**values: Any) -> dict[str, Any]:
    """Without what is absent, empty or false."""
    return {key: each for key, each in values.items() if each}


def _programme(programme: Programme) -> Mapping[str, Any]:
    return {
        "as_of": programme.as_of,
        "law": list(programme.law),
        "sources": list(programme.sources),
        "live_interval": _interval(programme.live_interval),
        "notes": [dict(each) for each in programme.notes],
        "vaccines": [_vaccine(each) for each in programme.vaccines.values()],
    }


def _vaccine(vaccine: Vaccine) -> Mapping[str, Any]:
    special = vaccine.special
    return _told(
        id=vaccine.id,
        name=dict(vaccine.name),
        kind=vaccine.kind,
        sex=vaccine.sex,
        who=vaccine.who,
        since=vaccine.since.isoformat() if vaccine.since else "",
        since_counts=vaccine.since_counts,
        only_begun=vaccine.only_begun,
        before=vaccine.before,
        special=special and {"born": _days(special.born), "until": _edge(special.end)},
        courses=[_course(each) for each in vaccine.courses],
        notes=[{"when": each.when, "text": dict(each.text)} for each in vaccine.notes],
        confidence=vaccine.confidence,
        sources=list(vaccine.sources),
        uncertain=dict(vaccine.uncertain) if vaccine.uncertain else None,
    )


def _course(course: Course) -> Mapping[str, Any]:
    again = course.reopened
    return _told(
        window=_window(course.window),
        reopened=again and {"born": _days(again.born), "window": _window(again.window)},
        series=[_series(each) for each in course.series],
    )


def _series(series: Series) -> Mapping[str, Any]:
    return _told(
        id=series.id,
        begun_until=series.begun_until and _edge(series.begun_until),
        product=series.product or None,
        otherwise=series.otherwise,
        doses=[_dose(each) for each in series.doses],
    )


def _dose(dose: Dose) -> Mapping[str, Any]:
    after, over = dose.dropped_after, dose.if_dropped
    return _told(
        dose=dose.id,
        window=_window(dose.window),
        least=_interval(dose.least),
        least_of_first=_interval(dose.least_of_first),
        standard=_standard(dose.standard),
        dropped=dose.dropped,
        dropped_after=after and {"dose": after[0], "edge": _edge(after[1])},
        if_dropped=over and {"least": _interval(over.least), "from": _edge(over.start)},
    )


def _standard(standard: Standard | None) -> Mapping[str, Any] | None:
    if standard is None:
        return None
    return _told(
        **_window(standard.window),
        after=_interval(standard.after),
        within=_interval(standard.within),
        of_first=standard.of_first,
    )


def _window(window: Window) -> Mapping[str, Any]:
    ends = {"from": window.start, "until": window.end}
    return {key: _edge(each) for key, each in ends.items() if each}


def _edge(edge: Edge) -> Mapping[str, Any]:
    return {edge.kind: edge.value}


def _interval(interval: Interval | None) -> Mapping[str, int] | None:
    return {interval.unit: interval.number} if interval else None


def _days(born: tuple[date, date]) -> list[str]:
    return [each.isoformat() for each in born]


def _checkup(check: Checkup) -> Mapping[str, Any]:
    return _told(
        id=check.id,
        name=dict(check.name),
        window=_window(check.window),
        law=check.law,
        mandatory=check.mandatory,
        as_of=check.as_of,
        confidence=check.confidence,
        sources=list(check.sources),
        note=dict(check.note) if check.note else None,
        own=check.own and _told(source=dict(check.own.source), url=check.own.url),
        uncertain=dict(check.uncertain) if check.uncertain else None,
    )
