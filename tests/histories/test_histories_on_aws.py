"""The same histories on DynamoDB, S3 and SQS (an emulation), which throttle, fail, lose answers
after the act, cancel transactions for a conflict and leave keys unprocessed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.histories.baton import Free
from tests.histories.planted import replace_on_aws
from tests.histories.run import complaints
from tests.parts import aws_city, aws_service
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Clock

#: acts of each client: a call takes many times as long as on one machine
ACTS = 6
#: per cent of requests
FAULTS = {
    "throttled": 1,
    "broken": 1,
    "lost": 2,
    "conflict": 3,
    "unprocessed": 10,
    "lost_job": 4,
}


@pytest.fixture(autouse=True)
def on_aws(cloud: aws_service.Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities of these tests keep their things there: a patch, because the run assembles them."""

    def stores(data: Path, clock: Clock) -> assemble.Stores:
        city = aws_city.name_of(data)
        aws_city.settle_all(city)
        return assemble.on_aws(city, clock)

    turn = TurnedClock.turn

    def turn_both(clock: TurnedClock, seconds: float) -> None:
        turn(clock, seconds)
        cloud.turn(seconds)

    monkeypatch.setattr(assemble, "on_files", stores)
    monkeypatch.setattr(TurnedClock, "turn", turn_both)
    cloud.faults(**FAULTS)


def judged(folder: Path, number: int) -> list[str]:
    """A run whose threads go as the machine and the emulation let them."""
    return complaints(folder / f"city{number}", number, ACTS, Free)


@pytest.mark.real
def test_a_run_on_aws_shows_no_anomaly(tmp_path: Path) -> None:
    assert judged(tmp_path, time.time_ns() // 1000 % 10**9) == []


@pytest.mark.real
@pytest.mark.soak
def test_a_version_that_is_not_compared_on_aws_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_on_aws(monkeypatch)
    assert any(judged(tmp_path, number) for number in range(1, 6))


@pytest.mark.real
@pytest.mark.soak
def test_ten_runs_on_aws_show_no_anomaly(tmp_path: Path) -> None:
    first = time.time_ns() // 1000 % 10**9
    for number in range(first, first + 10):
        assert judged(tmp_path, number) == []
