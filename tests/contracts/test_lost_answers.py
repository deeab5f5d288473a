"""DynamoDB where answers are lost after the act: botocore asks again, and nothing counts wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.backends import STORES
from tests.parts import aws_service
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Create, Record

pytestmark = pytest.mark.real


def test_what_was_erased_counts_though_the_answer_was_lost(
    tmp_path: Path, clock: TurnedClock, cloud: aws_service.Aws
) -> None:
    store = STORES["dynamodb"](tmp_path, clock)
    soon = clock.unix() + 5
    rows = [Record("setting", f"old{n}", {"value": "x"}, expires_at=soon) for n in range(40)]
    store.commit([Create(each) for each in rows])
    clock.turn(5)
    # so few that six tries in a row are never all lost, so many that some of forty are
    cloud.faults(lost=12)
    assert [store.purge(limit=15) for _ in range(4)] == [15, 15, 10, 0]
