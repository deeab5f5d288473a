"""A fresh city without anybody in its register."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.hall import Hall
from todoke import assemble
from todoke.adapters.fakes import TurnedClock


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    clock = TurnedClock()
    return Hall(assemble.fake(tmp_path, clock=clock), clock, tmp_path)
