"""The Queue in the store's SQLite file: jobs at least once, hidden while somebody works on
them, put aside as dead letters after the eighth failed try."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from todoke.adapters.queue_rules import (
    MAX_DELAY_SECONDS,
    MAX_HIDDEN_SECONDS,
    MAX_TRIES,
    body_text,
    check_lane,
    check_limit,
    check_seconds,
)
from todoke.adapters.sqlite_file import SqliteFile
from todoke.ports import Clock, Json, Message


class LocalQueue:
    """Implements ``ports.Queue`` in the file of ``SqliteStore``; threads and processes may
    share it. Raises like it on opening."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._file = SqliteFile(path)
        self._clock = clock

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        self._file.close()

    def send(self, lane: str, body: Mapping[str, Json], delay_seconds: int = 0) -> None:
        """See ``ports.Queue.send``. Raises ``store_misuse`` for an undeclared lane or a delay
        above MAX_DELAY_SECONDS, ``record_too_large`` above MAX_BODY_BYTES."""
        check_lane(lane)
        check_seconds(delay_seconds, MAX_DELAY_SECONDS)
        text = body_text(body)
        visible_at = self._clock.unix() + delay_seconds
        self._execute(
            "INSERT INTO job (lane, body, visible_at) VALUES (?, ?, ?)", (lane, text, visible_at)
        )

    def receive(self, lane: str, limit: int = 1, visible_after: int = 60) -> Sequence[Message]:
        """See ``ports.Queue.receive``: those that have waited longest first."""
        check_lane(lane)
        check_limit(limit)
        check_seconds(visible_after, MAX_HIDDEN_SECONDS)
        now = self._clock.unix()
        with self._file.read() as db:
            if not _visible(db, lane, now, 1) and not _hidden_too_long(db, lane, now):
                return ()  # an empty look takes no write lock
        with self._file.write() as db:
            # nobody may hide a job for so long: the clock was set back since, and whoever held
            # it must not keep it until the clock has caught up
            db.execute(
                """UPDATE job SET visible_at = ?
                WHERE dead = 0 AND lane = ? AND visible_at > ?""",
                (now, lane, now + MAX_HIDDEN_SECONDS),
            )
            # whoever held it for the eighth time and fell silent (a crash) has failed too
            db.execute(
                """UPDATE job SET dead = 1
                WHERE dead = 0 AND lane = ? AND visible_at <= ? AND tries >= ?""",
                (lane, now, MAX_TRIES),
            )
            taken = _visible(db, lane, now, limit)
            db.executemany(
                "UPDATE job SET tries = tries + 1, visible_at = ? WHERE number = ?",
                [(now + visible_after, number) for number, _, _ in taken],
            )
        return [
            Message(str(number), lane, json.loads(body), tries + 1) for number, body, tries in taken
        ]

    def acknowledge(self, message: Message) -> None:
        """See ``ports.Queue.acknowledge``."""
        self._execute("DELETE FROM job WHERE number = ?", (int(message.id),))

    def give_back(self, message: Message, delay_seconds: int) -> None:
        """See ``ports.Queue.give_back``. Nothing happens when the job was taken by somebody
        else in the meantime (its tries have grown)."""
        check_seconds(delay_seconds, MAX_HIDDEN_SECONDS)
        self._execute(
            """UPDATE job SET visible_at = ?, dead = (tries >= ?)
            WHERE number = ? AND tries = ? AND dead = 0""",
            (self._clock.unix() + delay_seconds, MAX_TRIES, int(message.id), message.tries),
        )

    def dead_letters(self, limit: int = 100) -> Sequence[Message]:
        """See ``ports.Queue.dead_letters``: oldest first."""
        check_limit(limit)
        with self._file.read() as db:
            rows = db.execute(
                """SELECT number, lane, body, tries FROM job WHERE dead = 1
                ORDER BY number LIMIT ?""",
                (limit,),
            ).fetchall()
        return [
            Message(str(number), lane, json.loads(body), tries)
            for number, lane, body, tries in rows
        ]

    def redrive(self, limit: int = 1000) -> int:
        """See ``ports.Queue.redrive``: oldest first."""
        check_limit(limit)
        return self._execute(
            """UPDATE job SET dead = 0, tries = 0, visible_at = ? WHERE number IN
            (SELECT number FROM job WHERE dead = 1 ORDER BY number LIMIT ?)""",
            (self._clock.unix(), limit),
        )

    def ready(self, lane: str) -> int:
        """See ``ports.Queue.ready``."""
        check_lane(lane)
        with self._file.read() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM job WHERE dead = 0 AND lane = ? AND visible_at <= ?",
                (lane, self._clock.unix()),
            ).fetchone()
        return int(count)

    def waiting(self, lane: str) -> int:
        """See ``ports.Queue.waiting``: hidden and delayed ones are counted too."""
        check_lane(lane)
        with self._file.read() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM job WHERE dead = 0 AND lane = ?", (lane,)
            ).fetchone()
        return int(count)

    def _execute(self, statement: str, values: tuple[str | int, ...]) -> int:
        """Rows that one statement changed, committed."""
        return self._file.write_together(lambda db: db.execute(statement, values).rowcount)


def _visible(db: sqlite3.Connection, lane: str, now: int, limit: int) -> list[tuple[int, str, int]]:
    return db.execute(
        """SELECT number, body, tries FROM job WHERE dead = 0 AND lane = ? AND visible_at <= ?
        ORDER BY visible_at, number LIMIT ?""",
        (lane, now, limit),
    ).fetchall()


def _hidden_too_long(db: sqlite3.Connection, lane: str, now: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM job WHERE dead = 0 AND lane = ? AND visible_at > ? LIMIT 1",
        (lane, now + MAX_HIDDEN_SECONDS),
    ).fetchone()
    return row is not None
