"""One person lets another act for her, each in a Chromium of her own: from the code to the end,
by keyboard, in three languages, on three widths."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.parts.city import City
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import mandates

ROOT = Path(__file__).parents[2]


@pytest.mark.real
def test_a_code_is_told_looked_at_accepted_and_the_mandate_ended(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        hanako = logged_in(services, number="0000000021", name="見本 はなこ")
        jiro = logged_in(services, number="0000000022", name="見本 じろう")
        job = {
            "url": city.url,
            "profiles": [str(tmp_path / each) for each in ("principal", "agent")],
            "principal": hanako.cookie,
            "agent": jiro.cookie,
            "scope": ["お知らせを読む"],
            "shots": os.environ.get("SHOTS", ""),
        }
        done = subprocess.run(
            ["node", "tests/e2e/mandates.mjs"],
            cwd=ROOT,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.stdout, done.stderr
        seen = json.loads(done.stdout.splitlines()[-1])
        assert seen.pop("troubles") == []
        assert mandates.of_resident(services, hanako.resident) == []
    assert seen == {"wrong": "problems", "before": True, "ended": True}
