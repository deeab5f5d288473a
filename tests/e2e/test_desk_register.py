"""The check of the register at the desk in a real Chromium, by keyboard: before any register, one
in order, one with many things to look at, and one that has grown old."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.parts.city import City
from tests.parts.snapshots import LATER, ON, crowd, file, line

ROOT = Path(__file__).parents[2]
#: more of one kind than a page holds
MANY = 230


@pytest.mark.real
def test_an_administrator_works_off_what_was_found(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_bytes(file(*crowd(MANY)))
    bad = tmp_path / "bad.csv"
    bad.write_bytes(file(*({**each, "性別": ""} for each in crowd(MANY)), line("1"), line("2")))
    asked = tmp_path / "asked"
    with City.start(tmp_path / "city") as city:
        job = {
            "url": city.url,
            "profile": str(tmp_path / "chromium"),
            "link": city.link("administrator"),
            "asked": str(asked),
        }
        with subprocess.Popen(
            ["node", "tests/e2e/desk_register.mjs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(json.dumps(job))
            running.stdin.close()
            files = {"good": (good, ON), "bad": (bad, LATER)}
            while running.poll() is None:
                if asked.exists() and (wanted := asked.read_text()) in files:
                    path, on = files[wanted]
                    city.ask("residents", "import", str(path), "--on", on.isoformat())
                    asked.unlink()
                time.sleep(0.1)
            said = running.stdout.read()
    seen = json.loads(said.splitlines()[-1])
    assert seen.pop("troubles") == []
    assert seen == {
        "nobody": True,
        "nothing": True,
        "stale": True,
        "found": ["1人が2行ある 1件", f"性別がない {MANY}件"],
        "twice": "1・2",
        "rows": [200, 30],
        "withoutScripts": True,
        "names": False,
    }
