"""A city with a bill, on each kind of stores; a resident of her own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.parts.payer import Payer

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def cities() -> dict[str, Payer]:
    """By where they keep their things: a new city takes longer than a new resident."""
    return {}


@pytest.fixture
def city(stores: str, cities: dict[str, Payer], tmp_path_factory: pytest.TempPathFactory) -> Payer:
    if stores not in cities:
        cities[stores] = Payer.open(tmp_path_factory.mktemp("city"))
    return cities[stores]


@pytest.fixture
def someone(city: Payer) -> Callable[[], Payer]:
    """Another resident each time."""
    return lambda: city.neighbour(next(NUMBERS))


@pytest.fixture
def payer(someone: Callable[[], Payer]) -> Payer:
    return someone()
