"""Acts that come at a rate whether the earlier ones are done or not, as people do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from todoke.entry.server import THREADS
from tools.bystander import watching, without
from tools.figure import Figure, slowest, versions

PER_SECOND = 50


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from when each act was due until it was done. awake: without the moments in
    which the machine itself stood still (tools/bystander.py)."""

    all: Sequence[float]
    awake: Sequence[float]


def waits(acts: Sequence[Callable[[], None]]) -> Waits:
    """Lets each begin when it is due, by as many threads as the server has; so a queue counts
    too."""
    found: list[tuple[float, float]] = []

    def run(act: Callable[[], None], due: float) -> None:
        act()
        found.append((due, time.perf_counter()))

    with watching() as stalls:
        _at_their_rate(acts, run)
    return Waits([end - due for due, end in found], [without(*each, stalls) for each in found])


def _at_their_rate(
    acts: Sequence[Callable[[], None]], run: Callable[[Callable[[], None], float], None]
) -> None:

    with ThreadPoolExecutor(THREADS) as pool:
        begin = time.perf_counter()
        jobs = []
        for place, act in enumerate(acts):
            due = begin + place / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            jobs.append(pool.submit(run, act, due))
        for each in jobs:
            each.result()


def figures(
    name: str, limit_ms: float, ours: Sequence[Waits], bare: Sequence[Waits]
) -> Iterator[Figure]:
    """What 99 of 100 waited for: beside the limit, beside a bare commit in the same rounds, and
    once more without the machine's own stalls."""
    unit, known = f"ms p99 at {PER_SECOND}/s", versions("flask")
    all_, commits = [slowest(each.all) for each in ours], [slowest(each.all) for each in bare]
    awake, limits = [slowest(each.awake) for each in ours], [limit_ms] * len(ours)
    yield Figure(name, unit, "our own limit", all_, limits, known)
    yield Figure(f"{name}_awake", f"{unit}, stalls out", "our own limit", awake, limits, known)
    yield Figure(f"{name}_vs_commit", unit, "one bare SQLite commit, FULL", all_, commits, known)


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
