"""A backup holds the data keys of its own day, and opens whatever became of them since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tests.parts.applying import city as applying
from tests.parts.lived_in import LivedIn, lived_in
from todoke import assemble
from todoke.adapters import backup, backup_box, keys
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.sqlite import SqliteStore
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, keyring, reseal
from todoke.ports import Services

PASSPHRASE = "みなとの鐘が三つ鳴る朝に"


@pytest.fixture(autouse=True)
def _quick_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    # half a second for each key is the purpose of scrypt, not of these tests
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)


@pytest.fixture
def city(tmp_path: Path) -> LivedIn:
    return lived_in(tmp_path / "city")


def _write(city: LivedIn, target: Path) -> None:
    clock = city.services.clock
    backup.write(city.services.config.data, target, PASSPHRASE, clock, lambda *_: None)


def _restored(city: LivedIn, file: Path, data: Path) -> LivedIn:
    backup.restore(file, data, PASSPHRASE, city.services.clock, lambda *_: None)
    services = applying(data)
    cast("TurnedClock", services.clock).turn(city.services.clock.unix() - services.clock.unix())
    return replace(city, services=services)


def _rotated(services: Services) -> None:
    """All three acts, and the key they began with is gone."""
    number = keyring.rotate(services)
    cast("TurnedClock", services.clock).turn(keyring.RETIRE_SECONDS)
    reseal.reseal(services)
    keyring.retire(services, number - 1)


def test_a_backup_from_before_a_rotation_restores_after_it(city: LivedIn, tmp_path: Path) -> None:
    _write(city, tmp_path / "before")
    _rotated(city.services)
    _write(city, tmp_path / "after")
    assert not (city.services.config.data / "keys" / keys.DATA).exists()
    old = _restored(city, tmp_path / "before", tmp_path / "old")
    old.reads_everything()
    assert set(keyring.sealed_with(old.services)) == {1}
    new = _restored(city, tmp_path / "after", tmp_path / "new")
    new.reads_everything()
    assert set(keyring.sealed_with(new.services)) == {2}


def test_a_backup_in_the_middle_of_sealing_anew_is_restored_and_goes_on(
    city: LivedIn, tmp_path: Path
) -> None:
    keyring.rotate(city.services)
    steps = iter(range(100))
    assert reseal.reseal(city.services, enough=lambda: next(steps) == 3) is None
    _write(city, tmp_path / "b")
    there = _restored(city, tmp_path / "b", tmp_path / "new")
    assert set(keyring.sealed_with(there.services)) == {1, 2}
    there.reads_everything()
    reseal.reseal(there.services)
    assert set(keyring.sealed_with(there.services)) == {2}
    there.reads_everything()


def test_a_backup_during_which_the_keys_change_is_of_one_moment(
    city: LivedIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patch, because nothing of the product happens between the copy of the store and the files:
    there everything is sealed anew with a key that the copy does not know."""
    services, copy = city.services, SqliteStore.backup_to
    rounds: list[int] = []

    def copy_and_rotate(store: SqliteStore, path: Path) -> None:
        copy(store, path)
        rounds.append(1)
        if len(rounds) == 1:
            _rotated(services)

    monkeypatch.setattr(SqliteStore, "backup_to", copy_and_rotate)
    _write(city, tmp_path / "b")
    assert len(rounds) == 2
    monkeypatch.undo()
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)
    there = _restored(city, tmp_path / "b", tmp_path / "new")
    there.reads_everything()
    closed = there.services.private.get(attachments.file_key(city.waiting))
    assert closed is not None
    assert set(keyring.sealed_with(there.services)) == {2}


def test_a_backup_without_the_file_of_a_key_it_needs_is_refused(
    city: LivedIn, tmp_path: Path
) -> None:
    keyring.rotate(city.services)
    (city.services.config.data / "keys" / "data-2.key").unlink()
    with pytest.raises(TodokeError, match=r"keys_missing: file=data-2\.key"):
        _write(city, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_restored_city_whose_keys_do_not_open_gets_no_name(city: LivedIn, tmp_path: Path) -> None:
    keyring.rotate(city.services)
    (city.services.config.data / "keys" / "data-2.key").write_bytes(b"x" * 32)
    file = tmp_path / "b"
    _write(city, file)
    with pytest.raises(TodokeError, match="backup_unreadable: rule=incomplete"):
        _restored(city, file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_lost_file_stops_sealing_and_stores_nothing(city: LivedIn) -> None:
    keyring.rotate(city.services)
    folder = city.services.config.data
    (folder / "keys" / "data-2.key").unlink()
    there = assemble.fake(folder)
    before = sum(1 for _ in keyring.everything(there, "attachment"))
    with pytest.raises(TodokeError, match=r"keys_missing: file=data-2\.key"):
        attachments.take(replace(there, cleaner=city.services.cleaner), city.resident, b"x")
    assert sum(1 for _ in keyring.everything(there, "attachment")) == before
