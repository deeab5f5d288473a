"""What every Store must do, whatever it is made of (``todoke.ports.Store``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.contracts.backends import Place, let_go
from todoke.adapters.dynamodb_items import INDEX_SLOTS
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import (
    MAX_COMMIT_BYTES,
    MAX_COMMIT_WRITES,
    MAX_RECORD_BYTES,
    Check,
    Count,
    Create,
    Delete,
    Json,
    Put,
    Record,
    Replace,
    Store,
    Write,
)
from todoke.store_schema import INDEXES, RECORDS


def setting(id: str, value: str = "x", version: int = 0, expires_at: int | None = None) -> Record:
    return Record("setting", id, {"value": value}, version, expires_at)


def follow(id: str, topic: str = "allowance", subscription: str = "") -> Record:
    data: Mapping[str, Json] = {
        "topic": topic,
        "subscription": subscription or id,
        "cohorts": [2023],
        "since": 1,
    }
    return Record("follow", id, data)


def value(store: Store, id: str) -> object:
    found = store.get("setting", id)
    return None if found is None else found.data["value"]


def refused(store: Store, *writes: Write) -> TodokeError:
    with pytest.raises(TodokeError) as caught:
        store.commit(writes)
    return caught.value


# ------------------------------------------------------------------ records and versions
def test_a_record_comes_back_as_it_was_written(store: Store) -> None:
    data: Mapping[str, Json] = {
        "topic": "手当 🍼 e\u0301",
        "subscription": "s",
        "area": None,
        "cohorts": [2023, -(10**37), {"deep": [None, True, "", "\x00"]}],
        "since": 0,
    }
    store.commit([Create(Record("follow", "名前 🍼", data))])
    assert store.get("follow", "名前 🍼") == Record("follow", "名前 🍼", data, version=1)


def test_an_absent_record_is_none(store: Store) -> None:
    assert store.get("setting", "nothing") is None
    assert store.get("counter.followers", "nothing") is None


@pytest.mark.parametrize("id", ["", "\ud800", "a\0b", "x" * 501])
def test_an_id_no_record_can_have_is_absent(store: Store, id: str) -> None:
    assert store.get("setting", id) is None
    assert store.find("follows_by_topic", id).records == ()


def test_create_refuses_a_record_that_exists(store: Store) -> None:
    store.commit([Create(setting("a", "first"))])
    error = refused(store, Create(setting("a", "second")))
    assert error.code == "record_exists"
    assert error.details == {"kind": "setting", "id": "a"}
    assert value(store, "a") == "first"


def test_replace_needs_the_stored_version_and_raises_it_by_one(store: Store) -> None:
    store.commit([Create(setting("a", "1"))])
    store.commit([Replace(setting("a", "2", version=1))])
    found = store.get("setting", "a")
    assert found is not None
    assert (found.data["value"], found.version) == ("2", 2)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_stale_version_loses(store: Store, version: int) -> None:
    store.commit([Create(setting("a", "1"))])
    store.commit([Replace(setting("a", "2", version=1))])
    for write in (
        Replace(setting("a", "3", version=version)),
        Delete("setting", "a", version),
        Check("setting", "a", version),
    ):
        error = refused(store, write)
        assert error.code == "version_conflict"
        assert error.details == {"kind": "setting", "id": "a"}
    assert value(store, "a") == "2"


@pytest.mark.parametrize("version", [0, 1])
def test_replace_of_an_absent_record_is_refused(store: Store, version: int) -> None:
    assert refused(store, Replace(setting("a", version=version))).code == "version_conflict"
    assert store.get("setting", "a") is None


def test_put_writes_whatever_is_there_and_its_version_grows(store: Store) -> None:
    store.commit([Put(setting("a", "1"))])
    store.commit([Put(setting("a", "2"))])
    found = store.get("setting", "a")
    assert found is not None
    assert (found.data["value"], found.version) == ("2", 2)


def test_delete_erases_also_what_is_not_there(store: Store) -> None:
    store.commit([Create(setting("a")), Create(setting("b"))])
    store.commit([Delete("setting", "a", 1), Delete("setting", "b"), Delete("setting", "c")])
    assert [store.get("setting", id) for id in "abc"] == [None, None, None]


def test_check_holds_a_commit_to_a_version_and_changes_nothing(store: Store) -> None:
    store.commit([Create(setting("a"))])
    store.commit([Check("setting", "a", 1), Check("setting", "absent", 0), Create(setting("b"))])
    assert refused(store, Check("setting", "a", 0)).code == "version_conflict"
    found = store.get("setting", "a")
    assert found is not None
    assert found.version == 1
    assert value(store, "b") == "x"


def test_one_failed_condition_leaves_nothing_of_the_transaction(store: Store) -> None:
    store.commit([Create(setting("stays", "old")), Create(follow("f1"))])
    error = refused(
        store,
        Create(setting("new")),
        Put(setting("stays", "changed")),
        Delete("follow", "f1"),
        Create(follow("f2")),
        Count("followers", "allowance", {"*|*": 1}),
        Check("setting", "absent", 4),
    )
    assert error.code == "version_conflict"
    assert store.get("setting", "new") is None
    assert value(store, "stays") == "old"
    assert [r.id for r in store.find("follows_by_topic", "allowance").records] == ["f1"]
    assert store.get("counter.followers", "allowance") is None


def test_a_commit_of_nothing_is_fine(store: Store) -> None:
    store.commit([])


def test_what_is_committed_is_seen_by_whoever_opens_the_store_next(
    store_place: Place[Store], clock: TurnedClock
) -> None:
    first = store_place.open(clock)
    first.commit([Create(setting("a")), Count("followers", "t", {"*|*": 2})])
    let_go(first)
    second = store_place.open(clock)
    assert value(second, "a") == "x"
    assert second.get("counter.followers", "t") is not None
    let_go(second)


# ------------------------------------------------------------------ expiry
def test_an_expired_record_is_returned_by_no_verb(store: Store, clock: TurnedClock) -> None:
    end = clock.unix() + 60
    store.commit([Create(setting("a", expires_at=end))])
    store.commit([Create(Record("follow", "f", follow("f").data, expires_at=end))])
    clock.turn(59)
    assert value(store, "a") == "x"
    assert len(store.find("follows_by_topic", "allowance").records) == 1
    clock.turn(1)
    assert store.get("setting", "a") is None
    assert store.find("follows_by_topic", "allowance").records == []
    assert refused(store, Replace(setting("a", version=1))).code == "version_conflict"
    assert refused(store, Check("setting", "a", 1)).code == "version_conflict"
    assert refused(store, Delete("setting", "a", 1)).code == "version_conflict"
    store.commit([Check("setting", "a", 0)])


def test_create_over_an_expired_record_works(store: Store, clock: TurnedClock) -> None:
    old = Record("follow", "f", follow("f", "old").data, expires_at=clock.unix() + 1)
    store.commit([Create(old)])
    store.commit([Put(old)])
    clock.turn(2)
    store.commit([Create(follow("f", "new"))])
    found = store.get("follow", "f")
    assert found is not None
    assert (found.version, found.expires_at) == (1, None)
    assert store.find("follows_by_topic", "old").records == []
    assert len(store.find("follows_by_topic", "new").records) == 1


def test_an_expired_record_does_not_fill_a_page(store: Store, clock: TurnedClock) -> None:
    for number in range(5):
        end = clock.unix() + 1 if number < 4 else None
        data = follow(f"f{number}").data
        store.commit([Create(Record("follow", f"f{number}", data, expires_at=end))])
    clock.turn(1)
    page = store.find("follows_by_topic", "allowance", limit=1)
    assert [r.id for r in page.records] == ["f4"]
    assert page.cursor is None


def test_purge_erases_only_expired_records_and_at_most_the_limit(
    store: Store, clock: TurnedClock
) -> None:
    soon = clock.unix() + 5
    store.commit([Create(setting(f"old{n}", expires_at=soon)) for n in range(5)])
    store.commit([Create(setting("later", expires_at=soon + 100)), Create(setting("kept"))])
    assert store.purge() == 0
    clock.turn(5)
    assert store.purge(limit=3) == 3
    assert store.purge(limit=3) == 2
    assert store.purge() == 0
    clock.turn(-5)  # what was purged is gone, not hidden
    assert [value(store, id) for id in ("old0", "later", "kept")] == [None, "x", "x"]


# ------------------------------------------------------------------ what is refused
def test_a_record_over_the_limit_is_refused_and_one_at_it_is_not(store: Store) -> None:
    frame = len(b'{"value":""}')
    store.commit([Create(setting("fits", "x" * (MAX_RECORD_BYTES - frame)))])
    too_large = setting("large", "x" * (MAX_RECORD_BYTES - frame + 1))
    assert refused(store, Create(setting("b")), Create(too_large)).code == "record_too_large"
    # bytes of UTF-8, not characters
    wide = setting("wide", "手" * (MAX_RECORD_BYTES // 3))
    assert refused(store, Put(wide)).code == "record_too_large"
    assert [store.get("setting", id) for id in ("b", "large", "wide")] == [None] * 3


def test_a_commit_of_90_writes_is_taken_and_one_of_91_refused(store: Store) -> None:
    writes = [Create(setting(f"s{number}")) for number in range(MAX_COMMIT_WRITES)]
    error = refused(store, *writes, Create(setting("last")))
    assert error.code == "too_many_writes"
    assert store.get("setting", "s0") is None
    store.commit(writes)
    assert value(store, "s89") == "x"


def test_a_commit_of_more_bytes_than_a_transaction_may_hold_is_refused(store: Store) -> None:
    large = "x" * (MAX_RECORD_BYTES - 100)
    fitting = MAX_COMMIT_BYTES // MAX_RECORD_BYTES
    writes = [Create(setting(f"s{number}", large)) for number in range(fitting + 1)]
    assert refused(store, *writes).code == "too_many_writes"
    store.commit(writes[:fitting])


BAD_WRITES: Mapping[str, Sequence[Write]] = {
    "undeclared kind": [Create(Record("rumour", "a", {}))],
    "undeclared kind of a delete": [Delete("rumour", "a")],
    "undeclared kind of a check": [Check("rumour", "a", 0)],
    "undeclared field": [Create(Record("setting", "a", {"value": "x", "colour": "red"}))],
    "missing field": [Create(Record("setting", "a", {}))],
    "null in a field that must be there": [Create(Record("setting", "a", {"value": None}))],
    "wrong type": [Create(Record("setting", "a", {"value": 1}))],
    "bool for int": [Create(Record("follow", "a", {**follow("a").data, "since": True}))],
    "float": [Create(Record("follow", "a", {**follow("a").data, "cohorts": [1.5]}))],  # type: ignore[list-item]
    "bytes": [Create(Record("follow", "a", {**follow("a").data, "cohorts": [b"1"]}))],  # type: ignore[list-item]
    "number as a key": [Create(Record("follow", "a", {**follow("a").data, "cohorts": [{1: 2}]}))],  # type: ignore[dict-item]
    "39 digits": [Create(Record("follow", "a", {**follow("a").data, "since": 10**38}))],
    "lone surrogate": [Create(setting("a", "\ud800"))],
    "empty id": [Create(setting(""))],
    "id with a zero character": [Create(setting("a\0b"))],
    "id too long": [Create(setting("x" * 501))],
    "id with a lone surrogate": [Delete("setting", "\udfff")],
    "empty partition": [Create(follow("a", topic=""))],
    "partition too long": [Create(follow("a", topic="x" * 501))],
    "expiry in milliseconds": [Create(setting("a", expires_at=1_795_478_400_000))],
    "expiry no integer": [Create(setting("a", expires_at=1.5))],  # type: ignore[arg-type]
    "the same record twice": [Create(setting("a")), Check("setting", "a", 0)],
    "the same counter twice": [
        Count("followers", "t", {"a": 1}),
        Count("followers", "t", {"b": 1}),
    ],
    "undeclared counter": [Count("smiles", "t", {"a": 1})],
    "fraction of a count": [Count("followers", "t", {"a": 0.5})],  # type: ignore[dict-item]
    "count without a key": [Count("followers", "", {"a": 1})],
    "count of an empty cell": [Count("followers", "t", {"": 1})],
    "writing into a counter": [Delete("counter.followers", "t")],
}


@pytest.mark.parametrize("writes", BAD_WRITES.values(), ids=BAD_WRITES.keys())
def test_misuse_is_refused_and_writes_nothing(store: Store, writes: Sequence[Write]) -> None:
    error = refused(store, Create(setting("beside")), *writes)
    assert error.code == "store_misuse"
    assert error.details["rule"]
    assert store.get("setting", "beside") is None


def test_nesting_is_taken_to_the_limit_of_32_and_no_further(store: Store) -> None:
    def nested(depth: int) -> Record:
        inner: Json = []
        for _ in range(depth - 1):
            inner = [inner]
        return Record("follow", "deep", {**follow("deep").data, "cohorts": inner})

    store.commit([Put(nested(32))])
    assert refused(store, Put(nested(33))).code == "store_misuse"
    assert refused(store, Put(nested(5000))).code == "store_misuse"


def test_asking_for_what_is_not_declared_is_misuse(store: Store) -> None:
    for ask in (
        lambda: store.get("rumour", "a"),
        lambda: store.get("counter.smiles", "a"),
        lambda: store.find("rumours", "a"),
        lambda: store.find("notices", "all", limit=1001),
        lambda: store.find("notices", "all", limit=0),
    ):
        with pytest.raises(TodokeError) as caught:
            ask()
        assert caught.value.code == "store_misuse"


def test_every_index_is_over_declared_text_fields() -> None:
    for index in INDEXES.values():
        fields = RECORDS[index.kind].fields
        for name in filter(None, (index.partition, index.sort)):
            assert fields[name].type in ("str", "str?"), index.name


def test_no_kind_has_more_indexes_than_the_table_on_dynamodb() -> None:
    kinds = [index.kind for index in INDEXES.values()]
    assert max(map(kinds.count, kinds)) <= INDEX_SLOTS


# ------------------------------------------------------------------ counters
def test_a_counter_moves_its_cells_with_the_commit(store: Store) -> None:
    store.commit([Count("followers", "t", {"*|*": 1, "kita|2023": 5}), Create(setting("a"))])
    store.commit([Count("followers", "t", {"*|*": -3}), Count("followers", "u", {"*|*": 9})])
    found = store.get("counter.followers", "t")
    assert found is not None
    assert found.data == {"*|*": -2, "kita|2023": 5}
    assert (found.kind, found.id) == ("counter.followers", "t")


def test_a_count_of_no_cells_changes_nothing(store: Store) -> None:
    store.commit([Count("followers", "t", {})])
    assert store.get("counter.followers", "t") is None
