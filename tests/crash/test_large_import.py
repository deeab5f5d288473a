"""A register of 100,000 people: commits stay small, and nobody sees a row before all are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.batches.test_writing import Watched
from tests.parts.snapshots import LATER, ON
from todoke import assemble
from todoke.core.resident_file import COLUMNS
from todoke.journeys import register, residents
from todoke.ports import MAX_COMMIT_WRITES, Write

LINES = 100_000


def body(moved: str = "") -> bytes:
    lines = (
        f"{number:06d},見本 {number},みほん,{moved}見本町{number % 900}番地{number},1990-04-01,女"
        for number in range(LINES)
    )
    return "\n".join([",".join(COLUMNS), *lines]).encode()


@pytest.mark.soak
def test_a_hundred_thousand_residents_come_in_at_one_moment(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path)
    first, last = (residents.id_of(services, f"{number:06d}") for number in (0, LINES - 1))
    commits = largest = 0

    def look(writes: Sequence[Write]) -> None:
        nonlocal commits, largest
        commits, largest = commits + 1, max(largest, len(writes))
        for each in (first, last):
            assert services.store.get("resident", each) is None
            assert residents.get(services, each) is None

    watched = replace(services, store=Watched(services.store, look))
    whole = body()
    brought = register.bring_in(watched, "cli", whole, ON)
    assert (brought.people, brought.changes["new"]) == (LINES, LINES)
    assert commits > LINES / MAX_COMMIT_WRITES
    assert largest <= MAX_COMMIT_WRITES
    assert residents.get(services, first)
    assert residents.get(services, last)
    assert register.bring_in(services, "cli", whole, ON).known
    assert register.bring_in(services, "cli", body("北"), LATER).changes["moved"] == LINES
