"""A real full disk and a real read-only one: a small tmpfs. Needs root; a skip is a failure
where the environment says CI."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts.worker import pages
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.files import FileBlobs
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.core.errors import TodokeError
from todoke.ports import Create, Json, Record

pytestmark = pytest.mark.real

DISK_BYTES = 4 * 1024 * 1024
#: what is taken away to let the disk breathe again
BALLAST_BYTES = 1024 * 1024


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"a disk of {DISK_BYTES} bytes cannot be mounted: {error}")
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def crowded(disk: Path) -> Iterator[None]:
    """The disk with ballast on it; it breathes again afterwards."""
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * BALLAST_BYTES)
    yield
    ballast.unlink()


def setting(number: int) -> Record:
    return Record("setting", f"s{number:04}", {"value": "x" * 10_000})


def job(number: int) -> dict[str, Json]:
    return {"number": f"{number}", "text": "x" * 10_000}


def test_a_full_disk_refuses_records_keeps_what_it_took_and_recovers(disk: Path) -> None:
    store = SqliteStore(disk / "todoke.sqlite3", TurnedClock())
    taken, refused, codes = [], [], set()
    with crowded(disk):
        for number in range(200):
            try:
                store.commit([Create(setting(number)), Create(setting(number + 1000))])
                taken.append(number)
            except TodokeError as error:
                refused.append(number)
                codes.add(error.code)
        assert taken
        assert codes == {"storage_full"}
        assert len(taken) + len(refused) == 200
        for number in range(200):  # reads go on, and each commit is whole or absent
            halves = {store.get("setting", f"s{n:04}") is None for n in (number, number + 1000)}
            assert halves == {number in refused}
    store.commit([Create(setting(refused[0]))])
    assert store.integrity() == []
    store.close()
    again = SqliteStore(disk / "todoke.sqlite3", TurnedClock())
    assert all(again.get("setting", f"s{number:04}") for number in [*taken, refused[0]])
    again.close()


def test_a_full_disk_refuses_jobs_and_recovers(disk: Path) -> None:
    queue = LocalQueue(disk / "todoke.sqlite3", TurnedClock())
    taken = 0
    with crowded(disk):
        code = ""
        while not code:
            try:
                queue.send("bulk", job(taken))
                taken += 1
            except TodokeError as error:
                code = error.code
        assert code == "storage_full"
        assert queue.waiting("bulk") == taken > 0
    queue.send("bulk", job(taken))
    received = []
    while messages := queue.receive("bulk", 100):
        received += [int(str(message.body["number"])) for message in messages]
    assert received == list(range(taken + 1))
    queue.close()


def test_a_store_cannot_be_made_on_a_full_disk_and_can_once_there_is_room(disk: Path) -> None:
    (disk / "rest").write_bytes(b"x" * (DISK_BYTES - 8192))
    with pytest.raises(TodokeError) as caught:
        SqliteStore(disk / "todoke.sqlite3", TurnedClock())
    assert caught.value.code == "storage_full"
    (disk / "rest").unlink()
    store = SqliteStore(disk / "todoke.sqlite3", TurnedClock())
    store.commit([Create(setting(1))])
    store.close()


def test_a_backup_onto_a_full_disk_is_refused_and_leaves_nothing(
    disk: Path, tmp_path: Path
) -> None:
    store = SqliteStore(tmp_path / "todoke.sqlite3", TurnedClock())
    for start in range(0, 600, 60):
        store.commit([Create(setting(number)) for number in range(start, start + 60)])
    with pytest.raises(TodokeError) as caught:
        store.backup_to(disk / "copy.sqlite3")
    assert caught.value.code == "storage_full"
    assert list(disk.iterdir()) == []
    store.commit([Create(setting(9999))])
    store.close()


def test_a_full_disk_refuses_a_release_and_the_old_one_stays(disk: Path) -> None:
    blobs = FileBlobs(disk)
    blobs.release(pages("one"))
    large = {**pages("two"), **{f"z/{n}.html": b"x" * 100_000 for n in range(35)}}
    with crowded(disk):
        for write in (
            lambda: blobs.release(large),
            lambda: blobs.put("feeds/all.atom", b"x" * DISK_BYTES),
        ):
            with pytest.raises(TodokeError) as caught:
                write()
            assert caught.value.code == "storage_full"
        assert blobs.current_release() == 1
        for key, content in pages("one").items():
            found = blobs.get(key)
            assert found is not None
            assert found.body == content
        assert [path.name for path in (disk / "releases").iterdir()] == ["1"]
        assert list((disk / "incoming").iterdir()) == []
        assert list(blobs.list("")) == []
    assert blobs.release(large) == 2


def test_a_read_only_disk_refuses_writes_and_recovers(disk: Path) -> None:
    store = SqliteStore(disk / "todoke.sqlite3", TurnedClock())
    blobs = FileBlobs(disk / "public")
    store.commit([Create(setting(1))])
    blobs.release(pages("one"))
    store.close()  # a disk with files open for writing cannot be made read-only
    mount("-o", "remount,ro", str(disk))
    try:
        for write in (
            lambda: store.commit([Create(setting(2))]),
            lambda: blobs.put("a.html", b"x"),
            lambda: blobs.release(pages("two")),
        ):
            with pytest.raises(TodokeError) as caught:
                write()
            assert caught.value.code == "storage_unavailable"
        assert blobs.get("same.css") is not None
    finally:
        mount("-o", f"remount,rw,size={DISK_BYTES}", str(disk))
    store.commit([Create(setting(2))])
    assert blobs.release(pages("two")) == 2
    store.close()
