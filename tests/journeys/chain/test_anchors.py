"""Once a day where the chain ends is published, and what is published stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.parts.chained import DAY, Chained
from tests.parts.payer import CrashError, CrashingStore
from todoke.core import audit_chain
from todoke.core.audit_chain import read_anchors
from todoke.core.errors import TodokeError
from todoke.journeys import chain, tick
from todoke.ports import Delete


def test_the_tick_publishes_a_count_and_a_hash_and_nothing_else(city: Chained) -> None:
    city.link_each(2, 1)
    assert tick.tick(city.services)["anchored"] == 1
    head = chain.stored_head(city.services).head
    day = {"day": "2026-11-24", "entries": 3, "links": 2, "root": head.hash}
    assert city.file("audit/2026-11-24.json") == {"format": 1, **day}
    assert city.file("audit/roots.json") == {"format": 1, "anchors": [day]}


def test_once_a_day_of_the_citys_calendar(city: Chained) -> None:
    city.link_each(1)
    made = []
    for _ in range(5):
        made.append(chain.anchor(city.services))
        city.act()
        city.link()
        city.clock.turn(DAY // 2)
    assert made == [1, 0, 1, 0, 1]
    days = [each["day"] for each in city.file("audit/roots.json")["anchors"]]
    assert days == ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert city.verify().anchored == read_anchors(city.file("audit/2026-11-26.json"))[-1]  # type: ignore[index]


def test_a_city_in_which_nobody_has_done_anything_publishes_nothing(city: Chained) -> None:
    assert chain.anchor(city.services) == 0
    assert city.file("audit/roots.json") is None


def test_what_was_published_is_never_written_over(city: Chained) -> None:
    """Not even by a city that was put back, or that somebody wants to look so."""
    city.link_each(3)
    anchor = city.anchor()
    file, roots = city.file(f"audit/{anchor.day}.json"), city.file("audit/roots.json")
    city.link_each(1)
    city.services.store.commit(
        [Delete("chain_anchor", anchor.day), Delete("setting", chain.PUBLISHED)]
    )
    assert chain.anchor(city.services) == 1
    assert city.file(f"audit/{anchor.day}.json") == file
    assert city.file("audit/roots.json") == roots
    assert city.found() == []


def test_a_list_that_was_lost_is_made_again_from_what_the_store_knows(city: Chained) -> None:
    city.link_each(1)
    first = city.anchor()
    city.services.blobs.delete(chain.ALL_ANCHORS)
    second = city.anchor()
    assert chain.published_anchors(city.services) == [first, second]


@dataclass(slots=True)
class CrashingBlobs:
    """Public files whose next writing ends the process: "before" it, or "after"."""

    blobs: Any
    crash: str
    at: int

    def put(self, key: str, body: bytes) -> None:
        """As ``ports.Blobs.put``, or a crash."""
        self.at -= 1
        if self.at == -1 and self.crash == "before":
            raise CrashError
        self.blobs.put(key, body)
        if self.at == -1:
            raise CrashError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.blobs, name)


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("place", ["commit 0", "commit 1", "put 0", "put 1"])
def test_a_crash_while_it_is_published_is_made_good_by_the_next_tick(
    city: Chained, place: str, crash: str
) -> None:
    city.link_each(2)
    what, number = place.split()
    services = city.services
    if what == "commit":
        store = CrashingStore(services.store, [""] * int(number) + [crash])
        broken = replace(services, store=store)
    else:
        broken = replace(services, blobs=CrashingBlobs(services.blobs, crash, int(number)))
    with pytest.raises(CrashError):
        chain.anchor(broken)
    city.link_each(1)  # somebody acts before the next tick
    chain.anchor(services)
    (listed,) = city.file("audit/roots.json")["anchors"]
    assert city.file("audit/2026-11-24.json") == {"format": 1, **listed}
    assert city.found() == []


def test_public_files_that_are_away_hold_nothing_up(city: Chained) -> None:
    city.link_each(1)

    class Away:
        """Answers nothing."""

        def __getattr__(self, name: str) -> Any:
            raise TodokeError("storage_unavailable")

    away = replace(city.services, blobs=Away())
    assert chain.anchor(away) == 0
    assert chain.anchor(city.services) == 1
    assert city.verify().anchored is not None


@pytest.mark.looks_into_files
@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {"anchors": {}}, {"anchors": [1]}, {"anchors": [{"day": "d"}]},
        {"day": "d", "root": "r", "links": True, "entries": 1},
        {"day": "d", "root": "r", "links": 0, "entries": 1},
        {"day": "d", "root": "r", "links": 1, "entries": -1},
        {"day": "d", "root": 1, "links": 1, "entries": 1},
    ],
)  # fmt: skip
def test_what_is_no_anchor_is_none(value: object) -> None:
    assert audit_chain.read_anchors(value) is None
