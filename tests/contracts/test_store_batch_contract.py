"""What every Store must do with rows that wait in a batch: nobody sees them before it is sealed,
and from then on everybody sees them all (docs/adr/0012)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.contracts.backends import Place, let_go
from tests.parts.batching import begin, follow, seal, seal_record
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import Check, Create, Delete, Json, Put, Range, Record, Replace, Store, Write

EVERYTHING = Range()


def listed(
    store: Store, limit: int = 100, descending: bool = False, range: Range = EVERYTHING
) -> list[str]:
    """Ids of the whole list, page by page; a page that is not the last is full."""
    found: list[str] = []
    cursor = None
    while True:
        page = store.find("follows_by_topic", "allowance", range, limit, cursor, descending)
        found += [each.id for each in page.records]
        cursor = page.cursor
        assert len(page.records) == limit or cursor is None
        if cursor is None:
            return found


def refused(store: Store, *writes: Write) -> TodokeError:
    with pytest.raises(TodokeError) as caught:
        store.commit(writes)
    return caught.value


def ids(rows: Sequence[Record]) -> list[str]:
    return sorted(each.id for each in rows)


def test_rows_of_an_open_batch_are_neither_got_nor_found(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1"), follow("b", batch="I-1")])
    assert store.get("follow", "a") is None
    assert store.get_many("follow", ["a", "b"]) == {}
    assert listed(store) == []


def test_the_seal_shows_all_rows_at_once_with_version_one_and_no_batch(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1"), follow("b", batch="I-1")])
    seal(store, "I-1")
    assert store.get("follow", "a") == replace(follow("a"), version=1)
    assert store.get_many("follow", ["a"]) == {"a": replace(follow("a"), version=1)}
    assert listed(store) == ["a", "b"]


def test_another_opening_of_the_store_sees_what_was_sealed_and_not_what_is_open(
    store: Store, store_place: Place[Store], clock: TurnedClock
) -> None:
    other = store_place.open(clock)
    begin(store, "I-1", [follow("a", batch="I-1")])
    begin(store, "I-2", [follow("b", batch="I-2")])
    assert listed(other) == []
    seal(store, "I-1")
    assert (other.get("follow", "a") is None, listed(other)) == (False, ["a"])
    assert other.get("follow", "b") is None
    let_go(other)


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("descending", [False, True])
def test_a_page_is_full_however_many_hidden_rows_lie_between(
    store: Store, limit: int, descending: bool
) -> None:
    shown = ["a1", "a5", "b7", "c9"]
    store.commit([Create(follow(id)) for id in shown])
    hidden = [f"{letter}{number}" for letter in "abcd" for number in range(10)]
    begin(store, "I-1", [follow(id, batch="I-1") for id in hidden if id not in shown])
    assert listed(store, limit, descending) == (shown[::-1] if descending else shown)
    assert listed(store, limit, descending, Range("b0", "b9")) == ["b7"]
    assert listed(store, limit, descending, Range("d0")) == []


def test_a_cursor_goes_on_in_its_place_after_the_seal(store: Store) -> None:
    store.commit([Create(follow(id)) for id in ("b", "d", "f")])
    begin(store, "I-1", [follow(id, batch="I-1") for id in ("a", "c", "e", "g")])
    first = store.find("follows_by_topic", "allowance", limit=2)
    seal(store, "I-1")
    rest = store.find("follows_by_topic", "allowance", cursor=first.cursor)
    assert [each.id for each in rest.records] == ["e", "f", "g"]


@pytest.mark.parametrize("other", [None, "I-2"])
def test_creating_over_a_row_that_waits_is_a_conflict(store: Store, other: str | None) -> None:
    begin(store, "I-1", [follow("a", batch="I-1")])
    writes: list[Write] = [Create(follow("a", batch=other))]
    if other:
        writes.append(Create(seal_record(other)))
    error = refused(store, *writes)
    assert (error.code, error.details) == ("record_exists", {"kind": "follow", "id": "a"})
    assert refused(store, Check("follow", "a", 0)).code == "version_conflict"
    assert [each.batch for each in store.rows_of("I-1", [("follow", "a")])] == ["I-1"]


def test_the_window_shows_the_rows_of_this_batch_and_no_other(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1"), follow("b", batch="I-1")])
    begin(store, "I-2", [follow("c", batch="I-2")])
    store.commit([Create(follow("d"))])
    keys = [("follow", id) for id in ("a", "b", "c", "d", "none")]
    assert ids(store.rows_of("I-1", keys)) == ["a", "b"]
    assert ids(store.rows_of("I-2", keys)) == ["c"]
    assert list(store.rows_of("I-1", [])) == []
    store.commit([Delete("follow", "a", 1)])
    seal(store, "I-1")
    assert ids(store.rows_of("I-1", keys)) == ["b"]


def test_the_window_reads_more_rows_than_one_request_takes(store: Store) -> None:
    rows = [follow(f"f{number:03}", batch="I-1") for number in range(230)]
    begin(store, "I-1", rows[:80])
    for start in (80, 160):
        found = store.get("batch", "I-1")
        assert found is not None
        seal_after = Replace(seal_record("I-1", "open", found.version))
        store.commit([seal_after, *map(Create, rows[start : start + 80])])
    assert len(store.rows_of("I-1", [("follow", each.id) for each in rows])) == 230


@pytest.mark.parametrize("write", [Replace, Put])
def test_a_row_that_was_sealed_is_an_ordinary_record(
    store: Store, write: Callable[[Record], Write]
) -> None:
    begin(store, "I-1", [follow("a", batch="I-1")])
    seal(store, "I-1")
    found = store.get("follow", "a")
    assert found is not None
    store.commit([write(replace(found, data={**found.data, "since": 7}))])
    after = store.get("follow", "a")
    assert after is not None
    assert (after.data["since"], after.version, after.batch) == (7, 2, None)
    assert list(store.rows_of("I-1", [("follow", "a")])) == []
    store.commit([Delete("follow", "a", 2)])
    assert listed(store) == []


def test_a_put_over_a_row_that_waits_takes_it_out_of_its_batch(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1")])
    store.commit([Put(follow("a"))])
    assert store.get("follow", "a") is not None
    assert list(store.rows_of("I-1", [("follow", "a")])) == []


def test_a_sealed_batch_is_final(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1")])
    seal(store, "I-1")
    again: Sequence[Write] = (
        Replace(seal_record("I-1", "open", 2)),
        Replace(seal_record("I-1", "sealed", 2)),
        Put(seal_record("I-1")),
        Delete("batch", "I-1"),
        Delete("batch", "I-1", 2),
    )
    for write in again:
        error = refused(store, write)
        assert (error.code, error.details) == ("version_conflict", {"kind": "batch", "id": "I-1"})
    assert refused(store, Create(seal_record("I-1"))).code == "record_exists"
    store.commit([Check("batch", "I-1", 2)])
    assert store.get("follow", "a") is not None


def test_a_batch_whose_record_is_gone_stays_hidden(store: Store) -> None:
    begin(store, "I-1", [follow("a", batch="I-1")])
    store.commit([Delete("batch", "I-1", 1)])
    assert store.get("follow", "a") is None
    assert listed(store) == []
    begin(store, "I-1", [follow("b", batch="I-1")])  # begun anew
    assert ids(store.rows_of("I-1", [("follow", "a"), ("follow", "b")])) == ["a", "b"]


def test_a_row_of_a_batch_expires_like_any_other(store: Store, clock: TurnedClock) -> None:
    row = replace(follow("a", batch="I-1"), expires_at=clock.unix() + 5)
    begin(store, "I-1", [row])
    clock.turn(5)
    assert list(store.rows_of("I-1", [("follow", "a")])) == []
    assert store.purge() == 1


def with_fields(record: Record, **changes: Json) -> Record:
    return replace(record, data={**record.data, **changes})


@pytest.mark.parametrize(
    "writes",
    [
        [Create(follow("a", batch="I-1"))],
        [Create(follow("a", batch="I-1")), Create(seal_record("I-2"))],
        [Create(follow("a", batch="I-1")), Create(seal_record("I-1", "sealed"))],
        [Create(follow("a", batch="I-1")), Create(seal_record("I-1", "erasing"))],
        [Put(follow("a", batch="I-1")), Create(seal_record("I-1"))],
        [Replace(replace(follow("a", batch="I-1"), version=1)), Create(seal_record("I-1"))],
        [Create(replace(seal_record("I-1"), batch="I-1"))],
        [Create(with_fields(seal_record("I-1"), batch="I-2"))],
        [Create(replace(seal_record("I-1", "sealed"), expires_at=9_999_999_999))],
    ],
)
def test_a_row_that_could_slip_into_a_batch_unseen_is_refused(
    store: Store, writes: Sequence[Write]
) -> None:
    assert refused(store, *writes).code == "store_misuse"
    assert store.get("follow", "a") is None
