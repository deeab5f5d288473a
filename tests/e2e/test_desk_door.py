"""The door of the clerks' desk in a real Chromium, by keyboard: a passkey, an authenticator app, a
recovery code, a browser without scripts, and the administrator who begins her ways in anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City


@pytest.mark.real
def test_a_clerk_comes_in_by_every_way_of_her_own(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        links = {role: city.link(role) for role in ("author", "administrator")}
        job = {"url": city.url, "profile": str(tmp_path / "chromium"), "links": links}
        seen = node.see("tests/e2e/desk_door.mjs", job, seconds=300)
    assert seen.pop("troubles") == []
    assert seen == {
        "passkey": True,
        "picture": True,
        "codes": 8,
        "usedTwice": True,
        "withoutScripts": True,
        "recovered": True,
        "ended": True,
    }
