"""The door of the clerks' desk in a real Chromium, by keyboard: a passkey, an authenticator app, a
recovery code, a browser without scripts, and the administrator who begins her ways in anew."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.parts.city import City

ROOT = Path(__file__).parents[2]


@pytest.mark.real
def test_a_clerk_comes_in_by_every_way_of_her_own(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        links = {role: city.link(role) for role in ("author", "administrator")}
        job = {"url": city.url, "profile": str(tmp_path / "chromium"), "links": links}
        done = subprocess.run(
            ["node", "tests/e2e/desk_door.mjs"],
            cwd=ROOT,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    seen = json.loads(done.stdout.splitlines()[-1])
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
