"""Health checks of one child on one day: between which days each belongs.

A municipality invites by birth date, so what is said here is the window of the law
(母子保健法12条・13条, 学校保健安全法11条) or the municipality's own.
``site/assets/js/checkups.js`` is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from todoke.core import windows
from todoke.core.doses import DONE, DUE, EXPIRED, NOT_YET
from todoke.core.immunization import Checkup
from todoke.core.windows import Child

#: how a check-up stands; the city's own list says who came, here only the family does
STATUSES = (NOT_YET, DUE, EXPIRED, DONE)


@dataclass(frozen=True, slots=True)
class Row:
    """One check-up: both days belong to its window. held: the day it was, when that was told."""

    id: str
    status: str
    first: date
    last: date
    held: date | None = None

    def as_json(self) -> Mapping[str, Any]:
        """{"id", "status", "from", "until"}, days as YYYY-MM-DD; "held" only of what is done."""
        days = {"from": self.first.isoformat(), "until": self.last.isoformat()}
        if self.held:
            days["held"] = self.held.isoformat()
        return {"id": self.id, "status": self.status, **days}


def checkups(named: Mapping[str, Checkup], child: Child, today: date) -> Iterator[Row]:
    """Every check-up, in the order of the file. One that was held is done for good, whether the
    municipality invited inside the window or not; a day to come, or before the birth, is none."""
    for check in named.values():
        first, last = windows.whole(check.window, child)
        held = child.held.get(check.id)
        if held and child.birth <= held <= today:
            yield Row(check.id, DONE, first, last, held)
        else:
            status = NOT_YET if today < first else EXPIRED if today > last else DUE
            yield Row(check.id, status, first, last)
