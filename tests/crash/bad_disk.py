"""A disk that fails every seventh time: strace lets calls of a running city come back with an
error, and the city cannot tell that from a disk that does it.

SQLite writes with pwrite64 and everything that is to last ends with fsync or fdatasync, so those
three fail; a plain write(2) would hit pipes and logs, which no disk can fail.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.crash.kills import Plan
from tests.parts.city import City
from tests.parts.waiting import wait_for

CALLS = "pwrite64,fsync,fdatasync"
#: of each thread, counted for each call by itself
EVERY = 7
#: how long a spell lasts, and the rest between two
SPELL_SECONDS, REST_SECONDS = 1.5, 0.5


@contextmanager
def failing(city: City, error: str, every: int = EVERY) -> Iterator[None]:
    """While the block runs, every so manieth write of the city comes back with this error."""
    process = subprocess.Popen(
        ["strace", "-f", "-p", str(city.process.pid), "-o", "/dev/null", "-e", f"trace={CALLS}",
         "-e", f"inject={CALLS}:error={error}:when={every}+{every}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: _is_traced(city, process), "strace to be attached")
        yield
    finally:
        process.terminate()
        process.wait(60)


def _is_traced(city: City, tracer: subprocess.Popen[bytes]) -> bool:
    assert tracer.poll() is None, "strace could not be attached: may this user trace processes?"
    with open(f"/proc/{city.process.pid}/status", encoding="ascii") as file:  # noqa: PTH123
        return any(line.split() == ["TracerPid:", str(tracer.pid)] for line in file)


@dataclass(frozen=True, slots=True)
class BadDisk(Plan):
    """Not killed: its disk fails for a while, again and again. kills: how many spells."""

    error: str = "EIO"

    @property
    def least(self) -> int:
        """A spell is two seconds, of which most acts take several."""
        return self.kills // 8

    def torment(self, city: City, start: Callable[..., City], first_start: float) -> City:
        """The very same city; it must not have ended, nor met anything it did not know."""
        city.wait_until_healthy()
        try:
            for _ in range(self.kills):
                with failing(city, self.error):
                    time.sleep(SPELL_SECONDS)
                time.sleep(REST_SECONDS)
                assert city.process.poll() is None, city.output[-3000:]
            said = city.output
            assert '"defect"' not in said, said[-3000:]
            assert "request_failed" in said, "the disk never failed"
        except BaseException:
            city.kill()
            raise
        return city
