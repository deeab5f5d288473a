"""An operator at a published city, one at a folder not made yet, and a standing calendar."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.terminal import PASSPHRASE, Operator
from todoke.adapters import backup_box
from todoke.adapters.clock import SystemClock
from todoke.entry import cli


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


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice lives 400 days at most, so the calendar of these tests stands still."""
    monkeypatch.setattr(SystemClock, "unix", lambda self: 1_795_500_000)  # 2026-11-24
