"""One SQLite file shared by the store and the queue: its layout, its connections (one per
thread) and the plain words for what the disk does to it.

Several processes may work on the file at once. WAL lets readers go on while one writes;
BEGIN IMMEDIATE takes the write lock before anything is read (a plain BEGIN lost most
read-modify-writes under eight writers); synchronous=FULL because NORMAL loses what was
acknowledged when the power goes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from todoke.adapters.disk import disk_error, sync_folder
from todoke.adapters.sqlite_turns import Turns
from todoke.core.errors import TodokeError
from todoke.store_schema import SCHEMA

#: how long a writer waits for another one before ``storage_unavailable``
BUSY_SECONDS = 5.0
#: a file system with less than this left is called full, whatever name SQLite gives it
FULL_BELOW_BYTES = 64 * 1024

LAYOUT = (
    """CREATE TABLE IF NOT EXISTS record (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,
        version INTEGER NOT NULL, expires_at INTEGER, data TEXT NOT NULL, batch TEXT,
        UNIQUE (kind, id))""",
    """CREATE INDEX IF NOT EXISTS record_expiry ON record (expires_at)
        WHERE expires_at IS NOT NULL""",
    """CREATE TABLE IF NOT EXISTS entry (
        name TEXT NOT NULL, partition TEXT NOT NULL, sort TEXT NOT NULL, id TEXT NOT NULL,
        PRIMARY KEY (name, partition, sort, id)) WITHOUT ROWID""",
    # beyond 64 bits SQLite would silently go on with floats
    """CREATE TABLE IF NOT EXISTS counter (
        name TEXT NOT NULL, key TEXT NOT NULL, cell TEXT NOT NULL,
        value INTEGER NOT NULL CHECK (typeof(value) = 'integer'),
        PRIMARY KEY (name, key, cell)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS job (
        number INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, body TEXT NOT NULL,
        visible_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX IF NOT EXISTS job_due ON job (dead, lane, visible_at, number)",
    """CREATE TABLE IF NOT EXISTS setup (name TEXT PRIMARY KEY, value TEXT NOT NULL)
        WITHOUT ROWID""",
)

#: primary result codes (https://www.sqlite.org/rescode.html) that are the disk's or another
#: program's doing; anything else is a defect of ours and stays a sqlite3.Error
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_PERM: "permission",
    sqlite3.SQLITE_AUTH: "permission",
    sqlite3.SQLITE_IOERR: "input/output error",
    sqlite3.SQLITE_CANTOPEN: "cannot open",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "not a store of Todoke",
}

T = TypeVar("T")

_FORGET_AFTER = {"storage_full", "storage_unavailable"}

#: path -> the writers of this process
_TURNS: dict[str, Turns] = {}


class SqliteFile:
    """Connections to one file; made by ``SqliteStore`` and ``LocalQueue``.

    Raises ``store_schema_newer``, ``storage_unavailable`` or ``storage_full`` when the file
    cannot be opened; it is made with mode 0600 (it holds personal data)."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._turns = _TURNS.setdefault(str(self.path), Turns())
        self._local = threading.local()
        self._opening = threading.Lock()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._close = weakref.finalize(self, _close_all, self._open)
        with said_plainly(self.path):
            self._create()
            self._prepare()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection; each statement sees one moment of the file."""
        with self._forgotten_if_broken():
            yield self._connection()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection inside one write transaction, alone: committed and fsynced
        when the block ends, undone when it raises. For long work; see ``write_together``."""
        with self._turns.alone(BUSY_SECONDS), self._transaction() as connection:
            yield connection

    def write_together(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """What the act returns, once it is committed and fsynced, or raises, undone. Acts that
        wait at the same time share a transaction, each in a savepoint of its own."""

        def told_plainly(connection: sqlite3.Connection) -> T:
            with said_plainly(self.path):
                return act(connection)

        result: T = self._turns.together(told_plainly, self._transaction, BUSY_SECONDS)
        return result

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._forgotten_if_broken():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                _refuse_newer(connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def close(self) -> None:
        """Close the connections of all threads; the next use opens new ones."""
        self._local = threading.local()
        _close_all(self._open)

    @contextlib.contextmanager
    def _forgotten_if_broken(self) -> Iterator[None]:
        try:
            with said_plainly(self.path):
                yield
        except TodokeError as error:
            # after an input/output error a connection may never recover: the next use
            # starts with a fresh one, so that nobody has to restart the program
            if error.code in _FORGET_AFTER and error.details.get("reason") != "busy":
                self._forget()
            raise

    def _connection(self) -> sqlite3.Connection:
        held = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():  # SQLite must not cross a fork
            connection: sqlite3.Connection = held[1]
            return connection
        connection = self._connect()
        self._local.held = (os.getpid(), connection)
        with self._opening:
            for pair in [pair for pair in self._open if not pair[0].is_alive()]:
                self._open.remove(pair)
                pair[1].close()
            self._open.append((threading.current_thread(), connection))
        return connection

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that vanished is an error, never a new and empty store
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            connection.execute("PRAGMA trusted_schema = OFF")
            # what is erased or sealed anew is gone from the pages too, whoever built this SQLite
            connection.execute("PRAGMA secure_delete = ON")
            _refuse_newer(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _forget(self) -> None:
        held = getattr(self._local, "held", None)
        if held is not None:
            self._local.held = None
            with self._opening:
                self._open[:] = [pair for pair in self._open if pair[1] is not held[1]]
            with contextlib.suppress(sqlite3.Error):
                held[1].close()

    def _create(self) -> None:
        if self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        sync_folder(self.path.parent)

    def _prepare(self) -> None:
        connection = self._connection()
        _use_wal(connection)
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found == SCHEMA:
            return
        with self.write() as connection:
            # every statement is IF NOT EXISTS: two programs may start at the same moment
            for statement in LAYOUT:
                connection.execute(statement)
            _add_batch(connection)
            connection.execute(f"PRAGMA user_version = {SCHEMA:d}")


def _use_wal(connection: sqlite3.Connection) -> None:
    # changing the mode does not always wait for another process that is doing the same
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _add_batch(connection: sqlite3.Connection) -> None:
    """A file of schema 1 has no column for it."""
    columns = connection.execute("SELECT name FROM pragma_table_info('record')").fetchall()
    if ("batch",) not in columns:
        connection.execute("ALTER TABLE record ADD COLUMN batch TEXT")


def _refuse_newer(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > SCHEMA:
        raise TodokeError("store_schema_newer", found=found, known=SCHEMA)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # a full disk has already rolled back by itself
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _close_all(connections: list[tuple[threading.Thread, sqlite3.Connection]]) -> None:
    while connections:
        with contextlib.suppress(sqlite3.Error):
            connections.pop()[1].close()


@contextlib.contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """Turns what the disk or another program did to the file into ``storage_full`` or
    ``storage_unavailable``; a defect of ours stays what it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        primary = code & 0xFF
        # the shared-memory file that cannot grow reports an input/output error instead
        if primary == sqlite3.SQLITE_FULL or (
            primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(path)
        ):
            raise TodokeError("storage_full") from error
        if primary in _UNAVAILABLE:
            raise TodokeError("storage_unavailable", reason=_UNAVAILABLE[primary]) from error
        raise
    except OSError as error:
        raise disk_error(error) from error


def _is_full(path: Path) -> bool:
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < FULL_BELOW_BYTES
