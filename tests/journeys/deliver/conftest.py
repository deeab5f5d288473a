"""Small pages, and one page to a job, so that few phones make a long way."""

from __future__ import annotations

import pytest

from todoke.journeys import pages


@pytest.fixture(autouse=True)
def _short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch: pages are as large as they are for speed, and no promise depends on it."""
    monkeypatch.setattr(pages, "PAGE", 20)
    monkeypatch.setattr(pages, "JOB_SECONDS", -1)
