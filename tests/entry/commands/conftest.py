"""An operator at a published city, one at a folder not made yet, and a standing calendar."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.parts.terminal import PASSPHRASE, Edit, Operator
from todoke.adapters import backup_box
from todoke.adapters.clock import SystemClock
from todoke.entry import cli

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration city, published once."""
    data = tmp_path_factory.mktemp("commands") / "data"
    assert cli.main(["publish", "--data", str(data)]) == 0
    return data


@pytest.fixture
def operator(
    published: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    """At the demonstration city; guesses are made cheap."""
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)
    monkeypatch.setenv("TODOKE_BACKUP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    capsys.readouterr()
    return Operator(published, capsys)


@pytest.fixture
def newcomer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    """At a folder that does not exist yet."""
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    return Operator(tmp_path / "data", capsys)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the site to work in."""
    for folder in ("site", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / "town" / folder)
    monkeypatch.chdir(tmp_path / "town")
    return tmp_path / "town" / "site"


@pytest.fixture
def edit(place: Path) -> Edit:
    """Replaces a text once in a file of the copy."""

    def replace(name: str, old: str, new: str) -> None:
        text = (place / name).read_text("utf-8")
        assert old in text, (name, old)
        (place / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice lives 400 days at most, so the calendar of these tests stands still."""
    monkeypatch.setattr(SystemClock, "unix", lambda self: 1_795_500_000)  # 2026-11-24
