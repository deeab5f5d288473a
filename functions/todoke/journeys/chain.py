"""The record of acts becomes a chain (docs/adr/0032): link by link, each one commit under the
version of the head, so that of two ticks one gets through and a crash repeats what was not done.

``core/audit_chain.py`` says what a link is, ``journeys/verify.py`` looks whether all of it is
there.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from todoke.core import audit_chain
from todoke.core.audit_chain import Anchor, Head, Link, Promise
from todoke.core.errors import TodokeError
from todoke.journeys import audit, batch_care, batches
from todoke.ports import (
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    Create,
    Delete,
    Json,
    Message,
    Put,
    Record,
    Replace,
    Services,
    Write,
)
from todoke.store_schema.batches import SEALED

LOG = logging.getLogger("todoke.chain")
HEAD = "chain.head"
#: entries of one link: each is written once more, beside the head and the link itself
MOST = MAX_COMMIT_WRITES - 2
#: entries of a link that writes none of them
MOST_ROWS = MAX_PAGE
#: entries from before the chain are taken in once no older program writes any: two versions run
#: side by side for minutes when a city is brought up to date
EARLIER_AFTER_SECONDS = 3600
#: somebody else lengthens the chain at this moment: so often it is tried again
ATTEMPTS = 50
ALL_ANCHORS = "audit/roots.json"
PUBLISHED = "chain.published"
#: what a store of files says while it is off or full
OFF = ("storage_unavailable", "storage_full")


@dataclass(frozen=True, slots=True)
class Stored:
    """The head, and the version of the setting that holds it; 0 before the first link."""

    head: Head
    version: int


def stored_head(services: Services) -> Stored:
    """Raises ``audit_chain_damaged`` for a head that this city did not write."""
    record = services.store.get("setting", HEAD)
    if record is None:
        after = services.clock.unix() + EARLIER_AFTER_SECONDS
        return Stored(Head(marking={"after": after}), 0)
    head = audit_chain.read_head(services.secrets.seal_key, record.data["value"])
    if head is None:
        raise TodokeError("audit_chain_damaged")
    return Stored(head, record.version)


def can_go_on(services: Services) -> bool:
    """Whether the chain ends where its head says; ``journeys/verify.py`` looks at all of it."""
    try:
        head = stored_head(services).head
    except TodokeError as error:
        if error.code != "audit_chain_damaged":
            raise
        return False
    last, more = (audit_chain.link_id(head.number + each) for each in (0, 1))
    there = services.store.get_many("chain_link", [last, more])
    fits = not head.number or (last in there and there[last].data["hash"] == head.hash)
    return fits and (more not in there or stored_head(services).head != head)


# --------------------------------------------------------------------- acts of every day
def lengthen(services: Services, seconds: float) -> int:
    """Part of the tick: takes what waits into the chain; how many entries. Raises
    ``audit_chain_damaged``."""
    done, until = 0, time.monotonic() + seconds
    while True:
        some = _one_link(services)
        done += some
        if some < MOST or time.monotonic() > until:
            return done


def _one_link(services: Services) -> int:
    found = services.store.find("audit_waiting", audit_chain.WAITING, limit=MOST).records
    if not found:
        return 0
    taken: list[Write] = [
        Replace(replace(each, data={**each.data, "chain": None})) for each in found
    ]
    promises = [_promise(each) for each in found]
    done = _append(services, stored_head(services), [(audit_chain.ACTS, promises, "")], taken)
    return len(found) if done else 0


def _promise(entry: Record, mac: str | None = None) -> Promise:
    """What a link says of an entry: the commitment that was written with it, whatever it is now."""
    return entry.id, str(entry.data["act"]), mac or str(entry.data.get("mac"))


def _append(
    services: Services,
    stored: Stored,
    parts: Sequence[tuple[str, Sequence[Promise], str]],
    beside: Sequence[Write] = (),
) -> bool:
    """Commits one link for each part (what, entries, salt), the head behind them, and what goes
    with them. False when somebody else was quicker. Raises ``audit_chain_damaged`` when there is
    a link already where the chain ends."""
    head, links = stored.head, list[Link]()
    for what, promises, salt in parts:
        head, link = head.next(what, promises, services.clock.unix(), salt)
        links.append(link)
    moved = _moved(services, head, stored.version)
    made = [Create(Record("chain_link", each.id, each.data())) for each in links]
    try:
        services.store.commit([moved, *made, *beside])
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        in_the_way = error.details.get("kind") == "chain_link"
        if in_the_way and stored_head(services).version == stored.version:
            raise TodokeError("audit_chain_damaged") from error
        return False
    return True


def _moved(services: Services, head: Head, version: int) -> Write:
    value = head.text(services.secrets.seal_key)
    record = Record("setting", HEAD, {"value": value}, version)
    return Replace(record) if version else Create(record)


# ------------------------------------------------------------------- rows of an import
def link_batch(services: Services, job: Message) -> None:
    """Takes the entries of a sealed import into the chain, a thousand to a link; a copy of the job
    goes on where this one is. They came in too many to be written twice, so no index knows them:
    the list of the rows does."""
    record = batches.get(services, str(job.body["batch"]))
    if record.data["state"] != SEALED:
        return
    over = batch_care.slice_over()
    for _ in range(batches.whole(record, "parts") + ATTEMPTS):
        part, version = done_of(services, record.id)
        if part >= batches.whole(record, "parts"):
            return
        if over():
            batch_care.ask_on(services, job)
            return
        after, rows = _rows_from(services, record, part)
        moved = Record("setting", _progress(record.id), {"value": str(after)}, version)
        parts = [(audit_chain.ROWS, rows, "")] if rows else []
        beside: list[Write] = [Replace(moved) if version else Create(moved)]
        _append(services, stored_head(services), parts, beside)
    raise TodokeError("storage_unavailable")


def done_of(services: Services, batch: str) -> tuple[int, int]:
    """(parts of an import whose entries are in the chain, version of the setting that says so)."""
    record = services.store.get("setting", _progress(batch))
    return (0, 0) if record is None else (int(str(record.data["value"])), record.version)


def entries_of_part(services: Services, batch: str, part: int) -> list[str]:
    """Ids of the entries that one commit of an import wrote."""
    keys = batches.rows_of_part(services, batch, part)
    return [id for kind, id in keys if kind == "audit"]


def _progress(batch: str) -> str:
    return f"chain.batch.{batch}"


def _rows_from(services: Services, record: Record, part: int) -> tuple[int, list[Promise]]:
    """The next part that is not taken, and the entries before it: as many as a link holds."""
    rows: list[Promise] = []
    while part < batches.whole(record, "parts"):
        ids = entries_of_part(services, record.id, part)
        if len(rows) + len(ids) > MOST_ROWS:
            break
        found = services.store.get_many("audit", ids)
        # what an older program wrote has no commitment of its own: it is marked with the earlier
        rows += [_promise(found[id]) for id in ids if id in found and found[id].data.get("mac")]
        part += 1
    return part, rows


# ------------------------------------------------------------- what is older than the chain
def take_in_earlier(services: Services, seconds: float) -> int:
    """Part of the tick's care: takes the entries from before the chain into it, once; how many."""
    taken, until = 0, time.monotonic() + seconds
    while time.monotonic() <= until:
        stored = stored_head(services)
        marking = stored.head.marking
        if marking is None:
            break
        if not stored.version:
            _append(services, stored, [])
        elif "after" in marking and int(marking["after"]) > services.clock.unix():
            break
        else:
            taken += _take_some(services, stored, marking.get("cursor"))
    return taken


def _take_some(services: Services, stored: Stored, cursor: str | None) -> int:
    page = services.store.walk("audit", MOST_ROWS, cursor)
    key, salt = services.secrets.seal_key, secrets.token_hex(audit_chain.SALT_BYTES)
    promises = [
        _promise(each, audit_chain.commitment(key, each.id, each.data, salt))
        for each in page.records
        if each.data.get("mac") is None and each.data.get("salt") is None
    ]
    parts = [(audit_chain.EARLIER, promises, salt)] if promises else []
    if page.cursor is None:
        parts.append((audit_chain.BEGUN, [], ""))
    marking = None if page.cursor is None else {"cursor": page.cursor}
    moving = replace(stored, head=replace(stored.head, marking=marking))
    return len(promises) if _append(services, moving, parts) else 0


# ------------------------------------------------------------------- what is kept no more
def let_go(services: Services, entries: Sequence[Record]) -> bool:
    """Erases at most ``MOST`` entries whose years are over, and names them in a link of the same
    commit: so ``journeys/verify.py`` knows that nobody took them out. False when somebody else was
    quicker. Raises ``audit_chain_damaged``."""
    gone: list[Write] = [Delete("audit", each.id, each.version) for each in entries]
    promises = [_promise(each) for each in entries]
    return _append(services, stored_head(services), [(audit_chain.ERASED, promises, "")], gone)


# ------------------------------------------------------------------------------- the anchor
def anchor(services: Services) -> int:
    """Part of the tick's care: once a day, publishes where the chain ends; how many anchors were
    made. Nothing that is published is ever written over, also after a restore from a backup."""
    day = services.clock.now().astimezone(audit.JST).date().isoformat()
    published = services.store.get("setting", PUBLISHED)
    if published is not None and published.data["value"] == day:
        return 0
    made = _anchor_of(services, day)
    if made is None:
        return 0
    try:
        _publish(services, made)
    except TodokeError as error:
        if error.code not in OFF:
            raise
        # the public files are away: the next minute tries again, and the anchor stands meanwhile
        LOG.warning("anchor_not_published", extra={"code": error.code})
        return 0
    services.store.commit([Put(Record("setting", PUBLISHED, {"value": day}))])
    return 1


def _publish(services: Services, made: Anchor) -> None:
    key = f"audit/{made.day}.json"
    if services.blobs.get(key) is None:
        services.blobs.put(key, _file({"format": 1, **made.shown()}))
    known = {each.day: each for each in published_anchors(services) or ()}
    own = {each.day: each for each in kept_anchors(services)}
    every = {made.day: made} | own | known
    listed = [every[each].shown() for each in sorted(every)]
    services.blobs.put(ALL_ANCHORS, _file({"format": 1, "anchors": listed}))


def _anchor_of(services: Services, day: str) -> Anchor | None:
    """The anchor of a day, made if there is none; None while there is nothing to anchor."""
    for _ in range(2):
        found = services.store.get("chain_anchor", day)
        if found is not None:
            return _read_anchor(found)
        head = stored_head(services).head
        if not head.number:
            return None
        data: dict[str, Json] = {
            "all": "all", "day": day, "links": head.number, "entries": head.total,
            "root": head.hash,
        }  # fmt: skip
        try:
            services.store.commit([Create(Record("chain_anchor", day, data))])
        except TodokeError as error:
            if error.code != "record_exists":
                raise
    return None


def kept_anchors(services: Services) -> list[Anchor]:
    """All anchors this store made, by day."""
    found, cursor = list[Anchor](), None
    while True:
        page = services.store.find("chain_anchors", "all", limit=MAX_PAGE, cursor=cursor)
        found += [_read_anchor(each) for each in page.records]
        cursor = page.cursor
        if cursor is None:
            return found


def _read_anchor(record: Record) -> Anchor:
    data = record.data
    links, entries = cast("int", data["links"]), cast("int", data["entries"])
    return Anchor(str(data["day"]), links, entries, str(data["root"]))


def published_anchors(services: Services) -> list[Anchor] | None:
    """What the public file says; None where there is none, or none that can be read."""
    blob = services.blobs.get(ALL_ANCHORS)
    if blob is None:
        return None
    try:
        return audit_chain.read_anchors(json.loads(blob.body))
    except (ValueError, RecursionError):
        return None


def _file(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()
