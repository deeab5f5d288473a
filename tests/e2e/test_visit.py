"""Login by a visit in a real Chromium that keeps pages of the internet away from this machine:
denied, a no, a stranger's nonce, a yes, and the permission granted after all."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_bridge.trust import Site
from tests.parts import node
from tests.parts.bridge import Bridge
from tests.parts.city import City
from tests.parts.resident import Resident


@pytest.mark.real
def test_where_the_browser_denies_the_way_a_visit_logs_in_and_a_strangers_visit_does_not(
    tmp_path: Path,
) -> None:
    data = tmp_path / "city"
    with City.start(data) as city:
        folder, port = data / "pretend_card", int(city.bridge.rpartition(":")[2])
        with Bridge.start(folder, city.url, port=port) as bridge:
            bridge.answers("!cancel", "1234")
            # another browser's challenge: its pre-session is not the one that will come back
            stranger = Resident(city.url, city.bridge).call("POST", "/api/login/challenge", {}, 201)
            job = {
                "url": city.url,
                "bridge": city.bridge,
                "profile": str(tmp_path / "profile"),
                "stranger": {"nonce": stranger["nonce"], "site": Site(city.url).id},
            }
            seen = node.see("tests/e2e/visit.mjs", job, seconds=300)
            asked = bridge.asked
    assert seen.pop("troubles") == [], asked
    assert "window" in seen.pop("no")
    assert seen.pop("denied") in ("blocked", "absent")
    assert seen == {
        "hash": "",
        "stranger": "refused",
        "session": 401,
        "visited": "letter",
        "history": False,
        "granted": "ready",
    }
    assert asked.count("GETPIN") == 3, "the person was asked each time"
