"""A town hall that trusts the pretend authority, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.hall import Hall
from tests.parts.hostile_openid import HostileOpenId
from tests.parts.pretend_signer import Authority
from todoke import assemble
from todoke.adapters.fakes import TurnedClock


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    clock = TurnedClock()
    services = assemble.fake(tmp_path, clock=clock)
    Authority().trusted_in(tmp_path)
    return Hall(services, clock, tmp_path)


@pytest.fixture
def provider() -> Iterator[HostileOpenId]:
    with HostileOpenId() as made:
        yield made


@pytest.fixture
def app_hall(tmp_path: Path, provider: HostileOpenId) -> Hall:
    """Where one may log in with the app, too."""
    clock = TurnedClock()
    services = provider.city(tmp_path, clock=clock)
    Authority().trusted_in(tmp_path)
    return Hall(services, clock, tmp_path)
