"""Rules by name that turn a day of a family's life into the days of the law: what each is called,
in which law it stands, how sure we are.

The shapes are here; ``deadlines_file`` reads them out of ``site/deadlines.yaml``, ``deadlines``
and ``site/assets/js/deadlines.js`` compute with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from todoke.core.site_fields import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of ``site/deadlines.yaml``. procedure: the one it is about, "" for a rule of ages;
    a rule that counts takes its limit from there. as_of: month in which it was looked at, YYYY-MM.
    uncertain: what was not checked."""

    id: str
    name: Text
    about: Text
    law: str
    as_of: str
    confidence: str
    procedure: str = ""
    sources: tuple[str, ...] = ()
    uncertain: Text | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How a rule counts (``Deadline`` of its procedure says the same): amount of unit (day, month,
    year); next_day: the day after is day 1; minus_days: 1 for 「前日まで」; rolls: a closed day
    moves it to the next open one."""

    amount: int
    unit: str
    next_day: bool = False
    minus_days: int = 0
    rolls: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """Everything a computation needs to know of a municipality. limits: rule -> how it counts.
    windows: procedure -> first and last day of the year, MM-DD. benefits: those that are paid on a
    day of a month. closed: days the city is closed beside those of the law (``closed_days``)."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    windows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    benefits: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


def as_json(book: Book) -> Mapping[str, Any]:
    """What is published as ``/deadlines.json`` and read by ``js/deadlines.js``."""
    return {
        "version": 1,
        "rules": [_rule(book, each) for each in book.rules.values()],
        "windows": [
            {"procedure": id, "from_md": first, "to_md": last}
            for id, (first, last) in book.windows.items()
        ],
        "benefits": list(book.benefits),
        "closed": list(book.closed),
    }


def _rule(book: Book, rule: Rule) -> Mapping[str, Any]:
    limit = book.limits.get(rule.id)
    return {
        "id": rule.id,
        "name": dict(rule.name),
        "about": dict(rule.about),
        "law": rule.law,
        "procedure": rule.procedure,
        **({"limit": _limit(limit)} if limit else {}),
        "as_of": rule.as_of,
        "confidence": rule.confidence,
        "sources": list(rule.sources),
        "uncertain": dict(rule.uncertain) if rule.uncertain else None,
    }


def _limit(limit: Limit) -> Mapping[str, Any]:
    return {
        "length": {"amount": limit.amount, "unit": limit.unit},
        "next_day": limit.next_day,
        "minus_days": limit.minus_days,
        "rolls": limit.rolls,
    }
