"""Who of one process writes to the SQLite file next, and who writes together.

SQLite lets one write at a time and its own waiting sleeps and is not fair, so writers take
turns here. Those that come while somebody writes are carried out by the next of them in one
transaction with one fsync (group commit): when the disk is slow or the machine stood still, a
queue of fifty needs one fsync and not fifty. Each still stands or falls by itself, inside a
savepoint of its own, and none is told that it is done before the common commit is.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from todoke.core.errors import TodokeError

Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]


class Turns:
    """The writers of one file in this process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[_Piece] = []

    @contextlib.contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """Holds the turn. Raises ``storage_unavailable`` when it does not come in time."""
        if not self._turn.acquire(timeout=seconds):
            raise _busy()
        try:
            yield
        finally:
            self._turn.release()

    def together(
        self, act: Callable[[sqlite3.Connection], Any], transaction: Transaction, seconds: float
    ) -> Any:
        """What the act returns or raises, once it is committed or undone; perhaps carried out
        by another thread, in its transaction. Raises ``storage_unavailable`` when nobody began
        with it in time."""
        piece = _Piece(act)
        with self._guard:
            self._waiting.append(piece)
        try:
            with self.alone(seconds):
                self._carry_out(piece, transaction)
        except TodokeError:
            if self._withdrawn(piece):
                raise
            with self._turn:  # somebody is at it: he ends soon, one way or the other
                pass
        return piece.result()

    def _carry_out(self, own: _Piece, transaction: Transaction) -> None:
        if own.ended:
            return
        with self._guard:
            pieces, self._waiting = self._waiting, []
        try:
            with transaction() as db:
                for piece in pieces:
                    piece.attempt(db)
        except BaseException as error:
            for piece in pieces:
                # one cannot raise the same error in several threads: each would add its lines
                piece.fail(error if piece is own else _likeness(error))
        finally:
            for piece in pieces:
                piece.ended = True

    def _withdrawn(self, piece: _Piece) -> bool:
        with self._guard:
            if piece not in self._waiting:
                return False
            self._waiting.remove(piece)
            return True


class _Piece:
    """One act and how it went."""

    def __init__(self, act: Callable[[sqlite3.Connection], Any]) -> None:
        self._act = act
        self._value: Any = None
        self._error: BaseException | None = None
        self.ended = False

    def attempt(self, db: sqlite3.Connection) -> None:
        """Inside a transaction: all of the act or nothing of it. Raises only what ended the
        transaction for everybody."""
        db.execute("SAVEPOINT piece")
        try:
            self._value = self._act(db)
        except Exception as error:
            if not db.in_transaction or _of_the_disk(error):
                raise
            self._error = error
            db.execute("ROLLBACK TO piece")
        db.execute("RELEASE piece")

    def fail(self, error: BaseException) -> None:
        """The common commit did not happen; an act that had failed already keeps its reason."""
        self._error = self._error or error

    def result(self) -> Any:
        """Raises what the act raised."""
        if self._error is not None:
            raise self._error
        return self._value


def _of_the_disk(error: Exception) -> bool:
    return isinstance(error, TodokeError) and error.code in ("storage_full", "storage_unavailable")


def _likeness(error: BaseException) -> BaseException:
    if isinstance(error, TodokeError):
        return TodokeError(error.code, **error.details)
    return TodokeError("storage_unavailable", reason="the writer before was stopped")


def _busy() -> TodokeError:
    return TodokeError("storage_unavailable", reason="busy")
