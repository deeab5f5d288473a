"""A town hall that trusts the pretend authority, new for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.hall import Hall
from tests.parts.pretend_signer import Authority
from todoke import assemble
from todoke.adapters.fakes import TurnedClock


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    clock = TurnedClock()
    services = assemble.fake(tmp_path, clock=clock)
    Authority().trusted_in(tmp_path)
    return Hall(services, clock, tmp_path)
