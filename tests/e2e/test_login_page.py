"""The login page in a real Chromium, by keyboard: no bridge, a wrong PIN, a wrong code, the way
back to where it was asked for, and a logout that clears the other window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.bridge import Bridge
from tests.parts.city import City


def look(city: City, tmp_path: Path, stage: str, **more: str) -> dict[str, Any]:
    """What the check saw; it had no trouble."""
    job = {"url": city.url, "bridge": city.bridge, "stage": stage, **more}
    seen = node.see("tests/e2e/login.mjs", {**job, "profile": str(tmp_path / stage)}, seconds=180)
    assert seen.pop("troubles") == []
    return seen


@pytest.mark.real
def test_the_login_page_leads_through_every_way_it_can_go_wrong(tmp_path: Path) -> None:
    data = tmp_path / "city"
    with City.start(data) as city:
        assert look(city, tmp_path, "alone") == {
            "focus": "absent-head",
            "withoutScript": True,
            "onPc": False,
            "onPhone": True,
            "phoneFirst": True,
        }
        folder, port = data / "pretend_card", int(city.bridge.rpartition(":")[2])
        with Bridge.start(folder, city.url, port=port) as bridge:
            bridge.answers("0000", "1234")
            code = city.ask("residents", "demo")["code"]
            seen = look(city, tmp_path, "card", code=code)
    assert "あと4回" in seen.pop("wrongCode")
    assert seen == {
        "triesFirst": True,
        "wrongPin": "ready",
        "litAtLetter": 0,
        "ledTo": "/about/push.html?a=1",
        "named": True,
        "ledAway": False,
        "nameAfterLogout": False,
        "sessionAfterLogout": 401,
    }


@pytest.mark.real
def test_the_certificate_for_signing_links_without_a_letter(tmp_path: Path) -> None:
    data = tmp_path / "city"
    with City.start(data) as city:
        folder, port = data / "pretend_card", int(city.bridge.rpartition(":")[2])
        with Bridge.start(folder, city.url, port=port) as bridge:
            bridge.answers("1234", "WRONG1234", "MIHON1234")
            city.ask("residents", "demo")
            seen = look(city, tmp_path, "signing")
    assert seen == {"wrongPassword": True, "named": True}
