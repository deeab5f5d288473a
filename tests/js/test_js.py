"""The phone's modules: their own tests under Node, their types, and what they share with Python."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from todoke.core import subscription, words
from todoke.core.words import LANGUAGES

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "site" / "assets" / "js"


def _run(*command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHON": sys.executable},
    )


@pytest.mark.parametrize(
    "file", sorted(each.name for each in Path(__file__).parent.glob("*.test.mjs"))
)
def test_the_modules_pass_their_own_tests(file: str) -> None:
    done = _run("node", "--test", "--test-reporter=tap", "--test-timeout=60000", f"tests/js/{file}")
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.M)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert passed is not None
    assert int(passed[1]) > 3, "the file ran hardly any test"


def test_every_module_and_the_worker_keep_their_types() -> None:
    done = _run("node_modules/.bin/tsc", "--noEmit", "-p", "tsconfig.json")
    assert done.returncode == 0, done.stdout


def test_a_type_error_would_be_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken.js"
    broken.write_text('/** @type {number} */\nexport const count = "three";\n', "utf-8")
    settings = {"extends": str(ROOT / "tsconfig.json"), "include": [str(broken)]}
    settings["compilerOptions"] = {"types": []}  # type: ignore[assignment]
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), "utf-8")
    done = _run("node_modules/.bin/tsc", "--noEmit", "-p", str(tmp_path / "tsconfig.json"))
    assert "TS2322" in done.stdout


def test_phone_and_server_agree_whom_a_notice_is_for() -> None:
    """The inbox of a device without push shows what a push would have brought."""
    areas, years = (None, "kita", "minami"), (None, 2023, 2026)
    families: tuple[list[int], ...] = ([], [2023], [2026, 2023])
    cases = list(itertools.product(areas, years, areas, families))
    questions = [
        {"notice": {"area": to, "cohort": year}, "choices": {"area": area, "cohorts": family}}
        for to, year, area, family in cases
    ]
    done = _run("node", "tests/js/agree.mjs", text=json.dumps(questions))
    server = [
        subscription.matches(area, family, to_area=to, to_cohort=year)
        for to, year, area, family in cases
    ]
    assert json.loads(done.stdout) == server
    assert len(set(server)) == 2


def test_every_sentence_a_module_says_exists_in_every_language() -> None:
    """Names in say(…) and speak(…), also those made of a prefix and a known ending."""
    dictionary = words.parse(
        {
            f"locales/{language}/{path.name}": path.read_bytes()
            for language in LANGUAGES
            for path in (ROOT / "site" / "locales" / language).glob("*.yaml")
        }
    )
    source = "\n".join(each.read_text("utf-8") for each in sorted(MODULES.glob("*.js")))
    sections = {
        name.split(".")[1] for name in dictionary.sentences["ja"] if name.startswith("phone.")
    }
    said = {
        found
        for found in re.findall(r'"([a-z]+\.[a-z][a-z_]*)"', source)
        if found.split(".")[0] in sections
    }
    said |= {f"grade.g{years}" for years in range(19)} | {"grade.other"}
    said |= {"following.mended", "following.lost"}
    hindrances = ("lost", "changed", "before", "login", "link")
    said |= {f"apply.{each}_{part}" for each in hindrances for part in ("head", "text")}
    said -= {"date.day"}  # by which a phone tells the seven further languages: they alone have it
    assert len(said) > 40
    for language in LANGUAGES:
        missing = [name for name in sorted(said) if not dictionary.has(language, f"phone.{name}")]
        assert not missing, language
