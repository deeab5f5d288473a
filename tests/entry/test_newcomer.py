"""A newcomer adds one file, the one CONTRIBUTING.md shows, and sees what it promises."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.parts import eligibility_world
from tests.parts.terminal import Operator
from todoke.core import catalogue
from todoke.core.catalogue import Example
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]
ID, BORN = "mihon-ehon", "child.birth_date"
NAME = f"procedures/{ID}.yaml"


@pytest.fixture(scope="module")
def example() -> str:
    """The file of CONTRIBUTING.md."""
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.S)
    return str(block)


@pytest.fixture
def operator(
    tmp_path: Path,
    example: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    """In a copy of the site with one file more, of which nothing else knows."""
    for folder in ("site", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "site" / NAME).write_text(example, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    return Operator(tmp_path / "data", capsys)


def test_one_file_makes_page_search_entry_data_and_answer(
    operator: Operator, example: str, tmp_path: Path
) -> None:
    assert operator.asks("publish")["procedures"] == 86
    (release,) = {path.parent for path in (operator.data / "public").rglob("catalogue.json")}

    def printed(name: str) -> str:
        return (release / name).read_text("utf-8")

    assert "絵本のおくりもの" in printed(f"procedures/{ID}.html")
    assert "みほん" in printed(f"easy/procedures/{ID}.html")
    assert "A book for your baby" in printed(f"en/procedures/{ID}.html")
    for folder in ("", "easy/", "en/"):
        assert f"procedures/{ID}.html" in printed(f"{folder}procedures/index.html")
    # its reading stands where the search looks, whichever file that is
    kinds = (".html", ".json", ".txt")
    index = [each for each in release.rglob("*search*") if each.suffix in kinds]
    assert any("えほんのおくりもの" in each.read_text("utf-8") for each in index)
    data, facts = json.loads(printed("catalogue.json")), json.loads(printed("facts.json"))
    (published,) = [each for each in data["procedures"] if each["id"] == ID]
    assert published["sources"] == ["mihon_ehon"]
    assert "mihon_ehon" in [each["id"] for each in data["sources"]]
    assert not {"examples", "own_sources"} & set(published)
    family = tmp_path / "family.json"
    family.write_text('{"resident.in_municipality": true, "child.birth_date": "2026-05-01"}')
    answers = operator.asks("check", "--facts", str(family), "--on", "2026-11-22")["procedures"]
    assert answers[ID]["answer"] == "yes"
    on_the_phone = _on_the_phone({"catalogue": data, "facts": facts}, example)
    assert on_the_phone == ["yes", "no", "yes", "no", "ask"]


def _on_the_phone(published: Mapping[str, Any], text: str) -> list[str]:
    """What the rule of the printed files answers on a phone to the examples."""
    asked = [
        {"procedures": [ID], "facts": dict(each.facts), "on": each.on} for each in _examples(text)
    ]
    done = subprocess.run(
        ["node", "tests/js/eligibility_answers.mjs"],
        cwd=ROOT,
        input=json.dumps({**published, "cases": asked}),
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    return [each["verdicts"][0]["answer"] for each in json.loads(done.stdout)]


def _site(text: str) -> dict[str, bytes]:
    files = {
        path.relative_to(ROOT / "site").as_posix(): path.read_bytes()
        for path in (ROOT / "site").rglob("*.yaml")
    }
    return {**files, NAME: text.encode()}


def _examples(text: str) -> tuple[Example, ...]:
    return catalogue.parse(_site(text)).procedures[ID].examples


@pytest.mark.parametrize("number", range(5))
def test_an_example_the_rule_does_not_keep_is_not_published(number: int, example: str) -> None:
    """Each of the five guards the rule: turned round, it is named."""
    said = _examples(example)[number]
    other = "no" if said.answer == "yes" else "yes"
    parts = example.split("answer: ")
    parts[number + 1] = re.sub(r'^"?\w+"?', f'"{other}"', parts[number + 1])
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(_site("answer: ".join(parts)))
    assert caught.value.details["field"] == f"examples[{number + 1}].answer"
    assert f"the rule answers {said.answer}" in str(caught.value.details["rule"])


@pytest.mark.parametrize(
    ("old", "new"),
    [("op: lt, value: 12", "op: le, value: 12"), ("op: lt, value: 12", "op: lt, value: 11")],
)
def test_a_rule_that_is_wrong_by_one_is_not_published(old: str, new: str, example: str) -> None:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(_site(example.replace(old, new)))
    assert "the rule answers" in str(caught.value.details["rule"])


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("on: 2026-11-22", "on: 2026-02-30", "examples[1].on", "exists"),
        (f"{BORN}: 2025-11-23", "child.born: 2025-11-23", "examples[1].facts", "child.born"),
        (f"{BORN}: 2025-11-23", f"{BORN}: 2027-01-01", "examples[1].facts", "birth"),
        (f"{BORN}: 2025-11-23", f"{BORN}: null", "examples[1].facts", "one value"),
        ('answer: "yes"', "answer: perhaps", "examples[1].answer", "not a known value"),
        ("    law: 見本の要綱2条\n", "", "examples[1].law", "filled"),
        ("  - id: mihon_ehon", "  - id: cfa_nichijo", "sources", "there already"),
        ("https://www.city", "ftp://www.city", "sources[1].url", "https"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(
    old: str, new: str, field: str, rule: str, example: str
) -> None:
    assert old in example
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(_site(example.replace(old, new, 1)))
    details = caught.value.details
    assert details["file"] == f"site/{NAME}"
    assert str(details["field"]).startswith(field)
    assert rule in str(details["rule"])


def test_the_examples_of_the_file_are_among_what_the_tests_ask() -> None:
    """``tests/parts/eligibility_world.py`` hands examples on like the vectors."""
    fields = {each.name for each in dataclasses.fields(Example)}
    assert {frozenset(each) for _, each in eligibility_world.vectors()} == {frozenset(fields)}
