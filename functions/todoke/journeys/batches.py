"""Batches: many rows that everybody sees from one moment on (docs/adr/0012). Here is how one
begins, what is known of it, and how it is given up; journeys/batch_writing.py writes and seals it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import audit
from todoke.ports import Create, Json, Put, Record, Replace, Services, Write
from todoke.store_schema import LANES
from todoke.store_schema.batches import OPEN, SEAL, SEALED

WAITING, ERASING, ERASED = "waiting", "erasing", "erased"
#: a batch of so many items is small: what it starts does not wait behind bulk notices
SMALL = 80
#: a page that tells of a hundred refused lines need not look into every part for them
MOST_LISTED = 100
#: an open batch that nobody wrote for so long has lost its worker
STILL_SECONDS = 120


# ------------------------------------------------------------------------- beginning
def begin(
    services: Services,
    who: str,
    act: str,
    body: bytes,
    total: int,
    state: str = OPEN,
    *,
    once: bool = False,
) -> Record:
    """The batch of this input, new or already under way: the same bytes lead to the same batch
    until it is sealed, and then to the next one (once: still to this one).

    who: staff id or "cli". total: items. state: "open", or "waiting" for a word to begin.
    Raises ``batch_erasing`` while an older attempt is being erased."""
    digest = digest_of(services, act, body)
    while True:
        name = f"I-{digest[:24]}"
        id, found = (name, services.store.get(SEAL, name)) if once else _next(services, name)
        if found is not None and found.data["state"] == ERASING:
            raise TodokeError("batch_erasing", batch=id)
        if found is not None and found.data["state"] != ERASED:
            if found.data["state"] == WAITING and state == OPEN:
                return start(services, id, who)
            return found
        fresh = _fresh(services, id, (who, act, digest, total, state))
        try:
            if found is None:
                services.store.commit([Create(fresh)])
            else:
                services.store.commit([Replace(replace(fresh, version=found.version))])
        except TodokeError as error:
            if error.code not in ("record_exists", "version_conflict"):
                raise
            continue  # somebody begins with the same input at this moment
        return get(services, id)


def digest_of(services: Services, act: str, body: bytes) -> str:
    """The field ``input`` of a batch: what it is made of, blind."""
    seal_key = services.secrets.seal_key
    return sealed.blind(seal_key, f"batch {act}", hashlib.sha256(body).hexdigest())


def _next(services: Services, name: str) -> tuple[str, Record | None]:
    """The first id of the name whose batch is not sealed, and its record if there is one."""
    number, id = 1, name
    while (found := services.store.get(SEAL, id)) is not None and found.data["state"] == SEALED:
        number += 1
        id = f"{name}-{number}"
    return id, found


def _fresh(services: Services, id: str, of: tuple[str, str, str, int, str]) -> Record:
    who, act, digest, total, state = of
    now = services.clock.unix()
    data: dict[str, Json] = {
        "state": state, "batch": id, "act": act, "actor": who, "input": digest, "detail": {},
        "total": total, "looked": 0, "outcomes": {"taken": 0, "known": 0, "refused": 0},
        "told_in": {}, "parts": 0, "rows": 0, "hash": "", "sums": {},
        "started_at": now, "changed_at": now,
    }  # fmt: skip
    return Record(SEAL, id, data)


def get(services: Services, id: str) -> Record:
    """The record of a batch. Raises ``not_found``."""
    found = services.store.get(SEAL, id)
    if found is None:
        raise TodokeError("not_found")
    return found


def keep_input(services: Services, id: str, body: bytes) -> None:
    """Keeps what the batch is made of, sealed, until it is sealed or erased."""
    closed = sealed.seal(services.secrets.data_key, "batch_input", id, body)
    services.private.put(file_key(id), closed)
    # whoever seals or erases it takes the input away; had he done so already, nobody would come
    if get(services, id).data["state"] not in (WAITING, OPEN):
        services.private.delete(file_key(id))


def kept_input(services: Services, id: str) -> bytes:
    """What ``keep_input`` kept. Raises ``not_found``."""
    closed = services.private.get(file_key(id))
    if closed is None:
        raise TodokeError("not_found")
    return sealed.unseal(services.secrets.data_key, "batch_input", id, closed)


def file_key(id: str) -> str:
    """Where the sealed input of a batch is."""
    return f"batches/{id}"


def start(services: Services, id: str, who: str) -> Record:
    """Gives a batch whose input is kept to the workers; again, if it stands still (a button that is
    pressed twice gives it once). who: staff id or "cli". Raises ``not_found``."""
    record = get(services, id)
    writes: list[Write] = []
    if record.data["state"] == WAITING:
        begun = audit.entry(services, who, "batch_begun", f"batch/{id}")
        writes = [changed(services, record, state=OPEN), begun]
    elif stands_still(services, record):
        writes = [changed(services, record)]
    if writes:
        try:
            services.store.commit([*writes, job(services, record, "go_on_batch")])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise  # somebody else pressed the same button
    return get(services, id)


def stands_still(services: Services, record: Record) -> bool:
    """Whether an open batch has lost whoever writes it. One that was last written at a time to come
    was written before the clock was set back."""
    if record.data["state"] != OPEN:
        return False
    return not 0 <= services.clock.unix() - whole(record, "changed_at") <= STILL_SECONDS


def job(services: Services, record: Record, act: str) -> Put:
    """The outbox entry of a job about a batch; asking twice asks once."""
    entry: dict[str, Json] = {
        "act": act,
        "body": {"batch": record.id},
        "lane": lane_of(record),
        "waiting": "waiting",
        "due_at": audit.sort_key(services.clock.unix()),
    }
    return Put(Record("outbox", f"{act}.{record.id}", entry))


def lane_of(record: Record) -> str:
    """A few letters do not wait behind a notice to thousands; thousands of letters do."""
    return LANES[0] if whole(record, "total") <= SMALL else LANES[-1]


def part_id(batch: str, number: int) -> str:
    """Id of what one commit wrote."""
    return f"{batch}.{number:07d}"


def changed(services: Services, record: Record, **changes: Json) -> Replace:
    """The write that changes a batch, under its version."""
    data = {**record.data, **changes, "changed_at": services.clock.unix()}
    return Replace(Record(SEAL, record.id, data, record.version))


def give_up(services: Services, record: Record) -> None:
    """No row comes any more, and the workers erase those that came."""
    after = changed(services, record, state=ERASING)
    services.store.commit([after, job(services, record, "erase_batch")])


# ------------------------------------------------------------------------- telling
def whole(record: Record, field: str) -> int:
    """A field that is a whole number."""
    return cast("int", record.data[field])


def outcome(record: Record, name: str) -> int:
    """How many items were taken | known | refused."""
    return cast("Mapping[str, int]", record.data["outcomes"])[name]


def told_of(
    services: Services, record: Record, name: str, most: int | None = None
) -> list[list[Json]]:
    """What the report says of the items with an outcome, in their order, ``most`` at most."""
    found: list[list[Json]] = []
    wanted = min(outcome(record, name), most if most is not None else outcome(record, name))
    for number in _parts_with(record, name):
        if len(found) >= wanted:
            break
        part = services.store.get("batch_part", part_id(record.id, number))
        lines = cast("list[list[Json]]", part.data["told"]) if part else []
        found += [told[1:] for told in lines if told[0] == name]
    return found[:wanted]


def listed_after(record: Record, outcomes: Collection[str]) -> dict[str, Json]:
    """``told_in`` once the next part tells of items with these outcomes."""
    told_in = cast("Mapping[str, list[Json]]", record.data["told_in"])
    added: dict[str, Json] = {
        name: [*told_in.get(name, []), whole(record, "parts")]
        for name in outcomes
        if len(told_in.get(name, [])) < MOST_LISTED
    }
    return {**told_in, **added}


def _parts_with(record: Record, name: str) -> Iterator[int]:
    """Numbers of the parts that tell of such an item, and behind a full list all others."""
    listed = cast("Mapping[str, list[int]]", record.data["told_in"]).get(name, [])
    yield from listed
    if len(listed) == MOST_LISTED:
        yield from range(listed[-1] + 1, whole(record, "parts"))


def rows_of_part(services: Services, batch: str, number: int) -> Sequence[tuple[str, str]]:
    """(kind, id) of the rows that one commit wrote."""
    part = services.store.get("batch_part", part_id(batch, number))
    rows = cast("list[list[str]]", part.data["rows"]) if part else []
    return [(kind, id) for kind, id in rows]
