"""やりとり履歴: who read or changed what the city keeps about one resident, what, and why.

The clerk's name is not in it: the office answers for its clerks (and its own record of acts
says who it was). What stands here is the role in which somebody acted, and the office (課) of
whoever read, where the city names its offices.

An act about the whole register stands once, under EVERYBODY, and in the history of every resident.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from todoke.core.errors import TodokeError
from todoke.journeys import bills, forms
from todoke.ports import Range, Record, Services

#: entries of one page
PAGE = 50
#: whose record an act about the whole register is written to; no resident has this id
EVERYBODY = "everybody"
#: an entry's sort key (journeys/audit.py), by which the next page is found in both lists
_ORDER = re.compile(r"[0-9]{18,20}[0-9a-f]{0,24}")


@dataclass(frozen=True, slots=True)
class Entry:
    """at: unix seconds. by: "you", "agent" (who has a mandate), "city" (the system
    itself) or the role of a clerk ("caseworker", "cashier", "author", "approver"). item: kind of
    what was used ("application", "bill", "account" …), "register" for everybody's. about: number of
    an application or bill. offices: of the clerk when she read it, language -> name each; none
    where the city has none, and in older entries. named: language -> its name. file: number of an
    attachment. why: code of what it was for, where somebody said it; else the act
    says so itself."""

    at: int
    act: str
    by: str
    item: str
    about: str | None
    named: Mapping[str, str] | None
    file: str | None
    why: str | None
    offices: Sequence[Mapping[str, str]] = ()


def entries(
    services: Services, resident: str, cursor: str | None = None
) -> tuple[list[Entry], str | None]:
    """One page, newest first, and where the next begins. Raises ``bad_field``."""
    if cursor is not None and not _ORDER.fullmatch(cursor):
        raise TodokeError("bad_field", field="cursor", rule="unknown_cursor")
    found = [*_older(services, resident, cursor), *_older(services, EVERYBODY, cursor)]
    found.sort(key=lambda each: str(each.data["order"]), reverse=True)
    page = found[:PAGE]
    seen = _Seen(services, resident)
    further = str(page[-1].data["order"]) if len(found) > PAGE else None
    return [_entry(seen, each) for each in page], further


def _older(services: Services, whose: str, cursor: str | None) -> list[Record]:
    """One more than a page of what is older than the cursor: the last of the page before stands
    in the range, too."""
    found = services.store.find(
        "audit_by_resident", whose, Range(high=cursor), limit=PAGE + 2, descending=True
    ).records
    return [each for each in found if str(each.data["order"]) != cursor][: PAGE + 1]


class _Seen:
    """What the entries of one page name, each looked up once."""

    def __init__(self, services: Services, resident: str) -> None:
        self._services, self._resident = services, resident
        self._roles: dict[str, str] = {}
        self._named: dict[str, Mapping[str, str] | None] = {}

    def by(self, actor: str, act: str) -> str:
        """See ``Entry``."""
        if actor in ("citizen", "agent"):
            return "you" if actor == "citizen" else actor
        role = "cashier" if act.startswith(("bill", "payment")) else "caseworker"
        if actor not in self._roles:
            staff = self._services.store.get("staff", actor)
            self._roles[actor] = " ".join(cast("list[str]", staff.data["roles"])) if staff else ""
        held = self._roles[actor].split()
        return role if role in held else next(iter(held), "city")

    def offices(self, codes: object) -> Sequence[Mapping[str, str]]:
        """Their names of today; one that the settings know no more has none."""
        known = self._services.config.offices.names
        return [known[each] for each in (_text(codes) or "").split() if each in known]

    def named(self, kind: str, number: str) -> Mapping[str, str] | None:
        """Name of one of her own applications or bills."""
        if number not in self._named:
            self._named[number] = self._look_up(kind, number)
        return self._named[number]

    def _look_up(self, kind: str, number: str) -> Mapping[str, str] | None:
        record = self._services.store.get(kind, number)
        if record is None or record.data["resident"] != self._resident:
            return None
        if kind == "application":
            return dict(forms.name_of(self._services, str(record.data["procedure"])))
        try:
            bill = bills.opened(self._services, record)
        except TodokeError:  # its seal is broken: the act stands all the same
            return None
        return bills.title_words(self._services, bill.kind, bill.title)


def _entry(seen: _Seen, record: Record) -> Entry:
    data, act = record.data, str(record.data["act"])
    kind, _, number = str(data["subject"]).partition("/")
    detail = cast("Mapping[str, object]", data["detail"])
    numbered = bool(number) and kind in ("application", "bill")
    return Entry(
        at=int(str(data["at"])),
        act=act,
        by=seen.by(str(data["actor"]), act),
        item="register" if data["resident"] == EVERYBODY else kind,
        about=number if numbered else None,
        named=seen.named(kind, number) if numbered else None,
        file=_text(detail.get("file")),
        why=_text(detail.get("why")) or _text(detail.get("purpose")),
        offices=seen.offices(detail.get("offices")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
