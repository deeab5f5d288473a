"""Writers that wait at the same time: one transaction, one fsync, each by itself."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contracts.small_disk import no_file_beyond
from todoke.adapters import sqlite_file
from todoke.adapters.sqlite_file import SqliteFile
from todoke.core.errors import TodokeError

MANY = 20


class Office:
    """A file, the writers at its door, and how many transactions there were."""

    def __init__(self, path: Path) -> None:
        self.file = SqliteFile(path)
        self.outcomes: dict[str, object] = {}
        self.transactions = 0
        self._threads: list[threading.Thread] = []
        one = self.file._transaction

        @contextlib.contextmanager
        def counted() -> Iterator[sqlite3.Connection]:
            self.transactions += 1
            with one() as db:
                yield db

        self.file._transaction = counted  # type: ignore[method-assign]

    @contextlib.contextmanager
    def occupied(self) -> Iterator[None]:
        """Somebody writes; who comes meanwhile waits, and all of them are carried out after."""
        with self.file.write():
            self.transactions = 0
            yield
            self._all_have_come()
        for each in self._threads:
            each.join(timeout=20)
            assert not each.is_alive()

    def comes(self, name: str, act: Callable[[sqlite3.Connection], object] | None = None) -> None:
        """A writer in a thread of its own; what he got or was told is in ``outcomes``."""

        def write() -> None:
            try:
                found: object = self.file.write_together(act or store(name))
            except BaseException as error:
                found = error
            self.outcomes[name] = found

        thread = threading.Thread(target=write)
        thread.start()
        self._threads.append(thread)

    def stored(self) -> set[str]:
        """Read by a connection of its own, as after a restart."""
        with contextlib.closing(sqlite3.connect(self.file.path)) as db:
            return {name for (name,) in db.execute("SELECT name FROM setup")}

    def _all_have_come(self) -> None:
        turns = self.file._turns
        while len(turns._waiting) < len(self._threads):
            assert any(each.is_alive() for each in self._threads)


def store(name: str, size: int = 1) -> Callable[[sqlite3.Connection], str]:
    def act(db: sqlite3.Connection) -> str:
        db.execute("INSERT INTO setup VALUES (?, ?)", (name, "x" * size))
        return f"stored {name}"

    return act


def store_and_fail(name: str, error: BaseException) -> Callable[[sqlite3.Connection], None]:
    def act(db: sqlite3.Connection) -> None:
        store(name)(db)
        raise error

    return act


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path / "todoke.sqlite3")
    yield opened
    opened.file.close()


def test_those_who_wait_share_one_transaction(office: Office) -> None:
    names = {f"w{number}" for number in range(MANY)}
    with office.occupied():
        for name in names:
            office.comes(name)
    assert office.transactions == 1
    assert office.outcomes == {name: f"stored {name}" for name in names}
    assert office.stored() == names


def test_one_that_fails_fails_alone_and_leaves_nothing(office: Office) -> None:
    with office.occupied():
        for number in range(MANY):
            office.comes(f"w{number}")
        office.comes("conflict", store_and_fail("conflict", TodokeError("version_conflict")))
        office.comes("defect", store_and_fail("defect", ZeroDivisionError()))
        office.comes("twice", lambda db: [store("twice")(db), store("twice")(db)])
    assert office.transactions == 1
    told = {name: each for name, each in office.outcomes.items() if isinstance(each, Exception)}
    assert {name: type(each) for name, each in told.items()} == {
        "conflict": TodokeError,
        "defect": ZeroDivisionError,
        "twice": sqlite3.IntegrityError,
    }
    assert office.stored() == {f"w{number}" for number in range(MANY)}


def test_a_common_commit_that_the_disk_refuses_is_told_to_each_of_them(office: Office) -> None:
    with no_file_beyond(256 * 1024), office.occupied():
        for number in range(MANY):
            office.comes(f"w{number}", store(f"w{number}", size=100_000))
        office.comes("conflict", store_and_fail("conflict", TodokeError("version_conflict")))
    codes = {name: getattr(each, "code", each) for name, each in office.outcomes.items()}
    assert codes.pop("conflict") in ("version_conflict", "storage_unavailable")
    assert set(codes.values()) == {"storage_unavailable"}
    assert len(codes) == MANY
    assert office.stored() == set()
    assert office.file.write_together(store("after")) == "stored after"


def test_who_is_told_that_it_took_too_long_is_not_carried_out_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.05)  # a patch: five seconds are long
    with office.file.write():
        office.comes("late")
        office._threads[0].join(timeout=20)
    assert isinstance(office.outcomes["late"], TodokeError)
    assert office.outcomes["late"].details == {"reason": "busy"}
    assert office.file.write_together(store("next")) == "stored next"
    assert office.stored() == {"next"}


def test_a_writer_that_is_stopped_in_the_middle_leaves_nobody_waiting(office: Office) -> None:
    with office.occupied():
        office.comes("stopped", store_and_fail("stopped", KeyboardInterrupt()))
        for number in range(MANY):
            office.comes(f"w{number}")
    told = {name: each for name, each in office.outcomes.items() if isinstance(each, BaseException)}
    # one of them carried all out and met the stop; who comes after it is asked to try again
    assert len(told) == len(office.outcomes) == MANY + 1
    assert sum(isinstance(each, KeyboardInterrupt) for each in told.values()) == 1
    codes = [each.code for each in told.values() if isinstance(each, TodokeError)]
    assert codes == ["storage_unavailable"] * MANY
    assert office.stored() == set()
    office.file.write_together(store("after"))
    assert office.stored() == {"after"}


def test_nobody_is_told_before_the_common_commit(office: Office) -> None:
    """Whoever has an answer finds his row from outside, at that moment."""
    missing: list[str] = []

    def write_and_look(name: str) -> None:
        for round_ in range(20):
            own = f"{name}-{round_}"
            office.file.write_together(store(own))
            if own not in office.stored():
                missing.append(own)

    threads = [threading.Thread(target=write_and_look, args=(f"w{n}",)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert missing == []
    assert len(office.stored()) == 160
