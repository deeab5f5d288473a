"""AWS with indexes that know nothing of what is written, until a test lets them catch up."""

from __future__ import annotations

import pytest

from tests.parts import aws_service
from tests.parts.late_indexes import LOOKED_FOR_AGAIN


@pytest.fixture
def late(stores: str, cloud: aws_service.Aws) -> aws_service.Aws:
    """Before a city is opened: from the start no index knows anything."""
    cloud.late(10_000, but=LOOKED_FOR_AGAIN)
    return cloud
