"""The floor: small groups are neither addressed nor counted out, the whole topic always may be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import audience
from todoke.core.audience import Figure, Segment
from todoke.core.errors import TodokeError

CELLS = {"*|*": 187, "kita|*": 96, "minato|*": 9, "*|2023": 41, "*|2024": 3, "kita|2023": 8}


def test_a_whole_topic_is_sendable_even_to_one_or_nobody() -> None:
    assert audience.sendable({"*|*": 1}, Segment(), 10)
    assert audience.sendable({}, Segment(), 10)


def test_a_whole_topic_is_counted_exactly_from_the_floor_on() -> None:
    assert audience.figure(2946, 10, whole=True) == Figure(2946)
    assert audience.figure(10, 10, whole=True) == Figure(10)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("whole", [True, False])
def test_below_the_floor_every_count_looks_alike(number: int, whole: bool) -> None:
    assert audience.figure(number, 10, whole=whole) == Figure(10, few=True)


def test_a_narrower_segment_is_shown_rounded_down() -> None:
    assert audience.figure(187, 10, whole=False) == Figure(180, at_least=True)


def test_a_small_segment_is_refused_and_the_next_wider_one_offered() -> None:
    with pytest.raises(TodokeError) as caught:
        audience.check_floor(CELLS, Segment("kita", 2023), 10)
    assert caught.value.code == "segment_too_small"
    assert caught.value.details["wider"] == "kita|*"
    assert audience.wider(CELLS, Segment("minato", 2023), 10) == Segment(cohort=2023)
    assert audience.wider(CELLS, Segment("minato", 2024), 10) == Segment()


@given(
    st.dictionaries(st.sampled_from(sorted(CELLS)), st.integers(-3, 40)),
    st.sampled_from([None, "kita", "minato"]),
    st.sampled_from([None, 2023, 2024]),
)
def test_the_wider_segment_may_always_be_addressed_and_contains_the_narrow_one(
    cells: dict[str, int], area: str | None, cohort: int | None
) -> None:
    found = audience.wider(cells, Segment(area, cohort), 10)
    assert audience.sendable(cells, found, 10)
    assert found.area in (None, area)
    assert found.cohort in (None, cohort)


def test_no_small_cell_follows_from_the_figures_shown() -> None:
    """All towns of three groups (two districts, and people who named none) against everything
    a clerk can see with k = 3: no figure leaves exactly one possible size of a small group."""
    k, largest = 3, 13
    possible: dict[object, list[tuple[int, int, int]]] = {}
    for town in product(range(largest), repeat=3):
        kita, minato, elsewhere = town
        seen = (
            audience.figure(kita + minato + elsewhere, k, whole=True),
            audience.figure(kita, k, whole=False),
            audience.figure(minato, k, whole=False),
        )
        if kita + minato + elsewhere < largest:
            possible.setdefault(seen, []).append((kita, minato, elsewhere))
    for towns in possible.values():
        for group in range(3):
            sizes = {town[group] for town in towns}
            assert len(sizes) > 1 or not 0 < sizes.pop() < k


@given(st.integers(1, 10**6), st.integers(10, 50))
def test_a_figure_never_promises_more_people_than_there_are(number: int, k: int) -> None:
    shown = audience.figure(number, k, whole=False)
    assert shown.few or number - k < shown.number <= number


def test_nobody_is_said_plainly_in_a_result() -> None:
    assert audience.tally(0, 10, whole=False) == Figure(0)
    assert audience.tally(4, 10, whole=True) == Figure(10, few=True)


@pytest.mark.parametrize("typed", ["2946", "２９４６", "2,946", " 2946台 ", "２，９４６ 台"])
def test_a_number_may_be_typed_as_people_type(typed: str) -> None:
    audience.check_typed(typed, 2946)


@pytest.mark.parametrize("typed", ["", "294", "2946.0", "-2946", "二千", "29460", "1e3", "9" * 40])
def test_another_number_is_refused(typed: str) -> None:
    with pytest.raises(TodokeError, match="count_differs"):
        audience.check_typed(typed, 2946)
