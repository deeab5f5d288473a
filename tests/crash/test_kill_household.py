"""A SIGKILL at any moment loses and doubles nothing of what a resident was told is done: her
login, her account, her application on its way through the desk, her payment."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.crash.household_run import complaints
from tests.crash.kills import Plan

#: a fresh server is slow at its first forms and pages, and has to do some
LONGEST = 0.7


@pytest.mark.real
def test_twenty_kills_lose_and_double_nothing_of_a_resident(tmp_path: Path) -> None:
    plan = Plan("none", kills=20, seed=time.time_ns() % 100_000, longest=LONGEST)
    assert complaints(plan, tmp_path / "data") == [], plan


@pytest.mark.real
def test_the_oracle_of_residents_notices_commits_that_reach_the_disk_late(tmp_path: Path) -> None:
    plan = Plan("deferred", kills=4, seed=3, longest=LONGEST)
    found = complaints(plan, tmp_path / "data")
    for what in ("card ", "T-", "B-"):
        assert any(what in each and "lost" in each for each in found), (what, found)


@pytest.mark.real
def test_the_oracle_of_residents_notices_an_application_filed_twice(tmp_path: Path) -> None:
    plan = Plan("forgetful", kills=1, seed=4, longest=LONGEST)
    found = complaints(plan, tmp_path / "data")
    assert any("doubled" in each for each in found), found


@pytest.mark.real
@pytest.mark.soak
def test_two_hundred_kills_lose_and_double_nothing_of_a_resident(tmp_path: Path) -> None:
    plan = Plan("none", kills=200, seed=time.time_ns() % 100_000, longest=LONGEST)
    assert complaints(plan, tmp_path / "data") == [], plan
