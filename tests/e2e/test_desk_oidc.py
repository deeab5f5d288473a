"""Coming in to the clerks' desk through the city's own provider, in a real Chromium and with the
certified provider of npm: linked, stopped, too weak, without scripts, ended by an administrator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.parts import openid_provider
from tests.parts.city import City, free_port

ROOT = Path(__file__).parents[2]
REFUSED = "✕ 入れませんでした。"


@pytest.mark.real
def test_a_clerk_comes_in_through_the_citys_own_provider(tmp_path: Path) -> None:
    port = free_port()
    with (
        openid_provider.running(tmp_path / "provider", port, of_clerks=True) as settings,
        City.start(tmp_path / "city", port=port, **settings) as city,
    ):
        job = {
            "url": city.url,
            "profile": str(tmp_path / "chromium"),
            "links": {role: city.link(role) for role in ("author", "administrator")},
            "issuer": settings["staff__oidc__issuer"],
        }
        done = subprocess.run(
            ["node", "tests/e2e/desk_oidc.mjs"],
            cwd=ROOT,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        log = city.output
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen.pop("troubles") == [], log[-2000:]
    for each in ("weaker", "stopped", "stolen", "unlinked"):
        assert seen.pop(each).startswith(REFUSED), each
    assert seen == {"goodbye": True, "again": "きょうの仕事", "ended": True, "hosts": True}
    assert "pairwise-" not in log
    assert "state=" not in log
    assert "code=" not in log
