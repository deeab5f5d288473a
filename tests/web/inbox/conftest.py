"""Two residents of one town, and the page both read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.inbox import Page
from tests.parts.letters import Neighbour, neighbour
from tests.parts.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.open(tmp_path)


@pytest.fixture
def page(town: Town) -> Page:
    return Page(town)


@pytest.fixture
def hanako(town: Town) -> Neighbour:
    return neighbour(town, 1, "見本 はなこ")


@pytest.fixture
def jiro(town: Town) -> Neighbour:
    return neighbour(town, 2, "見本 じろう")
