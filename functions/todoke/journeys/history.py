"""やりとり履歴: who read or changed what the city keeps about one resident.

The clerk's name is not in it: the office answers for its clerks (and its own record of acts
says who it was). What stands here is the role in which somebody acted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from todoke.ports import Record, Services

#: entries of one page
PAGE = 50
#: records a person has a page of, by the kind in an act's subject
SHOWN = ("application", "bill")


@dataclass(frozen=True, slots=True)
class Entry:
    """at: unix seconds. by: "you", "city" (the system itself) or the role of a clerk
    ("caseworker", "cashier", "author", "approver"). about: number of an application or bill.
    purpose: code of what a clerk read it for."""

    at: int
    act: str
    by: str
    about: str | None
    purpose: str | None


def entries(
    services: Services, resident: str, cursor: str | None = None
) -> tuple[list[Entry], str | None]:
    """One page, newest first, and where the next begins."""
    page = services.store.find(
        "audit_by_resident", resident, limit=PAGE, cursor=cursor, descending=True
    )
    roles: dict[str, str] = {}
    return [_entry(services, each, roles) for each in page.records], page.cursor


def _entry(services: Services, record: Record, roles: dict[str, str]) -> Entry:
    data = record.data
    actor, act = str(data["actor"]), str(data["act"])
    kind, _, number = str(data["subject"]).partition("/")
    purpose = cast("dict[str, object]", data["detail"]).get("purpose")
    return Entry(
        at=int(cast("int", data["at"])),
        act=act,
        by=_by(services, actor, act, roles),
        about=number if number and kind in SHOWN else None,
        purpose=purpose if isinstance(purpose, str) else None,
    )


def _by(services: Services, actor: str, act: str, roles: dict[str, str]) -> str:
    if actor == "citizen":
        return "you"
    role = "cashier" if act.startswith(("bill", "payment")) else "caseworker"
    if actor not in roles:
        staff = services.store.get("staff", actor)
        roles[actor] = " ".join(cast("list[str]", staff.data["roles"])) if staff else ""
    held = roles[actor].split()
    return role if role in held else next(iter(held), "city")
