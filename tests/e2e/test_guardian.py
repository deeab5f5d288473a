"""A parent's inbox in a real Chromium: her child's notice by its name, by keyboard, on three
widths, and gone from the screen when the next register no longer names her."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.parts import node, snapshots
from tests.parts.city import City
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import address, residents

NAME = "みほん たろう"


def family(guardians: str) -> list[dict[str, str]]:
    child = {"氏名": NAME, "生年月日": "2020-04-01", "保護者の宛名番号": guardians}
    return [
        snapshots.line("1001"),
        snapshots.line("1002", 氏名="見本 一郎"),
        snapshots.line("1003", **child),
    ]


def look(city: City, tmp_path: Path, **more: Any) -> dict[str, Any]:
    job = {"url": city.url, "profile": str(tmp_path / f"profile-{len(more)}"), **more}
    return node.see("tests/e2e/guardian.mjs", job, seconds=180)


@pytest.mark.real
def test_a_parent_reads_what_came_for_her_child(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        snapshots.take(services, *family("1001 1002"), on=date(2026, 11, 1))
        mother, father = (logged_in(services, number=each) for each in ("1001", "1002"))
        child = residents.id_of(services, "1003")
        values = {"title": "ひみつ", "yen": "5,000", "due": "12/25"}
        services.store.commit(address.writes(services, child, "bill", "bill/B-1", **values))
        (letter,) = address.of_resident(services, child).records
        cookies = {"mother": mother.cookie, "father": father.cookie}
        seen = look(city, tmp_path, letter=letter.id, **cookies)
        assert seen.pop("troubles") == []
        assert seen == {"label": NAME + "さんあて", "opened": NAME + "さんあて", "other": "unread"}
        snapshots.take(services, *family("1001"), on=date(2026, 11, 2))
        after = look(city, tmp_path, letter=letter.id, ended=True, **cookies)
        assert after == {"troubles": [], "listed": 0, "rest": False}
