"""A pcscd with two empty readers, and a pretend card for them. No test of the bridge touches the
person's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from card_bridge.pretend_folder import PUBLISHED_PASSWORD, PUBLISHED_PIN, PretendFolder
from tests.parts.pcscd import Pcscd


@pytest.fixture(autouse=True)
def bridge_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a bridge that a test starts keeps its trust list and log."""
    folder = tmp_path / "bridge-home"
    monkeypatch.setenv("TODOKE_BRIDGE_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def running_pcscd() -> Iterator[Pcscd]:
    with Pcscd.start() as running:
        yield running


@pytest.fixture
def pcscd(running_pcscd: Pcscd) -> Pcscd:
    """Shared by a module's tests; its readers are empty."""
    running_pcscd.sees(card=False)
    return running_pcscd


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PretendFolder:
    return PretendFolder(tmp_path_factory.mktemp("cards") / "card")


@pytest.fixture
def card_folder(made: PretendFolder) -> PretendFolder:
    """A card whose tries are all there."""
    made.keep(PUBLISHED_PIN, 3)
    made.keep_signing(PUBLISHED_PASSWORD, 5)
    return made
