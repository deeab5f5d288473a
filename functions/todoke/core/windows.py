"""Windows of vaccinations and check-ups on the calendar of one child.

``site/assets/js/windows.js`` is the same with days as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from todoke.core import days
from todoke.core.immunization import Edge, Interval, Window

#: both ends belong to it
Range = tuple[date, date]
#: a delivery that belongs to a due date: from 22 weeks of pregnancy, which are a birth
#: (母子保健法 and the statistics of the ministry), to 4 weeks after it
_BIRTH_FROM_DAYS = 126
_BIRTH_UNTIL_DAYS = 28


@dataclass(frozen=True, slots=True)
class Child:
    """sex: "F", "M" or "" (not told). due: the due date of a pregnancy. rota_type: 1 or 5 (価), 0
    when not told. mr_shortage: a shortage of vaccine kept the child from MR. given: id of a vaccine
    -> days, in the order they were told. held: id of a check-up -> day. The day of birth may lie
    ahead (a child expected)."""

    birth: date
    sex: str = ""
    due: date | None = None
    rota_type: int = 0
    mr_shortage: bool = False
    given: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    held: Mapping[str, date] = field(default_factory=dict)
    #: the day a pregnancy ended, when its due date is asked about
    delivered: date | None = None


def of_pregnancy(child: Child, today: date) -> Child:
    """For what is done in a pregnancy: whose end is known when it was this child's."""
    due = child.due or child.birth
    near = days.plus(due, -_BIRTH_FROM_DAYS) <= child.birth <= days.plus(due, _BIRTH_UNTIL_DAYS)
    return replace(child, delivered=child.birth if near and child.birth <= today else None)


def start(edge: Edge, child: Child) -> date:
    """First day of a window that begins so."""
    if edge.kind == "fiscal_of_age":
        return days.fiscal_first(days.fiscal_year_of_age(child.birth, int(edge.value)))
    return _either(edge, child)


def end(edge: Edge, child: Child) -> date:
    """Last day of a window that ends so, itself included."""
    if edge.kind == "fiscal_of_age":
        return days.fiscal_last(days.fiscal_year_of_age(child.birth, int(edge.value)))
    if edge.kind == "before_due" and child.delivered:
        return min(child.delivered, _either(edge, child))
    return _either(edge, child)


def whole(window: Window, child: Child) -> Range:
    """A window that has both ends."""
    assert window.start is not None  # the reader of the file refuses a window without ends
    assert window.end is not None
    return start(window.start, child), end(window.end, child)


def after(previous: date, interval: Interval) -> date:
    """First day after an interval."""
    if interval.unit == "days":
        return days.after_days(previous, interval.number)
    return days.after_months(previous, interval.number)


def _either(edge: Edge, child: Child) -> date:
    match edge.kind:
        case "month":
            return days.age_reached(child.birth, int(edge.value))
        case "after_month":
            return days.after_age(child.birth, int(edge.value))
        case "day":
            return days.plus(child.birth, int(edge.value))
        case "before_due":
            return days.plus(child.due or child.birth, -int(edge.value))
        case "before_entry":
            return _before_entry(child.birth, str(edge.value))
        case _:
            return date.fromisoformat(str(edge.value))


def _before_entry(birth: date, month_day: str) -> date:
    """That day (MM-DD) of the twelve months before school entry."""
    entry = days.school_entry(birth)
    month, day = int(month_day[:2]), int(month_day[3:])
    return date(entry.year if month < entry.month else entry.year - 1, month, day)
