"""Benefits whose amount can be computed: what holds from which month to which, and by which law.

The shapes are here; ``benefits_file`` reads them out of ``site/benefits.yaml``, ``amounts`` and
``site/assets/js/amounts.js`` compute with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from todoke.core.site_fields import Text


@dataclass(frozen=True, slots=True)
class Limit:
    """An income limit in yen. by_dependents: for 0, 1, 2 … dependents; further: what each one
    after the last of these adds. An income AT the limit is beyond it (所得が…以上)."""

    by_dependents: tuple[int, ...]
    further: int

    def of(self, dependents: int) -> int:
        """The limit for so many dependents, in yen."""
        last = len(self.by_dependents) - 1
        beyond = max(0, dependents - last)
        return self.by_dependents[min(dependents, last)] + beyond * self.further


@dataclass(frozen=True, slots=True)
class Period:
    """What holds in the months from ``start`` to ``until`` (YYYY-MM, both included; until "" is
    open). verified_until: last month for which somebody has looked. amounts: name -> yen. rates:
    name -> decimal number as text. tables: name -> income limit. uncertain: what was not checked.
    """

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

    def holds_in(self, month: str) -> bool:
        """Whether it holds in a month (YYYY-MM)."""
        return self.start <= month and (not self.until or month <= self.until)


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
    the law; pay_day: that of the municipality (``core/parameters.py``), None where none is told."""

    id: str
    name: Text
    law: str
    versions: tuple[Period, ...]
    limits: tuple[Period, ...] = ()
    pay_months: tuple[int, ...] = ()
    paid_once: bool = False
    pay_day: PayDay | None = None


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
        "verified_until": period.verified_until,
        "confidence": period.confidence,
        "sources": list(period.sources),
        "amounts": dict(period.amounts),
        "rates": dict(period.rates),
        "tables": {
            name: {"by_dependents": list(limit.by_dependents), "further": limit.further}
            for name, limit in period.tables.items()
        },
        "uncertain": dict(period.uncertain) if period.uncertain else None,
    }
