"""How the work is going: what waits too long, what was given up, whose breaker is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from todoke.core.alarm import SHARDS
from todoke.journeys import alarms, audit, breaker
from todoke.ports import MAX_PAGE, Range, Record, Services

#: what is accepted and has not moved for this long is stuck (the tick looks every second)
LATE_SECONDS = 60


def outbox_age(services: Services) -> int:
    """Seconds by which the oldest due entry of the outbox is late; 0 when none is."""
    now = services.clock.unix()
    due = services.store.find("outbox_due", "waiting", Range(high=audit.sort_key(now)), limit=1)
    return max((now - int(str(each.data["due_at"])) for each in due.records), default=0)


def given_up(services: Services) -> tuple[int, int]:
    """(dead jobs of the queue, dead deliveries), each counted up to one page (1,000)."""
    dead = services.store.find("deliveries_due", "dead", limit=MAX_PAGE)
    return len(services.queue.dead_letters(MAX_PAGE)), len(dead.records)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Phones whose moment to be woken has come and whom no push service has taken, those left out
    that a service itself asked to come back later for. since: unix seconds, the first of them.
    late: neither the tick nor the worker gets to them."""

    phones: int = 0
    since: int | None = None
    late: bool = False


def alarms_waiting(services: Services) -> Waiting:
    """How it stands with the alarms; of each list one page is counted at most (alarms.BATCH)."""
    now = services.clock.unix()
    until = Range(high=audit.sort_key(now + alarms.LEASE_SECONDS))
    lists = [
        services.store.find("alarms_due", str(shard), until, limit=alarms.BATCH).records
        for shard in range(SHARDS)
    ]
    rows = [row for each in lists for row in each if _waits(row, now)]
    if not rows:
        return Waiting()
    return Waiting(
        len(rows),
        min(_waits_since(each) for each in rows),
        any(_is_late(each, now) for each in rows),
    )


def _waits(alarm: Record, now: int) -> bool:
    """Handed to the queue and not tried, or due and not even that."""
    return bool(alarm.data.get("queued_at")) or int(str(alarm.data["due_at"])) <= now


def _waits_since(alarm: Record) -> int:
    return int(cast("int", alarm.data.get("queued_at") or int(str(alarm.data["due_at"]))))


def _is_late(alarm: Record, now: int) -> bool:
    """The tick looks every second; a worker may be busy until the queue shows the job again."""
    patience = alarms.LEASE_SECONDS if alarm.data.get("queued_at") else LATE_SECONDS
    return now - _waits_since(alarm) > patience


def open_breakers(services: Services) -> Sequence[str]:
    """Push services that are not asked at present."""
    now = services.clock.unix()
    found = services.store.find("breakers", "all", limit=MAX_PAGE)
    return [
        str(each.data["origin"])
        for each in found.records
        if breaker.is_open(int(str(each.data["open_until"])), now)
    ]


def clock_behind(services: Services) -> int:
    """Seconds by which this machine's clock is behind the newest record of acts: then the
    clock was turned back, or the store comes from a machine that was ahead. 0 when fine."""
    now = services.clock.now()
    latest = audit.acts(services, audit.month_of(now), limit=1)
    newest = max((int(str(each.data["at"])) for each in latest.records), default=0)
    following = services.store.find("audit_by_month", _month_after(audit.month_of(now)), limit=1)
    newest = max([newest, *(int(str(each.data["at"])) for each in following.records)])
    return max(0, newest - services.clock.unix() - 1)


def _month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
