"""What the public site offers to follow now, read from the very file the phones read."""

from __future__ import annotations

import functools
import json

from todoke.core.errors import TodokeError
from todoke.core.subscription import Known
from todoke.ports import Services


def known(services: Services) -> Known:
    """Topics, areas and cohorts of the current release.

    Raises ``storage_unavailable`` before the first release (503: try again later)."""
    blob = services.blobs.get("app.json")
    if blob is None:
        raise TodokeError("storage_unavailable")
    return _parse(blob.body)


# Remembered by content, not by release number: two cities in one process (tests) or a
# release taken back never read each other's topics.
@functools.lru_cache(maxsize=4)
def _parse(body: bytes) -> Known:
    offered = json.loads(body)
    return Known(
        topics=frozenset(each["id"] for each in offered["topics"]),
        areas=frozenset(each["id"] for each in offered["areas"]),
        cohorts=frozenset(each["id"] for each in offered["cohorts"]),
    )
