"""Histories of five clients on a bad day: some order of all acts explains every answer, and
everything adds up in the end (``run.py`` tells more)."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.histories.baton import Baton, Free, Turns
from tests.histories.chance import repeatable
from tests.histories.planted import PLANTED
from tests.histories.run import complaints, lived, statistics

#: runs until a planted defect must have been met; the number of each that is known to meet it
#: comes first, so that as a rule it is one run
TRIES = 25


def judge(folder: Path, seeds: range, turns: Callable[[int], Turns] = Baton) -> None:
    """Every run in a folder of its own; the first that is wrong is told."""
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=folder) as city:
            assert complaints(Path(city) / "city", seed, turns=turns) == []


def another() -> int:
    """Numbers of runs that nobody has seen."""
    return time.time_ns() // 1000 % 10**9


def test_six_runs_show_no_anomaly(tmp_path: Path) -> None:
    judge(tmp_path, range(1, 4))
    judge(tmp_path, range(first := another(), first + 3))


def test_threads_as_the_machine_runs_them_show_no_anomaly(tmp_path: Path) -> None:
    judge(tmp_path, range(first := another(), first + 3), Free)


def test_the_same_number_is_the_same_run(tmp_path: Path) -> None:
    histories = []
    for name in ("one", "two"):
        with repeatable(7):
            histories.append([str(each) for each in lived(tmp_path / name, 7).diary.acts])
    assert histories[0] == histories[1]


#: what is done on these days, each at least once
DONE = (
    "subscription follow",
    "subscription change",
    "subscription leave",
    "notice approve",
    "notice recall",
    "filing apply",
    "application return",
    "application mend",
    "application decide",
    "bill checkout",
    "bill event",
    "letter opened",
)


def test_runs_are_bad_days_on_which_much_is_done(tmp_path: Path) -> None:
    """Numbers made by chance move the days a little: the rarest act may need a few more."""
    wanted = {f"{act} ok" for act in DONE}
    met: Counter[str] = Counter()
    for seed in range(1, 13):
        met.update(statistics(lived(tmp_path / str(seed), seed).diary.acts))
        if seed >= 3 and wanted <= {name for name, times in met.items() if times}:
            break
    assert met["unknown"] > 5, met
    assert wanted <= {name for name, times in met.items() if times}, met


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect, words, first = PLANTED[name]
    defect(monkeypatch)
    for seed in (first, *range(1, TRIES)):
        with tempfile.TemporaryDirectory(dir=tmp_path) as city:
            found = complaints(Path(city) / "city", seed)
        if any(words in each for each in found):
            return
    raise AssertionError(f"{name}: nothing was noticed in {TRIES} runs")


@pytest.mark.soak
def test_two_hundred_runs_show_no_anomaly(tmp_path: Path) -> None:
    judge(tmp_path, range(first := another(), first + 200))


@pytest.mark.soak
def test_fifty_runs_of_free_threads_show_no_anomaly(tmp_path: Path) -> None:
    judge(tmp_path, range(first := another(), first + 50), Free)
