"""Coming in to the clerks' desk through the city's own provider, in a real Chromium and with the
certified provider of npm: linked, stopped, too weak, without scripts, ended by an administrator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node, openid_provider
from tests.parts.city import City, free_port

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
        seen = node.see("tests/e2e/desk_oidc.mjs", job, seconds=240)
        log = city.output
    assert seen.pop("troubles") == [], log[-2000:]
    for each in ("weaker", "stopped", "stolen", "unlinked"):
        assert seen.pop(each).startswith(REFUSED), each
    assert seen == {"goodbye": True, "again": "きょうの仕事", "ended": True, "hosts": True}
    assert "pairwise-" not in log
    assert "state=" not in log
    assert "code=" not in log
