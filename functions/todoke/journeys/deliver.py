"""From the queue to the phones. Every job may come twice (the queue promises "at least once") and
may end anywhere: each act finds out by itself what is done already."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from todoke.core.delivery import Standing
from todoke.core.errors import TodokeError
from todoke.journeys import (
    alarms,
    announce,
    batch_care,
    batch_jobs,
    chain,
    devices,
    leaving,
    outcomes,
    pages,
    register_care,
    register_findings,
    register_report,
    sending,
)
from todoke.journeys.breaker import Breakers
from todoke.journeys.sending import Addressed, Either, Sent
from todoke.ports import (
    Delete,
    Json,
    Message,
    Record,
    Replace,
    Services,
    Write,
)

LOG = logging.getLogger("todoke.deliver")
#: a page lasts seconds; when its worker dies, another takes it up after this
VISIBLE_SECONDS = 60
#: longest pause before a failed job comes again
LONGEST_PAUSE = 900
#: what our own stores say while they are off or full: no fault of the job, so no try of it, and it
#: comes again soon enough that nobody waits for more than a minute afterwards
OFF = ("storage_unavailable", "storage_full")
OFF_PAUSE = 30


def work(services: Services, lane: str) -> int:
    """Takes one job of the lane, if there is one, and does it; how many were done.

    A job that fails goes back to the queue, which gives up after its eighth try."""
    done = 0
    for job in services.queue.receive(lane, limit=1, visible_after=VISIBLE_SECONDS):
        if did(services, job):
            services.queue.acknowledge(job)
            done += 1
    return done


def did(services: Services, job: Message) -> bool:
    """Does one job; when it fails, says so in the log, gives it back and returns False. True:
    the queue may forget it."""
    try:
        _ACTS[str(job.body["act"])](services, job)
    except Exception as error:
        code = error.code if isinstance(error, TodokeError) else type(error).__name__
        LOG.exception("job_failed", extra={"code": code, "lane": job.lane, "tries": job.tries})
        if code in OFF:  # a job of its own: the queue counts the tries of this one
            again: dict[str, Json] = {**job.body, "resent": True}
            services.queue.send(job.lane, again, random.randint(1, OFF_PAUSE))  # noqa: S311
            return True
        longest = min(5 * 2**job.tries, LONGEST_PAUSE)
        services.queue.give_back(job, random.randint(1, longest))  # noqa: S311
        return False
    return True


def _publish_notice(services: Services, job: Message) -> None:
    announce.publish_notice(services, str(job.body["notice"]))


# ------------------------------------------------------------------------- retries
def retry(services: Services, job: Message) -> None:
    """One more attempt for deliveries of one notice whose time has come."""
    id, wanted = str(job.body["notice"]), cast("list[str]", job.body["subscriptions"])
    rows = _waiting(services, id, wanted)
    if not rows:
        return  # done meanwhile
    notice = sending.find(services, id)
    if notice is None or not sending.stands(services, notice):  # recalled, read: nothing to tell
        services.store.commit([Delete("delivery", each.id) for each in rows.values()])
        return
    breakers = Breakers(services)
    tries = {each: int(cast("int", row.data["tries"])) for each, row in rows.items()}
    sent = sending.attempt_all(services, notice, list(rows), breakers, tries)
    settled = [each for each in sent if not each.gone]
    try:
        _settle(services, notice, rows, settled, breakers)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        for each in settled:  # the tick has put one of them off since, or another copy was quicker
            _settle_again(services, notice, each, breakers)
    for each in sent:
        if each.gone:
            outcomes.remove(services, notice, each)
    breakers.keep()


def _waiting(services: Services, notice: str, subscriptions: Iterable[str]) -> dict[str, Record]:
    """Rows that still wait for another attempt, by subscription."""
    ids = {f"{notice}.{each}": each for each in subscriptions}
    rows = services.store.get_many("delivery", list(ids))
    return {ids[id]: row for id, row in rows.items() if row.data["state"] == "retry"}


def _settle(
    services: Services,
    notice: Either,
    rows: Mapping[str, Record],
    sent: Iterable[Sent],
    breakers: Breakers,
) -> None:
    """Keeps what became of them, in one commit."""
    writes: list[Write] = []
    cells: dict[str, int] = {}
    for each in sent:
        row = rows[each.subscription]
        if each.fate == "left":
            writes.append(Delete("delivery", row.id))
            continue
        standing = _after_retry(services, notice, row, each, breakers)
        writes.append(Replace(outcomes.row(notice, each.subscription, standing, row.version)))
        if standing.state != "retry":
            cells[standing.state] = cells.get(standing.state, 0) + 1
    services.store.commit([*writes, *outcomes.counted(notice, cells)])


def _settle_again(services: Services, notice: Either, sent: Sent, breakers: Breakers) -> None:
    rows = _waiting(services, notice.id, [sent.subscription])
    if rows:
        _settle(services, notice, rows, [sent], breakers)


def _after_retry(
    services: Services, notice: Either, row: Record, sent: Sent, breakers: Breakers
) -> Standing:
    tries = int(cast("int", row.data["tries"]))
    if sent.fate == "stopped":
        return Standing("dead", tries, int(cast("int", row.data["status"])), "ended")
    return outcomes.standing_after(services, notice, sent, tries, breakers)


# ------------------------------------------------------------------------- to one resident
def push_addressed(services: Services, job: Message) -> None:
    """Tells the phones of one resident, or of her guardians, that a notice has come for her; its
    text stays here.

    A copy of the job finds the rows of the first and sends nothing; after a crash between
    sending and recording, the same message goes again under the same tag."""
    notice = sending.find(services, str(job.body["addressed"]))
    if not isinstance(notice, Addressed) or not sending.is_going_out(services, notice):
        return
    phones = devices.told_of(services, notice.resident)
    pages.send_rows(services, notice, pages.without_row(services, notice.id, phones))
    if not job.body.get("again"):
        services.store.commit(pages.late_job(services, notice, job.lane))


_ACTS: Mapping[str, Callable[[Services, Message], None]] = {
    "publish_notice": _publish_notice,
    "send_part": pages.send_part,
    "send_late": pages.send_late,
    "push_addressed": push_addressed,
    "push_batch": lambda services, job: batch_care.push(services, job, push_addressed),
    "go_on_batch": batch_jobs.go_on,
    "take_in_batch": chain.link_batch,
    "erase_batch": batch_care.erase,
    "settle_register": register_care.settle,
    register_findings.ACT: register_report.look,
    "retry": retry,
    "ring": alarms.ring,
    leaving.ACT: leaving.clear,
}
