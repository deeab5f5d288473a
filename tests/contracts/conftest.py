"""Fixtures of the contract suite: each test runs once for every backend of its port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.contracts.backends import BLOBS, ON_AWS, QUEUES, STORES, Place, each_of, let_go
from tests.parts import aws_service
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Blobs, Clock, Queue, Store

Port = TypeVar("Port")


class CloudClock(TurnedClock):
    """Turns the clock of the cloud too: SQS hides its messages by it."""

    def __init__(self, cloud: aws_service.Aws) -> None:
        super().__init__()
        self._cloud = cloud

    def turn(self, seconds: float) -> None:
        super().turn(seconds)
        self._cloud.turn(seconds)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> TurnedClock:
    uses_sqs = (
        "queue_place" in request.fixturenames
        and request.getfixturevalue("queue_place").backend in ON_AWS
    )
    return CloudClock(request.getfixturevalue("cloud")) if uses_sqs else TurnedClock()


def _place(
    request: pytest.FixtureRequest,
    port: str,
    folder: Path,
    backends: Mapping[str, Callable[[Path, Clock], Port]],
) -> Place[Port]:
    if request.param in ON_AWS:
        request.getfixturevalue("cloud")
    return Place(port, request.param, folder, backends[request.param])


@pytest.fixture(params=each_of(STORES))
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Store]:
    return _place(request, "store", tmp_path, STORES)


@pytest.fixture(params=each_of(QUEUES))
def queue_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Queue]:
    return _place(request, "queue", tmp_path, QUEUES)


@pytest.fixture(params=each_of(BLOBS))
def blobs_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place[Blobs]:
    return _place(request, "blobs", tmp_path, BLOBS)


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
