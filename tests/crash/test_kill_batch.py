"""A SIGKILL in the middle of a large import shows no part of it and doubles nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.parts.city import ROOT


def outcome(folder: Path, fault: str, kills: int, seed: int) -> dict[str, Any]:
    """What a run of tests/crash/batch_kills.py tells."""
    words = [str(folder), fault, str(kills), str(seed)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.batch_kills", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def promise(folder: Path, kills: int) -> None:
    seed = time.time_ns() % 100_000
    told = outcome(folder, "none", kills, seed)
    assert told["found"] == [], (seed, told)
    assert told["killed"] == kills, (seed, told)
    assert told["files"] >= 2, (seed, told)


@pytest.mark.real
def test_twenty_kills_of_an_import_show_no_part_and_double_nothing(tmp_path: Path) -> None:
    promise(tmp_path, 20)


@pytest.mark.real
def test_the_oracle_of_imports_notices_rows_that_are_seen_one_by_one(tmp_path: Path) -> None:
    assert "seen in part" in outcome(tmp_path, "visible", 3, 1)["found"]


@pytest.mark.real
def test_the_oracle_of_imports_notices_progress_that_is_stored_apart(tmp_path: Path) -> None:
    assert outcome(tmp_path, "apart", 6, 2)["found"]


@pytest.mark.real
@pytest.mark.soak
def test_two_hundred_kills_of_an_import_show_no_part_and_double_nothing(tmp_path: Path) -> None:
    promise(tmp_path, 200)
