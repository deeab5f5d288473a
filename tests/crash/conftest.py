"""Where crash tests keep a city whose calls are counted, not timed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.killing import Tally

MEMORY = Path("/dev/shm")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: what is asked is which calls were
    made, and syncs that wait for a real disk take most of the time."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[Tally], None]:
    """Says how many points a flow has, whatever else is captured."""

    def say(tally: Tally) -> None:
        with capsys.disabled():
            print(f"  {tally}")

    return say
