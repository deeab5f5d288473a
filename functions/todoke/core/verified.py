"""Up to which month an amount may be called verified: no further than what was read speaks.

``verified_until`` of ``site/benefits.yaml`` is the last month for which a page that was read fixes
the figures. A page speaks of the fiscal year of its date (April to March, 地方自治法208条):
allowances that follow prices change every April (児童扶養手当法5条の2), and nothing that was
read in one year knows the figures of the next. Two things reach further: a version that is over
cannot change any more, and an amount that the law itself states in yen holds until the law is
amended: for the year of ``stated_in_law``, the month in which somebody last looked.
Figures that no page states are verified for no month at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from todoke.core.benefits import Period
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.site_yaml import invalid

_FILE = "benefits.yaml"


def wrong(catalogue: Catalogue) -> Iterator[TodokeError]:
    """A mistake for each period that says more than its sources."""
    for place, benefit in enumerate(catalogue.benefits.values(), 1):
        for kind, periods in (("versions", benefit.versions), ("limits", benefit.limits)):
            looked = benefit.stated_in_law if kind == "versions" else ""
            for number, period in enumerate(periods, 1):
                rule, step = _fault(catalogue, period, looked)
                if rule:
                    field = f"benefits[{place}].{kind}[{number}].verified_until"
                    yield invalid(_FILE, field, f"{benefit.id}: {rule}", step)


def _fault(catalogue: Catalogue, period: Period, looked: str) -> tuple[str, str]:
    """What is wrong with it and what to do, empty where nothing is."""
    if not period.sources:
        if period.verified_until:
            return "nobody has verified what no source states", "leave it out, or add sources:"
        return "", ""
    last = last_month(catalogue, period, looked)
    if not last:
        return "no source says of which year it is", "add the date of one in site/sources.yaml"
    if period.verified_until > last:
        rule = f"the sources that were read fix it until {last}"
        return rule, f"write {last}, or add a newer source"
    return "", ""


def last_month(catalogue: Catalogue, period: Period, looked: str = "") -> str:
    """The last month (YYYY-MM) that its sources can speak of, "" where they name no year. looked:
    month in which somebody read a law that states the amounts, "" where none does."""
    dates = [catalogue.sources[each].date for each in period.sources]
    return max(period.until, *(_year_end(each) for each in (*dates, looked)))


def _year_end(date: str) -> str:
    """March of the fiscal year of a date. A page that names a year alone means 年度."""
    if not date:
        return ""
    year = int(date[:4])
    ends = year if date[5:7] and date[5:7] < "04" else year + 1
    return f"{ends:04d}-03"
