"""Passkeys in a real Chromium with its virtual authenticator: made, linked by the code of a
letter, shown again, and refused where the screen stays locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City


@pytest.mark.real
def test_a_passkey_is_made_linked_and_shown_again(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        code = city.ask("residents", "demo")["code"]
        job = {"url": city.url, "profile": str(tmp_path / "chromium"), "code": code}
        seen = node.see("tests/e2e/passkey.mjs", job, seconds=180)
    assert seen.pop("troubles") == []
    assert seen.pop("milliseconds") > 0  # told by make bench; no time is asserted
    assert seen == {
        "unlinked": False,
        "addressedBefore": 0,
        "discoverable": [True],
        "tier": 1,
        "linked": True,
        "named": True,
        "unverified": 401,
    }
