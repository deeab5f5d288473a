"""How often codes may be tried at the door of the desk.

Six digits can be guessed where nobody counts. A try costs before it is judged, so that many at once
are counted too. Whoever tries from a browser in which this clerk has been before has a count of her
own: a stranger who uses up everybody else's never locks her out. Passkeys are not counted: there is
nothing to guess in them.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass

from todoke.core import marks, sealed
from todoke.core.errors import TodokeError
from todoke.ports import Create, Json, Record, Replace, Services

ATTEMPTS = 5
_KIND = "staff_try"
_KNOWN = "staff_browser"


@dataclass(frozen=True, slots=True)
class Rate:
    """burst: tries at once after a rest. every: seconds until one more is allowed."""

    burst: int
    every: int


#: of one clerk from one source, or from one browser that knows her
ONE = Rate(burst=6, every=60)
#: of one clerk from all sources that do not know her: 490 tries a day, three codes of a million
#: hold at any moment, so a day of it succeeds once in 680
STRANGERS = Rate(burst=10, every=180)


def take(services: Services, who: str, source: str, mark: str) -> None:
    """One try to come in as ``who`` (the id of a clerk, or what was typed where there is none).
    source: where from. mark: of the browser (``mark_for``), or "".

    Raises ``too_many_requests`` with the seconds to wait."""
    if knows(services, who, mark):
        _take(services, f"{who}\0known\0{mark}", ONE)
        return
    _take(services, f"{who}\0from\0{source}", ONE)
    _take(services, f"{who}\0all", STRANGERS)


def mark_for(services: Services, staff_id: str) -> str:
    """What a browser keeps in which this clerk came in."""
    chance = secrets.token_urlsafe(marks.CHANCE_BYTES)
    return marks.mark(services.secrets.seal_key, _KNOWN, staff_id, chance)


def knows(services: Services, who: str, mark: str) -> bool:
    """Whether a browser's mark is of this clerk."""
    return marks.holds(services.secrets.seal_key, _KNOWN, who, mark)


def _take(services: Services, lane: str, rate: Rate) -> None:
    """A token bucket as the one moment at which it is full again (GCRA, ITU-T I.371)."""
    id, whole = sealed.blind(services.secrets.seal_key, _KIND, lane), rate.burst * rate.every
    for _ in range(ATTEMPTS):
        now, found = services.clock.unix(), services.store.get(_KIND, id)
        full_at = max(int(str(found.data["full_at"])), now) if found else now
        if full_at > now + whole:  # the clock was turned back: nobody waits for it
            full_at = now
        after = full_at + rate.every
        if after > now + whole:
            wait = max(1, math.ceil(after - now - whole))
            raise TodokeError("too_many_requests", retry_after=wait)
        data: dict[str, Json] = {"full_at": after}
        record = Record(_KIND, id, data, found.version if found else 0, expires_at=after + 1)
        try:
            services.store.commit([Replace(record) if found else Create(record)])
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
            continue
        return
    raise TodokeError("too_many_requests", retry_after=1)
