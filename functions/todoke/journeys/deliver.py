"""From the queue to the phones: pages of followers, one row per (notice, subscription).

Every job may come twice (the queue promises "at least once") and may end anywhere: so a page
is sent first and recorded in one commit, together with the outbox entry of the next page.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from todoke.core import notice as notice_rules
from todoke.core.delivery import Standing
from todoke.core.errors import TodokeError
from todoke.core.subscription import matches
from todoke.journeys import announce, audit, devices, sending, subscribe
from todoke.journeys.breaker import Breakers
from todoke.journeys.sending import Addressed, Either, Notice, Sent
from todoke.ports import (
    Create,
    Delete,
    Json,
    Message,
    Put,
    Range,
    Record,
    Replace,
    Services,
    Write,
)

LOG = logging.getLogger("todoke.deliver")
#: rows of one page: with counter, progress and outbox they fit one commit (90)
PAGE = 80
#: a page lasts seconds; when its worker dies, another takes it up after this
VISIBLE_SECONDS = 60
#: longest pause before a failed job comes again
LONGEST_PAUSE = 900


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
    """Does one job; when it fails, says so in the log, gives it back and returns False."""
    try:
        _ACTS[str(job.body["act"])](services, job)
    except Exception as error:
        code = error.code if isinstance(error, TodokeError) else type(error).__name__
        LOG.exception("job_failed", extra={"code": code, "lane": job.lane, "tries": job.tries})
        longest = min(5 * 2**job.tries, LONGEST_PAUSE)
        services.queue.give_back(job, random.randint(1, longest))  # noqa: S311
        return False
    return True


def _publish_notice(services: Services, job: Message) -> None:
    announce.publish_notice(services, str(job.body["notice"]))


# ------------------------------------------------------------------------- a page
def send_page(services: Services, job: Message) -> None:
    """Pushes one page of followers and asks for the next; after the last the notice is sent.

    An old copy of a job (another worker was quicker, or a crash came after the commit) is
    told by its page number and does nothing."""
    record = services.store.get("notice", str(job.body["notice"]))
    if record is None or record.data["state"] != "sending":
        return  # recalled meanwhile, or finished long ago
    notice = sending.notice_of(record)
    progress = services.store.get("sending", notice.id)
    page, done = _place(progress)
    if done or not sending.is_going_out(services, notice):
        _finish(services, notice)  # a crash came right before this; or its time ran out
    elif page == (job.body.get("page") or 0):
        cursor = cast("str | None", job.body.get("cursor"))
        if _send_page(services, notice, progress, cursor, job.lane) is None:
            _finish(services, notice)


def _place(progress: Record | None) -> tuple[int, bool]:
    """(pages done, whether that was all)."""
    if progress is None:
        return 0, False
    return int(cast("int", progress.data["page"])), bool(progress.data["done"])


def _send_page(
    services: Services, notice: Notice, progress: Record | None, cursor: str | None, lane: str
) -> str | None:
    """Sends, then records; the cursor of the next page."""
    found = services.store.find("follows_by_topic", notice.content.topic, Range(), PAGE, cursor)
    breakers = Breakers(services)
    sent = sending.attempt_all(services, notice, _wanted(services, notice, found.records), breakers)
    rows = _rows(services, notice, sent, breakers)
    services.store.commit([*rows, *_step(services, notice, progress, found.cursor, lane)])
    breakers.keep()
    for each in sent:
        if each.gone:
            _remove(services, notice, each)
    LOG.info("page_sent", extra={"notice": notice.id, "count": len(sent), "lane": lane})
    return found.cursor


def _wanted(services: Services, notice: Notice, follows: Sequence[Record]) -> list[str]:
    """Followers of the segment, since before it was published, without a row yet."""
    content = notice.content
    chosen = [
        str(each.data["subscription"])
        for each in follows
        if int(cast("int", each.data["since"])) <= notice.published_at
        and matches(
            cast("str | None", each.data.get("area")),
            cast("list[int]", each.data["cohorts"]),
            to_area=content.area,
            to_cohort=content.cohort,
        )
    ]
    return [each for each in chosen if not services.store.get("delivery", f"{notice.id}.{each}")]


def _rows(
    services: Services, notice: Either, sent: Sequence[Sent], breakers: Breakers
) -> list[Write]:
    """The rows to create, and the one counter write of the page. Whoever left gets no row:
    nothing of her is kept."""
    writes: list[Write] = []
    cells: dict[str, int] = {}
    for each in sent:
        if each.fate in ("left", "stopped") or each.gone:
            continue
        standing = sending.standing_after(services, notice, each, 0, breakers)
        writes.append(Create(sending.row(notice, each.subscription, standing)))
        if standing.state != "retry":
            cells[standing.state] = cells.get(standing.state, 0) + 1
    return [*writes, *sending.counted(notice, cells)]


def _step(
    services: Services, notice: Notice, progress: Record | None, cursor: str | None, lane: str
) -> list[Write]:
    """Moves the progress by one page, under its version: of two workers one gets through."""
    page = _place(progress)[0] + 1
    data: dict[str, Json] = {
        "page": page,
        "cursor": cursor,
        "lane": lane,
        "done": cursor is None,
        "driven": 0,
        "changed_at": services.clock.unix(),
    }
    expires_at = notice.ends_at + sending.KEEP_SECONDS
    after = Record("sending", notice.id, data, progress.version if progress else 0, expires_at)
    writes: list[Write] = [Replace(after) if progress else Create(after)]
    if cursor is not None:
        writes.append(page_job(notice.id, page, cursor, lane, services.clock.unix()))
    return writes


def page_job(notice: str, page: int, cursor: str | None, lane: str, now: int) -> Put:
    """The outbox entry that sends one page. The same page has the same id, so asking twice
    asks once."""
    data: dict[str, Json] = {
        "act": "send_page",
        "body": {"notice": notice, "page": page, "cursor": cursor},
        "lane": lane,
        "waiting": "waiting",
        "due_at": audit.sort_key(now),
    }
    return Put(Record("outbox", f"send.{notice}.{page}", data))


def _remove(services: Services, notice: Either, sent: Sent) -> None:
    """Removes the one subscription whose browser is gone (a commit of its own; after a crash
    its next message finds it gone again). When the browser has just moved to another
    endpoint, it is spared and the message comes again there."""
    row_id = f"{notice.id}.{sent.subscription}"
    removed = subscribe.erase(
        services,
        sent.subscription,
        "system",
        "subscription_gone",
        only_endpoint=sent.endpoint,
        also=[*sending.counted(notice, {"gone": 1}), Delete("delivery", row_id)],
    )
    if removed:
        return
    if services.store.get("subscription", sent.subscription) is None:  # she left meanwhile
        services.store.commit([Delete("delivery", row_id)])
    else:
        again = Standing("retry", due_at=services.clock.unix())
        services.store.commit([Put(sending.row(notice, sent.subscription, again))])


def _finish(services: Services, notice: Notice) -> None:
    """No page is left: the notice is sent. Safe to repeat."""
    record = services.store.get("notice", notice.id)
    if record is None or record.data["state"] != "sending":
        return
    now = services.clock.unix()
    changes: dict[str, Json] = {
        "state": notice_rules.after("sending", "finish"),
        "changed_at": now,
        "order": audit.sort_key(now),
    }
    after = Record("notice", record.id, {**record.data, **changes}, record.version)
    done = audit.entry(services, "system", "sent", f"notice/{record.id}")
    services.store.commit([Replace(after), done])


# ------------------------------------------------------------------------- a retry
def retry(services: Services, job: Message) -> None:
    """One more attempt for one delivery whose time has come."""
    row = services.store.get("delivery", str(job.body["delivery"]))
    if row is None or row.data["state"] != "retry":
        return  # done meanwhile
    notice = sending.find(services, str(row.data["notice"]))
    if notice is None or not sending.stands(services, notice):
        services.store.commit([Delete("delivery", row.id)])  # recalled, read: nothing to tell
        return
    breakers = Breakers(services)
    tries = int(cast("int", row.data["tries"]))
    sent = sending.attempt(services, notice, str(row.data["subscription"]), breakers, tries)
    if sent.gone:
        _remove(services, notice, sent)
    else:
        services.store.commit(_after_retry(services, notice, row, sent, breakers))
    breakers.keep()


def _after_retry(
    services: Services, notice: Either, row: Record, sent: Sent, breakers: Breakers
) -> list[Write]:
    if sent.fate == "left":
        return [Delete("delivery", row.id)]
    tries = int(cast("int", row.data["tries"]))
    if sent.fate == "stopped":
        standing = Standing("dead", tries, int(cast("int", row.data["status"])), "ended")
    else:
        standing = sending.standing_after(services, notice, sent, tries, breakers)
    after = sending.row(notice, sent.subscription, standing, row.version)
    if standing.state == "retry":
        return [Replace(after)]
    return [Replace(after), *sending.counted(notice, {standing.state: 1})]


# ------------------------------------------------------------------------- to one resident
def push_addressed(services: Services, job: Message) -> None:
    """Tells the phones of one resident that a notice has come for her; its text stays here.

    A copy of the job finds the rows of the first and sends nothing; after a crash between
    sending and recording, the same message goes again under the same tag."""
    notice = sending.find(services, str(job.body["addressed"]))
    if not isinstance(notice, Addressed) or not sending.is_going_out(services, notice):
        return
    phones = devices.of_resident(services, notice.resident)
    wanted = [each for each in phones if not services.store.get("delivery", f"{notice.id}.{each}")]
    for start in range(0, len(wanted), PAGE):
        breakers = Breakers(services)
        sent = sending.attempt_all(services, notice, wanted[start : start + PAGE], breakers)
        rows = _rows(services, notice, sent, breakers)
        if rows:
            services.store.commit(rows)
        breakers.keep()
        for each in sent:
            if each.gone:
                _remove(services, notice, each)


_ACTS: Mapping[str, Callable[[Services, Message], None]] = {
    "publish_notice": _publish_notice,
    "send_page": send_page,
    "push_addressed": push_addressed,
    "retry": retry,
}
