"""Check-ups of a child: the window of each, and one that was held."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import settings

from tests.core.test_doses import SEEDS
from tests.parts import childhood
from tests.parts.childhood import answer


@pytest.mark.parametrize(
    ("id", "first", "last"),
    [
        ("newborn_hearing", "2025-01-15", "2025-02-11"),
        ("m1", "2025-02-11", "2025-03-14"),
        ("m3", "2025-04-14", "2025-08-14"),
        ("m9", "2025-10-14", "2026-01-14"),
        ("m18", "2026-07-15", "2027-01-14"),
        ("y3", "2028-01-15", "2029-01-14"),
        ("y5", "2029-07-14", "2031-01-14"),
        ("school_entry", "2030-10-01", "2030-11-30"),
    ],
)
def test_a_check_up_has_its_window(id: str, first: str, last: str) -> None:
    def stands(on: date) -> str:
        (row,) = [
            e for e in answer({"birth": "2025-01-15"}, on.isoformat())["checkups"] if e["id"] == id
        ]
        assert (row["from"], row["until"]) == (first, last)
        return str(row["status"])

    begins, ends, day = date.fromisoformat(first), date.fromisoformat(last), timedelta(days=1)
    found = [stands(each) for each in (begins - day, begins, ends, ends + day)]
    assert found == ["not_yet", "due", "due", "expired"]


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_a_check_up_that_was_held_is_done_for_good_and_the_others_stand_as_they_did(
    seed: int,
) -> None:
    told, on = childhood.draw(seed)
    without = {row["id"]: row for row in answer({**told, "held": {}}, on)["checkups"]}
    done = set()
    for row in answer(told, on)["checkups"]:
        held = told.get("held", {}).get(row["id"], "")
        if told["birth"] <= held <= on:
            assert (row["status"], row["held"]) == ("done", held)
            done.add(row["id"])
        else:
            assert row == without[row["id"]]
    later = (date.fromisoformat(on) + timedelta(days=1000)).isoformat()
    stays = {row["id"] for row in answer(told, later)["checkups"] if row["status"] == "done"}
    assert done <= stays
