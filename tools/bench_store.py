"""The store: how many acknowledged commits a second, by as many threads as the server has."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore
from todoke.core import audience
from todoke.entry.server import THREADS
from todoke.journeys import notices
from todoke.ports import Create, Json, Record
from tools.figure import ROUNDS, Figure, versions
from tools.open_loop import bare_commits

MANY = 600
MILLION = 1_000_000


def store_commit() -> Iterator[Figure]:
    """Commits per second with synchronous FULL: one record with its line in an index, by threads
    that share a commit when they wait, beside as many bare commits of SQLite by the same threads,
    each with its own fsync."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            store, numbers = SqliteStore(Path(folder) / "store.sqlite3", SystemClock()), count()

            def commit(store: SqliteStore = store, numbers: Iterator[int] = numbers) -> None:
                id = f"f{next(numbers)}"
                data: dict[str, Json] = {
                    "topic": "t",
                    "subscription": id,
                    "cohorts": [2024],
                    "since": 1,
                }
                store.commit([Create(Record("follow", id, data))])

            ours.append(_per_second([commit] * MANY))
            store.close()
            bare.append(_per_second(bare_commits(Path(folder), MANY)))
    yield Figure(
        "store.commit", f"commits/s by {THREADS} threads",
        "one bare SQLite commit each, FULL", ours, bare, versions(),
    )  # fmt: skip


def audience_count() -> Iterator[Figure]:
    """Milliseconds until a clerk is told how many follow a topic, of a million followers, read by
    a program that has just started; the peer counts the lines of the index."""
    ours, lines = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "todoke.sqlite3"
        assemble.fake(Path(folder), clock=SystemClock())
        _fill(path)
        for _ in range(ROUNDS):
            services = assemble.fake(Path(folder), clock=SystemClock())
            begin = time.perf_counter()
            counted = audience.count(notices.cells_of(services, "nursery"), audience.Segment())
            ours.append(1000 * (time.perf_counter() - begin))
            with contextlib.closing(sqlite3.connect(path)) as db:
                begin = time.perf_counter()
                (found,) = db.execute(
                    """SELECT count(*) FROM entry
                    WHERE name = 'follows_by_topic' AND partition = 'nursery'"""
                ).fetchone()
                lines.append(1000 * (time.perf_counter() - begin))
            assert counted == found == MILLION, (counted, found)
    yield Figure("audience.count", "ms", "SQLite counts its index", ours, lines, versions())
    limit = [1000.0] * ROUNDS
    yield Figure("audience.count_vs_limit", "ms", "our own limit", ours, limit, versions())


def _fill(path: Path) -> None:
    """A million followers and their counter, as the product would have written them."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?),
            made AS (SELECT lower(hex(randomblob(16))) AS id FROM n)
            INSERT INTO record (kind, id, version, data)
            SELECT 'follow', 'nursery.' || id, 1,
            json_object('topic', 'nursery', 'subscription', id, 'cohorts', json('[]'), 'since', 1)
            FROM made""",
            (MILLION,),
        )
        db.execute(
            """INSERT INTO entry (name, partition, sort, id)
            SELECT 'follows_by_topic', 'nursery', data ->> 'subscription', id FROM record
            WHERE kind = 'follow'"""
        )
        db.execute(
            """INSERT INTO counter (name, key, cell, value)
            VALUES ('followers', 'nursery', '*|*', ?)""",
            (MILLION,),
        )


def _per_second(acts: Sequence[Callable[[], None]]) -> float:
    with ThreadPoolExecutor(THREADS) as pool:
        acts[0]()
        begin = time.perf_counter()
        for each in [pool.submit(act) for act in acts]:
            each.result()
        return len(acts) / (time.perf_counter() - begin)


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from store_commit()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
