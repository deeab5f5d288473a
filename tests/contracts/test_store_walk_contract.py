"""Every record of a kind, asked of no index (``Store.walk``)."""

from __future__ import annotations

import pytest

from tests.contracts.test_store_many_contract import IDS, fill, setting
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import MAX_PAGE, Count, Create, Delete, Json, Put, Record, Replace, Store


def walked(store: Store, kind: str = "setting", limit: int = 100) -> list[Record]:
    found, cursor = list[Record](), None
    while True:
        page = store.walk(kind, limit, cursor)
        assert len(page.records) <= limit
        found += page.records
        cursor = page.cursor
        if cursor is None:
            return found
        assert page.records, "a page is empty at the end only"
        assert len(found) < 1000, "a walk comes to its end"


def follow(id: str, batch: str | None = None) -> Record:
    data: dict[str, Json] = {"topic": "t", "subscription": id, "cohorts": [], "since": 1}
    return Record("follow", id, data, batch=batch)


def open_batch(state: str = "open", version: int = 0) -> Record:
    data: dict[str, Json] = {
        "state": state, "batch": "I-1", "act": "bills", "actor": "cli", "input": "", "detail": {},
        "total": 1, "looked": 0, "outcomes": {}, "told_in": {}, "parts": 0, "rows": 1, "hash": "",
        "sums": {}, "started_at": 1, "changed_at": 1,
    }  # fmt: skip
    return Record("batch", "I-1", data, version)


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_each_record_of_the_kind_is_met_once_as_it_is_stored(store: Store, limit: int) -> None:
    store.commit([Create(setting(id, f"of {id}")) for id in IDS])
    store.commit([Put(setting("a", "changed")), Create(follow("f"))])
    store.commit([Count("followers", "allowance", {"*|*": 1})])
    found = walked(store, limit=limit)
    assert len(found) == len(IDS)
    assert {each.id: each for each in found} == store.get_many("setting", IDS)
    assert [each.id for each in walked(store, "follow", limit)] == ["f"]
    assert walked(store, "alarm", limit) == []


def test_a_kind_whose_name_begins_alike_is_another_kind(store: Store) -> None:
    store.commit([Create(Record("staff_link", "l", {"staff": "s", "created_at": 1}))])
    assert walked(store, "staff") == []


def test_several_pages_among_many_others(store: Store) -> None:
    ids = fill(store, 250)
    store.commit([Create(follow(f"f{number}")) for number in range(50)])
    assert sorted(each.id for each in walked(store, limit=90)) == ids


def test_what_is_erased_or_past_its_time_is_not_met(store: Store, clock: TurnedClock) -> None:
    store.commit(
        [
            Create(setting("stays")),
            Create(setting("gone")),
            Create(setting("ends", expires_at=clock.unix() + 5)),
        ]
    )
    store.commit([Delete("setting", "gone")])
    clock.turn(5)
    assert [each.id for each in walked(store)] == ["stays"]


def test_rows_of_a_batch_are_met_once_it_is_sealed(store: Store) -> None:
    store.commit([Create(open_batch()), Create(follow("hidden", "I-1")), Create(follow("seen"))])
    assert [each.id for each in walked(store, "follow")] == ["seen"]
    store.commit([Replace(open_batch("sealed", 1))])
    found = {each.id: each for each in walked(store, "follow")}
    assert set(found) == {"hidden", "seen"}
    assert found["hidden"].batch is None


def test_rows_that_come_and_go_neither_shift_nor_repeat_the_others(store: Store) -> None:
    ids = fill(store, 30)
    found, cursor = list[str](), None
    for step in range(100):
        page = store.walk("setting", 4, cursor)
        found += [each.id for each in page.records]
        cursor = page.cursor
        if cursor is None:
            break
        store.commit([Create(setting(f"new{step}")), Delete("setting", page.records[0].id)])
    still = [each for each in found if not each.startswith("new")]
    assert sorted(still) == ids


@pytest.mark.parametrize("limit", [0, MAX_PAGE + 1])
def test_a_page_has_its_bounds(store: Store, limit: int) -> None:
    with pytest.raises(TodokeError) as refused:
        store.walk("setting", limit)
    assert refused.value.code == "store_misuse"


@pytest.mark.parametrize("kind", ["unheard_of", "counter.followers"])
def test_what_is_no_kind_of_records_is_misuse(store: Store, kind: str) -> None:
    with pytest.raises(TodokeError) as refused:
        store.walk(kind)
    assert refused.value.code == "store_misuse"


def test_the_cursor_of_another_walk_is_refused(store: Store) -> None:
    fill(store, 3)
    cursor = store.walk("setting", 1).cursor
    for kind, given in (("follow", cursor), ("setting", "no cursor")):
        with pytest.raises(TodokeError) as refused:
            store.walk(kind, 1, given)
        assert refused.value.code == "bad_field"
