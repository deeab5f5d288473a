"""Many records of one kind by their ids, at once (``Store.get_many``)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.contracts.backends import STORES, let_go
from tests.parts import aws_service
from todoke.adapters import dynamodb
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import (
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    MAX_RECORD_BYTES,
    Create,
    Delete,
    Json,
    Put,
    Record,
    Store,
)

#: with characters that JSON escapes, and one outside the first plane of Unicode
IDS = ("a", 'quote"', "back\\slash", "new\nline", "名前 🍼", "1")


def setting(id: str, value: str = "x", expires_at: int | None = None) -> Record:
    return Record("setting", id, {"value": value}, expires_at=expires_at)


def fill(
    store: Store, count: int, value: str = "x", together: int = MAX_COMMIT_WRITES
) -> list[str]:
    ids = [f"s{number:04}" for number in range(count)]
    for start in range(0, count, together):
        store.commit([Create(setting(id, value)) for id in ids[start : start + together]])
    return ids


def test_each_comes_as_get_would_tell_it(store: Store, clock: TurnedClock) -> None:
    store.commit([Create(setting(id, f"of {id}")) for id in IDS])
    store.commit([Put(setting("a", "changed", expires_at=clock.unix() + 9))])
    found = store.get_many("setting", IDS)
    assert found == {id: store.get("setting", id) for id in IDS}
    assert found["a"].version == 2
    assert found["a"].expires_at is not None


def test_what_is_absent_is_left_out(store: Store) -> None:
    store.commit([Create(setting("a")), Create(setting("gone"))])
    store.commit([Delete("setting", "gone")])
    impossible = ["", "\ud800", "a\0b", "x" * 501]
    assert list(store.get_many("setting", ["gone", "never", *impossible, "a"])) == ["a"]
    assert store.get_many("setting", []) == {}
    assert store.get_many("follow", ["a"]) == {}


def test_what_has_expired_is_left_out(store: Store, clock: TurnedClock) -> None:
    end = clock.unix() + 60
    store.commit([Create(setting("a", expires_at=end)), Create(setting("b", expires_at=end + 1))])
    clock.turn(59)
    assert set(store.get_many("setting", ["a", "b"])) == {"a", "b"}
    clock.turn(1)
    assert set(store.get_many("setting", ["a", "b"])) == {"b"}


def test_an_id_may_stand_twice(store: Store) -> None:
    store.commit([Create(setting("a")), Create(setting("b"))])
    assert set(store.get_many("setting", ["a", "b", "a", "never", "never"])) == {"a", "b"}


def test_a_thousand_are_asked_for_and_one_more_is_misuse(store: Store) -> None:
    there = fill(store, 120)
    ids = [f"s{number:04}" for number in reversed(range(MAX_PAGE))]
    found = store.get_many("setting", ids)
    assert sorted(found) == there
    assert all(found[id].id == id for id in there)
    with pytest.raises(TodokeError) as caught:
        store.get_many("setting", [*ids, "last"])
    assert caught.value.code == "store_misuse"


@pytest.mark.parametrize("kind", ["rumour", "counter.followers", "counter.smiles"])
def test_only_records_of_a_declared_kind_are_read_together(store: Store, kind: str) -> None:
    with pytest.raises(TodokeError) as caught:
        store.get_many(kind, ["a"])
    assert caught.value.code == "store_misuse"


def test_many_large_records_come_whole(store: Store) -> None:
    """Together more than the 16 MB that DynamoDB puts into one answer."""
    large = "x" * (MAX_RECORD_BYTES - 100)
    ids = fill(store, 45, large, together=8)
    found = store.get_many("setting", ids)
    assert sorted(found) == ids
    assert all(found[id].data["value"] == large for id in ids)


# ------------------------------------------------------------------ of one backend
def test_on_one_machine_all_are_of_one_moment(tmp_path: Path, clock: TurnedClock) -> None:
    """A writer changes the first and the last together; nobody reads one of them old."""
    store = STORES["sqlite"](tmp_path, clock)
    ids = fill(store, MAX_PAGE)
    first, last = ids[0], ids[-1]
    done = threading.Event()

    def write() -> None:
        for step in range(400):
            store.commit([Put(setting(each, str(step))) for each in (first, last)])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    pairs: list[tuple[Json, Json]] = []
    while not done.is_set():
        found = store.get_many("setting", ids)
        pairs.append((found[first].data["value"], found[last].data["value"]))
    writer.join()
    assert len(set(pairs)) > 10
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    let_go(store)


@pytest.fixture
def on_aws(tmp_path: Path, clock: TurnedClock, cloud: aws_service.Aws) -> Store:
    return STORES["dynamodb"](tmp_path, clock)


def _batches(cloud: aws_service.Aws) -> int:
    return cloud.calls().get("BatchGetItem", 0)


@pytest.mark.real
def test_the_table_is_asked_for_a_hundred_at_a_time(on_aws: Store, cloud: aws_service.Aws) -> None:
    cloud.faults()
    ids = fill(on_aws, 150)
    before = _batches(cloud)
    assert len(on_aws.get_many("setting", [*ids, *ids])) == 150
    assert _batches(cloud) - before == 2


@pytest.mark.real
def test_keys_left_unprocessed_are_asked_for_again(on_aws: Store, cloud: aws_service.Aws) -> None:
    cloud.faults()
    ids = fill(on_aws, 150)
    before = _batches(cloud)
    cloud.faults(unprocessed=100)
    assert sorted(on_aws.get_many("setting", ids)) == ids
    assert _batches(cloud) - before > 2


@pytest.mark.real
def test_throttling_and_errors_are_waited_out(on_aws: Store, cloud: aws_service.Aws) -> None:
    ids = fill(on_aws, 150)
    cloud.faults(throttled=15, broken=15, unprocessed=30)
    for _ in range(3):
        assert sorted(on_aws.get_many("setting", ids)) == ids


@pytest.mark.real
def test_a_table_that_processes_nothing_is_told_as_busy(
    on_aws: Store, cloud: aws_service.Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "BUSY_SECONDS", 0.1)  # a patch: five seconds are long here
    cloud.faults()
    ids = fill(on_aws, 10)
    cloud.faults(none_processed=100)
    with pytest.raises(TodokeError) as caught:
        on_aws.get_many("setting", ids)
    assert caught.value.code == "storage_unavailable"
    cloud.faults()
    assert sorted(on_aws.get_many("setting", ids)) == ids
