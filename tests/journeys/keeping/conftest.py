"""A city whose records grow old."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.old_records import OldRecords


@pytest.fixture
def old(tmp_path: Path) -> OldRecords:
    return OldRecords.open(tmp_path)
