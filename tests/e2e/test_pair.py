"""A family's own data go from one device to another by codes on the screen, in a real Chromium with
two profiles, by keyboard: both keep them, and the city learns nothing, least of all who they are to
each other."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.city import City
from tests.parts.town import Phone
from todoke import assemble
from todoke.journeys import subscribe
from todoke.store_schema import RECORDS

BIRTH = "2024-02-29"
GIVEN = {"hib": ["2024-05-01", "2024-06-03"], "pcv": ["2024-05-01"]}
SETTINGS: dict[str, Any] = {
    "family": {
        "about": "child",
        "shared": {"resident.in_municipality": True},
        "children": [{"name": "たろう", "facts": {"child.birth_date": BIRTH}}],
    },
    "records": {"children": {f"{BIRTH}#1": {"given": GIVEN}}},
    "choices": {"topics": ["nursery", "no-longer"], "area": None, "cohorts": [2023], "since": {}},
    "language": "ja",
}


def everything(data: Path) -> list[str]:
    """Every row of every kind about a person, as the store's file has it; of the record of acts
    which there are, because each gets its place in the chain a little later."""
    about = {kind for kind, each in RECORDS.items() if each.about_a_person}
    with sqlite3.connect(f"file:{data / 'todoke.sqlite3'}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT * FROM record ORDER BY kind, id").fetchall()
    mine = [row for row in rows if about & set(map(str, row))]
    return [str(row[1:3] if "audit" in row else row) for row in mine]


@pytest.mark.real
def test_a_family_goes_to_another_device_and_the_city_learns_nothing(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        for number in (1, 2):  # both devices follow already, each by itself
            device = Phone(number).device()
            subscribe.follow(services, {**device, "topics": ["nursery"]})
        before = everything(city.data)
        assert any("wpush/v2/phone-1" in each for each in before), "this looks at the wrong file"
        job = {"url": city.url, "profile": str(tmp_path / "chromium"), "settings": SETTINGS}
        seen = node.see("tests/e2e/pair.mjs", job, seconds=240)
        assert everything(city.data) == before
        log = city.output
    assert seen.pop("troubles") == []
    assert not any(word in log for word in (BIRTH, "たろう", "hib", "00001"))
    kept = seen.pop("kept")
    assert kept["family"] == SETTINGS["family"]
    assert kept["records"] == SETTINGS["records"]
    assert kept["choices"]["topics"] == ["nursery"], "what the city no longer offers stays behind"
    assert "parcel" not in kept
    assert not {"held", "reminders"} & set(kept), "the other device asks the city for itself"
    assert seen.pop("module") >= 3, "a module is too small for a camera"
    assert 1 <= seen.pop("codes") <= 3
    assert "family" not in seen.pop("before"), "nothing is kept before somebody has agreed"
    assert seen == {
        "asked": [],
        "focused": "none-head",
        "link": "/pair.html#…",
        "address": "/pair.html",
        "wrong": "typed",
        "children": ["たろう"],
        "check": True,
        "left": True,
        "apart": 1,
    }
