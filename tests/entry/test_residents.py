"""``todoke residents``: letter codes at a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from todoke import assemble
from todoke.core import letter_code
from todoke.entry import cli
from todoke.journeys import login, residents

DEMO = residents.DEMONSTRATION_NUMBER


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city with its demonstration resident not yet made."""
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    folder = tmp_path / "data"
    assemble.local(folder)
    return folder


def asks(data: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert cli.main(["residents", "--data", str(data), *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_code_for_the_demonstration_links_its_resident(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = asks(data, capsys, "demo")
    again = asks(data, capsys, "code", DEMO)
    assert first["resident"] == again["resident"]
    services = assemble.local(data)
    key = login._code_key(services, letter_code.read(again["code"]) or "")
    assert services.store.get("letter_code", key)
    old = login._code_key(services, letter_code.read(first["code"]) or "")
    assert services.store.get("letter_code", old) is None


def test_the_code_is_shown_to_a_person_with_what_to_do_with_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["residents", "demo", "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert letter_code.read(lines[1])
    assert "90 days" in lines[2]


def test_an_unknown_number_and_a_missing_city_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asks(data, capsys, "code", "77", code=1)["error"] == "resident_not_found"
    assert asks(tmp_path / "none", capsys, "demo", code=1)["error"] == "no_city"
    assert not (tmp_path / "none").exists()


def test_production_makes_no_sample_resident(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_PROFILE", "production")
    said = asks(data, capsys, "demo", code=1)
    assert said["error"] == "production_refused"
    assert "sample resident" in said["message"]
    assert residents.find(assemble.local(data), DEMO) is None
