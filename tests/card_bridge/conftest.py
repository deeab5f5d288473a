"""No test of the bridge touches the person's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def bridge_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a bridge that a test starts keeps its trust list and log."""
    folder = tmp_path / "bridge-home"
    monkeypatch.setenv("TODOKE_BRIDGE_HOME", str(folder))
    return folder
