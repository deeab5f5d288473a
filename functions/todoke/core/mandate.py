"""What one person lets another do for her (任意代理, 民法99条), and for how long.

A mandate holds from its first day to its last one, both included, and no longer than a year: it
ends with the day before the matching date (民法143条2項; core/days.py). Either side ends it at any
time (651条1項) and the death of either ends it (111条1項, 653条1号). Who stands in for somebody by
law (成年後見人, 親権者) needs no mandate and is not meant here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from todoke.core import days
from todoke.core.errors import TodokeError

#: to read what is addressed to her
READ = "read"
#: to file applications that are hers, and to mend what was filed so
FILE = "file"
#: to see bills that are hers and open, and to pay them: she owes them all the same
PAY = "pay"
SCOPES = (READ, FILE, PAY)
LONGEST_MONTHS = 12
#: a season, as a stay in hospital or a busy time at work may last
USUAL_MONTHS = 3
#: what is arranged for longer ahead is forgotten before it begins
AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Term:
    """What and when. scope: of SCOPES. first, last: days, both included."""

    scope: tuple[str, ...]
    first: date
    last: date

    def holds(self, wanted: str, today: date) -> bool:
        """Whether this may be done today."""
        return wanted in self.scope and self.first <= today <= self.last


def latest(first: date) -> date:
    """The last day that a mandate from a day on can have."""
    return days.age_reached(first, LONGEST_MONTHS)


def usual(first: date) -> date:
    """The last day that is proposed for a mandate from a day on."""
    return days.age_reached(first, USUAL_MONTHS)


def term(scope: Collection[str], first: date, last: date, today: date) -> Term:
    """As somebody may give it today. Raises ``bad_field``."""
    if not scope or not set(scope) <= set(SCOPES):
        raise TodokeError("bad_field", field="scope", rule="mandate_scope")
    if not today <= first <= today + AHEAD:
        raise TodokeError("bad_field", field="first", rule="mandate_first")
    if not first <= last <= latest(first):
        raise TodokeError("bad_field", field="last", rule="mandate_last")
    return Term(tuple(each for each in SCOPES if each in scope), first, last)
