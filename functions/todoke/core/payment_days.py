"""The days on which an allowance is paid: the months of the law on the day the municipality set,
moved before a closed day by the rule ``payment_day``.

The months: 児童手当法8条4項, 児童扶養手当法7条3項. The day stands in no law: where the municipality
has set none (``core/parameters.py``), there is none here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from todoke.core import closed_days, deadlines
from todoke.core.catalogue import Catalogue

RULE = "payment_day"
#: that many days are told ahead on a page
NEXT = 3
#: so many payments lie within this time, however few months of the year have one
_AHEAD = timedelta(days=366 * NEXT)


@dataclass(frozen=True, slots=True)
class PaymentDay:
    """One payment. nominal: the day set by the municipality; on: the day it is really paid."""

    nominal: date
    on: date


def between(catalogue: Catalogue, id: str, first: date, last: date) -> Sequence[PaymentDay]:
    """Those of benefit ``id`` that are paid from ``first`` to ``last``, both included, in order;
    none where the municipality has set no day, and none that lies before its decision."""
    return [each for each in _of_years(catalogue, id, first, last) if first <= each.on <= last]


def coming(catalogue: Catalogue, id: str, today: date) -> Sequence[PaymentDay]:
    """The next ones, today's included."""
    return between(catalogue, id, today, today + _AHEAD)[:NEXT]


def _of_years(catalogue: Catalogue, id: str, first: date, last: date) -> Iterator[PaymentDay]:
    benefit = catalogue.benefits.get(id)
    own = benefit.pay_day if benefit else None
    if benefit is None or own is None or RULE not in catalogue.deadlines:
        return
    book = deadlines.book(catalogue)
    # what is due on the first days of a year may be paid in the one before
    known = range(closed_days.FIRST_YEAR + 1, closed_days.LAST_YEAR + 1)
    years = range(max(first.year, known.start), min(last.year + 2, known.stop))
    for year in years:
        for month in sorted(set(benefit.pay_months)):
            nominal = date(year, month, own.day)
            if nominal.isoformat()[: len(own.as_of)] < own.as_of:
                continue
            asked = {"benefit": id, "year": year, "month": month, "nominal_day": own.day}
            answer = deadlines.compute(book, RULE, asked)
            yield PaymentDay(nominal, date.fromisoformat(str(answer["pay_on"])))
