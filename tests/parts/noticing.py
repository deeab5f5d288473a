"""What became of a notice, as tests ask for it."""

from __future__ import annotations

import json

import pytest

from tests.parts.desk import Desk
from todoke.core.errors import TodokeError
from todoke.journeys import notices


def code_of(caught: pytest.ExceptionInfo[TodokeError]) -> str:
    return caught.value.code


def state(desk: Desk, id: str) -> str:
    return str(notices.get(desk.services, id).data["state"])


def public(desk: Desk, id: str) -> dict[str, object]:
    blob = desk.services.blobs.get(f"notices/{id}.json")
    assert blob is not None
    found = json.loads(blob.body)
    assert isinstance(found, dict)
    return found
