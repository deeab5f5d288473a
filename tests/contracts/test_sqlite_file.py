"""What is particular to the store on SQLite: durability, foreign and damaged files, backups."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import crowd
from tests.contracts.small_disk import no_file_beyond
from todoke.adapters import sqlite_file
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.adapters.sqlite_file import SqliteFile
from todoke.core.errors import TodokeError
from todoke.ports import Count, Create, Delete, Put, Record
from todoke.store_schema import INDEXES, SCHEMA, Index


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "todoke.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path, TurnedClock())
    yield opened
    opened.close()


def setting(id: str, value: str = "x") -> Record:
    return Record("setting", id, {"value": value})


def follow(id: str) -> Record:
    data = {"topic": "allowance", "subscription": id, "cohorts": [], "since": 1}
    return Record("follow", id, data)  # type: ignore[arg-type]


def told(opening: object) -> TodokeError:
    with pytest.raises(TodokeError) as caught:
        opening()  # type: ignore[operator]
    return caught.value


def test_every_connection_syncs_each_commit(path: Path) -> None:
    """FULL (2): with NORMAL a power cut took everything that WAL had acknowledged."""
    file = SqliteFile(path)

    def settings_of_a_thread(_: int) -> tuple[object, ...]:
        with file.read() as db:
            names = ("synchronous", "journal_mode", "busy_timeout")
            return tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)

    assert crowd.threads(3, settings_of_a_thread) == [(2, "wal", 5000)] * 3
    file.close()


def test_the_file_is_for_its_owner_only(path: Path, store: SqliteStore) -> None:
    store.commit([Create(setting("a"))])
    for name in ("", "-wal", "-shm"):
        assert stat.S_IMODE(Path(f"{path}{name}").stat().st_mode) == 0o600


def test_connections_of_ended_threads_are_closed(path: Path) -> None:
    file = SqliteFile(path)

    def look(_: int) -> None:
        with file.read() as db:
            db.execute("SELECT 1 FROM record").fetchone()

    handles = set()
    for _ in range(10):
        crowd.threads(5, look)
        handles.add(len(list(Path("/proc/self/fd").iterdir())))
    assert max(handles) - min(handles) <= 10  # 5 threads x (file + -wal), never 50 x
    file.close()


def test_two_threads_that_open_a_new_file_at_once_both_succeed(tmp_path: Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.sqlite3"

        def make(number: int, path: Path = path) -> None:
            store = SqliteStore(path, TurnedClock())
            store.commit([Create(setting(str(number)))])
            store.close()

        crowd.threads(4, make)


def test_what_was_erased_or_written_over_is_gone_from_the_file(path: Path) -> None:
    store = SqliteStore(path, TurnedClock())
    texts = [f"a made-up secret {number:04}" for number in range(200)]
    store.commit([Create(Record("setting", each[-4:], {"value": each})) for each in texts[:80]])
    store.commit([Create(Record("setting", each[-4:], {"value": each})) for each in texts[80:160]])
    store.commit([Delete("setting", each[-4:]) for each in texts[:80]])
    for each in texts[80:120]:
        store.commit([Put(Record("setting", each[-4:], {"value": "written over"}))])
    with store._file.read() as connection:  # not every SQLite is built so that it does by itself
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    store.close()
    body = path.read_bytes()
    assert [each for each in texts[:160] if each.encode() in body] == texts[120:160]


# ------------------------------------------------------------------ schema
def test_a_newer_store_is_refused_and_left_alone(path: Path, store: SqliteStore) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    raw.close()
    error = told(lambda: SqliteStore(path, TurnedClock()))
    assert error.code == "store_schema_newer"
    assert error.details == {"found": SCHEMA + 1, "known": SCHEMA}
    assert told(lambda: LocalQueue(path, TurnedClock())).code == "store_schema_newer"
    # a program that was running already when the newer one came stops writing too
    assert told(lambda: store.commit([Put(setting("a"))])).code == "store_schema_newer"
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM record").fetchone() == (0,)
    raw.close()


def test_a_file_of_the_first_schema_gets_its_column_and_keeps_its_records(path: Path) -> None:
    old = SqliteStore(path, TurnedClock())
    old.commit([Create(follow("f1"))])
    old.close()
    with sqlite3.connect(path) as raw:
        raw.execute("ALTER TABLE record DROP COLUMN batch")
        raw.execute("PRAGMA user_version = 1")
    raw.close()
    for _ in range(2):
        store = SqliteStore(path, TurnedClock())
        found = store.find("follows_by_topic", "allowance").records
        assert [each.id for each in found] == ["f1"]
        store.commit([Put(setting("a"))])
        store.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    raw.close()


def test_a_file_that_is_no_store_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"family photographs, not a database " * 100)
    error = told(lambda: SqliteStore(path, TurnedClock()))
    assert error.code == "storage_unavailable"
    assert error.details["reason"] == "not a store of Todoke"
    assert path.read_bytes().startswith(b"family photographs")


def test_an_index_declared_later_finds_older_records(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patch, because a declaration of tomorrow is not in the schema of today."""
    store.commit([Create(follow("f1")), Create(follow("f2"))])
    later = {
        **INDEXES,
        "follows_by_subscription": Index("follows_by_subscription", "follow", "subscription"),
    }
    for module in ("store_rules", "sqlite_care"):
        monkeypatch.setattr(f"todoke.adapters.{module}.INDEXES", later)
    monkeypatch.setattr(
        "todoke.adapters.store_rules.INDEXES_OF",
        {"follow": [index for index in later.values() if index.kind == "follow"]},
    )
    newer = SqliteStore(path, TurnedClock())
    assert [r.id for r in newer.find("follows_by_subscription", "f2").records] == ["f2"]
    assert [r.id for r in newer.find("follows_by_topic", "allowance").records] == ["f1", "f2"]
    assert newer.integrity() == []
    newer.close()


# ------------------------------------------------------------------ trouble
def test_a_writer_that_waits_too_long_is_told_so_and_may_try_again(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.05)  # a patch: five seconds are long
    other = SqliteStore(path, TurnedClock())
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    error = told(lambda: other.commit([Create(setting("a"))]))
    assert (error.code, error.details) == ("storage_unavailable", {"reason": "busy"})
    assert other.get("setting", "a") is None  # readers go on
    foreign.execute("ROLLBACK")
    foreign.close()
    other.commit([Create(setting("a"))])
    other.close()


def test_a_thread_that_holds_the_turn_too_long_is_told_so(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.05)
    file = SqliteFile(path)
    writing, done = threading.Event(), threading.Event()

    def write_long() -> None:
        with file.write():
            writing.set()
            done.wait()

    slow = threading.Thread(target=write_long)
    slow.start()
    writing.wait()
    error = told(lambda: store.commit([Create(setting("a"))]))
    done.set()
    slow.join()
    assert (error.code, error.details) == ("storage_unavailable", {"reason": "busy"})
    store.commit([Create(setting("a"))])
    file.close()


def test_an_input_output_error_leaves_nothing_and_the_next_write_works(
    path: Path, store: SqliteStore
) -> None:
    store.commit([Create(setting("before"))])
    with no_file_beyond(256 * 1024):
        error = told(
            lambda: store.commit([Create(setting(str(n), "x" * 100_000)) for n in range(5)])
        )
    assert (error.code, error.details) == ("storage_unavailable", {"reason": "input/output error"})
    assert [store.get("setting", id) for id in "01234"] == [None] * 5
    assert store.get("setting", "before") is not None
    store.commit([Create(setting(str(n), "x" * 100_000)) for n in range(5)])
    assert store.integrity() == []


def test_a_connection_that_met_an_error_is_replaced_by_a_fresh_one(path: Path) -> None:
    file = SqliteFile(path)
    with file.read() as first:
        pass
    with file.read() as second:
        assert second is first

    def fill() -> None:
        with file.write() as db:
            db.execute("INSERT INTO setup VALUES ('a', zeroblob(1000000))")

    with no_file_beyond(256 * 1024):
        assert told(fill).code == "storage_unavailable"
    with file.read() as third:
        assert third is not first
    fill()
    file.close()


def test_a_defect_inside_a_write_leaves_nothing_and_blocks_nobody(path: Path) -> None:
    file = SqliteFile(path)

    def fail() -> None:
        with file.write() as db:
            db.execute("INSERT INTO setup VALUES ('a', 'b')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with file.write() as db:
        assert db.execute("SELECT count(*) FROM setup").fetchone() == (0,)
    file.close()


def test_a_counter_beyond_64_bits_fails_instead_of_becoming_a_float(store: SqliteStore) -> None:
    step = Count("followers", "t", {"*|*": 2**53})
    store.commit([step])
    with store._file.write() as db:
        db.execute("UPDATE counter SET value = ?", (2**63 - 1,))
    with pytest.raises(sqlite3.IntegrityError):
        store.commit([step])
    found = store.get("counter.followers", "t")
    assert found is not None
    assert found.data == {"*|*": 2**63 - 1}


def test_a_store_whose_file_vanished_does_not_begin_an_empty_one(
    path: Path, store: SqliteStore
) -> None:
    store.close()
    for each in path.parent.iterdir():
        each.unlink()
    assert told(lambda: store.get("setting", "a")).code == "storage_unavailable"
    assert not path.exists()


def test_a_damaged_file_is_told_and_found_by_integrity(path: Path, store: SqliteStore) -> None:
    for number in range(20):
        store.commit([Create(setting(f"s{number}", "x" * 20_000))])
    assert store.integrity() == []
    store.close()
    whole = bytearray(path.read_bytes())
    for page in range(len(whole) // 4096 // 2, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(whole))
    assert store.integrity() != []


def test_integrity_finds_an_index_that_differs_from_its_records(store: SqliteStore) -> None:
    store.commit([Create(follow("f1")), Create(follow("f2"))])
    assert store.integrity() == []
    with store._file.write() as db:
        db.execute("DELETE FROM entry WHERE id = 'f1'")
        db.execute("INSERT INTO entry VALUES ('notices', 'all', '1', 'nobody')")
    assert store.integrity() == ["index lines: 1 missing, 1 too many"]


# ------------------------------------------------------------------ backup
def test_a_backup_taken_while_others_write_is_one_moment_of_the_store(
    path: Path, store: SqliteStore, tmp_path: Path
) -> None:
    """Each commit moves a record and a counter together; so must each copy."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            store.commit([Put(setting("n", str(number))), Count("followers", "t", {"*|*": 1})])

    writer = threading.Thread(target=write)
    writer.start()
    copies = [tmp_path / f"copy-{number}.sqlite3" for number in range(5)]
    for copy in copies:
        store.backup_to(copy)
    ended.set()
    writer.join()
    for copy in copies:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        restored = SqliteStore(copy, TurnedClock())
        record, counted = restored.get("setting", "n"), restored.get("counter.followers", "t")
        assert (record is None) == (counted is None)
        if record and counted:
            assert record.data["value"] == str(counted.data["*|*"])
        assert restored.integrity() == []
        restored.close()
    assert not list(tmp_path.glob(".*.part"))


def test_a_backup_is_one_file_with_the_jobs_in_it(
    path: Path, store: SqliteStore, tmp_path: Path
) -> None:
    queue = LocalQueue(path, TurnedClock())
    queue.send("bulk", {"n": 1})
    store.commit([Create(setting("a"))])
    (tmp_path / "backups").mkdir()
    store.backup_to(tmp_path / "backups" / "copy.sqlite3")
    store.backup_to(tmp_path / "backups" / "copy.sqlite3")
    assert [p.name for p in (tmp_path / "backups").iterdir()] == ["copy.sqlite3"]
    copied = LocalQueue(tmp_path / "backups" / "copy.sqlite3", TurnedClock())
    assert copied.waiting("bulk") == 1
    copied.close()
    queue.close()


def test_a_backup_that_fails_leaves_no_half(store: SqliteStore, tmp_path: Path) -> None:
    assert told(lambda: store.backup_to(tmp_path / "absent" / "copy")).code == "storage_unavailable"
    store.commit([Create(setting("a"))])
    (tmp_path / "folder").mkdir()
    assert told(lambda: store.backup_to(tmp_path / "folder")).code == "storage_unavailable"
    assert not list(tmp_path.glob(".*.part"))
