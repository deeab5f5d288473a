"""The clock of the machine."""

from __future__ import annotations

import ctypes
import os
import secrets
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from todoke.core.clock_moves import Mark

#: Linux: a number of this run of the machine, and (clock_gettime(2)) a clock that nobody can set
#: and that counts while the machine sleeps
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", None)
#: adjtimex(2): what it answers when no time server has set the clock, or a person set it since
_UNSYNCHRONISED = 5
#: larger than struct timex of any Linux; ``modes`` is its first field, 0: change nothing
_TIMEX_BYTES = 512


class Stamps:
    """Numbers that only grow, near the microseconds of a clock; threads may share it."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self, wanted: int) -> int:
        """``wanted``, or one more than the last when the clock was set back."""
        with self._lock:
            self._last = max(wanted, self._last + 1)
            return self._last

    def not_before(self, last: int) -> None:
        """All that follow are larger than ``last``."""
        with self._lock:
            self._last = max(self._last, last)


class SystemClock:
    """Implements ``ports.Clock`` with the time of the operating system."""

    def __init__(self) -> None:
        self._stamps = Stamps()
        self._run = _this_run()

    def now(self) -> datetime:
        """Aware datetime in UTC."""
        return datetime.now(UTC)

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""
        return int(time.time())

    def stamp(self) -> int:
        """See ``ports.Clock.stamp``."""
        return self._stamps.next(self.unix() * 1_000_000 + self.now().microsecond)

    def not_before(self, stamp: int) -> None:
        """See ``ports.Clock.not_before``."""
        self._stamps.not_before(stamp)

    def mark(self) -> Mark:
        """See ``ports.Clock.mark``. Without Linux each process is a run of its own."""
        steady = time.monotonic() if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)
        return Mark(self.unix(), self._run, int(steady))

    def follows_a_server(self) -> bool:
        """See ``ports.Clock.follows_a_server``: the kernel knows, and forgets it when a person
        sets the clock. What cannot be asked is "no"."""
        with suppress(OSError, AttributeError):
            answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
            return bool(0 <= answer < _UNSYNCHRONISED)
        return False


def _this_run() -> str:
    if _SINCE_BOOT is not None:
        with suppress(OSError):
            return _BOOT_ID.read_text("ascii").strip()
    return f"process-{os.getpid()}-{secrets.token_hex(8)}"
