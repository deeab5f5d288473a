"""A million phones to be woken in one day: what a minute of it costs the tick."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core import alarm
from todoke.journeys import alarms, audit
from todoke.journeys.tick import tick
from todoke.store_schema import LANES
from tools.figure import Figure, versions

MILLION = 1_000_000
DAY, MINUTE = 24 * 3600, 60
MINUTES = 12
#: what the tick may take of its minute
SECONDS = 1.0
_FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def alarms_tick() -> Iterator[Figure]:
    """Seconds of the whole tick in a minute in which 1/1,440 of a million alarms become due, on
    SQLite; and of one tick after an hour's outage, beside our own limit."""
    with tempfile.TemporaryDirectory() as folder:
        clock = TurnedClock()
        services = assemble.fake(Path(folder), clock=clock)
        tick(services)
        _fill(Path(folder) / "todoke.sqlite3", clock.unix())
        ours = []
        for _ in range(MINUTES):
            clock.turn(MINUTE)
            begin = time.perf_counter()
            queued = tick(services)["alarms"]
            ours.append(time.perf_counter() - begin)
            assert 600 < queued < 800, queued
            _forget_jobs(Path(folder) / "todoke.sqlite3")
        limit = [SECONDS] * MINUTES
        yield Figure("alarms.tick", "s a minute", "our own limit", ours, limit, versions())
        clock.turn(3600)
        begin = time.perf_counter()
        moved = alarms.queue_due(services, 60)
        per_thousand = 1000 * (time.perf_counter() - begin) / moved
        urgent, bulk = (services.queue.waiting(lane) for lane in LANES)
        assert urgent < bulk, "a backlog stands behind"
        yield Figure(
            "alarms.backlog", "s per 1,000", "our own limit",
            [per_thousand], [SECONDS], versions(),
        )  # fmt: skip


def _fill(path: Path, now: int) -> None:
    """As the product would have written them, the same number in each second."""

    def rows() -> Iterator[tuple[str, str, str, str]]:
        for number in range(MILLION):
            id = f"{_FIRST[number * 7 % 64]}{number:042d}"
            at = now + number * DAY // MILLION
            shard, due_at = alarm.shard_of(id), audit.sort_key(at)
            data = {"at": at, "tries": 0, "shard": shard, "due_at": due_at}
            yield id, json.dumps(data), shard, due_at

    with contextlib.closing(sqlite3.connect(path)) as db, db:
        some = list(rows())
        db.executemany(
            "INSERT INTO record (kind, id, version, data) VALUES ('alarm', ?, 1, ?)",
            ((id, data) for id, data, _, _ in some),
        )
        db.executemany(
            "INSERT INTO entry (name, partition, sort, id) VALUES ('alarms_due', ?, ?, ?)",
            ((shard, due_at, id) for id, _, shard, due_at in some),
        )


def _forget_jobs(path: Path) -> None:
    """Workers take them; they are no part of the tick."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM job")
