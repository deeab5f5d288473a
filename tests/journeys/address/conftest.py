"""A resident with an account, to whom the city writes."""

from __future__ import annotations

import pytest

from tests.parts.letters import NAME, Neighbour, neighbour
from tests.parts.town import Town


@pytest.fixture
def hanako(town: Town) -> Neighbour:
    return neighbour(town, 1, NAME)
