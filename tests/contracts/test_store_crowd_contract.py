"""What every Store must do when many use it at once: threads, and processes of their own."""

from __future__ import annotations

from tests.contracts import crowd
from tests.contracts.backends import ON_AWS, Place
from tests.contracts.worker import won
from todoke.ports import Count, Create, Json, Put, Record, Store


def setting(id: str, value: str) -> Record:
    return Record("setting", id, {"value": value})


def follow(id: str, topic: str, subscription: str) -> Record:
    data: dict[str, Json] = {
        "topic": topic,
        "subscription": subscription,
        "cohorts": [],
        "since": 1,
    }
    return Record("follow", id, data)


def value(store: Store, id: str) -> object:
    found = store.get("setting", id)
    return None if found is None else found.data["value"]


def test_of_50_concurrent_creates_one_wins(store: Store) -> None:
    results = crowd.threads(50, lambda number: won(store, "race", str(number)))
    assert sum(results) == 1
    assert value(store, "race") == str(results.index(True))


def test_of_creates_from_several_processes_one_wins(
    store_place: Place[Store], store: Store
) -> None:
    wins = crowd.processes(store_place, "create", list("abcde"))
    for number in range(10):
        winners = [name for name, won in zip("abcde", wins, strict=True) if won[number]]
        assert winners == [value(store, f"race-{number}")]


def test_500_concurrent_increments_count_exactly(store: Store) -> None:
    def ten(number: int) -> None:
        for _ in range(10):
            store.commit([Count("followers", "crowd", {"*|*": 1, f"kita|{number % 3}": 2})])

    crowd.threads(50, ten)
    found = store.get("counter.followers", "crowd")
    assert found is not None
    assert found.data["*|*"] == 500
    assert sum(int(str(cell)) for cell in found.data.values()) == 1500


def test_500_increments_from_several_processes_count_exactly(
    store_place: Place[Store], store: Store
) -> None:
    crowd.processes(store_place, "count", [125] * 4)
    found = store.get("counter.followers", "crowd")
    assert found is not None
    assert found.data == {"*|*": 500}


def test_no_read_modify_write_of_several_processes_is_lost(
    store_place: Place[Store], store: Store
) -> None:
    store.commit([Create(setting("sum", "0"))])
    crowd.processes(store_place, "add_one", [40] * 4)
    assert value(store, "sum") == "160"


def test_a_reader_never_sees_half_a_commit(store_place: Place[Store], store: Store) -> None:
    """On one machine a list is one moment of the store. DynamoDB promises that of no list of
    several records; there each record is whole, and where the list says it is."""
    store.commit([Create(follow("one", "t0", "x")), Create(follow("two", "t0", "y"))])

    def move(number: int) -> list[int]:
        seen = []
        for step in range(60):
            if number:  # readers
                found = store.find("follows_by_topic", "t1").records
                assert [each.data["topic"] for each in found] == ["t1"] * len(found)
                seen.append(len(found))
            else:
                topic = f"t{step % 2}"
                store.commit([Put(follow("one", topic, "x")), Put(follow("two", topic, "y"))])
        return seen

    possible = {0, 1, 2} if store_place.backend in ON_AWS else {0, 2}
    assert {count for seen in crowd.threads(4, move) for count in seen} <= possible
