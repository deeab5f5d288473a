"""What happens by itself, every minute (several times a second on one machine): due outbox
entries and retries go into their lanes, stuck sendings are driven on, expired rows go.

Everything here may be done twice without harm: a crash between two steps repeats the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from todoke.core.errors import TodokeError
from todoke.journeys import attachments, audit
from todoke.journeys.deliver import page_job
from todoke.ports import Create, Delete, Json, Put, Range, Record, Replace, Services, Write
from todoke.store_schema import LANES

LOG = logging.getLogger("todoke.tick")
#: entries moved in one tick; the next tick goes on
BATCH = 80
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


def tick(services: Services) -> dict[str, int]:
    """All of it; counts by name. One part that fails does not stop the others; the first
    failure is raised after all have run."""
    parts: dict[str, Callable[[Services], int]] = {"outbox": relay_outbox, "retries": due_retries}
    if _is_care_due(services):
        parts |= {"swept": sweep, "purged": purge, "attachments": attachments.erase_due}
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


def relay_outbox(services: Services) -> int:
    """Moves due outbox entries into their lanes, oldest first, at least once: an entry is
    erased after it was queued, and only if nobody wrote it anew in between."""
    moved = 0
    for entry in _due(services, "outbox_due", "waiting"):
        body = {**cast("Mapping[str, str]", entry.data["body"]), "act": str(entry.data["act"])}
        services.queue.send(str(entry.data["lane"]), body)
        moved += 1
        _quietly(services, [Delete("outbox", entry.id, entry.version)])
    return moved


def due_retries(services: Services) -> int:
    """Queues deliveries whose next attempt is due, in the lane of their notice, and puts
    their time off by the lease."""
    rows = _due(services, "deliveries_due", "retry")
    lanes: dict[str, str] = {}
    later = audit.sort_key(services.clock.unix() + LEASE_SECONDS)
    leased: list[Replace] = []
    for row in rows:
        notice = str(row.data["notice"])
        if notice not in lanes:
            lanes[notice] = _lane_of(services, notice)
        services.queue.send(lanes[notice], {"act": "retry", "delivery": row.id})
        data = {**row.data, "due_at": later}
        leased.append(Replace(Record(row.kind, row.id, data, row.version, row.expires_at)))
    if not _quietly(services, leased):  # a worker was quicker with one of them
        for each in leased:
            _quietly(services, [each])
    return len(rows)


def _lane_of(services: Services, notice: str) -> str:
    """A notice to one resident (A-…) is small: it never waits behind a bulk one."""
    if notice.startswith("A-"):
        return LANES[0]
    sending = services.store.get("sending", notice)
    return str(sending.data["lane"]) if sending else LANES[-1]


def sweep(services: Services) -> int:
    """Asks again for the next page of every sending that stands still. Jobs are not lost, so
    this finds what should not happen; a job that still exists does no harm, since only one of
    two copies of a page gets through."""
    waiting = services.store.find("notices_by_state", "sending", limit=1000).records
    return sum(_drive_on(services, notice) for notice in waiting)


def _drive_on(services: Services, notice: Record) -> bool:
    now = services.clock.unix()
    progress = services.store.get("sending", notice.id)
    data: dict[str, Json] = {"page": 0, "cursor": None, "lane": LANES[-1], "done": False}
    data |= {"driven": 0, **(progress.data if progress else {})}
    times, stands_since = data["driven"], (progress or notice).data["changed_at"]
    assert isinstance(times, int)
    assert isinstance(stands_since, int)
    if now - stands_since < STUCK_SECONDS or times >= MAX_DRIVEN:
        return False
    page, lane = int(cast("int", data["page"])), str(data["lane"])
    data |= {"driven": times + 1, "changed_at": now}
    version, expires_at = (progress.version, progress.expires_at) if progress else (0, None)
    after = Record("sending", notice.id, data, version, expires_at)
    job = page_job(notice.id, page, cast("str | None", data["cursor"]), lane, now)
    LOG.warning("sending_driven_on", extra={"notice": notice.id, "page": page, "tries": times})
    return _quietly(services, [_stored(after), job])


def purge(services: Services) -> int:
    """Erases what has expired; how many rows."""
    erased = 0
    for _ in range(PURGE_ROUNDS):
        some = services.store.purge(PURGE_BATCH)
        erased += some
        if some < PURGE_BATCH:
            break
    return erased


# ------------------------------------------------------------------------- parts
def _due(services: Services, index: str, partition: str) -> Sequence[Record]:
    until = Range(high=audit.sort_key(services.clock.unix()))
    return services.store.find(index, partition, until, limit=BATCH).records


def _stored(record: Record) -> Create | Replace:
    return Replace(record) if record.version else Create(record)


def _quietly(services: Services, writes: Sequence[Write]) -> bool:
    """Commits; False when somebody else was quicker (then there is nothing to do)."""
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        return False
    return True
