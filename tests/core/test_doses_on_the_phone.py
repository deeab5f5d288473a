"""The phone says of a child's doses and dates what the city's own program says."""

from __future__ import annotations

import pytest

from tests.parts import childhood
from tests.parts.childhood import VECTORS, answer
from todoke.core import catalogue, checkups, deadline_rules, deadlines, doses, given, timeline


def _agree(count: int, start: int) -> None:
    asked = [childhood.draw(seed) for seed in range(start, start + count)]
    for (told, on), there in zip(asked, childhood.on_the_phone(asked), strict=True):
        assert there == answer(told, on), (told, on)


def test_the_phone_says_the_same_of_every_vector() -> None:
    asked = [(each["child"], each["on"]) for each in VECTORS]
    assert childhood.on_the_phone(asked) == [answer(told, on) for told, on in asked]


def test_the_phone_says_the_same_of_two_thousand_children() -> None:
    _agree(2_000, 1)


def test_the_children_drawn_meet_every_status_and_every_code() -> None:
    found = [answer(*childhood.draw(seed)) for seed in range(2_000)]
    assert {row["status"] for each in found for row in each["checkups"]} == set(checkups.STATUSES)
    assert {row["status"] for each in found for row in each["doses"]} == set(doses.STATUSES)
    assert {c for each in found for e in each["given"] for c in e["codes"]} == set(given.CODES)


def test_the_phone_names_the_same_deadlines() -> None:
    book = deadlines.book(catalogue.parse(childhood.site()))
    asked = [childhood.draw(seed) for seed in range(500)]
    there = childhood.on_the_phone(asked, deadline_rules.as_json(book))
    here = [timeline.deadlines_of(book, childhood.child(told)) for told, _ in asked]
    assert [each["deadlines"] for each in there] == here
    assert {each["id"] for one in here for each in one} >= {"school_entry", "ninpu_kyufu_2"}
    assert min(len(each) for each in here) < 6, "what does not know the year is left out"


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_the_phone_says_the_same_of_a_hundred_thousand_children(part: int) -> None:
    _agree(5_000, 10_000 + part * 5_000)
