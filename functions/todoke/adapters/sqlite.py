"""The Store on one SQLite file: a table of records, a table of index lines kept with them in
the same transaction, a table of counters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from todoke.adapters import cursors, sqlite_care
from todoke.adapters.sqlite_file import SqliteFile
from todoke.adapters.store_rules import (
    COUNTER_KIND,
    check_commit,
    check_find,
    check_many,
    check_walk,
    counter_of,
    entries,
    is_key,
    is_sealed,
)
from todoke.core.errors import TodokeError
from todoke.ports import (
    Check,
    Clock,
    Count,
    Create,
    Delete,
    Page,
    Put,
    Range,
    Record,
    Replace,
    Write,
)
from todoke.store_schema.batches import SEAL, SEALED

#: the rows everybody sees: those of no batch, and those of a batch whose line says sealed
_VISIBLE = f"""(r.batch IS NULL OR EXISTS (SELECT 1 FROM entry AS s WHERE s.name = 'batches'
    AND s.partition = '{SEALED}' AND s.sort = r.batch AND s.id = r.batch))"""  # noqa: S608 (constants only)
#: above every text: SQLite orders a blob after any text
_TOP = b""

# Only one lower and one upper bound each, so that SQLite walks the key of ``entry`` from the
# first line wanted to the last and touches no other.
_FIND_UP, _FIND_DOWN = (
    f"""SELECT e.sort, r.id, r.data, r.version, r.expires_at
    FROM entry AS e CROSS JOIN record AS r ON r.kind = :kind AND r.id = e.id
    WHERE e.name = :index AND e.partition = :partition AND {bounds}
      AND (r.expires_at IS NULL OR r.expires_at > :now) AND {_VISIBLE}
    ORDER BY e.sort {order}, e.id {order} LIMIT :limit"""  # noqa: S608 (constants only)
    for bounds, order in (
        ("(e.sort, e.id) > (:sort, :id) AND e.sort <= :end", "ASC"),
        ("(e.sort, e.id) < (:sort, :id) AND e.sort >= :end", "DESC"),
    )
)

# One statement for any number of ids, so that it sees one moment of the file; the ids travel as
# one JSON text, because a list of parameters would be another statement for each length.
_GET_MANY = f"""SELECT r.id, r.data, r.version, r.expires_at
    FROM json_each(:ids) AS wanted CROSS JOIN record AS r ON r.kind = :kind AND r.id = wanted.value
    WHERE (r.expires_at IS NULL OR r.expires_at > :now) AND {_VISIBLE}"""  # noqa: S608 (constants only)

_WALK = f"""SELECT r.id, r.data, r.version, r.expires_at FROM record AS r
    WHERE r.kind = :kind AND r.id > :after
      AND (r.expires_at IS NULL OR r.expires_at > :now) AND {_VISIBLE}
    ORDER BY r.id LIMIT :limit"""  # noqa: S608 (constants only)


class SqliteStore:
    """Implements ``ports.Store``. Threads and other processes may use the file at once.

    Raises ``store_schema_newer``, ``storage_unavailable``, ``storage_full`` on opening."""

    lag = 0

    def __init__(self, path: Path, clock: Clock) -> None:
        self._file = SqliteFile(path)
        self._clock = clock
        sqlite_care.index_what_is_declared(self._file)

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        self._file.close()

    def get(self, kind: str, id: str) -> Record | None:
        """See ``ports.Store.get``. An id that no backend could hold is simply absent."""
        counter = counter_of(kind)
        if not is_key(id):
            return None
        with self._file.read() as db:
            if counter is not None:
                return _counted(db, counter, id)
            row = _row(db, kind, id, _VISIBLE)
        if row is None or not row.version_at(self._clock.unix()):
            return None
        return Record(kind, id, json.loads(row.data), row.version, row.expires_at)

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """See ``ports.Store.get_many``; one statement."""
        values = {"kind": kind, "ids": json.dumps(check_many(kind, ids))}
        with self._file.read() as db:
            rows = db.execute(_GET_MANY, values | {"now": self._clock.unix()}).fetchall()
        return {record.id: record for record in _records(kind, rows)}

    def rows_of(self, batch: str, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """See ``ports.Store.rows_of``."""
        now, found = self._clock.unix(), []
        with self._file.read() as db:
            for kind, id in keys:
                row = _row(db, kind, id)
                if row is not None and row.batch == batch and row.version_at(now):
                    data = json.loads(row.data)
                    found.append(Record(kind, id, data, row.version, row.expires_at, batch))
        return found

    def find(
        self,
        index: str,
        partition: str,
        range: Range = Range(),  # noqa: B008 (frozen)
        limit: int = 100,
        cursor: str | None = None,
        descending: bool = False,
    ) -> Page:
        """See ``ports.Store.find``. Raises ``bad_field`` for a cursor of another list."""
        kind = check_find(index, limit).kind
        listing = cursors.listing(index, partition, descending)
        after = None if cursor is None else cursors.read(listing, cursor)
        if not is_key(partition):
            return Page(())
        values = {"kind": kind, "index": index, "partition": partition, "limit": limit + 1}
        values |= {"now": self._clock.unix(), **_bounds(range, after, descending)}
        with self._file.read() as db:
            rows = db.execute(_FIND_DOWN if descending else _FIND_UP, values).fetchall()
        records = _records(kind, (row[1:] for row in rows[:limit]))
        more = len(rows) > limit
        return Page(records, cursors.write(listing, *rows[limit - 1][:2]) if more else None)

    def walk(self, kind: str, limit: int = 100, cursor: str | None = None) -> Page:
        """See ``ports.Store.walk``; by id."""
        check_walk(kind, limit)
        listing = cursors.listing("", kind, False)
        after = "" if cursor is None else cursors.read(listing, cursor)[1]
        values = {"kind": kind, "after": after, "limit": limit + 1, "now": self._clock.unix()}
        with self._file.read() as db:
            rows = db.execute(_WALK, values).fetchall()
        records = _records(kind, rows[:limit])
        more = len(rows) > limit
        return Page(records, cursors.write(listing, "", records[-1].id) if more else None)

    def commit(self, writes: Sequence[Write]) -> None:
        """See ``ports.Store.commit``."""
        texts = check_commit(writes)
        if not writes:
            return

        def apply_all(db: sqlite3.Connection) -> None:
            now = self._clock.unix()
            for write, text in zip(writes, texts, strict=True):
                _apply(db, write, text, now)

        self._file.write_together(apply_all)

    def purge(self, limit: int = 1000) -> int:
        """See ``ports.Store.purge``."""
        with self._file.write() as db:
            expired = db.execute(
                "SELECT kind, id FROM record WHERE expires_at <= ? LIMIT ?",
                (self._clock.unix(), limit),
            ).fetchall()
            for kind, id in expired:
                _write_row(db, kind, id, None)
        return len(expired)

    def backup_to(self, path: Path) -> None:
        """A whole, checked copy of the file as of one moment (the queue's jobs are in it),
        while others go on writing. ``path`` appears, mode 0600, only when it is complete.

        Raises ``storage_full``, ``storage_unavailable``."""
        sqlite_care.back_up(self._file, path)

    def integrity(self) -> Sequence[str]:
        """What is wrong with the file, one sentence each without record data; empty when
        sound. Reads everything."""
        return sqlite_care.faults(self._file)


@dataclass(frozen=True, slots=True)
class _Row:
    version: int
    expires_at: int | None
    data: str
    batch: str | None

    def version_at(self, now: int) -> int:
        """The version that a condition sees: 0 once expired."""
        return 0 if self.expires_at is not None and self.expires_at <= now else self.version


def _row(db: sqlite3.Connection, kind: str, id: str, rule: str = "TRUE") -> _Row | None:
    """What is stored; conditions see what waits in a batch as well, readers give ``_VISIBLE``."""
    found = db.execute(
        f"""SELECT version, expires_at, data, batch FROM record AS r
        WHERE kind = ? AND id = ? AND {rule}""",  # noqa: S608 (constants only)
        (kind, id),
    ).fetchone()
    return None if found is None else _Row(*found)


def _records(kind: str, rows: Iterable[tuple[str, str, int, int | None]]) -> list[Record]:
    """Of rows of id, data, version and expiry; their data is parsed as one list, which takes half
    the time of parsing each."""
    rows = list(rows)
    all_data = json.loads(f"[{','.join(row[1] for row in rows)}]")
    return [
        Record(kind, id, data, version, expires_at)
        for (id, _, version, expires_at), data in zip(rows, all_data, strict=True)
    ]


def _counted(db: sqlite3.Connection, counter: str, key: str) -> Record | None:
    cells = db.execute(
        "SELECT cell, value FROM counter WHERE name = ? AND key = ?", (counter, key)
    ).fetchall()
    return Record(COUNTER_KIND + counter, key, dict(cells)) if cells else None


def _apply(db: sqlite3.Connection, write: Write, text: str, now: int) -> None:
    if isinstance(write, Count):
        _count(db, write)
        return
    kind, id = (write.kind, write.id) if isinstance(write, Delete | Check) else _named(write)
    row = _row(db, kind, id)
    version = row.version_at(now) if row else 0
    _refuse_failed_condition(write, kind, id, version)
    if kind == SEAL and row and not isinstance(write, Check):
        _refuse_sealed(row, id)
    if isinstance(write, Put) and row:
        version = row.version  # grows whatever was there, also over an expired one
    if isinstance(write, Delete):
        _write_row(db, kind, id, None, row)
    elif not isinstance(write, Check):
        record = write.record
        _write_row(db, kind, id, _Row(version + 1, record.expires_at, text, record.batch), row)


def _named(write: Create | Replace | Put) -> tuple[str, str]:
    return write.record.kind, write.record.id


def _refuse_failed_condition(write: Write, kind: str, id: str, version: int) -> None:
    if isinstance(write, Create) and version:
        raise TodokeError("record_exists", kind=kind, id=id)
    wanted = None
    if isinstance(write, Replace):
        wanted = write.record.version or -1  # a record never stored replaces nothing
    elif isinstance(write, Delete | Check):
        wanted = write.version
    if wanted is not None and wanted != version:
        raise TodokeError("version_conflict", kind=kind, id=id)


def _refuse_sealed(row: _Row, id: str) -> None:
    if is_sealed(Record(SEAL, id, json.loads(row.data))):
        raise TodokeError("version_conflict", kind=SEAL, id=id)


def _write_row(
    db: sqlite3.Connection, kind: str, id: str, new: _Row | None, old: _Row | None = None
) -> None:
    """Write or erase one record together with its lines in the indexes."""
    old = old or _row(db, kind, id)
    before = entries(kind, json.loads(old.data)) if old else frozenset()
    after = entries(kind, json.loads(new.data)) if new else frozenset()
    db.executemany(
        "DELETE FROM entry WHERE name = ? AND partition = ? AND sort = ? AND id = ?",
        [(*entry, id) for entry in before - after],
    )
    db.executemany(
        "INSERT OR IGNORE INTO entry (name, partition, sort, id) VALUES (?, ?, ?, ?)",
        [(*entry, id) for entry in after - before],
    )
    if new is None:
        db.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, id))
        return
    db.execute(
        """INSERT INTO record (kind, id, version, expires_at, data, batch)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version,
            expires_at = excluded.expires_at, data = excluded.data, batch = excluded.batch""",
        (kind, id, new.version, new.expires_at, new.data, new.batch),
    )


def _count(db: sqlite3.Connection, count: Count) -> None:
    db.executemany(
        """INSERT INTO counter (name, key, cell, value) VALUES (?, ?, ?, ?)
        ON CONFLICT (name, key, cell) DO UPDATE SET value = value + excluded.value""",
        [(count.counter, count.key, cell, step) for cell, step in count.cells.items()],
    )


def _bounds(
    range: Range, after: tuple[str, str] | None, descending: bool
) -> Mapping[str, str | bytes]:
    """Where to start (exclusive: sort and id) and where to end (inclusive: sort)."""
    if descending:
        # the highest wanted line, and above it every id: an id is text, so below _TOP
        start: tuple[str | bytes, str | bytes] = (_TOP if range.high is None else range.high, _TOP)
        if after is not None and (range.high is None or after[0] <= range.high):
            start = after
        end: str | bytes = range.low or ""
    else:
        start = (range.low or "", "")  # no id is empty, so this includes every line of low
        if after is not None and after[0] >= (range.low or ""):
            start = after
        end = _TOP if range.high is None else range.high
    return {"sort": start[0], "id": start[1], "end": end}
