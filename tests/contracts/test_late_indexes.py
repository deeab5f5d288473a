"""The Store on DynamoDB while its indexes are late: a list may lack, it never lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.backends import STORES
from tests.parts import aws_service
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Check, Create, Delete, Json, Put, Record, Store

pytestmark = pytest.mark.real


def follow(id: str, topic: str = "t", since: int = 1, expires_at: int | None = None) -> Record:
    data: dict[str, Json] = {
        "topic": topic,
        "subscription": id,
        "cohorts": [],
        "since": since,
    }
    return Record("follow", id, data, expires_at=expires_at)


@pytest.fixture
def store(tmp_path: Path, clock: TurnedClock, cloud: aws_service.Aws) -> Store:
    return STORES["dynamodb"](tmp_path, clock)


def ids(store: Store, topic: str = "t") -> list[str]:
    return [each.id for each in store.find("follows_by_topic", topic).records]


def test_what_was_written_last_is_missing_until_the_index_catches_up(
    store: Store, cloud: aws_service.Aws
) -> None:
    """Also the control of all tests with late indexes: here one can see that they are."""
    store.commit([Create(follow("a"))])
    cloud.late(2)
    for id in "bcde":
        store.commit([Create(follow(id))])
    assert ids(store) == ["a", "b", "c"]
    assert set(store.get_many("follow", "abcde")) == set("abcde")
    cloud.late(0)
    assert ids(store) == ["a", "b", "c", "d", "e"]


def test_what_was_changed_is_shown_as_it_is_now(store: Store, cloud: aws_service.Aws) -> None:
    store.commit([Create(follow("a", since=1))])
    cloud.late(9)
    store.commit([Put(follow("a", since=2))])
    (found,) = store.find("follows_by_topic", "t").records
    assert (found.data["since"], found.version) == (2, 2)


def test_what_was_moved_or_erased_is_shown_nowhere(store: Store, cloud: aws_service.Aws) -> None:
    store.commit([Create(follow("a")), Create(follow("b"))])
    cloud.late(9)
    store.commit([Put(follow("a", topic="u")), Delete("follow", "b")])
    assert (ids(store), ids(store, "u")) == ([], [])
    cloud.late(0)
    assert (ids(store), ids(store, "u")) == ([], ["a"])


def test_a_page_of_stale_lines_is_filled_from_what_follows(
    store: Store, cloud: aws_service.Aws
) -> None:
    store.commit([Create(follow(f"f{n}")) for n in range(8)])
    cloud.late(9)
    store.commit([Delete("follow", f"f{n}") for n in range(6)])
    page = store.find("follows_by_topic", "t", limit=1)
    assert [each.id for each in page.records] == ["f6"]
    page = store.find("follows_by_topic", "t", limit=1, cursor=page.cursor)
    assert ([each.id for each in page.records], page.cursor) == (["f7"], None)


def test_what_was_renewed_is_not_purged(
    store: Store, cloud: aws_service.Aws, clock: TurnedClock
) -> None:
    soon = clock.unix() + 5
    store.commit([Create(follow("a", expires_at=soon)), Create(follow("b", expires_at=soon))])
    cloud.late(9)
    store.commit([Put(follow("a", expires_at=soon + 100))])
    clock.turn(5)
    assert store.purge() == 1
    assert set(store.get_many("follow", "ab")) == {"a"}


def test_a_condition_is_judged_by_what_is_not_by_what_a_list_says(
    store: Store, cloud: aws_service.Aws
) -> None:
    cloud.late(9)
    store.commit([Create(follow("a"))])
    assert ids(store) == []
    store.commit([Check("follow", "a", 1), Create(follow("b"))])


def test_only_a_store_whose_lists_may_be_late_says_so(
    store: Store, tmp_path: Path, clock: TurnedClock
) -> None:
    assert store.lag > 0
    assert STORES["sqlite"](tmp_path, clock).lag == 0
