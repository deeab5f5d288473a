"""The same histories over real sockets, while the city's process is killed again and again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.histories.killed import complaints


def another() -> int:
    """The number of a run that nobody has seen."""
    return time.time_ns() // 1000 % 10**9


@pytest.mark.real
def test_three_kills_show_no_anomaly(tmp_path: Path) -> None:
    assert complaints(tmp_path / "city", another(), kills=3) == []


@pytest.mark.real
def test_commits_that_reach_the_disk_late_are_found(tmp_path: Path) -> None:
    found = complaints(tmp_path / "city", 1, kills=2, fault="deferred")
    assert [each for each in found if "lost" in each or "no order explains" in each], found


@pytest.mark.real
@pytest.mark.soak
def test_a_hundred_kills_show_no_anomaly(tmp_path: Path) -> None:
    for number in range(first := another(), first + 10):
        assert complaints(tmp_path / f"city{number}", number, kills=10) == []
