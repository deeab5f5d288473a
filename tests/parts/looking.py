"""What a test looks at is a list that has caught up; what the city does meets late indexes.

A journey that acts may believe a late list, and then does something wrong: that is what a test
under late indexes finds. A test itself only looks: for it the indexes are on time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.parts.aws_service import Aws
from todoke.adapters.dynamodb import DynamoStore
from todoke.ports import Page

TESTS = str(Path(__file__).resolve().parents[1])
#: functions that only show a list; any other that asks for one does something with it
SHOWING = frozenset(
    {
        *(
            "acts",
            "alarms_waiting",
            "entries",
            "everybody",
            "flagged",
            "given_up",
            "ledger",
            "ledger_of_month",
        ),
        *("letters", "list_own", "listing", "of_account", "of_resident", "open_breakers"),
        *("outbox_age", "published", "public_page", "told", "waiting", "worklist", "balance"),
    }
)


def only_when_acting(patch: pytest.MonkeyPatch, cloud: Aws) -> None:
    """A patch of ``find``, because only the caller tells a look from an act."""
    find = DynamoStore.find

    def found(store: DynamoStore, *asked: Any, **named: Any) -> Page:
        if not _looks():
            return find(store, *asked, **named)
        with cloud.on_time():
            return find(store, *asked, **named)

    patch.setattr(DynamoStore, "find", found)


def _looks() -> bool:
    """Whether a test asks, itself or through a function that only shows."""
    called = ""
    for frame in _outwards(sys._getframe(2)):
        if frame.f_code.co_filename.startswith(TESTS):
            return not called or called in SHOWING
        called = frame.f_code.co_name
    return False  # a thread of the city's own


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
