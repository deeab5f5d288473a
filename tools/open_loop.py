"""Acts that come at a rate whether the earlier ones are done or not, as people do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from todoke.entry.server import THREADS

PER_SECOND = 50


def waits(acts: Sequence[Callable[[], None]]) -> list[float]:
    """Seconds from when each act was due until it was done, by as many threads as the server
    has; so a queue counts too."""
    found: list[float] = []

    def run(act: Callable[[], None], due: float) -> None:
        act()
        found.append(time.perf_counter() - due)

    with ThreadPoolExecutor(THREADS) as pool:
        begin = time.perf_counter()
        jobs = []
        for place, act in enumerate(acts):
            due = begin + place / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            jobs.append(pool.submit(run, act, due))
        for each in jobs:
            each.result()
    return found


def bare_commits(folder: Path, count: int) -> Sequence[Callable[[], None]]:
    """The least that a durable act costs on this machine: one row, one commit of SQLite with
    synchronous FULL, nothing else."""
    path, own = folder / "bare.sqlite3", threading.local()
    with sqlite3.connect(path) as first:
        first.execute("PRAGMA journal_mode = WAL")
        first.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT)")

    def commit() -> None:
        if not hasattr(own, "db"):
            own.db = sqlite3.connect(path, timeout=30, isolation_level=None)
            own.db.execute("PRAGMA synchronous = FULL")
        own.db.execute("BEGIN IMMEDIATE")
        own.db.execute("INSERT INTO row (text) VALUES (?)", ("x" * 2000,))
        own.db.execute("COMMIT")

    return [commit] * count
