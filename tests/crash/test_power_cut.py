"""A power cut at any moment loses nothing that was acknowledged before it: the folder is rebuilt
from the bytes and names that were synced, and from more that may have arrived."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.flows import FLOWS
from tests.crash.killing import Tally
from tests.crash.power import cut_at_each

Tell = Callable[[Tally], None]
pytestmark = pytest.mark.real

#: states of each flow in the small run, besides those right after an answer
SOME = 5
LEAST = 15


@pytest.mark.parametrize("flow", FLOWS)
def test_some_power_cuts_lose_nothing_that_was_acknowledged(
    flow: str, place: Path, tell: Tell
) -> None:
    tally = cut_at_each(flow, place, most=SOME, seed=time.time_ns() % 100_000)
    tell(tally)
    assert tally.complaints == []
    assert tally.points >= LEAST


@pytest.mark.parametrize(
    ("fault", "flow", "noticed"),
    [
        ("synchronous_normal", "follow", "her token is lost"),
        ("synchronous_normal", "pay", "the payment is lost"),
        ("synchronous_off", "follow", "her token is lost"),
        ("no_folder_sync", "apply", "the file is lost"),
        ("no_file_sync", "apply", "the file is lost"),
    ],
)
def test_the_oracle_of_the_power_cuts_notices(
    fault: str, flow: str, noticed: str, place: Path
) -> None:
    found = cut_at_each(flow, place, fault=fault, most=0).complaints
    assert any(noticed in each for each in found), found


@pytest.mark.soak
@pytest.mark.parametrize("flow", FLOWS)
def test_every_power_cut_loses_nothing_that_was_acknowledged(
    flow: str, place: Path, tell: Tell
) -> None:
    tally = cut_at_each(flow, place, seed=time.time_ns() % 100_000)
    tell(tally)
    assert tally.complaints == []
