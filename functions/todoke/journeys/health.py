"""How the work is going: what waits too long, what was given up, whose breaker is open."""

from __future__ import annotations

from collections.abc import Sequence

from todoke.journeys import audit, breaker
from todoke.ports import MAX_PAGE, Range, Services

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
