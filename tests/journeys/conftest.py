"""A town where nobody follows yet, new for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.open(tmp_path)
