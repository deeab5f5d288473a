"""A city with a resident and a bill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.payer import Payer


@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer.open(tmp_path)
