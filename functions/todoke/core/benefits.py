"""Benefits whose amount can be computed: what holds from which month to which, and by which law.

The shapes are here; ``benefits_file`` reads them out of ``site/benefits.yaml``, ``amounts`` and
``site/assets/js/amounts.js`` compute with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from todoke.core.site_fields import Text

#: beyond every income that can be told (``amount_facts.MAX_YEN``)
NO_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class Limit:
    """An income limit in yen. by_dependents: for 0, 1, 2 … dependents; further: what each one
    after the last of these adds. An income AT the limit is beyond it (所得が…以上). added: what a
    dependent of certain ages adds besides (老人扶養親族, 特定扶養親族 …), kind -> yen; empty: the
    law adds something, how much was not read; None: nothing. highest: as if every dependent added
    the most."""

    by_dependents: tuple[int, ...]
    further: int
    added: Mapping[str, int] | None = None
    highest: bool = False

    def of(self, dependents: int) -> int:
        """The limit for so many dependents, in yen; ``NO_LIMIT`` and more for the highest one of
        which nobody has read what is added."""
        last = len(self.by_dependents) - 1
        beyond = max(0, dependents - last)
        most = NO_LIMIT if self.rises is None else self.rises
        more = beyond * self.further + (dependents * most if self.highest else 0)
        return self.by_dependents[min(dependents, last)] + more

    @property
    def rises(self) -> int | None:
        """The most that one dependent can add, in yen; None where that was not read."""
        if self.added is None:
            return 0
        return max(self.added.values(), default=None)


@dataclass(frozen=True, slots=True)
class Additions:
    """Where it stands what dependents of certain ages add to the limits (``Limit.added``), how sure
    that is, and what of it was not checked."""

    law: str
    confidence: str
    sources: tuple[str, ...] = ()
    uncertain: Text | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """What holds in the months from ``start`` to ``until`` (YYYY-MM, both included; until "" is
    open). verified_until: last month for which a source that was read fixes the figures, "" where
    none states them (``core/verified.py``). amounts: name -> yen. rates: name -> decimal number as
    text. tables: name -> income limit; additions: to them. uncertain: what was not checked."""

    start: str
    until: str
    law: str
    verified_until: str
    confidence: str
    sources: tuple[str, ...] = ()
    amounts: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Limit] = field(default_factory=dict)
    uncertain: Text | None = None
    additions: Additions | None = None

    def holds_in(self, month: str) -> bool:
        """Whether it holds in a month (YYYY-MM)."""
        return self.start <= month and (not self.until or month <= self.until)

    def at_highest(self) -> Period:
        """The same with every limit as high as dependents can make it."""
        tables = {name: replace(each, highest=True) for name, each in self.tables.items()}
        return replace(self, tables=tables)


@dataclass(frozen=True, slots=True)
class PayDay:
    """The day of the month a municipality decided to pay on, 1 to 28. as_of: YYYY-MM or YYYY-MM-DD
    of that decision. source, url: where it was decided; url "" for none."""

    day: int
    as_of: str
    source: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Benefit:
    """versions: the amounts, oldest first, without a gap. limits: the income limits likewise;
    they change in other months than the amounts. paid_once: not by the month. pay_months: those of
    the law; pay_day: that of the municipality (``core/parameters.py``), None where none is told.
    stated_in_law: where the law itself says the yen and no order changes them every year, the month
    (YYYY-MM) in which somebody last looked; else ""."""

    id: str
    name: Text
    law: str
    versions: tuple[Period, ...]
    limits: tuple[Period, ...] = ()
    pay_months: tuple[int, ...] = ()
    paid_once: bool = False
    pay_day: PayDay | None = None
    stated_in_law: str = ""


def as_json(benefits: Mapping[str, Benefit]) -> Mapping[str, Any]:
    """What is published as ``/benefits.json`` and read by ``js/amounts.js``."""
    return {"version": 1, "benefits": [_benefit(each) for each in benefits.values()]}


def _benefit(benefit: Benefit) -> Mapping[str, Any]:
    return {
        "id": benefit.id,
        "name": dict(benefit.name),
        "law": benefit.law,
        "paid_once": benefit.paid_once,
        "pay_months": list(benefit.pay_months),
        "pay_day": _pay_day(benefit.pay_day) if benefit.pay_day else None,
        "versions": [_period(each) for each in benefit.versions],
        "limits": [_period(each) for each in benefit.limits],
    }


def _pay_day(own: PayDay) -> Mapping[str, Any]:
    return {"day": own.day, "as_of": own.as_of, "source": dict(own.source), "url": own.url}


def _period(period: Period) -> Mapping[str, Any]:
    return {
        "from": period.start,
        "until": period.until,
        "law": period.law,
        "verified_until": period.verified_until or None,
        "confidence": period.confidence,
        "sources": list(period.sources),
        "amounts": dict(period.amounts),
        "rates": dict(period.rates),
        "tables": {
            name: {
                "by_dependents": list(limit.by_dependents),
                "further": limit.further,
                "added": dict(limit.added or {}),
                "rises": limit.rises,
            }
            for name, limit in period.tables.items()
        },
        "uncertain": dict(period.uncertain) if period.uncertain else None,
        "additions": _additions(period.additions) if period.additions else None,
    }


def _additions(additions: Additions) -> Mapping[str, Any]:
    return {
        "law": additions.law,
        "confidence": additions.confidence,
        "sources": list(additions.sources),
        "uncertain": dict(additions.uncertain) if additions.uncertain else None,
    }
