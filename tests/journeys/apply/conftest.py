"""A city that takes applications, and every file without cleaning it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.parts.applying import QuickCleaner, city
from todoke.ports import Services


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())
