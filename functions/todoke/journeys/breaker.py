"""The breaker of each push service: when it refuses or fails everything, stop asking.

A wave of 401/403 means our own VAPID key is not believed, not that anybody left: services
that removed subscriptions on it lost all of them. So nobody is removed, and the deliveries
wait.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from todoke.ports import MAX_COMMIT_WRITES, Json, Put, Record, Services

LOG = logging.getLogger("todoke.breaker")
#: so many failures in a row are the service, not a subscription
IN_A_ROW = 5
#: so many refusals in a row, when the last hour saw accepted messages, are our key. More
#: than of failures: a stranger can follow with subscriptions made for another key
REFUSED_IN_A_ROW = 20
#: a person must mend a key; asking every ten minutes notices when she has
VAPID_SECONDS = 600
#: an outage often ends within a minute, and nobody should wait for more than one afterwards: with
#: the spread of retries (core/delivery.py) that leaves this
UNAVAILABLE_SECONDS = 40
#: so long after such a pause one failure shows that the outage goes on
STILL_DOWN_SECONDS = 600
#: within this time after an accepted message, one refusal proves nothing about our key:
#: anybody can follow with a subscription made for somebody else's key
LATELY_SECONDS = 3600
#: how exact ``accepted_at`` is kept, to save a write per page
ACCEPTED_STEP = 600
KEEP_SECONDS = 30 * 24 * 3600


def is_open(until: int, now: int) -> bool:
    """Whether nothing is sent at present. A breaker that is open for longer than any may be was
    opened before the clock was set back."""
    return now < until <= now + VAPID_SECONDS


@dataclass(slots=True)
class _Line:
    """What is known of one origin. failed: theirs, in a row, in this page only."""

    open_until: int = 0
    reason: str = ""
    refused: int = 0
    accepted_at: int = 0
    failed: int = 0
    changed: bool = False


class Breakers:
    """The push services one page (or one retry) talks to; its threads share it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}

    def open_until(self, origin: str) -> int:
        """Until when nothing is sent there (unix seconds); 0 when messages may go."""
        with self._lock:
            until = self._line(origin).open_until
            return until if until and is_open(until, self._services.clock.unix()) else 0

    def saw(self, origin: str, outcome: str) -> None:
        """Takes note of an answer; opens the breaker, durably and at once, when it must."""
        if outcome == "blocked":
            return  # our own guard's answer, not theirs
        now = self._services.clock.unix()
        with self._lock:
            line = self._line(origin)
            if outcome == "refused":
                line.refused, line.changed = line.refused + 1, True
                first = line.accepted_at <= now - LATELY_SECONDS
                if first or line.refused >= REFUSED_IN_A_ROW:
                    self._open(origin, line, "vapid", now + VAPID_SECONDS)
            elif outcome == "later":
                line.failed += 1
                if line.failed >= IN_A_ROW or _is_still_down(line, now):
                    self._open(origin, line, "unavailable", now + UNAVAILABLE_SECONDS)
            else:  # any answer shows that it works; an accepted one that it believes us
                line.failed = 0
                if line.reason == "unavailable" and 0 < line.open_until <= now:
                    line.open_until, line.changed = 0, True
                if outcome == "accepted":
                    self._believed(line, now)

    def keep(self) -> None:
        """Keeps what the next page should know. A commit of its own: there may be as many
        origins as messages (each WNS region is one)."""
        with self._lock:
            changed = [each for each, line in self._lines.items() if line.changed]
            for first in range(0, len(changed), MAX_COMMIT_WRITES):
                part = changed[first : first + MAX_COMMIT_WRITES]
                self._services.store.commit([self._put(each) for each in part])
            for each in changed:
                self._lines[each].changed = False

    def _believed(self, line: _Line, now: int) -> None:
        if line.reason == "vapid" and line.open_until > now:
            # under way while another was refused, and accepted: so it was not our key, and
            # one stranger's subscription must not hold up everybody else's
            line.open_until, line.changed = 0, True
        if line.refused or line.accepted_at <= now - ACCEPTED_STEP:
            line.refused, line.accepted_at, line.changed = 0, now, True

    def _line(self, origin: str) -> _Line:
        line = self._lines.get(origin)
        if line is None:
            record = self._services.store.get("breaker", origin)
            line = self._lines[origin] = _read(record) if record else _Line()
        return line

    def _open(self, origin: str, line: _Line, reason: str, until: int) -> None:
        if line.open_until >= until:
            return
        line.open_until, line.reason, line.changed = until, reason, False
        LOG.warning("breaker_opened", extra={"origin": origin, "reason": reason})
        self._services.store.commit([self._put(origin)])

    def _put(self, origin: str) -> Put:
        line = self._lines[origin]
        data: dict[str, Json] = {
            "origin": origin,
            "reason": line.reason,
            "open_until": line.open_until,
            "refused": line.refused,
            "accepted_at": line.accepted_at,
            "all": "all",
        }
        until = max(line.open_until, self._services.clock.unix()) + KEEP_SECONDS
        return Put(Record("breaker", origin, data, expires_at=until))


def _is_still_down(line: _Line, now: int) -> bool:
    """Whether this is the first answer after a pause that an outage made: each message that is
    tried again comes alone, and would never be the fifth failure in a row."""
    return line.reason == "unavailable" and 0 <= now - line.open_until < STILL_DOWN_SECONDS


def _read(record: Record) -> _Line:
    def number(name: str) -> int:
        value = record.data.get(name)
        return value if isinstance(value, int) else 0

    return _Line(
        number("open_until"), str(record.data["reason"]), number("refused"), number("accepted_at")
    )
