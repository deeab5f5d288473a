"""Care of the store's file: a copy while others write, a look for damage, and index lines
for what ``store_schema`` declared since the file was made."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from todoke.adapters.disk import sync_folder
from todoke.adapters.sqlite_file import SqliteFile, said_plainly
from todoke.adapters.store_rules import Entry, entries
from todoke.core.errors import TodokeError
from todoke.store_schema import INDEXES


def back_up(file: SqliteFile, path: Path) -> None:
    """Copy the file through SQLite's backup interface (a plain copy of the .db file under
    writes is unusable), check the copy, then give it its name."""
    path = path.absolute()
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with file.read() as source, said_plainly(path):
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            _copy(source, part)
            part.replace(path)
            sync_folder(path.parent)
        finally:
            for beside in ("", "-journal", "-wal", "-shm"):
                Path(f"{part}{beside}").unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, part: Path) -> None:
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = FULL")
        # all pages in one step: step by step, every foreign write would start it over
        source.backup(copy)
        # one file that needs no -wal beside it
        copy.execute("PRAGMA journal_mode = DELETE")
        sound = copy.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    if not sound:
        raise TodokeError("storage_unavailable", reason="damaged")


def faults(file: SqliteFile) -> Sequence[str]:
    """What is wrong, one sentence each; empty when sound."""
    with file.read() as db:
        rows = db.execute("PRAGMA integrity_check(20)").fetchall()
        damage = [str(row[0]) for row in rows if row[0] != "ok"]
        if damage:
            return damage
        db.execute("BEGIN")  # both tables as of one moment
        try:
            stored = set(db.execute("SELECT name, partition, sort, id FROM entry"))
            right = {(*entry, id) for entry, id in _right_entries(db)}
        finally:
            db.execute("ROLLBACK")
    missing, surplus = len(right - stored), len(stored - right)
    return [f"index lines: {missing} missing, {surplus} too many"] if missing or surplus else []


def index_what_is_declared(file: SqliteFile) -> None:
    """Write all index lines anew when the declared indexes differ from those of the file."""
    declared = json.dumps(sorted(map(repr, INDEXES.values())))
    if _indexed(file) == declared:
        return
    with file.write() as db:
        lines = [(*entry, id) for entry, id in _right_entries(db)]
        db.execute("DELETE FROM entry")
        db.executemany("INSERT INTO entry (name, partition, sort, id) VALUES (?, ?, ?, ?)", lines)
        db.execute("INSERT OR REPLACE INTO setup (name, value) VALUES ('indexes', ?)", (declared,))


def _indexed(file: SqliteFile) -> str | None:
    with file.read() as db:
        found = db.execute("SELECT value FROM setup WHERE name = 'indexes'").fetchone()
    return None if found is None else str(found[0])


def _right_entries(db: sqlite3.Connection) -> Iterator[tuple[Entry, str]]:
    for kind, id, data in db.execute("SELECT kind, id, data FROM record"):
        for entry in entries(kind, json.loads(data)):
            yield entry, id
