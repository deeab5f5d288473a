"""Own-office scope: what a clerk sees of the city's applications, bills, notices and imports.

Every page and act of the desk reads these through here (tests/web/console/test_scope.py looks for
any that does not). What belongs to another office is, to her, a number that does not exist: the
same error, and in lists nothing. ``core/offices.py`` says whose a thing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from todoke.core import desk_roles
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit
from todoke.ports import MAX_PAGE, Json, Page, Range, Record, Services

#: kinds of records that belong to an office
KINDS = ("application", "notice", "bill", "batch")
#: so many rows are looked through for one page of hers; behind them the list goes on with 次へ
MOST_LOOKED_AT = 5 * MAX_PAGE
WHOLE = Range()
_Fetch = Callable[[int, str | None], Page]
_Choose = Callable[[Sequence[Record]], Sequence[Record]]


def everything(services: Services, who: Person) -> bool:
    """Whether nothing is hidden from her: the city has no offices, or she is its operator."""
    return not services.config.offices.names or who.offices is None


def may(services: Services, who: Person, kind: str, what: str, given: object = None) -> bool:
    """Whether a thing of this procedure, topic or kind of bill is one of hers."""
    return services.config.offices.may(who.offices, kind, what, given)


def sees(services: Services, who: Person, record: Record) -> bool:
    """Whether a record (of ``KINDS``) is one of hers."""
    data = record.data
    if record.kind == "application":
        return may(services, who, "application", str(data["procedure"]), data.get("office"))
    if record.kind == "bill":
        return may(services, who, "bill", str(data["kind"]))
    if record.kind == "notice":
        content = cast("dict[str, object]", data["content"])
        return may(services, who, "notice", str(content["topic"]))
    if record.kind == "batch":
        return _sees_batch(services, who, str(data["actor"]))
    return everything(services, who)


def _sees_batch(services: Services, who: Person, actor: str) -> bool:
    """An import belongs to the offices of whoever brought it in, as they are now; what came at the
    machine, or from somebody without an office, to the rest."""
    if everything(services, who):
        return True
    offices = services.config.offices
    theirs = (clerk(services, actor).offices or frozenset()) & set(offices.names)
    return bool((theirs or {offices.rest}) & (who.offices or frozenset()))


def clerk(services: Services, actor: str) -> Person:
    """Whoever a record names as its actor: a clerk with her offices of now, or the city itself."""
    if actor in ("cli", "system"):
        return Person(actor, frozenset(), None)
    record = services.store.get("staff", actor)
    roles = cast("list[str]", record.data["roles"]) if record else []
    return Person(actor, frozenset(roles), offices_of(record) if record else frozenset())


def offices_of(record: Record) -> frozenset[str]:
    """The offices an administrator gave a clerk, those the settings know no more among them."""
    return frozenset(cast("list[str]", record.data.get("offices") or []))


def held(services: Services, who: Person) -> dict[str, Json]:
    """For the detail of an act: codes of her offices, in the order of the settings. Nothing where
    the city has none, and of the city itself."""
    codes = [each for each in services.config.offices.names if each in (who.offices or ())]
    return {"offices": " ".join(codes)} if codes else {}


# ------------------------------------------------------------------------- reading
def find_one(services: Services, who: Person, kind: str, id: str) -> Record | None:
    """The record; None where there is none and where it is another office's."""
    record = services.store.get(kind, id)
    return record if record is not None and sees(services, who, record) else None


def get(services: Services, who: Person, kind: str, id: str) -> Record:
    """The same. Raises ``notice_not_found`` for a notice, else ``not_found``."""
    record = find_one(services, who, kind, id)
    if record is None:
        raise TodokeError("notice_not_found" if kind == "notice" else "not_found")
    return record


def find(
    services: Services,
    who: Person,
    index: str,
    partition: str,
    range: Range = WHOLE,
    *,
    limit: int = 100,
    cursor: str | None = None,
    descending: bool = False,
) -> Page:
    """As ``ports.Store.find``, with what is hers: full pages, while there is enough of it."""

    def fetch(most: int, at: str | None) -> Page:
        return services.store.find(index, partition, range, most, at, descending)

    def hers(records: Sequence[Record]) -> Sequence[Record]:
        return [each for each in records if sees(services, who, each)]

    if everything(services, who):
        return fetch(limit, cursor)
    return _filled(fetch, hers, limit, cursor)


def acts(
    services: Services, who: Person, month: str, limit: int, cursor: str | None = None
) -> Page:
    """As ``audit.acts``. The auditor reads those of the whole city: whoever looks for a clerk who
    goes where she has no business must not look through that clerk's eyes."""

    def fetch(most: int, at: str | None) -> Page:
        return audit.acts(services, month, most, at)

    def hers(records: Sequence[Record]) -> Sequence[Record]:
        return _acts_of(services, who, records)

    if everything(services, who) or desk_roles.AUDITOR in who.roles:
        return fetch(limit, cursor)
    return _filled(fetch, hers, limit, cursor)


def _acts_of(services: Services, who: Person, records: Sequence[Record]) -> Sequence[Record]:
    """Her own acts, those on what is hers, and those that are about nobody's things: of clerks, of
    the system. What was done with another office's things, or is gone, is absent."""
    subjects = {each.id: str(each.data["subject"]).partition("/") for each in records}
    known = {
        (kind, id): record
        for kind in KINDS
        for id, record in services.store.get_many(
            kind, {number for at, _, number in subjects.values() if at == kind}
        ).items()
    }

    def hers(act: Record) -> bool:
        kind, _, id = subjects[act.id]
        if kind in KINDS:
            found = known.get((kind, id))
            return found is not None and sees(services, who, found)
        return act.data["actor"] == who.id or act.data.get("resident") is None

    return [each for each in records if hers(each)]


def _filled(fetch: _Fetch, choose: _Choose, limit: int, cursor: str | None) -> Page:
    found: list[Record] = []
    looked = 0
    while True:
        page = fetch(min(MAX_PAGE, 4 * limit), cursor)
        chosen = choose(page.records)
        if len(found) + len(chosen) > limit:  # read again as far as the last that has room
            last = chosen[limit - len(found) - 1].id
            cut = next(at for at, each in enumerate(page.records, 1) if each.id == last)
            page = fetch(cut, cursor)
            chosen = choose(page.records)[: limit - len(found)]
        found += chosen
        looked += len(page.records)
        cursor = page.cursor
        if cursor is None or len(found) >= limit or looked >= MOST_LOOKED_AT:
            return Page(found, cursor)
