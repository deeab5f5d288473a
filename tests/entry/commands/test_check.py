"""``todoke check``: which procedures are a family's own, for a person and for a program."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.parts.terminal import Operator

FAMILY = {
    "resident.in_municipality": True,
    "child.birth_date": "2025-12-01",
    "claimant.is_public_servant": False,
    "claimant.receives_child_allowance": False,
}


def written(folder: Path, content: Any) -> str:
    path = folder / "family.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def test_every_procedure_is_answered_without_a_city(newcomer: Operator, tmp_path: Path) -> None:
    path = written(tmp_path, FAMILY)
    found = newcomer.asks("check", "--facts", path, "--on", "2026-11-22")
    procedures = found["procedures"]
    assert procedures["si-bukka"]["answer"] == "no"
    assert procedures["si-bukka"]["because"] == [{"fact": "today", "value": "2026-11-22"}]
    assert procedures["bo-sango"]["answer"] == "yes"
    shown = {each["fact"]: each["value"] for each in procedures["bo-sango"]["because"]}
    assert shown == {"resident.in_municipality": True, "child.age_months": 11}
    assert procedures["ir-teate"]["answer"] == "ask"
    assert "person.on_maternity_leave" in procedures["ir-teate"]["ask"]
    assert found["next"]
    assert not newcomer.data.exists()  # nothing is kept


def test_the_day_decides(newcomer: Operator, tmp_path: Path) -> None:
    path = written(tmp_path, FAMILY)
    for day, answer in (("2026-11-30", "yes"), ("2026-12-01", "no")):
        found = newcomer.asks("check", "--facts", path, "--on", day)
        assert found["procedures"]["bo-sango"]["answer"] == answer


def test_a_person_reads_lines(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    body = io.TextIOWrapper(io.BytesIO(json.dumps(FAMILY).encode()))
    monkeypatch.setattr(sys, "stdin", body)
    code, out, error = newcomer.says("check", "--facts", "-", "--on", "2026-11-22")
    assert (code, error) == (0, "")
    assert out.startswith("For this family: ")
    assert "bo-sango  Postnatal care  [resident.in_municipality = true, " in out
    assert "Ask next: " in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"child.brth_date": "2025-12-01"}, "child.brth_date"),
        ({"child.birth_date": "2026-02-30"}, "a date that exists"),
        ({"child.birth_date": "2026-11-23"}, "after the day asked about"),
        ("[]", "JSON"),
        ("{", "JSON"),
        ('{"child.exists": true, "child.exists": false}', "JSON"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_facts_that_cannot_be_taken_are_named(
    content: Any, words: str, newcomer: Operator, tmp_path: Path
) -> None:
    path = written(tmp_path, content)
    found = newcomer.asks("check", "--facts", path, "--on", "2026-11-22", code=1)
    assert found["error"] == "bad_field"
    assert words in found["message"]


def test_a_day_that_does_not_exist(newcomer: Operator, tmp_path: Path) -> None:
    path = written(tmp_path, FAMILY)
    found = newcomer.asks("check", "--facts", path, "--on", "2026-02-30", code=1)
    assert "--on" in found["message"]
