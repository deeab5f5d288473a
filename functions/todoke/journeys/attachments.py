"""Attachments: written anew, sealed, kept; erased a day later unless an application claims them.

The record is committed before the file is written, and it goes only after the file has gone: a
crash at any moment leaves a record that the care finds, never a file that nobody knows of.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import address, audit
from todoke.ports import MAX_PAGE, Create, Delete, Json, Range, Record, Replace, Services

LOG = logging.getLogger("todoke.attachments")
#: who is interrupted while filling in a form comes back within a day
WAIT_SECONDS = 24 * 3600
#: between the last moment of claiming and the erasing: no commit takes so long
GAP_SECONDS = 3600
MOST_WAITING = 10
MOST_WAITING_BYTES = 25 * 1024 * 1024
ERASED_AT_ONCE = 80


def take(services: Services, resident: str, body: bytes) -> Record:
    """Writes an upload anew and keeps it, waiting for the application it belongs to. The quota
    may be passed by those under way at the same time; the web lets one person send one.

    Raises ``attachment_refused`` with rule, ``storage_full``; then nothing is kept."""
    _check_quota(services, resident)
    clean = services.cleaner.clean(body)
    id, now = address.new_number("F"), services.clock.unix()
    data: dict[str, Json] = {
        "resident": resident,
        "application": None,
        "media_type": clean.media_type,
        "size": len(clean.body),
        "pages": clean.pages,
        "digest": digest(services, hashlib.sha256(clean.body).hexdigest()),
        "created_at": now,
        "waiting": "waiting",
        "due_at": audit.sort_key(now + WAIT_SECONDS),
    }
    services.store.commit([Create(Record("attachment", id, data))])
    try:
        closed = sealed.seal(services.secrets.data_key, "attachment", id, clean.body)
        services.private.put(file_key(id), closed)
    except Exception:
        with contextlib.suppress(TodokeError):  # the care finds what cannot be erased now
            services.private.delete(file_key(id))
            services.store.commit([Delete("attachment", id)])
        raise
    return Record("attachment", id, data, 1)


def file_key(id: str) -> str:
    """Where the sealed bytes of an attachment are."""
    return f"attachments/{id}"


def waiting(services: Services, resident: str) -> Sequence[Record]:
    """What this person has uploaded and not sent."""
    kept = services.store.find("attachments_by_resident", resident, limit=MAX_PAGE).records
    return [each for each in kept if each.data.get("application") is None]


def _check_quota(services: Services, resident: str) -> None:
    mine = waiting(services, resident)
    size = sum(int(cast("int", each.data["size"])) for each in mine)
    if len(mine) >= MOST_WAITING or size >= MOST_WAITING_BYTES:
        raise TodokeError("attachment_refused", rule="attachment_too_many")


def of_mine(
    services: Services, resident: str, ids: Sequence[str], application: str | None = None
) -> Mapping[str, Record]:
    """The attachments among ``ids`` that this person may send now: waiting ones of her own,
    and those that the application, which is hers to mend, already holds."""
    found = {}
    now = audit.sort_key(services.clock.unix())
    for id in ids:
        record = services.store.get("attachment", id)
        if record is None:
            continue
        owner, due = record.data.get("application"), record.data.get("due_at")
        mine = owner is None and record.data["resident"] == resident
        free = mine and isinstance(due, str) and now < due
        if free or (owner is not None and owner == application):
            found[id] = record
    return found


def contents(services: Services, people: Collection[str], ids: Sequence[str]) -> list[str]:
    """Digests of what is under these numbers, sent or not, sorted. people: residents whose it may
    be: who uploaded it and, once it is sent, whose application holds it."""
    records = (services.store.get("attachment", id) for id in ids)
    return sorted(_digest_of(services, e) for e in records if e and e.data["resident"] in people)


def without_hash(services: Services, record: Record) -> Mapping[str, Json] | None:
    """An attachment of a store before schema 3, whose plain hash told anybody who has the same
    paper that it is here; None for any other."""
    if record.data.get("sha256") is None:
        return None
    return {**record.data, "digest": _digest_of(services, record), "sha256": None}


def _digest_of(services: Services, record: Record) -> str:
    known = record.data.get("digest")
    return str(known) if known else digest(services, str(record.data["sha256"]))


def digest(services: Services, sha256: str) -> str:
    """The field ``digest`` of contents with this SHA-256 (hex): two alike are known by it, and
    nobody who has such a paper too learns from the store that it is here."""
    return sealed.blind(services.secrets.seal_key, "attachment", sha256)


def claim(record: Record, application: str, resident: str) -> Replace:
    """The write that makes it part of the application, in the commit that sends that: from then on
    it is whose the application is."""
    data = {**record.data, "application": application, "waiting": None, "due_at": None}
    data["resident"] = resident
    return Replace(Record(record.kind, record.id, data, record.version))


def erase_due(services: Services) -> int:
    """Erases what nobody sent in time, file first; how many. Part of the tick's care. Under the
    record's version: whoever seals the file anew at this moment would leave it behind."""
    until = Range(high=audit.sort_key(services.clock.unix() - GAP_SECONDS))
    due = services.store.find("attachments_due", "waiting", until, limit=ERASED_AT_ONCE).records
    for record in due:
        services.private.delete(file_key(record.id))
        try:
            services.store.commit([Delete("attachment", record.id, record.version)])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise  # else the next care finds it, and its file if there is one again
    if due:
        LOG.info("attachments_erased", extra={"count": len(due)})
    return len(due)
