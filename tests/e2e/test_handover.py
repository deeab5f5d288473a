"""A phone lets a PC in, in two real Chromiums: allowed, refused, with a wrong number, and asked for
more than it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City


@pytest.mark.real
def test_a_phone_lets_a_pc_in_by_picture_and_number(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        code = city.ask("residents", "demo")["code"]
        job = {"url": city.url, "profile": str(tmp_path / "chromium"), "code": code}
        seen = node.see("tests/e2e/handover.mjs", job, seconds=300)
        log = city.output
    assert seen.pop("troubles") == [], log[-2000:]
    assert seen == {
        "onPhones": False,
        "drawn": True,
        "address": "/allow.html",
        "told": "Chrome, Linux",
        "site": True,
        "name": "見本 はなこ",
        "tier": 1,
        "means": ["passkey: Chrome, Linux", "phone: Chrome, Linux"],
        "outside": 401,
        "need": "/login.html?need=card&next=%2Fallow.html",
    }
