"""How often an origin may ask: a bucket per origin and act, refilled by the second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from card_bridge.errors import BridgeError


@dataclass(frozen=True, slots=True)
class Pace:
    """burst: asks at once. per_second: asks that come back each second."""

    burst: int
    per_second: float


#: a dialog on the person's screen each time: 30 at once is more than anyone means, and a page
#: that goes on asking comes to one in two seconds at most
PACES = {
    "/v1/authenticate": Pace(30, 0.5),
    "/v1/sign": Pace(30, 0.5),
    "/v1/status": Pace(60, 4.0),
    # any page anywhere can send a browser here without a question, so few and slowly
    "/v1/visit": Pace(8, 0.05),
    # "may this page use your card?", of all new pages together
    "introduce": Pace(3, 1 / 60),
    "log": Pace(20, 1.0),
}


#: what a no of the person's costs besides: a page may not ask until she is tired of saying it
NO_COSTS = 3


class Buckets:
    """Counts what each key has left. The keys are trusted origins times acts, so they are few."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, act: str, origin: str) -> None:
        """Takes one ask, or raises ``too_many_requests`` with ``seconds`` to wait."""
        pace, now = PACES[act], self._clock()
        left, since = self._left.get((act, origin), (float(pace.burst), now))
        left = min(float(pace.burst), left + (now - since) * pace.per_second)
        if left < 1:
            self._left[act, origin] = left, now
            seconds = int((1 - left) / pace.per_second) + 1
            raise BridgeError("too_many_requests", seconds=seconds)
        self._left[act, origin] = left - 1, now

    def charge(self, act: str, origin: str, asks: int) -> None:
        """Takes more, after the fact; never below nothing."""
        left, since = self._left.get((act, origin), (float(PACES[act].burst), self._clock()))
        self._left[act, origin] = max(0.0, left - asks), since
