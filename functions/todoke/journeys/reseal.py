"""Everything that is sealed, sealed anew with the newest key, while citizens go on.

Each commit is small, under the versions of its records, and holds how far the work has come: so
whoever comes after a crash goes on there, and of two at once the later one goes on alone. A file is
written before its record is written again; which ones are under way is stored first, and where the
record has gone meanwhile the file goes too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, audit, keyring, pay, staff
from todoke.journeys.batch_writing import Pace, never
from todoke.journeys.keyring import FIELDS, FILES
from todoke.ports import Create, Delete, Json, Record, Replace, Services
from todoke.store_schema.keys import NOW, RESEALING

LOG = logging.getLogger("todoke.keys")
#: a page of records; each may be hundreds of kilobytes, and a commit ends at 3.5 MB
ROWS, BYTES = 40, 1_500_000
#: files between two commits: each is written anew in a few milliseconds, or twice after a crash
FILES_AT_ONCE = 8
#: a record that somebody writes all the time is met again so often
ROUNDS = 20

#: what an older program stored plainly, in the form of today; None where it is already
_UPGRADES: Mapping[str, Callable[[Services, Record], Mapping[str, Json] | None]] = {
    "attachment": attachments.without_hash,
    "checkout": pay.with_sealed_page,
    "staff": staff.with_sealed_name,
}
KINDS = tuple(sorted({*FIELDS, *FILES, *_UPGRADES}))


def no_one(done: int, kind: str) -> None:
    """For whoever does not watch."""


def reseal(
    services: Services,
    enough: Callable[[], bool] = never,
    told: Callable[[int, str], None] = no_one,
    *,
    actor: str = "cli",
) -> int | None:
    """Goes on where the last call ended, to the end; how many records and files were sealed anew
    in all, None where ``enough`` ended it before. told: hears of each commit.

    Raises ``resealing_elsewhere`` when somebody else has begun meanwhile: he goes on."""
    work = _Work(services, told)
    try:
        work.take_over()
        while work.kind is not None:
            if enough():
                return None
            work.page()
        return work.finish(actor)
    except TodokeError as error:
        if error.details.get("kind") != RESEALING:
            raise
        raise TodokeError("resealing_elsewhere") from error


class _Work:
    """One sealing anew: its progress, and the commits that move it."""

    def __init__(self, services: Services, told: Callable[[int, str], None]) -> None:
        self._services, self._told, self._pace = services, told, Pace()
        self._progress = Record(RESEALING, NOW, {})
        self._number = 0

    @property
    def kind(self) -> str | None:
        """At which kind it is; None at the end."""
        return str(self._progress.data["kind"]) or None

    def take_over(self) -> None:
        """From nothing, or from whoever did it before, dead or alive."""
        services = self._services
        services.secrets.data_key.forget()
        self._number = services.secrets.data_key.newest()
        found = keyring.resealing(services)
        left = found.data["files"] if found else []
        fresh: dict[str, Json] = {
            "number": self._number, "kind": KINDS[0], "cursor": None, "files": left, "done": 0,
        }  # fmt: skip
        self._progress = found or self._progress
        if found is None or found.data["number"] != self._number:
            self._progress = replace(self._progress, data=fresh)
        self._keep([])
        under_way = cast("Sequence[str]", self._progress.data["files"])
        for key in (of(each) for of in FILES.values() for each in under_way):
            services.private.tidy(key)
        self._settle_files(under_way)

    def page(self) -> None:
        """The next records of the kind."""
        kind, cursor = str(self.kind), cast("str | None", self._progress.data["cursor"])
        found = self._services.store.walk(kind, limit=ROWS, cursor=cursor)
        for group in _groups([each for each in found.records if self._anew(each) is not None]):
            self._pace.keep(partial(self._rewrite, group))
        if kind in FILES:
            for start in range(0, len(found.records), FILES_AT_ONCE):
                self._files(found.records[start : start + FILES_AT_ONCE])
        if found.cursor is not None:
            self._move(cursor=found.cursor)
        else:
            later = [each for each in KINDS if each > kind]
            self._move(kind=later[0] if later else "", cursor=None)
            self._keep([])

    def finish(self, actor: str) -> int:
        """The end, on record."""
        done = int(str(self._progress.data["done"]))
        about = f"key/{self._number}"
        self._services.store.commit(
            [
                Delete(RESEALING, NOW, self._progress.version),
                audit.entry(self._services, actor, "keys_resealed", about, {"count": done}),
            ]
        )
        return done

    # ------------------------------------------------------------------ records
    def _rewrite(self, records: Sequence[Record]) -> None:
        """In one commit with the progress; again with fresh records where somebody wrote one."""
        for _ in range(ROUNDS):
            writes = [replace(each, data=data) for each in records if (data := self._anew(each))]
            if not writes:
                return
            try:
                self._keep([Replace(each) for each in writes], len(writes))
            except TodokeError as error:
                self._unless_another_wrote(error)
                records = self._fresh(records)
            else:
                return
        raise TodokeError("storage_unavailable")

    def _anew(self, record: Record) -> Mapping[str, Json] | None:
        """The data of a record sealed anew, None where nothing is to be done. One that cannot be
        read must not keep the others from it; it stays as it is, and counted."""
        try:
            return self._sealed_anew(record)
        except TodokeError as error:
            self._unless_closed(error, record.kind, record.id)
            return None

    def _sealed_anew(self, record: Record) -> Mapping[str, Json] | None:
        upgrade = _UPGRADES.get(record.kind)
        data = (upgrade(self._services, record) if upgrade else None) or record.data
        keys, changes = self._services.secrets.data_key, dict[str, Json]()
        for name in FIELDS.get(record.kind, ()):
            value = data.get(name)
            if value is not None and sealed.number_in(value) != self._number:
                changes[name] = sealed.again_in(keys, record.kind, record.id, value)
        return {**data, **changes} if changes or data is not record.data else None

    def _fresh(self, records: Sequence[Record]) -> list[Record]:
        kind, ids = records[0].kind, [each.id for each in records]
        return list(self._services.store.get_many(kind, ids).values())

    # ------------------------------------------------------------------ files
    def _files(self, records: Sequence[Record]) -> None:
        kind = str(self.kind)
        wanted = [each.id for each in records if self._old_file(kind, each.id) is not None]
        if not wanted:
            return
        self._move(files=list(wanted))
        self._keep([])
        for id in wanted:
            self._pace.keep(partial(self._file_anew, kind, id))
        self._settle_files(wanted)

    def _old_file(self, kind: str, id: str) -> bytes | None:
        closed = self._services.private.get(FILES[kind](id))
        same = closed is None or sealed.number_of(closed) == self._number
        return None if same else closed

    def _file_anew(self, kind: str, id: str) -> None:
        closed = self._old_file(kind, id)
        if closed is None:
            return
        try:
            again = sealed.again(self._services.secrets.data_key, kind, id, closed)
        except TodokeError as error:
            self._unless_closed(error, kind, id)
        else:
            self._services.private.put(FILES[kind](id), again)

    def _settle_files(self, ids: Sequence[str]) -> None:
        """Each record once more under its version, so that whoever erases it at this moment looks
        for its file again; where it has gone, the file goes. Then none is under way."""
        if not ids:
            return
        kind = next(iter(FILES))
        for _ in range(ROUNDS):
            there = self._services.store.get_many(kind, ids)
            for gone in (each for each in ids if each not in there):
                self._services.private.delete(FILES[kind](gone))
            self._move(files=[])
            try:
                self._keep([Replace(each) for each in there.values()], len(there))
            except TodokeError as error:
                self._move(files=list(ids))
                self._unless_another_wrote(error)
            else:
                return
        raise TodokeError("storage_unavailable")

    # ------------------------------------------------------------------ progress
    def _move(self, **changes: Json) -> None:
        self._progress = replace(self._progress, data={**self._progress.data, **changes})

    def _keep(self, writes: Sequence[Replace], more: int = 0) -> None:
        """A commit with the progress, under its version."""
        done = int(str(self._progress.data["done"])) + more
        data = {**self._progress.data, "done": done, "changed_at": self._services.clock.unix()}
        moved = replace(self._progress, data=data)
        self._services.store.commit([Replace(moved) if moved.version else Create(moved), *writes])
        self._progress = replace(moved, version=moved.version + 1)
        self._told(done, str(data["kind"]))

    def _unless_closed(self, error: TodokeError, kind: str, id: str) -> None:
        if error.code not in sealed.CLOSED:
            raise error
        LOG.error("cannot_be_sealed_anew", extra={"code": error.code, "kind": kind, "id": id})

    def _unless_another_wrote(self, error: TodokeError) -> None:
        if error.code != "version_conflict" or error.details.get("kind") == RESEALING:
            raise error


def _groups(records: Sequence[Record]) -> Iterator[list[Record]]:
    """As many as one commit takes."""
    group: list[Record] = []
    size = 0
    for record in records:
        heavy = sum(len(each) for each in record.data.values() if isinstance(each, str))
        if group and size + heavy > BYTES:
            yield group
            group, size = [], 0
        group.append(record)
        size += heavy
    if group:
        yield group
