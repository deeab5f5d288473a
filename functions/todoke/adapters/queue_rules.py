"""What any Queue must refuse before it takes a job: the limits of SQS, kept on every backend."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.adapters.misuse import misuse
from todoke.adapters.store_rules import json_text
from todoke.core.errors import TodokeError
from todoke.ports import MAX_PAGE, Json
from todoke.store_schema import LANES

#: the 8th try that fails is the last (AWS advises a maxReceiveCount of at least 5)
MAX_TRIES = 8
#: SQS: DelaySeconds ends at 15 minutes; what is due later waits in the store
MAX_DELAY_SECONDS = 900
#: SQS would hide a message for 12 hours. Nothing of ours hides one for long, so what is hidden for
#: longer than this was hidden by a clock that was set back since
MAX_HIDDEN_SECONDS = 3600
#: SQS: 256 KB for one message
MAX_BODY_BYTES = 256 * 1024


def body_text(body: Mapping[str, Json]) -> str:
    """JSON of a job. Raises ``store_misuse`` or ``record_too_large``."""
    text = json_text(dict(body))
    if len(text.encode()) > MAX_BODY_BYTES:
        raise TodokeError("record_too_large", kind="job", limit=MAX_BODY_BYTES)
    return text


def check_lane(lane: str) -> None:
    """Raises ``store_misuse`` for a lane that is not declared."""
    if lane not in LANES:
        raise misuse("lane not declared", lane=lane)


def check_limit(limit: int) -> None:
    """Raises ``store_misuse`` for a limit that is no page."""
    if not 1 <= limit <= MAX_PAGE:
        raise misuse(f"limit must be 1 to {MAX_PAGE}", limit=limit)


def check_seconds(seconds: int, most: int) -> None:
    """Raises ``store_misuse`` for less than none or more than the most."""
    if not 0 <= seconds <= most:
        raise misuse(f"seconds must be 0 to {most}", seconds=seconds)
