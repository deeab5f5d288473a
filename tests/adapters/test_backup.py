"""A backup is one file; it gives the installation back whole, or says what is wrong."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke.adapters import backup, backup_box, keys
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.files import FileBlobs
from todoke.adapters.private_files import PrivateFolder
from todoke.adapters.sqlite import SqliteStore
from todoke.core.errors import TodokeError
from todoke.ports import Count, Create, Put, Record
from todoke.store_schema import SCHEMA

PASSPHRASE = "みなとの鐘が三つ鳴る朝に"


@pytest.fixture(autouse=True)
def _quick_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    # half a second for each key is the purpose of scrypt, not of these tests
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)


def _watch(done: int, total: int) -> None:
    assert 0 < done <= total


def _setting(number: int) -> Record:
    return Record("setting", f"value-{number}", {"value": str(number)})


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A data folder with keys, a few records, a counter and published files."""
    data = tmp_path / "city"
    data.mkdir()
    keys.make_missing(data / "keys")
    store = SqliteStore(data / "todoke.sqlite3", TurnedClock())
    store.commit([Create(_setting(n)) for n in range(5)])
    store.commit([Count("followers", "allowance", {"*|*": 3})])
    store.close()
    blobs = FileBlobs(data / "public")
    blobs.put("notices/N-2026-0001.html", "<p>お知らせ</p>".encode())
    blobs.put("feeds/all.json", b"{}")
    private = PrivateFolder(data / "private")
    private.put("attachments/F-3K9QX", b"sealed paper")
    private.put("attachments/F-7M2TV", b"another one")
    return data


def _write(city: Path, target: Path) -> backup.Summary:
    return backup.write(city, target, PASSPHRASE, TurnedClock(), _watch)


def _restore(file: Path, data: Path, passphrase: str = PASSPHRASE) -> backup.Summary:
    return backup.restore(file, data, passphrase, TurnedClock(), _watch)


def test_a_restored_city_has_every_record_counter_file_and_key(city: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "b.todoke", tmp_path / "new"
    written = _write(city, file)
    assert _restore(file, data) == written
    store = SqliteStore(data / "todoke.sqlite3", TurnedClock())
    assert [store.get("setting", f"value-{n}") is not None for n in range(5)] == [True] * 5
    counted = store.get("counter.followers", "allowance")
    assert counted is not None
    assert counted.data == {"*|*": 3}
    assert store.integrity() == []
    blob = FileBlobs(data / "public").get("notices/N-2026-0001.html")
    assert blob is not None
    assert blob.body == "<p>お知らせ</p>".encode()
    for name in keys.NAMES:
        assert (data / "keys" / name).read_bytes() == (city / "keys" / name).read_bytes()
    private = PrivateFolder(data / "private")
    assert list(private.keys()) == ["attachments/F-3K9QX", "attachments/F-7M2TV"]
    assert private.get("attachments/F-3K9QX") == b"sealed paper"


def test_a_paper_withdrawn_while_the_backup_is_written_is_in_it(city: Path, tmp_path: Path) -> None:
    file, data, private = tmp_path / "b.todoke", tmp_path / "new", PrivateFolder(city / "private")

    def withdraw(_done: int, _total: int) -> None:
        private.delete("attachments/F-7M2TV")

    backup.write(city, file, PASSPHRASE, TurnedClock(), withdraw)
    _restore(file, data)
    assert PrivateFolder(data / "private").get("attachments/F-7M2TV") == b"another one"
    assert not list((city / ".backup").iterdir())


def test_a_backup_without_the_data_key_is_refused(city: Path, tmp_path: Path) -> None:
    (city / "keys" / keys.DATA).unlink()
    with pytest.raises(TodokeError, match="keys_missing"):
        _write(city, tmp_path / "b.todoke")


def test_what_was_restored_is_readable_by_its_owner_only(city: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "b.todoke", tmp_path / "new"
    old = os.umask(0)
    try:
        _write(city, file)
        _restore(file, data)
    finally:
        os.umask(old)
    papers = list((data / "private").glob("*/*"))
    private = [file, data / "todoke.sqlite3", *papers, *(data / "keys" / n for n in keys.NAMES)]
    assert [path.stat().st_mode & 0o777 for path in private] == [0o600] * 7
    folders = (data, data / "keys", data / "private", data / "private" / "attachments")
    assert [path.stat().st_mode & 0o777 for path in folders] == [0o700] * 4


def test_the_file_shows_nothing_of_what_it_holds(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.todoke"
    _write(city, file)
    sealed = file.read_bytes()
    for secret in (b"PRIVATE KEY", b"SQLite", b"feeds/all", "お知らせ".encode(), b"manifest"):
        assert secret not in sealed


def test_a_wrong_passphrase_restores_nothing(city: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "b.todoke", tmp_path / "new"
    _write(city, file)
    with pytest.raises(TodokeError, match="backup_unreadable: rule=passphrase"):
        _restore(file, data, PASSPHRASE + " ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.todoke", "city"]


def test_letters_typed_decomposed_are_the_same_passphrase(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.todoke"
    composed, decomposed = (
        "がっこうのうらの、ふるいかぎ",
        "か\u3099っこうのうらの、ふるいかき\u3099",
    )
    backup.write(city, file, composed, TurnedClock(), _watch)
    assert _restore(file, tmp_path / "new", decomposed).files > 0


@pytest.mark.parametrize("where", ["magic", "header", "first", "middle", "last"])
def test_one_flipped_bit_anywhere_restores_nothing(where: str, city: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "b.todoke", tmp_path / "new"
    _write(city, file)
    body = bytearray(file.read_bytes())
    start = body.index(b"}\n") + 2
    place = {"magic": 3, "header": start - 10, "first": start, "last": len(body) - 1}
    body[place.get(where, (start + len(body)) // 2)] ^= 1
    file.write_bytes(body)
    with pytest.raises(TodokeError, match="backup_unreadable"):
        _restore(file, data)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.todoke", "city"]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        opener = backup_box.Opener(file, PASSPHRASE)
        return b"".join(iter(lambda: opener.read(65536), b""))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_cut_end_is_noticed_wherever_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = folder / "whole"
    one = backup_box.CHUNK_BYTES
    size = data.draw(st.sampled_from([0, 1, 100, one, 3 * one + 7]))
    plain = os.urandom(size)
    with whole.open("wb") as file:
        sealer = backup_box.Sealer(file, PASSPHRASE)
        sealer.write(plain)
        sealer.finish()
    sealed = whole.read_bytes()
    assert _read(whole) == plain
    chunk = backup_box.CHUNK_BYTES + backup_box.TAG_BYTES
    head = sealed.index(b"}\n") + 2
    ends = [head + n * chunk for n in range(4) if head + n * chunk < len(sealed)]
    cut = data.draw(st.sampled_from(ends) | st.integers(0, len(sealed) - 1))
    whole.write_bytes(sealed[:cut])

    with pytest.raises(TodokeError, match="backup_unreadable"):
        _read(whole)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_cut_exactly_between_two_chunks_is_noticed(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "b"
    with path.open("wb") as file:
        sealer = backup_box.Sealer(file, PASSPHRASE)
        sealer.write(os.urandom(2 * backup_box.CHUNK_BYTES + 5))
        sealer.finish()
    body = path.read_bytes()
    head = body.index(b"}\n") + 2
    path.write_bytes(body[: head + kept * (backup_box.CHUNK_BYTES + backup_box.TAG_BYTES)])
    with pytest.raises(TodokeError, match="rule=damaged"):
        _read(path)


def test_a_cut_behind_the_last_file_is_noticed(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the archive needs is whole then; the file is not, and who knows what else is cut."""
    finish, file = backup_box.Sealer.finish, tmp_path / "b"

    def finish_long(sealer: backup_box.Sealer) -> None:
        sealer.write(bytes(2 * backup_box.CHUNK_BYTES))
        finish(sealer)

    monkeypatch.setattr(backup_box.Sealer, "finish", finish_long)
    _write(city, file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(TodokeError, match="rule=damaged"):
        _restore(file, tmp_path / "new")


def test_chunks_in_another_order_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "b"
    with path.open("wb") as file:
        sealer = backup_box.Sealer(file, PASSPHRASE)
        sealer.write(os.urandom(3 * backup_box.CHUNK_BYTES))
        sealer.finish()
    body = path.read_bytes()
    chunk = backup_box.CHUNK_BYTES + backup_box.TAG_BYTES
    head = body.index(b"}\n") + 2
    first, second = body[head : head + chunk], body[head + chunk : head + 2 * chunk]
    path.write_bytes(body[:head] + second + first + body[head + 2 * chunk :])
    with path.open("rb") as file:
        opener = backup_box.Opener(file, PASSPHRASE)
        with pytest.raises(TodokeError, match="rule=damaged"):
            opener.read(10)


@pytest.mark.parametrize(
    "body", [b"", b"PK\x03\x04", backup_box.MAGIC, backup_box.MAGIC + b"{}\n", b"\xff" * 5000]
)
def test_a_file_that_is_no_backup_is_refused(body: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(body)
    with pytest.raises(TodokeError, match="backup_unreadable"):
        _restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_header_may_not_ask_for_a_terabyte_of_memory(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "b"
    _write(city, file)
    file.write_bytes(file.read_bytes().replace(b'"n": 1024', b'"n": 1073741824'))
    with pytest.raises(TodokeError, match="rule=damaged"):
        _restore(file, tmp_path / "new")


@pytest.mark.parametrize("n", [b"1024.0", b"true", b'"1024"', b"null", b"[]"])
def test_a_header_of_other_types_is_damage_and_no_defect(
    n: bytes, city: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b"
    _write(city, file)
    file.write_bytes(file.read_bytes().replace(b'"n": 1024', b'"n": ' + n))
    with pytest.raises(TodokeError, match="rule=damaged"):
        _restore(file, tmp_path / "new")


def test_a_planted_link_is_not_written_through_and_a_planted_file_not_used(
    city: Path, tmp_path: Path
) -> None:
    other = tmp_path / "somebody's file"
    other.write_text("theirs")
    for number, plant in enumerate((Path.symlink_to, Path.hardlink_to)):
        target = tmp_path / f"b{number}"
        plant(tmp_path / f".b{number}.part", other)
        _write(city, target)
        assert other.read_text() == "theirs"
        assert not target.is_symlink()
        assert target.stat().st_mode & 0o777 == 0o600


def test_nothing_is_restored_over_a_folder_that_holds_something(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.todoke"
    _write(city, file)
    before = (city / "todoke.sqlite3").read_bytes()
    with pytest.raises(TodokeError, match="would_overwrite"):
        _restore(file, city)
    assert (city / "todoke.sqlite3").read_bytes() == before
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _restore(file, empty).files > 0


def test_a_backup_never_replaces_another(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.todoke"
    file.write_text("yesterday's")
    with pytest.raises(TodokeError, match="would_overwrite"):
        _write(city, file)
    assert file.read_text() == "yesterday's"


def test_a_short_passphrase_is_refused(city: Path, tmp_path: Path) -> None:
    with pytest.raises(TodokeError, match="bad_field: field=passphrase"):
        backup.write(city, tmp_path / "b", "みじかい", TurnedClock(), _watch)
    assert not (tmp_path / "b").exists()


def test_a_missing_key_stops_the_backup(city: Path, tmp_path: Path) -> None:
    (city / "keys" / keys.VAPID).unlink()
    with pytest.raises(TodokeError, match="keys_missing"):
        _write(city, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_backup_of_a_newer_store_says_so(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b"
    _write(city, file)
    monkeypatch.setattr(backup, "SCHEMA", SCHEMA - 1)
    with pytest.raises(TodokeError, match="store_schema_newer"):
        _restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_killed_backup_left_is_cleared(city: Path, tmp_path: Path) -> None:
    room = city / ".backup"
    room.mkdir()
    (room / ".todoke.sqlite3.aa.part").write_text("half a copy, with personal data")
    _write(city, tmp_path / "b")
    assert list(room.iterdir()) == []


def test_a_backup_under_writes_is_one_moment_of_the_store(city: Path, tmp_path: Path) -> None:
    """Each writer's two records always change together and only grow; a restored store never
    has them apart, and has everything that was committed before the backup began."""
    looking = SqliteStore(city / "todoke.sqlite3", TurnedClock())
    ending = threading.Event()
    failures: list[BaseException] = []

    def write_on(pair_of: str) -> None:
        store = SqliteStore(city / "todoke.sqlite3", TurnedClock())
        number = 0
        try:
            while not ending.is_set():
                number += 1
                names = (f"a{pair_of}", f"b{pair_of}")
                pair = [Record("setting", name, {"value": str(number)}) for name in names]
                store.commit([Put(record) for record in pair])
        except BaseException as error:
            failures.append(error)
        finally:
            store.close()

    writers = [threading.Thread(target=write_on, args=(each,)) for each in "12"]
    for each in writers:
        each.start()
    try:
        for turn in range(5):
            file, data = tmp_path / f"b{turn}", tmp_path / f"new{turn}"
            before = [_number(looking, f"a{each}") for each in "12"]
            _write(city, file)
            _restore(file, data)
            store = SqliteStore(data / "todoke.sqlite3", TurnedClock())
            for one, at_least in zip("12", before, strict=True):
                assert at_least <= _number(store, f"a{one}") == _number(store, f"b{one}")
            store.close()
    finally:
        ending.set()
        for each in writers:
            each.join()
        looking.close()
    assert failures == []


def _number(store: SqliteStore, name: str) -> int:
    record = store.get("setting", name)
    return int(str(record.data["value"])) if record else 0
