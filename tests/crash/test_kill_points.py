"""Death before any single call of what people do: nothing that was acknowledged is lost, nothing
is doubled, nothing is half, and who did not hear an answer may do it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.flows import FLOWS
from tests.crash.killing import Tally, die_at_each

Tell = Callable[[Tally], None]
pytestmark = pytest.mark.real

#: deaths of each flow in the small run
SOME = 6
#: a flow with fewer calls has lost what it is about
LEAST = 10


@pytest.mark.parametrize("flow", FLOWS)
def test_death_at_some_calls_of_a_flow_loses_doubles_and_halves_nothing(
    flow: str, place: Path, tell: Tell
) -> None:
    tally = die_at_each(flow, place, most=SOME)
    tell(tally)
    assert tally.complaints == []
    assert tally.points >= LEAST
    # a number made by chance may save it a page, and then it lives
    assert tally.died >= SOME - 2


@pytest.mark.parametrize(
    ("fault", "flow", "only", "noticed"),
    [
        ("no_outbox", "announce", "write", "lost on the way"),
        ("no_idempotency", "taps", "write", "the application is doubled"),
        ("no_unique_keys", "taps", "write", "the application is doubled"),
        ("chain_apart", "chain", "", "the chain: twice"),
    ],
)
def test_the_oracle_of_the_kill_points_notices(
    fault: str, flow: str, only: str, noticed: str, place: Path
) -> None:
    found = die_at_each(flow, place, fault=fault, only=only, most=SOME).complaints
    assert any(noticed in each for each in found), found


@pytest.mark.soak
@pytest.mark.parametrize("flow", FLOWS)
def test_death_at_every_call_of_a_flow_loses_doubles_and_halves_nothing(
    flow: str, place: Path, tell: Tell
) -> None:
    tally = die_at_each(flow, place)
    tell(tally)
    assert tally.complaints == []
    assert tally.died >= 0.9 * tally.points
