"""What happens by itself, every minute (several times a second on one machine): due outbox
entries, retries and alarms go into their lanes, stuck sendings are driven on, expired rows go, and
the record of acts becomes a chain.

Everything here may be done twice without harm: a crash between two steps repeats the first.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from todoke.core import delivery
from todoke.core.errors import TodokeError
from todoke.journeys import (
    alarms,
    attachments,
    audit,
    batch_care,
    chain,
    clock_watch,
    keeping,
    notices,
    pages,
    sending,
)
from todoke.ports import MAX_PAGE, Delete, Json, Put, Range, Record, Replace, Services, Write
from todoke.store_schema import LANES

LOG = logging.getLogger("todoke.tick")
#: entries moved at once; how often in one tick, and for how many seconds: the next tick goes on
BATCH, ROUNDS = 80, 500
SECONDS = 1.0
#: of them at most for the chain: it may be late, and a function in the cloud ends after 120
CHAIN_SECONDS = 10.0
#: no outbox entry waits for longer, but for a notice whose hour was chosen
MOST_AHEAD_SECONDS = 900
#: a retry handed to the queue comes again after this, should the queue lose it
LEASE_SECONDS = 900
#: sweep and purge are for what went wrong or is over: once a minute is enough
CARE_SECONDS = 60
#: a sending without progress for so long has lost its job (the queue shows a job again after
#: one minute; a backlog of other notices may take several)
STUCK_SECONDS = 600
#: a page that fails whoever sends it is left to the dead letters after so many sweeps
MAX_DRIVEN = 8
PURGE_ROUNDS = 10
PURGE_BATCH = 1000


def tick(services: Services, seconds: float = SECONDS) -> dict[str, int]:
    """All of it; counts by name. One part that fails does not stop the others; the first
    failure is raised after all have run. seconds: after which outbox, retries,
    alarms and the chain begin nothing more."""
    parts: dict[str, Callable[[Services], int]] = {
        "outbox": lambda services: relay_outbox(services, seconds),
        "retries": lambda services: due_retries(services, seconds),
        "alarms": lambda services: alarms.queue_due(services, seconds),
        "chained": lambda services: chain.lengthen(services, min(seconds, CHAIN_SECONDS)),
    }
    if _is_care_due(services):
        parts |= {"overtaken": relay_overtaken, "swept": sweep, "erased": erase}
        parts |= {
            "earlier": lambda services: chain.take_in_earlier(
                services, min(seconds, CHAIN_SECONDS)
            ),
            "anchored": chain.anchor,
        }
    counts: dict[str, int] = {}
    failed: list[Exception] = []
    for name, part in parts.items():
        try:
            counts[name] = part(services)
        except Exception as error:
            code = error.code if isinstance(error, TodokeError) else type(error).__name__
            LOG.exception("tick_failed", extra={"act": name, "code": code})
            failed.append(error)
    if failed:
        raise failed[0]
    return counts


def _is_care_due(services: Services) -> bool:
    now = services.clock.unix()
    last = services.store.get("setting", "tick.care")
    # a clock that was turned back must not stop the care until it catches up
    if last is not None and 0 <= now - int(str(last.data["value"])) < CARE_SECONDS:
        return False
    services.store.commit([Put(Record("setting", "tick.care", {"value": str(now)}))])
    return True


def relay_outbox(services: Services, seconds: float = SECONDS) -> int:
    """Moves due outbox entries into their lanes, oldest first, at least once: an entry is
    erased after it was queued, and only if nobody wrote it anew in between."""
    return _in_rounds(lambda: _relay(services, _due(services, "outbox_due", "waiting")), seconds)


def relay_these(services: Services, ids: Collection[str]) -> int:
    """The same of some entries, asked for by id: no list has to know them yet."""
    found = services.store.get_many("outbox", ids).values()
    now = audit.sort_key(services.clock.unix())
    return _relay(services, [each for each in found if str(each.data["due_at"]) <= now])


def relay_overtaken(services: Services) -> int:
    """The same of entries that lie ahead though nobody put them off: they were written before the
    clock was set back (nine hours, where a computer took Japan's time for UTC until a time server
    answered)."""
    ahead = Range(low=audit.sort_key(services.clock.unix() + MOST_AHEAD_SECONDS))
    found = services.store.find("outbox_due", "waiting", ahead, limit=MAX_PAGE).records
    return _relay(services, [each for each in found if not _is_chosen(services, each)])


def _is_chosen(services: Services, entry: Record) -> bool:
    """Whether a person chose this hour for a notice."""
    if entry.data["act"] != "publish_notice":
        return False
    body = cast("Mapping[str, str]", entry.data["body"])
    notice = services.store.get("notice", body["notice"])
    return notice is not None and notices.send_at_of(notice) is not None


def _relay(services: Services, entries: Iterable[Record]) -> int:
    moved = 0
    for entry in entries:
        body = {**cast("Mapping[str, str]", entry.data["body"]), "act": str(entry.data["act"])}
        services.queue.send(str(entry.data["lane"]), body)
        moved += 1
        _quietly(services, [Delete("outbox", entry.id, entry.version)])
    return moved


def due_retries(services: Services, seconds: float = SECONDS) -> int:
    """Queues deliveries whose next attempt is due, those of a notice together in its lane, and puts
    their time off by the lease."""
    return _in_rounds(lambda: _retry_some(services), seconds)


def _retry_some(services: Services) -> int:
    rows = [*_due(services, "deliveries_due", "retry"), *_put_off_too_far(services)][:BATCH]
    by_notice: dict[str, list[Json]] = {}
    for row in rows:
        by_notice.setdefault(str(row.data["notice"]), []).append(str(row.data["subscription"]))
    for notice, subscriptions in by_notice.items():
        body: dict[str, Json] = {"act": "retry", "notice": notice, "subscriptions": subscriptions}
        services.queue.send(_lane_of(services, notice), body)
    later = audit.sort_key(services.clock.unix() + LEASE_SECONDS)
    leased = [
        Replace(
            Record(
                each.kind, each.id, {**each.data, "due_at": later}, each.version, each.expires_at
            )
        )
        for each in rows
    ]
    if not _quietly(services, leased):  # a worker was quicker with one of them
        for each in leased:
            _quietly(services, [each])
    return len(rows)


def _put_off_too_far(services: Services) -> Sequence[Record]:
    """Retries later than any may be: they were put off before the clock was set back, and must
    not wait until it has caught up."""
    far = audit.sort_key(services.clock.unix() + delivery.LATEST_RETRY)
    return services.store.find("deliveries_due", "retry", Range(low=far), limit=BATCH).records


def _lane_of(services: Services, notice: str) -> str:
    """A notice to one resident (A-…) is small: it never waits behind a bulk one."""
    if notice.startswith("A-"):
        return LANES[0]
    return pages.place_of(services, notice, 0, LANES[-1]).lane


def sweep(services: Services) -> int:
    """Asks again for the next page of every sending that stands still. Jobs are not lost, so
    this finds what should not happen; a job that still exists does no harm, since only one of
    two copies of a page gets through."""
    waiting = services.store.find("notices_by_state", "sending", limit=1000).records
    return sum(
        _drive_on(services, notice, each)
        for notice in waiting
        for each in _unfinished(services, notice)
    )


def _unfinished(services: Services, notice: Record) -> Sequence[pages.Place]:
    """The parts that are not done; when all are, the last step is missing: any part takes it."""
    places = pages.places_of(services, notice, LANES[-1])
    return [each for each in places if not each.done] or places[:1]


def _drive_on(services: Services, notice: Record, place: pages.Place) -> bool:
    now = services.clock.unix()
    stands_since = place.changed_at or int(cast("int", notice.data["changed_at"]))
    # one that stands still since a time to come was written before the clock was set back
    if 0 <= now - stands_since < STUCK_SECONDS or place.driven >= MAX_DRIVEN:
        return False
    driven = replace(place, driven=place.driven + 1)
    LOG.warning(
        "sending_driven_on",
        extra={"notice": notice.id, "page": place.page, "tries": place.driven},
    )
    moved = pages.write(services, driven, sending.notice_of(notice))
    return _quietly(services, [moved, pages.job(driven, now)])


def erase(services: Services) -> int:
    """Erases what is past its time, unless the clock that says so was moved; how much."""
    if not clock_watch.may_erase(services):
        return 0
    # whatever happens to one of them, the others must not wait for it
    erased: list[int] = []
    with contextlib.ExitStack() as acts:
        for act in (attachments.erase_due, batch_care.erase_abandoned, keeping.erase_over, purge):
            acts.callback(_counted, act, services, erased)
    return sum(erased)


def _counted(act: Callable[[Services], int], services: Services, counts: list[int]) -> None:
    if clock_watch.may_erase(services):  # once more: the clock may have been set since
        counts.append(act(services))


def purge(services: Services) -> int:
    """Erases what has expired; how many rows. Ask ``clock_watch`` first."""
    erased = 0
    for round in range(PURGE_ROUNDS):
        if round and clock_watch.look(services):
            break
        some = services.store.purge(PURGE_BATCH)
        erased += some
        if some < PURGE_BATCH:
            break
    return erased


# ------------------------------------------------------------------------- parts
def _in_rounds(act: Callable[[], int], seconds: float) -> int:
    """After an outage thousands are due, and in the cloud the next tick is a minute away."""
    done, until = 0, time.monotonic() + seconds
    for _ in range(ROUNDS):
        some = act()
        done += some
        if some < BATCH or time.monotonic() > until:
            break
    return done


def _due(services: Services, index: str, partition: str) -> Sequence[Record]:
    until = Range(high=audit.sort_key(services.clock.unix()))
    return services.store.find(index, partition, until, limit=BATCH).records


def _quietly(services: Services, writes: Sequence[Write]) -> bool:
    """Commits; False when somebody else was quicker (then there is nothing to do)."""
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        return False
    return True
