"""The search in a real Chromium, by keyboard: nothing is fetched before somebody goes to the
field, no word reaches the city, and it finds the same without a network."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.parts.city import City

ROOT = Path(__file__).parents[2]
#: typed key by key -> must be among the first five
QUESTIONS = {
    "jido teate": "jt-nintei",
    "ひとり親 医療費": "hi-iryo",
    "赤ちゃん お金": "jt-nintei",
    "ほくいえん": "ho-moushikomi",
    "引っ越し": "ko-tennyu",
}


@pytest.mark.real
def test_the_search_finds_by_keyboard_and_tells_nobody(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        job = {"url": city.url, "profile": str(tmp_path / "profile")}
        with subprocess.Popen(
            ["node", "tests/e2e/search.mjs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps({**job, "questions": QUESTIONS}) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
                if line.strip() == "waiting":
                    city.kill()
                    process.stdin.write("gone\n")
                    process.stdin.flush()
                    line = process.stdout.readline()
                process.wait(timeout=30)
            finally:
                process.terminate()
    seen = json.loads(line)
    assert seen.pop("troubles") == []
    assert seen == {
        "before": 0,
        "after": True,
        "atHome": 5,
        "all": True,
        "groupsHidden": True,
        "opened": "/procedures/jt-nintei.html",
        "withoutScript": "/search.html",
        "listed": True,
        "told": [],
        "offline": True,
    }
