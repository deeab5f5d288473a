"""How long the city keeps what stays of a person: years for each kind of record, and who decided.

``[keep.<kind>]`` of ``site/todoke.toml``. A municipality decides in its own rules on documents how
long it keeps them. For money there is a measure in the law: a claim to money for or against a
municipality lapses after five years, where no other law says otherwise (地方自治法236条1項). So
every rule names its years, its basis in words, from when it is so (as_of) and where it can be read
(source), and none is for ever: what has an end can be erased.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from todoke.core import days
from todoke.core.offices import WrongError

#: kind with a rule of its own -> kinds of records that go with it, itself among them
KINDS: Mapping[str, tuple[str, ...]] = {
    "application": ("application", "attachment"),
    "bill": ("bill", "checkout", "payment_event", "ledger"),
    "addressed_notice": ("addressed_notice",),
    "audit": ("audit",),
}
#: kind of record -> the kind whose rule holds for it
RULE_OF = {kind: rule for rule, kinds in KINDS.items() for kind in kinds}
#: a rule for ever is none, and one of a day would erase what is still being talked about
MOST_YEARS = 30
#: what the years count from: the day after the last thing happened (民法140条), or the first day of
#: the next fiscal year, as most rules on documents say
COUNTED = ("day", "fiscal_year")
#: a claim to money for or against a municipality lapses after so many years (地方自治法236条1項)
CLAIM_YEARS = 5
#: in what ``todoke init`` and the demonstration write: nobody decided it
EXAMPLES = ("example", "見本")

Words = Mapping[str, str]
_FIELDS = ("years", "counted", "basis", "as_of", "source")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
_HTTP = re.compile(r"https?://[^\s\"<>]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """years: how long it is kept. counted: of ``COUNTED``. basis: the law or the city's own rule,
    in words. as_of: YYYY-MM or YYYY-MM-DD, from when it is so. source: where it can be read, in
    words; url: its address, or None."""

    years: int
    counted: str
    basis: Words
    as_of: str
    source: Words
    url: str | None

    @property
    def is_example(self) -> bool:
        """Whether it is still what somebody wrote as an example."""
        said = [*self.basis.values(), *self.source.values(), self.url or ""]
        return any(mark in each for mark in EXAMPLES for each in said)


Keeping = Mapping[str, Rule]


def read(found: Any, languages: Callable[[str, Any], Words]) -> dict[str, Rule]:
    """The table ``[keep]``. languages: checks a table of words. Raises ``WrongError``, and what
    ``languages`` raises."""
    if not isinstance(found, Mapping) or not set(found) <= set(KINDS):
        raise WrongError("keep", f"a table for each of {', '.join(KINDS)}")
    return {kind: _rule(f"keep.{kind}", table, languages) for kind, table in found.items()}


def _rule(name: str, table: Any, languages: Callable[[str, Any], Words]) -> Rule:
    if not isinstance(table, Mapping) or not set(table) <= set(_FIELDS):
        raise WrongError(name, f"a table of {', '.join(_FIELDS)}")
    years, counted, as_of = table.get("years"), table.get("counted", "day"), table.get("as_of")
    if type(years) is not int or not 1 <= years <= MOST_YEARS:
        raise WrongError(f"{name}.years", f"a whole number from 1 to {MOST_YEARS}")
    if counted not in COUNTED:
        raise WrongError(f"{name}.counted", f"one of {', '.join(COUNTED)}")
    if "basis" not in table:
        raise WrongError(f"{name}.basis", "the law or the city's own rule, in words")
    if not isinstance(as_of, str) or not _DATE.fullmatch(as_of) or not days.exists(as_of):
        raise WrongError(f"{name}.as_of", "YYYY-MM or YYYY-MM-DD, in quotes")
    source = table.get("source")
    if not isinstance(source, Mapping) or not {"title"} <= set(source) <= {"title", "url"}:
        raise WrongError(f"{name}.source", '{ title = "…", url = "https://…" }')
    url = source.get("url")
    if url is not None and not (isinstance(url, str) and _HTTP.fullmatch(url)):
        raise WrongError(f"{name}.source.url", "https://… or http://…")
    basis = languages(f"{name}.basis", table["basis"])
    return Rule(
        years, counted, basis, as_of, languages(f"{name}.source.title", source["title"]), url
    )


def over_on(rule: Rule, day: date, least: int = 0) -> date:
    """The first day on which something of that day is kept no more. least: years that hold even
    where the rule has fewer.

    Counted from the day: the day itself does not count (民法140条), and the years end with the day
    before the one that corresponds, or with the month where there is none (143条2項). By fiscal
    years they begin with the first of April after it, which counts."""
    years = max(rule.years, least)
    if rule.counted == "fiscal_year":
        return days.fiscal_first(days.fiscal_year(day) + 1 + years)
    return days.after_age(days.plus(day, 1), 12 * years)


def no_later(rule: Rule, today: date) -> date:
    """No day after this one is over today: where a search may end. A year has at least 365 days."""
    return today - timedelta(days=365 * rule.years)
