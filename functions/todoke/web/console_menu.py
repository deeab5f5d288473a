"""The menu of the desk: only what the clerk's roles may do, with counts of what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import request

from todoke.core import desk_roles
from todoke.core.notice import Person
from todoke.journeys import audit, cases, notices, scope
from todoke.ports import Page, Range, Record, Services

#: the menu counts up to here
COUNTED = 100
#: digits for access keys, in the order of preference where the wanted one is taken
_KEYS = "234567"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. name: its words are ``console.menu.<name>``. key: access key, a digit (letters
    are swallowed by the Japanese IME). count: things waiting, 0 shows nothing; hot: they wait
    for this clerk. current: the page shown belongs to it."""

    name: str
    url: str
    key: str
    count: int = 0
    hot: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one verb; "" for the first, which has none."""

    name: str
    items: tuple[Item, ...]


def groups(services: Services, person: Person) -> list[Group]:
    """What this clerk may do; nothing is greyed, what she may not do is not there."""
    auditor = person.roles == {desk_roles.AUDITOR}
    found = [] if auditor else [Group("", (_item("today", "/", "1"),))]
    if person.roles & {"author", "approver"}:
        found.append(Group("announce", tuple(_announce(services, person))))
    if "caseworker" in person.roles:
        waiting = counted(services, person, "submitted")
        found.append(Group("receive", (_item("cases", "/cases", "3", waiting, hot=True),)))
    if "cashier" in person.roles:
        late = len(overdue(services, person))
        found.append(Group("money", (_item("bills", "/bills", "4", late, hot=True),)))
    if "administrator" in person.roles:
        items = (_item("register", "/register", "4"), _item("clerks", "/clerks", "5"))
        found.append(Group("look_after", items))
    found.append(Group("check", (_item("audit", "/audit", "6"),)))
    return _with_own_keys(found)


def find_example(person: Person) -> str:
    """A number of the kind this clerk looks for."""
    if person.roles & {"author", "approver"} or not person.roles & {"caseworker", "cashier"}:
        return "N-2026-0001"
    return "T-4K9Q2-7MX0R" if "caseworker" in person.roles else "B-4K9Q2-7MX0R"


def counted(services: Services, person: Person, state: str) -> int:
    """Her applications of one state, counted up to ``COUNTED``."""
    return len(cases.worklist(services, person, state, COUNTED).records)


def overdue(services: Services, person: Person) -> Sequence[Record]:
    """Her unpaid bills whose last day has passed, up to ``COUNTED``."""
    today = services.clock.now().astimezone(audit.JST).date()
    until = Range(high=f"{today - timedelta(days=1)}~")
    return scope.find(services, person, "bills_by_state", "open", until, limit=COUNTED).records


def listed(
    services: Services,
    person: Person,
    state: str | None = None,
    limit: int = COUNTED,
    cursor: str | None = None,
) -> Page:
    """Her notices, last changed first; of one state, or all."""
    index, partition = ("notices_by_state", state) if state else ("notices", "all")
    return scope.find(
        services, person, index, partition, limit=limit, cursor=cursor, descending=True
    )


def waiting_for(services: Services, person: Person) -> Sequence[Record]:
    """Notices that wait for this person's approval."""
    if "approver" not in person.roles:
        return ()
    asked = listed(services, person, "asked").records
    return [each for each in asked if person.id not in notices.standing_of(each).writers]


def drafts_of(services: Services, person: Person) -> Sequence[Record]:
    """Drafts this person wrote or changed, the returned ones among them."""
    found = listed(services, person, "draft").records
    return [each for each in found if person.id in notices.standing_of(each).writers]


def _announce(services: Services, person: Person) -> list[Item]:
    items = [_item("notices", "/notices", "2", len(drafts_of(services, person)))]
    if "author" in person.roles:
        items.append(_item("write", "/notices/new", "3"))
    if "approver" in person.roles:
        waiting = len(waiting_for(services, person))
        items.append(_item("asked", "/notices?state=asked", "4", waiting, hot=True))
    return items


def _item(name: str, url: str, key: str, count: int = 0, *, hot: bool = False) -> Item:
    return Item(name, url, key, count, hot and count > 0, _is_current(url))


def _is_current(url: str) -> bool:
    here = request.full_path.rstrip("?")
    if request.path.endswith("/approve"):
        here = "/notices?state=asked"
    if here == url or (url == "/" and request.path == "/"):
        return True
    if url in ("/", "/notices/new", "/notices?state=asked"):
        return False
    own = here in ("/notices/new", "/notices?state=asked")
    return (request.path == url or request.path.startswith(f"{url}/")) and not own


def _with_own_keys(found: list[Group]) -> list[Group]:
    """A clerk with several roles: the first comer keeps the key, the next gets a free one."""
    taken: set[str] = set()
    wanted = {item.key for group in found for item in group.items}
    for place, group in enumerate(found):
        items = []
        for item in group.items:
            key = item.key
            if key in taken:
                key = next((each for each in _KEYS if each not in taken | wanted), "")
            taken.add(key)
            items.append(Item(item.name, item.url, key, item.count, item.hot, item.current))
        found[place] = Group(group.name, tuple(items))
    return found
