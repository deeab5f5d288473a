"""The store: how many acknowledged commits a second, by as many threads as the server has."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore
from todoke.entry.server import THREADS
from todoke.ports import Create, Json, Record
from tools.figure import ROUNDS, Figure, versions
from tools.open_loop import bare_commits

MANY = 600


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
