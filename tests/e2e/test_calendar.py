"""Calendars in a real Chromium: the city's are found by keyboard and read, a family's own file is
made and handed over without one request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.calendars import read
from tests.parts.city import City


@pytest.mark.real
def test_calendars_are_found_by_keyboard_and_a_familys_own_stays_on_the_device(
    tmp_path: Path,
) -> None:
    with City.start(tmp_path / "city") as city:
        job = {
            "url": city.url,
            "profile": str(tmp_path / "profile"),
            "downloads": str(tmp_path),
        }
        seen = node.see("tests/e2e/calendar.mjs", job, seconds=240)
    assert seen["troubles"] == []
    for folder in ("", "easy/", "en/"):
        files = [read(each.encode()) for each in seen[f"{folder}files"]]
        assert len(files) == seen[f"{folder}kept"] >= 5
        assert all(each.all("VEVENT") for each in files)
        assert seen[f"{folder}first"].endswith(f"/calendars/{folder}all.ics")
    [event] = read((tmp_path / "todoke.ics").read_bytes()).all("VEVENT")
    assert event.text("SUMMARY") == "出生届(見本)"
    assert len(event.all("VALARM")) == 1
    assert seen["asked"] == 0
