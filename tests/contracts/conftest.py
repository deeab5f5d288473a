"""Fixtures of the contract suite: each test runs once for every backend of its port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.backends import BLOBS, QUEUES, STORES, Place, let_go
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Blobs, Queue, Store


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(params=sorted(STORES))
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Store]:
    return Place("store", request.param, tmp_path, STORES[request.param])


@pytest.fixture(params=sorted(QUEUES))
def queue_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Queue]:
    return Place("queue", request.param, tmp_path, QUEUES[request.param])


@pytest.fixture(params=sorted(BLOBS))
def blobs_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Blobs]:
    return Place("blobs", request.param, tmp_path, BLOBS[request.param])


@pytest.fixture
def store(store_place: Place[Store], clock: TurnedClock) -> Iterator[Store]:
    opened = store_place.open(clock)
    yield opened
    let_go(opened)


@pytest.fixture
def queue(queue_place: Place[Queue], clock: TurnedClock) -> Iterator[Queue]:
    opened = queue_place.open(clock)
    yield opened
    let_go(opened)


@pytest.fixture
def blobs(blobs_place: Place[Blobs], clock: TurnedClock) -> Iterator[Blobs]:
    opened = blobs_place.open(clock)
    yield opened
    let_go(opened)
