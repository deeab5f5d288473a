"""What the city keeps no longer is erased: each day, what is over by the city's own rules
(``core/keeping.py``), for everybody, whether she still has an account or not.

A kind without a rule is never erased. What is still going on is not either: an application that is
not decided, a bill that is not settled, a letter that tells of one of them. The years count from
the decision, from the day a bill was settled or due (the later one), from the day a letter was
sent, from the day of an act.

It goes through lists that exist, a few hundred records a tick, and notes how far it is; whatever is
done twice finds nothing the second time. A record goes after everything that only it leads to, so a
crash leaves something that the next day finds. ``clock_watch`` is asked before (docs/adr/0011).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as at_time
from typing import cast

from todoke.core import audit_chain, keeping
from todoke.core.errors import TodokeError
from todoke.core.keeping import Rule
from todoke.journeys import attachments, audit, chain
from todoke.ports import (
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    Delete,
    Put,
    Range,
    Record,
    Services,
    Write,
)

LOG = logging.getLogger("todoke.keeping")
#: how far it is; one process or several go on from the same place
PROGRESS = "keep.progress"
#: records looked at in one step, and seconds after which a tick begins no further step
STEP = 80
SECONDS = 2.0
#: states that nothing follows
DECIDED = ("accepted", "refused")
SETTLED = ("paid", "withdrawn")


@dataclass(frozen=True, slots=True)
class _Progress:
    """day: on which it goes through. list: number of the list it is at. cursor: where in it.
    links: every entry of the links up to this one is erased already."""

    day: str = ""
    list: int = 0
    cursor: str | None = None
    links: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step did. cursor: where the next one begins; None at the end of the list."""

    erased: int
    cursor: str | None
    links: int


def erase_over(services: Services, seconds: float = SECONDS) -> int:
    """Goes on with today's round; how many records were erased. Part of the tick's care."""
    today, until, erased = _today(services), time.monotonic() + seconds, 0
    while True:
        progress = _read(services, today)
        if progress.list >= len(_LISTS):
            return erased
        rule = services.config.keep.get(_LISTS[progress.list].rule)
        step = _Step(0, None, progress.links)
        if rule is not None:
            step = _LISTS[progress.list].walk(services, rule, today, progress)
        number = progress.list + (step.cursor is None)
        _note(services, _Progress(today.isoformat(), number, step.cursor, step.links))
        erased += step.erased
        if time.monotonic() > until:
            return erased


def _today(services: Services) -> date:
    return services.clock.now().astimezone(audit.JST).date()


def _read(services: Services, today: date) -> _Progress:
    found = services.store.get("setting", PROGRESS)
    noted = _Progress(**json.loads(str(found.data["value"]))) if found else _Progress()
    begun = _Progress(today.isoformat(), links=noted.links)
    return noted if noted.day == begun.day else begun


def _note(services: Services, progress: _Progress) -> None:
    said = {name: getattr(progress, name) for name in _Progress.__slots__}
    services.store.commit([Put(Record("setting", PROGRESS, {"value": json.dumps(said)}))])


# ------------------------------------------------------------------------------ days
def _day(unix: object) -> date:
    """The day in Japan of unix seconds."""
    return datetime.fromtimestamp(int(str(unix)), audit.JST).date()


def _is_over(rule: Rule, day: date, today: date, least: int = 0) -> bool:
    return keeping.over_on(rule, day, least) <= today


def _stamps_until(day: date) -> Range:
    """Sort keys that begin with a stamp (``audit.order_of_now``), up to the end of a day."""
    midnight = datetime.combine(day + timedelta(days=1), at_time(), audit.JST)
    return Range(high=f"{int(midnight.timestamp()) * 1_000_000:0{audit.STAMP_WIDTH}d}")


# ------------------------------------------------------------- what goes with all it leads to
def _applications(state: str) -> _Walk:
    """Those of one state, by when they were sent: none was decided before."""

    def walk(services: Services, rule: Rule, today: date, progress: _Progress) -> _Step:
        until = _stamps_until(keeping.no_later(rule, today))
        page = services.store.find("applications_by_state", state, until, STEP, progress.cursor)
        over = [e for e in page.records if _is_over(rule, _day(e.data["changed_at"]), today)]
        erased = sum(_erase_application(services, each) for each in over)
        return _Step(erased, page.cursor, progress.links)

    return walk


def _erase_application(services: Services, record: Record) -> int:
    """Its files, then their records, then itself."""
    held = list(_all(services, "attachments_by_application", record.id))
    for each in held:
        services.private.delete(attachments.file_key(each.id))
    return _go(services, held, [record])


def _bills(state: str) -> _Walk:
    """Those of one state, by the day they were due."""

    def walk(services: Services, rule: Rule, today: date, progress: _Progress) -> _Step:
        after = keeping.no_later(rule, today) + timedelta(days=1)
        until = Range(high=after.isoformat())
        page = services.store.find("bills_by_state", state, until, STEP, progress.cursor)
        over = [each for each in page.records if _is_bill_over(each, rule, today)]
        erased = sum(_erase_bill(services, each) for each in over)
        return _Step(erased, page.cursor, progress.links)

    return walk


def _is_bill_over(record: Record, rule: Rule, today: date) -> bool:
    """A bill of which too much was paid: the claim to have it back lives five years, whatever the
    city's rule says (地方自治法236条1項)."""
    last = max(_day(record.data["changed_at"]), date.fromisoformat(str(record.data["due_on"])))
    least = keeping.CLAIM_YEARS if record.data.get("flag") is not None else 0
    return _is_over(rule, last, today, least)


def _erase_bill(services: Services, record: Record) -> int:
    """The company's words and the ways to it; then the bill with all its lines of the ledger at
    once, so that every sum of the ledger is one of whole bills."""
    events = _all(services, "payment_events_by_bill", record.id)
    named = [str(each) for each in cast("list[str]", record.data["checkouts"])]
    ways = services.store.get_many("checkout", named).values()
    lines = _all(services, "ledger_by_bill", record.id)
    return _go(services, [*events, *ways], [*lines, record])


def _all(services: Services, index: str, partition: str) -> Iterator[Record]:
    cursor = None
    while True:
        page = services.store.find(index, partition, limit=MAX_PAGE, cursor=cursor)
        yield from page.records
        cursor = page.cursor
        if cursor is None:
            return


def _go(services: Services, before: Sequence[Record], last: Sequence[Record]) -> int:
    """Erases what a record leads to, and in the last commit the record (the last of ``last``); 0
    where somebody wrote one of them at this moment: then the next day finds it."""
    most = MAX_COMMIT_WRITES - 1  # beside the entry in the record of acts
    first: list[Record] = list(before)
    while len(first) + len(last) > most:
        some, first = first[:most], first[most:]
        if not _erased(services, some):
            return 0
    whole = [*first, *last]
    return len(whole) if _erased(services, whole, last[-1].kind) else 0


def _erased(services: Services, records: Sequence[Record], kind: str = "") -> bool:
    """One commit. kind: what is told in the record of acts, with how many it were."""
    writes: list[Write] = [Delete(each.kind, each.id, each.version) for each in records]
    if kind:
        count = sum(each.kind == kind for each in records)
        writes.append(
            audit.entry(services, "system", "kept_erased", f"keep/{kind}", {"count": count})
        )
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        return False
    if kind:
        LOG.info("kept_erased", extra={"kind": kind, "count": count})
    return True


# ------------------------------------------------------------------------------ letters
def _letters(services: Services, rule: Rule, today: date, progress: _Progress) -> _Step:
    """By when they were sent. One that was opened at this moment is left to the next day."""
    until = _stamps_until(keeping.no_later(rule, today))
    page = services.store.find("addressed_by_age", "all", until, STEP, progress.cursor)
    over = [each for each in page.records if _is_over(rule, _day(each.data["created_at"]), today)]
    going_on = _going_on(services, {str(each.data["about"]) for each in over})
    gone = [each for each in over if each.data["about"] not in going_on]
    erased = 0
    if gone and _erased(services, gone, "addressed_notice"):
        erased = len(gone)
    elif gone:
        erased = sum(_erased(services, [each], "addressed_notice") for each in gone)
    return _Step(erased, page.cursor, progress.links)


def _going_on(services: Services, about: set[str]) -> set[str]:
    """Those applications and bills (kind/id) that are not at their end."""
    found: set[str] = set()
    for kind, ended in (("application", DECIDED), ("bill", SETTLED)):
        ids = [each.removeprefix(f"{kind}/") for each in about if each.startswith(f"{kind}/")]
        for id, record in services.store.get_many(kind, ids).items():
            if record.data["state"] not in ended:
                found.add(f"{kind}/{id}")
    return found


# ------------------------------------------------------------------------- the record of acts
def _acts(services: Services, rule: Rule, today: date, progress: _Progress) -> _Step:
    """Link by link, oldest first. The day of an entry is the one in its id, and an entry that is
    not as its link has it stays: whoever altered it must not have it erased."""
    number = int(progress.cursor or progress.links + 1)
    record = services.store.get("chain_link", audit_chain.link_id(number))
    link = audit_chain.read_link(record.data) if record else None
    if link is None:
        return _Step(0, None, progress.links)
    over = {} if link.what == audit_chain.ERASED else _over_in(link, rule, today)
    there = services.store.get_many("audit", list(over))
    sound = [each for each in there.values() if _as_promised(services, each, link)]
    erased = 0
    for place in range(0, len(sound), chain.MOST):
        some = sound[place : place + chain.MOST]
        if not chain.let_go(services, some):
            return _Step(erased, str(number), progress.links)  # the chain grew: again
        LOG.info("kept_erased", extra={"kind": "audit", "count": len(some)})
        erased += len(some)
    whole = link.what == audit_chain.ERASED or len(over) == len(link.promises)
    passed = whole and number == progress.links + 1
    links = number if passed else progress.links
    if not over and link.added and not _is_over(rule, _day(link.at), today):
        return _Step(erased, None, links)  # and so are all behind it
    return _Step(erased, str(number + 1), links)


def _over_in(link: audit_chain.Link, rule: Rule, today: date) -> Mapping[str, str]:
    """Entries of a link whose years are over: id -> commitment."""
    return {
        id: mac
        for id, _, mac in link.promises
        if (unix := id.partition("-")[0]).isdecimal() and _is_over(rule, _day(unix), today)
    }


def _as_promised(services: Services, entry: Record, link: audit_chain.Link) -> bool:
    promised = {id: mac for id, _, mac in link.promises}[entry.id]
    key = services.secrets.seal_key
    if audit_chain.holds(key, entry.id, entry.data, promised, link.salt):
        return True
    LOG.error("audit_entry_altered", extra={"id": entry.id})
    return False


# ------------------------------------------------------------------------------ the lists
_Walk = Callable[[Services, Rule, date, _Progress], _Step]


@dataclass(frozen=True, slots=True)
class _List:
    """rule: kind whose rule holds. walk: one step through the list."""

    rule: str
    walk: _Walk


_LISTS = (
    *(_List("application", _applications(each)) for each in DECIDED),
    *(_List("bill", _bills(each)) for each in SETTLED),
    _List("addressed_notice", _letters),
    _List("audit", _acts),
)
