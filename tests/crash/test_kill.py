"""A SIGKILL at any moment loses nothing that the socket acknowledged, and doubles nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.crash.kills import Plan
from tests.crash.run import complaints


@pytest.mark.real
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    plan = Plan("none", kills=20, seed=time.time_ns() % 100_000)
    assert complaints(plan, tmp_path / "data") == [], plan


@pytest.mark.real
def test_the_oracle_notices_commits_that_reach_the_disk_late(tmp_path: Path) -> None:
    plan = Plan("deferred", kills=3, seed=1, longest=0.5)
    assert any("lost" in each for each in complaints(plan, tmp_path / "data"))


@pytest.mark.real
def test_the_oracle_notices_acts_that_only_memory_knows(tmp_path: Path) -> None:
    plan = Plan("no_outbox", kills=3, seed=2, longest=0.5)
    found = complaints(plan, tmp_path / "data")
    assert any("lost on the way (approved)" in each for each in found), found


@pytest.mark.real
@pytest.mark.soak
def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    plan = Plan("none", kills=200, seed=time.time_ns() % 100_000)
    assert complaints(plan, tmp_path / "data") == [], plan
