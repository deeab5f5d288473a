"""What was given up, and starting it again once a person has mended the cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from todoke.core.delivery import Standing
from todoke.core.errors import TodokeError
from todoke.journeys import audit, outcomes, sending
from todoke.ports import Record, Replace, Services

BATCH = 100


@dataclass(frozen=True, slots=True)
class GivenUp:
    """jobs: dead jobs of the queue, by act. deliveries: dead deliveries, by
    (notice, reason)."""

    jobs: dict[str, int]
    deliveries: dict[tuple[str, str], int]


def given_up(services: Services, notice: str | None = None) -> GivenUp:
    """What waits for a person, counted. notice: only deliveries of this one, and no jobs."""
    jobs: dict[str, int] = {}
    for each in services.queue.dead_letters(limit=1000) if notice is None else ():
        act = str(each.body.get("act"))
        jobs[act] = jobs.get(act, 0) + 1
    deliveries: dict[tuple[str, str], int] = {}
    for row in _dead(services, notice):
        what = (str(row.data["notice"]), str(row.data.get("reason")))
        deliveries[what] = deliveries.get(what, 0) + 1
    return GivenUp(jobs, deliveries)


def redrive(services: Services, actor: str = "cli", notice: str | None = None) -> dict[str, int]:
    """Starts dead jobs and dead deliveries again with no tries; counts by name.

    Deliveries whose notice has ended or was recalled stay as they are. Doing it twice starts
    nothing twice: what is under way again is no longer dead."""
    jobs = services.queue.redrive() if notice is None else 0
    revived = sum(_revive(services, row) for row in _dead(services, notice))
    counts = {"jobs": jobs, "deliveries": revived}
    subject = f"notice/{notice}" if notice else "queue"
    services.store.commit([audit.entry(services, actor, "redriven", subject, dict(counts))])
    return counts


def _dead(services: Services, notice: str | None) -> Iterator[Record]:
    cursor: str | None = None
    while True:
        page = services.store.find("deliveries_due", "dead", limit=BATCH, cursor=cursor)
        yield from (each for each in page.records if notice in (None, each.data["notice"]))
        cursor = page.cursor
        if cursor is None:
            return


def _revive(services: Services, row: Record) -> bool:
    notice = sending.find(services, str(row.data["notice"]))
    if notice is None or not sending.is_going_out(services, notice):
        return False
    again = Standing("retry", due_at=services.clock.unix())
    after = outcomes.row(notice, str(row.data["subscription"]), again, row.version)
    try:
        services.store.commit([Replace(after), *outcomes.counted(notice, {"dead": -1})])
    except TodokeError as error:
        if error.code != "version_conflict":  # another redrive was quicker
            raise
        return False
    return True
