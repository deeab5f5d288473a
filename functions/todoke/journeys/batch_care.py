"""What happens to a batch beside its writing: after the seal its notices are pushed, and one that
nobody sealed within a day is erased, in small commits like those that wrote it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from todoke.core.errors import TodokeError
from todoke.journeys import batches
from todoke.journeys.batch_writing import Pace
from todoke.journeys.batches import ERASED, ERASING, WAITING
from todoke.ports import MAX_PAGE, Delete, Message, Record, Replace, Services, Write
from todoke.store_schema.batches import OPEN, SEAL, SEALED

LOG = logging.getLogger("todoke.batches")
#: without progress for so long, nobody will seal it any more
ABANDONED_SECONDS = 24 * 3600
#: an erasing that stands still for so long has lost its job
STUCK_SECONDS = 600
#: a report and the trace of what was given up are kept for so long
KEEP_SECONDS = 30 * 86400
#: a job shows itself again after a minute: by then it has asked for the next one
SLICE_SECONDS = 20.0

PushOne = Callable[[Services, Message], None]


def slice_over(seconds: float = SLICE_SECONDS) -> Callable[[], bool]:
    """Says when a job has worked long enough: others wait behind it."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def ask_on(services: Services, job: Message, **changes: int) -> None:
    """The next slice. Before this job is acknowledged: a crash in between repeats this one."""
    services.queue.send(job.lane, {**job.body, **changes})


def push(services: Services, job: Message, push_one: PushOne) -> None:
    """Pushes the notices of a sealed batch, part by part; a copy of the job finds the parts done,
    and in the part at hand the rows of each message."""
    record = batches.get(services, str(job.body["batch"]))
    if record.data["state"] != SEALED:
        return
    part, parts, over = _number(job), batches.whole(record, "parts"), slice_over()
    if part == 0:
        services.private.delete(batches.file_key(record.id))
    while part < parts:
        _push_part(services, job, record.id, part, push_one)
        part += 1
        if over() and part < parts:
            ask_on(services, job, part=part)
            return


def _number(job: Message) -> int:
    part = job.body.get("part", 0)
    return part if isinstance(part, int) else 0


def _push_part(
    services: Services, job: Message, batch: str, number: int, push_one: PushOne
) -> None:
    part = services.store.get("batch_part", batches.part_id(batch, number))
    if part is None or part.expires_at is not None:
        return  # done by a copy of this job
    for kind, id in batches.rows_of_part(services, batch, number):
        if kind == "addressed_notice":
            push_one(services, replace(job, body={"act": "push_addressed", "addressed": id}))
    until = services.clock.unix() + KEEP_SECONDS
    try:
        services.store.commit([Replace(replace(part, expires_at=until))])
    except TodokeError as error:
        if error.code != "version_conflict":
            raise


# ------------------------------------------------------------------------- erasing
def erase(services: Services, job: Message) -> None:
    """Erases a batch that was given up: rows and their list together, the last part first; then
    its input. The record says so for a while."""
    id, pace, over = str(job.body["batch"]), Pace(), slice_over()
    while True:
        record = batches.get(services, id)
        if record.data["state"] != ERASING:
            return None
        if over():
            return ask_on(services, job)
        try:
            pace.keep(partial(_erase_part, services, record))
        except TodokeError as error:
            if error.code != "version_conflict":
                raise  # else a copy of this job was quicker


def erase_now(services: Services, record: Record) -> None:
    """Gives a batch up and erases it at once, for whoever cannot begin before it is gone."""
    if record.data["state"] != ERASING:
        batches.give_up(services, record)
    pace = Pace()
    while (found := batches.get(services, record.id)).data["state"] == ERASING:
        try:
            pace.keep(partial(_erase_part, services, found))
        except TodokeError as error:
            if error.code != "version_conflict":
                raise  # else the workers were quicker


def _erase_part(services: Services, record: Record) -> None:
    parts = batches.whole(record, "parts")
    now = services.clock.unix()
    if parts == 0:
        services.private.delete(batches.file_key(record.id))
        data = {**record.data, "state": ERASED, "changed_at": now}
        gone = Record(SEAL, record.id, data, record.version, now + KEEP_SECONDS)
        services.store.commit([Replace(gone)])
        LOG.info("batch_erased", extra={"batch": record.id})
        return
    keys = batches.rows_of_part(services, record.id, parts - 1)
    rows = services.store.rows_of(record.id, keys)
    after = Record(SEAL, record.id, {**record.data, "parts": parts - 1, "changed_at": now})
    writes: list[Write] = [Replace(replace(after, version=record.version))]
    writes += [Delete("batch_part", batches.part_id(record.id, parts - 1))]
    writes += [Delete(each.kind, each.id, each.version) for each in rows]
    services.store.commit(writes)


def erase_abandoned(services: Services) -> int:
    """Gives up what nobody sealed within a day, and asks again for an erasing that stands still;
    how many. Part of the tick's care."""
    now, asked = services.clock.unix(), 0
    for state, after in (
        (OPEN, ABANDONED_SECONDS),
        (WAITING, ABANDONED_SECONDS),
        (ERASING, STUCK_SECONDS),
    ):
        for record in services.store.find("batches", state, limit=MAX_PAGE).records:
            if now - batches.whole(record, "changed_at") >= after:
                asked += _given_up(services, record)
    return asked


def _given_up(services: Services, record: Record) -> bool:
    try:
        batches.give_up(services, record)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        return False  # somebody writes it at this moment
    LOG.warning("batch_given_up", extra={"batch": record.id})
    return True
