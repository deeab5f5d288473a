"""A topic notice on its way to its followers: parts by key range, and pages within a part.

A large audience is cut into parts, so that several workers send one notice. A part goes page by
page: a page is sent first and then recorded in one commit, which is also the receipt of all its
messages; only what did not simply go gets a row of its own. A crash repeats one page at most.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from todoke.core import notice as notice_rules
from todoke.core.errors import TodokeError
from todoke.core.subscription import matches
from todoke.journeys import audit, outcomes, sending
from todoke.journeys.breaker import Breakers
from todoke.journeys.sending import Notice
from todoke.ports import (
    MAX_COMMIT_WRITES,
    Create,
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
#: followers of one page: what a crash sends twice, and what one commit records
PAGE = 400
#: a job ends after the page in which this is over, long before it is shown to another worker, and
#: soon enough for who waits for its end (SIGTERM)
JOB_SECONDS = 5
#: rows of one commit, beside the counter, the progress and the outbox entry
ROWS = MAX_COMMIT_WRITES - 10
FOLLOWERS_PER_PART = 5000
#: the outbox entries of all parts are made in one commit
MOST_PARTS = 32
#: subscription ids are base64url: its characters as a store orders them
_ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one part of a notice stands. page: pages done. cursor: where the next one begins.
    done: no page is left. driven: times the sweep had to put the next page back. version: of the
    record, 0 before the first page. changed_at: unix seconds, 0 before the first page."""

    notice: str
    part: int
    lane: str
    page: int = 0
    cursor: str | None = None
    done: bool = False
    driven: int = 0
    version: int = 0
    changed_at: int = 0

    @property
    def id(self) -> str:
        """Of its record."""
        return f"{self.notice}.{self.part}"


# ------------------------------------------------------------------------- parts
def parts_for(followers: int) -> int:
    """How many parts a notice is cut into."""
    return max(1, min(MOST_PARTS, -(-followers // FOLLOWERS_PER_PART)))


def parts_of(notice: Record) -> int:
    """How many parts this one was cut into when its sending began."""
    return int(cast("int | None", notice.data.get("parts")) or 1)


def range_of(part: int, parts: int) -> Range:
    """The subscription ids of a part; the first and the last part are open to their side."""
    size = len(_ALPHABET)
    first, after = size * part // parts, size * (part + 1) // parts
    return Range(
        low=_ALPHABET[first] if part else None,
        # "~" stands behind every character of an id
        high=_ALPHABET[after - 1] + "~" if part + 1 < parts else None,
    )


def place_of(services: Services, notice: str, part: int, lane: str) -> Place:
    """Where the part stands."""
    return _read(Place(notice, part, lane), services.store.get("sending", f"{notice}.{part}"))


def places_of(services: Services, notice: Record, lane: str) -> list[Place]:
    """Where every part of a notice stands."""
    places = [Place(notice.id, part, lane) for part in range(parts_of(notice))]
    found = services.store.get_many("sending", [each.id for each in places])
    return [_read(each, found.get(each.id)) for each in places]


def job(place: Place, now: int) -> Put:
    """The outbox entry that sends a part from its next page on. The same page has the same id,
    so asking twice asks once."""
    data: dict[str, Json] = {
        "act": "send_part",
        "body": {"notice": place.notice, "part": place.part, "page": place.page},
        "lane": place.lane,
        "waiting": "waiting",
        "due_at": audit.sort_key(now),
    }
    return Put(Record("outbox", f"send.{place.id}.{place.page}", data))


def write(services: Services, place: Place, notice: Notice) -> Create | Replace:
    """Moves the progress, under its version: of two workers one gets through."""
    data: dict[str, Json] = {
        "page": place.page,
        "cursor": place.cursor,
        "lane": place.lane,
        "done": place.done,
        "driven": place.driven,
        "changed_at": services.clock.unix(),
    }
    until = notice.ends_at + outcomes.KEEP_SECONDS
    record = Record("sending", place.id, data, place.version, until)
    return Replace(record) if place.version else Create(record)


def _read(place: Place, record: Record | None) -> Place:
    if record is None:
        return place
    data = record.data
    return replace(
        place,
        lane=str(data["lane"]),
        page=int(cast("int", data["page"])),
        cursor=cast("str | None", data["cursor"]),
        done=bool(data["done"]),
        driven=int(cast("int", data["driven"])),
        version=record.version,
        changed_at=int(cast("int", data["changed_at"])),
    )


# ------------------------------------------------------------------------- a job
def send_part(services: Services, job: Message) -> None:
    """Pushes pages of one part until it is done or the job has lasted long enough; after the
    last part the notice is sent.

    An old copy of a job (another worker was quicker) is told by its page number and does
    nothing. One that comes again after a crash goes on where the progress stands."""
    record = services.store.get("notice", str(job.body["notice"]))
    if record is None or record.data["state"] != "sending":
        return  # recalled meanwhile, or finished long ago
    notice, part = sending.notice_of(record), int(cast("int", job.body["part"]))
    place, began = place_of(services, notice.id, part, job.lane), time.monotonic()
    comes_again = job.tries > 1 or "resent" in job.body
    if place.page != job.body["page"] and not comes_again and not place.done:
        return
    if comes_again and not place.done:
        touched = _touched(services, notice, place)
        if touched is None:
            return
        place = touched
    while not place.done and sending.is_going_out(services, notice):
        moved = _send_page(services, notice, place, range_of(part, parts_of(record)), began)
        if moved is None:
            return  # another worker is on it, or the next job
        place = moved
    _finish(services, notice, job.lane)


def _touched(services: Services, notice: Notice, place: Place) -> Place | None:
    """The place under a new version, before anything is sent a second time: a store that reads and
    does not write must not have a page sent again and again, and of two copies one ends here."""
    try:
        services.store.commit([write(services, place, notice)])
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        return None
    return replace(place, version=place.version + 1)


def _send_page(
    services: Services, notice: Notice, place: Place, range: Range, began: float
) -> Place | None:
    """Sends, then records; where the part stands now, or None when the next page is not for this
    job. began: when the job did, on the clock of ``time.monotonic``."""
    found = services.store.find(
        "follows_by_topic", notice.content.topic, range, PAGE, cursor=place.cursor
    )
    breakers = Breakers(services)
    chosen = _chosen(notice, found.records)
    wanted = without_row(services, notice.id, [subscription for subscription, _ in chosen])
    sent = sending.attempt_all(services, notice, wanted, breakers)
    after = replace(place, page=place.page + 1, cursor=found.cursor, done=found.cursor is None)
    over = not after.done and time.monotonic() - began > JOB_SECONDS
    try:
        rows = outcomes.rows(services, notice, sent, breakers, _lately(services, notice, chosen))
        _record(services, notice, *rows, _step(services, notice, after, over))
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        return None
    breakers.keep()
    for each in sent:
        if each.gone:
            outcomes.remove(services, notice, each)
    LOG.info("page_sent", extra={"notice": notice.id, "count": len(sent), "lane": place.lane})
    return None if over else replace(after, version=place.version + 1, driven=0)


def _chosen(notice: Notice, follows: Sequence[Record]) -> list[tuple[str, int]]:
    """(subscription, since when) of the followers of the segment, since before it was published."""
    content = notice.content
    return [
        (str(each.data["subscription"]), since)
        for each in follows
        if (since := int(cast("int", each.data["since"]))) <= notice.published_at
        and matches(
            cast("str | None", each.data.get("area")),
            cast("list[int]", each.data["cohorts"]),
            to_area=content.area,
            to_cohort=content.cohort,
        )
    ]


def _lately(services: Services, notice: Notice, chosen: Sequence[tuple[str, int]]) -> set[str]:
    """Those whom ``send_late`` will look at again: without a row they would be sent to twice."""
    if not services.store.lag:
        return set()
    from_when = notice.published_at - services.store.lag
    return {subscription for subscription, since in chosen if since >= from_when}


def without_row(services: Services, notice: str, subscriptions: Sequence[str]) -> list[str]:
    """Those whose delivery was not recorded yet."""
    rows = services.store.get_many("delivery", [f"{notice}.{each}" for each in subscriptions])
    return [each for each in subscriptions if f"{notice}.{each}" not in rows]


def _record(
    services: Services,
    notice: Notice,
    rows: Sequence[Record],
    plain: Mapping[str, int],
    step: Sequence[Write],
) -> None:
    """One commit, unless a bad hour made more rows than it can hold: then rows come first, each
    group with its own counts, and a crash in between finds them again."""
    groups = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)] or [[]]
    for group in groups[:-1]:
        services.store.commit([*_created(group), *outcomes.counted(notice, _cells(group))])
    cells = _cells(groups[-1])
    for state, number in plain.items():
        cells[state] = cells.get(state, 0) + number
    services.store.commit([*_created(groups[-1]), *outcomes.counted(notice, cells), *step])


def _created(rows: Iterable[Record]) -> Iterator[Create]:
    return (Create(each) for each in rows)


def _cells(rows: Iterable[Record]) -> dict[str, int]:
    """What is over is counted; a retry is counted when it ends."""
    cells: dict[str, int] = {}
    for each in rows:
        state = str(each.data["state"])
        if state != "retry":
            cells[state] = cells.get(state, 0) + 1
    return cells


def _step(services: Services, notice: Notice, after: Place, over: bool) -> list[Write]:
    moved = write(services, replace(after, driven=0), notice)
    return [moved, job(after, services.clock.unix())] if over else [moved]


def _finish(services: Services, notice: Notice, lane: str) -> None:
    """No page of any part is left, or its time ran out: the notice is sent, but for whom a late
    index hid. Safe to repeat."""
    record = services.store.get("notice", notice.id)
    if record is None or record.data["state"] != "sending":
        return
    if sending.is_going_out(services, notice) and not all(
        each.done for each in places_of(services, record, lane)
    ):
        return
    now = services.clock.unix()
    changes: dict[str, Json] = {
        "state": notice_rules.after("sending", "finish"),
        "changed_at": now,
        "order": audit.order_of_now(services),
    }
    after = Record("notice", record.id, {**record.data, **changes}, record.version)
    done = audit.entry(services, "system", "sent", f"notice/{record.id}")
    try:
        services.store.commit([Replace(after), done, *late_job(services, notice, lane)])
    except TodokeError as error:
        # the last two parts may end at the same moment; a recall may come first
        if error.code != "version_conflict":
            raise
        _finish(services, notice, lane)


# ------------------------------------------------------------------------- latecomers
def send_late(services: Services, job: Message) -> None:
    """Pushes to those who followed right before the notice was published, if the index of
    followers did not know them yet when its pages were read. Of a copy of the job nothing goes
    twice: whoever has a row is left out."""
    notice = sending.find(services, str(job.body["notice"]))
    if not isinstance(notice, Notice) or not sending.is_going_out(services, notice):
        return
    cursor, number = (
        cast("str | None", job.body.get("cursor")),
        int(cast("int", job.body["number"])),
    )
    lately = Range(audit.sort_key(notice.published_at - services.store.lag))
    topic = notice.content.topic
    found = services.store.find("follows_by_since", topic, lately, ROWS, cursor)
    chosen = [subscription for subscription, _ in _chosen(notice, found.records)]
    send_rows(services, notice, without_row(services, notice.id, chosen))
    if found.cursor is not None:
        services.store.commit(late_job(services, notice, job.lane, (found.cursor, number + 1)))


def late_job(
    services: Services,
    notice: sending.Either,
    lane: str,
    page: tuple[str | None, int] = (None, 0),
) -> list[Put]:
    """The outbox entry that looks once more at a list that may have been late; none where a
    list never is. page: where it goes on, and how many there were: each has an id of its own."""
    if not services.store.lag:
        return []
    cursor, number = page
    wait = 0 if number else services.store.lag
    addressed = isinstance(notice, sending.Addressed)
    again: dict[str, Json] = {"addressed": notice.id, "again": True}
    data: dict[str, Json] = {
        "act": "push_addressed" if addressed else "send_late",
        "body": again if addressed else {"notice": notice.id, "cursor": cursor, "number": number},
        "lane": lane,
        "waiting": "waiting",
        "due_at": audit.sort_key(services.clock.unix() + wait),
    }
    return [Put(Record("outbox", f"late.{notice.id}.{number}", data))]


def send_rows(services: Services, notice: sending.Either, wanted: Sequence[str]) -> None:
    """Sends to so many and keeps a row for each, a commit at a time."""
    for start in range(0, len(wanted), ROWS):
        breakers, some = Breakers(services), wanted[start : start + ROWS]
        sent = sending.attempt_all(services, notice, some, breakers)
        rows, _ = outcomes.rows(services, notice, sent, breakers, set(some))
        if rows:
            services.store.commit([*_created(rows), *outcomes.counted(notice, _cells(rows))])
        breakers.keep()
        for each in sent:
            if each.gone:
                outcomes.remove(services, notice, each)
