"""A file of 100,000 lines: commits stay small, and nobody sees a row before all are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.batches.test_writing import Watched
from todoke import assemble
from todoke.journeys import batches, residents
from todoke.ports import MAX_COMMIT_WRITES, Write

LINES = 100_000


@pytest.mark.soak
def test_a_hundred_thousand_residents_come_in_at_one_moment(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path)
    lines = (f"{number:06d},見本 {number},みほん" for number in range(LINES))
    body = "\n".join(["宛名番号,氏名,よみがな", *lines]).encode()
    first, last = (residents.id_of(services, f"{number:06d}") for number in (0, LINES - 1))
    commits = largest = 0

    def look(writes: Sequence[Write]) -> None:
        nonlocal commits, largest
        commits, largest = commits + 1, max(largest, len(writes))
        assert services.store.get("resident", first) is None
        assert services.store.get("resident", last) is None

    watched = replace(services, store=Watched(services.store, look))
    record = residents.import_csv(watched, "cli", body)
    assert (record.data["rows"], batches.outcome(record, "taken")) == (LINES, LINES)
    assert commits > LINES / MAX_COMMIT_WRITES
    assert largest <= MAX_COMMIT_WRITES
    assert services.store.get("resident", first)
    assert services.store.get("resident", last)
    again = residents.import_csv(services, "cli", body)
    assert (again.data["rows"], batches.outcome(again, "known")) == (0, LINES)
