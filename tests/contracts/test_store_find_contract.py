"""What every Store must find: indexes, ranges, pages and cursors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.backends import ON_AWS, STORES, each_of, let_go
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import Create, Delete, Json, Put, Range, Record, Store


def audit(id: str, order: str, month: str = "2026-11") -> Record:
    data: Mapping[str, Json] = {
        "actor": "system",
        "act": "tested",
        "subject": "a/b",
        "detail": {},
        "at": 1,
        "month": month,
        "order": order,
    }
    return Record("audit", id, data)


def ids(store: Store, **asked: object) -> list[str]:
    page = store.find("audit_by_month", "2026-11", **asked)  # type: ignore[arg-type]
    return [record.id for record in page.records]


def all_ids(store: Store, limit: int, descending: bool = False) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = store.find(
            "audit_by_month", "2026-11", limit=limit, cursor=cursor, descending=descending
        )
        assert len(page.records) <= limit
        found += [record.id for record in page.records]
        if page.cursor is None:
            return found
        cursor = page.cursor


@pytest.fixture
def filled(store: Store) -> Store:
    """Ten lines in one month (order 01 … 05, two of each) and one in another."""
    store.commit([Create(audit(f"{n}-{half}", f"{n:02}")) for n in range(1, 6) for half in "ab"])
    store.commit([Create(audit("other", "03", month="2026-12"))])
    return store


def test_records_come_by_sort_key_then_id(filled: Store) -> None:
    expected = [f"{n}-{half}" for n in range(1, 6) for half in "ab"]
    assert ids(filled) == expected
    assert ids(filled, descending=True) == expected[::-1]
    assert filled.find("audit_by_month", "2027-01").records == []


def test_a_found_record_is_whole(filled: Store) -> None:
    (found,) = filled.find("audit_by_month", "2026-12").records
    assert found == Record("audit", "other", audit("other", "03", "2026-12").data, version=1)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("range", "expected"),
    [
        (Range("02", "04"), ["2-a", "2-b", "3-a", "3-b", "4-a", "4-b"]),
        (Range("03", "03"), ["3-a", "3-b"]),
        (Range(low="05"), ["5-a", "5-b"]),
        (Range(high="01"), ["1-a", "1-b"]),
        (Range("", "011"), ["1-a", "1-b"]),
        (Range("04", "02"), []),
        (Range("06"), []),
        (Range(high=""), []),
    ],
)
def test_bounds_are_inclusive(
    filled: Store, range: Range, expected: list[str], descending: bool
) -> None:
    wanted = expected[::-1] if descending else expected
    assert ids(filled, range=range, descending=descending) == wanted
    paged: list[str] = []
    cursor = None
    while True:
        page = filled.find("audit_by_month", "2026-11", range, 1, cursor, descending)
        paged += [record.id for record in page.records]
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == wanted


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 11, 1000])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_together_are_the_whole_list(filled: Store, limit: int, descending: bool) -> None:
    assert all_ids(filled, limit, descending) == ids(filled, descending=descending)


def test_the_last_page_has_no_cursor_even_when_it_is_full(filled: Store) -> None:
    first = filled.find("audit_by_month", "2026-11", limit=5)
    assert first.cursor is not None
    assert filled.find("audit_by_month", "2026-11", limit=5, cursor=first.cursor).cursor is None


def test_keys_sort_by_their_utf_8_bytes(store: Store) -> None:
    """As DynamoDB does; UTF-16 order would put 🍼 before ｱ, a locale would mix A and a."""
    orders = ["A", "B", "a", "あ", "ア", "ｱ", "🍼"]
    store.commit([Create(audit(order, order)) for order in reversed(orders)])
    assert ids(store) == orders


def test_an_index_follows_every_change_of_a_record(store: Store) -> None:
    store.commit([Create(audit("a", "1"))])
    store.commit([Put(audit("a", "2"))])
    assert ids(store, range=Range("1", "1")) == []
    assert ids(store) == ["a"]
    store.commit([Put(audit("a", "2", month="2026-12"))])
    assert ids(store) == []
    store.commit([Delete("audit", "a")])
    assert store.find("audit_by_month", "2026-12").records == []


def test_a_record_without_a_partition_or_sort_value_is_not_in_the_index(store: Store) -> None:
    def delivery(id: str, **due: Json) -> Record:
        data: dict[str, Json] = {"notice": "N-1", "subscription": "s", "state": "retry"}
        return Record("delivery", id, {**data, "tries": 0, "status": 503, **due})

    store.commit(
        [
            Create(delivery("due", due_lane="retry", due_at="0001")),
            Create(delivery("absent")),
            Create(delivery("null", due_lane=None, due_at="0001")),
            Create(delivery("no sort", due_lane="retry")),
        ]
    )
    assert [r.id for r in store.find("deliveries_due", "retry").records] == ["due"]


# ------------------------------------------------------------------ cursors
@pytest.mark.parametrize("where", range(8))
def test_a_damaged_cursor_is_told_as_a_bad_field(filled: Store, where: int) -> None:
    cursor = filled.find("audit_by_month", "2026-11", limit=3).cursor
    assert cursor is not None
    place = len(cursor) * where // 8
    other = "A" if cursor[place] != "A" else "B"
    for damaged in (cursor[:place] + other + cursor[place + 1 :], cursor[:place]):
        with pytest.raises(TodokeError) as caught:
            filled.find("audit_by_month", "2026-11", cursor=damaged)
        assert caught.value.code == "bad_field"
        assert caught.value.details["field"] == "cursor"


@pytest.mark.parametrize(
    "cursor", ["", "x", "あ", "=", "AAAAAAAAAAAA", "\ud800", "W10", "A" * 5000]
)
def test_a_made_up_cursor_is_told_as_a_bad_field(filled: Store, cursor: str) -> None:
    with pytest.raises(TodokeError) as caught:
        filled.find("audit_by_month", "2026-11", cursor=cursor)
    assert caught.value.code == "bad_field"


def test_a_cursor_of_another_list_is_told_as_a_bad_field(filled: Store) -> None:
    cursor = filled.find("audit_by_month", "2026-11", limit=3).cursor
    for index, partition, descending in (
        ("audit_by_month", "2026-12", False),
        ("audit_by_month", "2026-11", True),
        ("notices", "2026-11", False),
    ):
        with pytest.raises(TodokeError) as caught:
            filled.find(index, partition, cursor=cursor, descending=descending)
        assert caught.value.code == "bad_field"


def test_a_cursor_works_when_its_own_record_is_gone(filled: Store) -> None:
    page = filled.find("audit_by_month", "2026-11", limit=3)
    filled.commit([Delete("audit", page.records[-1].id)])
    assert ids(filled, cursor=page.cursor) == ["2-b", *ids(filled, range=Range("03"))]


NAMES = st.sampled_from([f"{n:02}" for n in range(24)])


@pytest.mark.parametrize("backend", each_of(STORES))
@given(
    before=st.sets(NAMES, max_size=12),
    meanwhile=st.lists(st.tuples(st.booleans(), NAMES), max_size=12),
    limit=st.integers(1, 4),
    descending=st.booleans(),
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_gap_and_no_repeat_while_rows_come_and_go(
    request: pytest.FixtureRequest,
    backend: str,
    before: set[str],
    meanwhile: Sequence[tuple[bool, str]],
    limit: int,
    descending: bool,
) -> None:
    """Between two pages a row is written or erased: whatever was there all the time is seen
    exactly once, in order, and nothing is seen twice."""
    if backend in ON_AWS:
        request.getfixturevalue("cloud")
    with TemporaryDirectory() as folder:
        store = STORES[backend](Path(folder), TurnedClock())
        store.commit([Create(audit(name, name)) for name in sorted(before)])
        changes = iter(meanwhile)
        seen: list[str] = []
        cursor = None
        while True:
            page = store.find(
                "audit_by_month", "2026-11", limit=limit, cursor=cursor, descending=descending
            )
            seen += [record.id for record in page.records]
            if page.cursor is None:
                break
            cursor = page.cursor
            for added, name in [change for change in [next(changes, None)] if change]:
                store.commit([Put(audit(name, name)) if added else Delete("audit", name)])
        erased = {name for added, name in meanwhile if not added}
        assert seen == sorted(set(seen), reverse=descending)
        assert before - erased <= set(seen)
        let_go(store)
