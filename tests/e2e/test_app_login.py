"""Login on a phone with デジタル認証アプリ, in a real Chromium through the certified provider of
npm: stopped, with a proof that is not enough, and with the card's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node, openid_provider
from tests.parts.city import City, free_port


@pytest.mark.real
def test_a_phone_logs_in_through_the_app_and_goes_on_where_it_was(tmp_path: Path) -> None:
    port = free_port()
    with (
        openid_provider.running(tmp_path / "provider", port) as settings,
        City.start(tmp_path / "city", port=port, **settings) as city,
    ):
        code = city.ask("residents", "demo")["code"]
        job = {
            "url": city.url,
            "profile": str(tmp_path / "chromium"),
            "code": code,
            "issuer": settings["oidc__issuer"],
        }
        seen = node.see("tests/e2e/app_login.mjs", job, seconds=240)
        log = city.output
    assert seen.pop("troubles") == [], log[-2000:]
    assert seen == {
        "first": "app",
        "afterStop": "start",
        "weaker": 401,
        "address": "/en/login.html?next=%2Fen%2Finbox.html",
        "tier": 2,
        "linked": False,
        "name": "見本 はなこ",
        "way": ["app"],
        "stolen": 401,
        "cleaned": "/en/login.html",
    }
    assert "pairwise-" not in log
    assert "state=" not in log
