"""Starts ``todoke`` for the crash tests: ``python -m tests.crash.start FAULT SITE serve …``.

SITE is "publish" (as the product does at every start) or "keep": what is published stays, so
that a test can afford many starts.

FAULT is "none", or one of the mistakes that the crash tests must notice:

deferred   a commit is kept in memory and reaches the disk up to two seconds after the answer
no_outbox  what a commit asks to be done is remembered by this process only
forgetful  what was sent with an idempotency key is not known again
unwritten  a commit that the disk refused counts as done
any_clock  what is past its time is erased whatever the clock did
narrow  (no mistake) each request takes a quarter of a second: the city serves 32 a second
patient  the same, and nobody is ever refused because of a crowd
plain_waitress  waitress as it comes: no drain on SIGTERM, a hundred connections
"""

from __future__ import annotations

import contextlib
import ctypes
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from waitress.server import create_server

from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.adapters.sqlite_file import SqliteFile
from todoke.core.errors import TodokeError
from todoke.entry import cli, local, server
from todoke.journeys import clock_watch, deliver, once, publish
from todoke.ports import Clock, Create, Put, Record, Services, Write

#: a killed worker's job comes back after this; the product's minute is not what is tested
VISIBLE_SECONDS = 2
LATE_SECONDS = 2.0
NARROW_PER_SECOND = 32


class _Shared:
    """One connection for the whole process, inside one transaction that is committed late."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.lock = threading.RLock()
        self.connection = connect()
        threading.Thread(target=self._commit_late, daemon=True).start()

    def _commit_late(self) -> None:
        while True:
            time.sleep(LATE_SECONDS)
            with self.lock:
                if self.connection.in_transaction:
                    self.connection.execute("COMMIT")


def defer_commits() -> None:
    """Every thread reads what was "committed", so the fault shows only after a kill."""
    shared: dict[str, _Shared] = {}

    def of(file: SqliteFile) -> _Shared:
        if str(file.path) not in shared:
            shared[str(file.path)] = _Shared(file._connect)
        return shared[str(file.path)]

    @contextlib.contextmanager
    def read(file: SqliteFile) -> Iterator[sqlite3.Connection]:
        with of(file).lock:
            yield of(file).connection

    @contextlib.contextmanager
    def transaction(file: SqliteFile) -> Iterator[sqlite3.Connection]:
        with of(file).lock:
            connection = of(file).connection
            if not connection.in_transaction:
                connection.execute("BEGIN IMMEDIATE")
            connection.execute("SAVEPOINT one")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK TO one")
                raise
            finally:
                connection.execute("RELEASE one")

    SqliteFile.read = read  # type: ignore[assignment,method-assign]
    SqliteFile._transaction = transaction  # type: ignore[assignment,method-assign]


def forget_outbox() -> None:
    """Acts after the commit, from memory: the counter-model of "commit, then act"."""
    commit, init = SqliteStore.commit, SqliteStore.__init__
    queues: list[LocalQueue] = []

    def remember(store: SqliteStore, path: object, clock: Clock) -> None:
        init(store, path, clock)  # type: ignore[arg-type]
        queues.append(LocalQueue(path, clock))  # type: ignore[arg-type]

    def commit_and_act(store: SqliteStore, writes: Sequence[Write]) -> None:
        asked = [record for record in map(_outbox_of, writes) if record]
        commit(store, [each for each in writes if not _outbox_of(each)])
        for record in asked:
            threading.Timer(LATE_SECONDS, lambda r=record: _act(queues[0], r)).start()

    SqliteStore.__init__ = remember  # type: ignore[assignment,method-assign]
    SqliteStore.commit = commit_and_act  # type: ignore[assignment,method-assign]


def _outbox_of(write: Write) -> Record | None:
    if isinstance(write, Create | Put) and write.record.kind == "outbox":
        return write.record
    return None


def _act(queue: LocalQueue, record: Record) -> None:
    body = record.data["body"]
    assert isinstance(body, dict)
    queue.send(str(record.data["lane"]), {**body, "act": str(record.data["act"])})


def forget_keys() -> None:
    """Every key is new, as if there were none: a browser that sends again files again."""

    def unknown(services: Services, who: str, act: str, key: str) -> str:
        del services, who, act, key
        return secrets.token_hex(32)

    once.key_id = unknown


def ignore_the_disk() -> None:
    """Whatever the disk says, the answer is "done"."""
    commit = SqliteStore.commit

    def commit_somehow(store: SqliteStore, writes: Sequence[Write]) -> None:
        with contextlib.suppress(TodokeError):
            commit(store, writes)

    SqliteStore.commit = commit_somehow  # type: ignore[assignment,method-assign]


def believe_any_clock() -> None:
    """No look at how the clock came to say what it says."""
    look = clock_watch.may_erase
    clock_watch.may_erase = lambda services: look(services) or True


class PlainServer:
    """waitress, as ``waitress.serve`` runs it."""

    def __init__(self, application: Any, port: int, refusal: object) -> None:
        del refusal
        self._server = create_server(application, host="127.0.0.1", port=port)

    def run(self) -> None:
        """Until ``stop`` raises."""
        self._server.run()

    def stop(self) -> None:
        """What an untreated signal does: out of the main thread at once."""
        raise SystemExit


def use_plain_waitress() -> None:
    """No server of ours."""
    vars(local)["Server"] = PlainServer


def narrow() -> None:
    """A known number of requests a second, so that a test knows what five times as many are. One
    that is refused costs nothing."""
    create: Callable[[Services], Any] = vars(local)["create_app"]

    def create_slow(services: Services) -> Any:
        application = create(services)

        def slow(environ: dict[str, Any], start_response: Any) -> Any:
            if not environ["todoke.overdue"]:
                time.sleep(server.THREADS / NARROW_PER_SECOND)
            return application(environ, start_response)

        return slow

    vars(local)["create_app"] = create_slow


def be_patient() -> None:
    """Everybody waits as long as it takes."""
    narrow()
    server.OVERDUE_SECONDS = float("inf")


FAULTS: Mapping[str, Callable[[], None]] = {
    "none": lambda: None,
    "deferred": defer_commits,
    "no_outbox": forget_outbox,
    "forgetful": forget_keys,
    "unwritten": ignore_the_disk,
    "any_clock": believe_any_clock,
    "narrow": narrow,
    "patient": be_patient,
    "plain_waitress": use_plain_waitress,
}


def let_the_tests_trace() -> None:
    """strace may be attached to this process by a user who is not root (Yama, prctl(2))."""
    ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)


if __name__ == "__main__":
    let_the_tests_trace()
    deliver.VISIBLE_SECONDS = VISIBLE_SECONDS
    FAULTS[sys.argv[1]]()
    if sys.argv[2] == "keep":
        publish.publish_site = lambda *_: None  # type: ignore[assignment]
    sys.exit(cli.main(sys.argv[3:]))
