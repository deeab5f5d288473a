"""Five times as many as the city can serve: memory stays bounded, who is refused is told when to
come again, what was accepted is there, and afterwards everything is as before."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.load import Load
from tests.crash.start import NARROW_PER_SECOND
from tests.crash.witness import Host
from tests.parts.city import City
from tests.parts.waiting import wait_for
from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore
from todoke.entry.server import CONNECTIONS

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
TIMES = 5
#: every so many-th writes; the others read
WRITES = 8
#: every so many-th asks whether the city is alive, and must be told at any time
WATCHES = 40
SERVED = {("read", 200, False), ("get", 200, False), ("post", 201, False)}
#: ends a hang; nobody waits for so long
HANG_SECONDS = 60
#: promised; it ends a hang too
RECOVERY_SECONDS = 10


@dataclass(slots=True)
class Wave:
    """People who come whether others wait or not. most_waiting: at any one moment. memory: kB of
    the server, highest of all looks. answers: (kind, status, whether it says when to come again),
    status 0 without a whole answer."""

    city: City
    answers: Counter[tuple[str, int, bool]] = field(default_factory=Counter)
    waiting: int = 0
    most_waiting: int = 0
    memory: int = 0

    def come(self, per_second: int, seconds: float) -> None:
        """So many a second for so long, or until more wait than the city has room for; then all
        of them get their answers."""
        asyncio.run(self._come(per_second, int(per_second * seconds)))

    async def _come(self, per_second: int, many: int) -> None:
        loop, load = asyncio.get_running_loop(), Load(self.city.port, PUSH)
        begun, coming = loop.time(), []
        for number in range(many):
            await asyncio.sleep(max(0.0, begun + number / per_second - loop.time()))
            kind = "read" if number % WRITES else "post"
            kind = "get" if number % WATCHES == 1 else kind
            coming.append(loop.create_task(self._ask(kind, load.request(kind, "close"))))
            self.waiting += 1
            self.most_waiting = max(self.most_waiting, self.waiting)
            if number % per_second == 0:
                self.memory = max(self.memory, resident_kilobytes(self.city))
            if self.waiting > CONNECTIONS:
                self.city.kill()  # seen enough, and nobody is to wait for the rest
                break
        await asyncio.gather(*coming)

    async def _ask(self, kind: str, request: bytes) -> None:
        status, told, writer = 0, False, None
        try:
            async with asyncio.timeout(HANG_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.city.port)
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.read()
                status, told = int(head.split()[1]), b"\r\nretry-after: 5\r\n" in head
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        self.waiting -= 1
        self.answers[kind, status, told] += 1


def resident_kilobytes(city: City) -> int:
    lines = Path(f"/proc/{city.process.pid}/status").read_text("ascii").splitlines()
    (found,) = [each.split()[1] for each in lines if each.startswith("VmRSS:")]
    return int(found)


def start(data: Path, fault: str) -> City:
    words = [sys.executable, "-m", "tests.crash.start", fault, "publish"]
    return City.start(data, command=words, push__allow_loopback=[PUSH])


def look(data: Path, seconds: float) -> None:
    with start(data, "narrow") as city:
        usual = Wave(city)
        usual.come(NARROW_PER_SECOND // 2, 3)
        assert set(usual.answers) == SERVED
        wave = Wave(city)
        wave.come(TIMES * NARROW_PER_SECOND, seconds)
        assert wave.most_waiting < CONNECTIONS, "people wait outside the door"
        assert set(wave.answers) <= {*SERVED, ("read", 503, True), ("post", 503, True)}
        served = sum(wave.answers[each] for each in SERVED)
        refused = wave.answers.total() - served
        assert refused > wave.answers.total() // 3, "this was no crowd"
        assert served > NARROW_PER_SECOND * seconds // 3, "it hardly served anybody"
        assert wave.memory <= 1.5 * usual.memory
        portal = Host("localhost", city.port)
        wait_for(lambda: _is_served(portal), "the city to serve again", RECOVERY_SECONDS)
        after = Wave(city)
        after.come(NARROW_PER_SECOND // 2, 2)
        assert set(after.answers) == SERVED
        assert '"overloaded"' in city.output
    assert city.process.returncode == 0
    accepted = sum(each.answers["post", 201, False] for each in (usual, wave, after))
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        assert store.integrity() == []
        counter = store.get("counter.followers", "allowance")
        assert counter is not None
        assert counter.data["*|*"] == accepted


def _is_served(portal: Host) -> bool:
    answer = portal.call("GET", "/healthz")
    return answer is not None and answer.status == 200


def test_five_times_the_load_is_refused_plainly_and_loses_nothing_accepted(tmp_path: Path) -> None:
    look(tmp_path / "data", seconds=10)


def test_a_city_that_lets_everybody_wait_is_noticed(tmp_path: Path) -> None:
    with start(tmp_path / "data", "patient") as city:
        wave = Wave(city)
        wave.come(TIMES * NARROW_PER_SECOND, 10)
        assert wave.most_waiting > CONNECTIONS


@pytest.mark.soak
def test_a_minute_at_five_times_the_load_does_no_harm_either(tmp_path: Path) -> None:
    look(tmp_path / "data", seconds=60)
