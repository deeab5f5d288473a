"""Waiting by condition: tests look until something is there, and never sleep a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

#: a slow two-core machine that also runs two browsers; waits end as soon as the condition holds
PATIENCE_SECONDS = 60.0
_GLANCE_SECONDS = 0.02

Found = TypeVar("Found")


def wait_for(
    look: Callable[[], Found | None], what: str, seconds: float = PATIENCE_SECONDS
) -> Found:
    """Looks until there is something to see (None, False, an empty list are nothing); what it saw.

    Raises AssertionError naming what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(_GLANCE_SECONDS)
