"""A city whose record of acts is a chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.chained import Chained


@pytest.fixture
def city(tmp_path: Path) -> Chained:
    return Chained.open(tmp_path)
