"""Two processes of one city are restarted in turn, and nobody before the front notices."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.load import Load, answer_of
from tests.parts.city import City, free_port
from tests.parts.front import Front
from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
PER_SECOND = 50
#: more people than ever wait at the same time
PEOPLE = 64


@dataclass(slots=True)
class Crowd:
    """People who come at a rate, whether others still wait or not. notes: kind of request and
    status of the whole answer, None when there was none."""

    port: int
    notes: list[tuple[str, int | None]] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def coming(self) -> Iterator[None]:
        """While the block runs; then all of them get their answer."""
        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            pool.submit(self._come, pool)
            try:
                yield
            finally:
                self._ending.set()

    def _come(self, pool: ThreadPoolExecutor) -> None:
        begun, load = time.monotonic(), Load(self.port, PUSH)
        number = 0
        while not self._ending.wait(max(0.0, begun + number / PER_SECOND - time.monotonic())):
            pool.submit(self._ask, load, "post" if number % 3 == 0 else "get")
            number += 1

    def _ask(self, load: Load, kind: str) -> None:
        status = None
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
                line.sendall(load.request(kind, "close"))
                status, _ = answer_of(line)
        except (OSError, ValueError):
            pass
        self.notes.append((kind, status))


def start(data: Path, port: int, front: int, fault: str, site: str = "keep") -> City:
    words = [sys.executable, "-m", "tests.crash.start", fault, site]
    address = f"http://localhost:{front}"
    return City.start(
        data, port=port, command=words, public_url=address, push__allow_loopback=[PUSH]
    )


def restart_in_turn(data: Path, fault: str, times: int) -> Crowd:
    """What people noted while the two were restarted so many times."""
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        front = stack.enter_context(Front(ports))
        cities = [start(data, ports[0], front.port, fault, "publish")]
        stack.callback(lambda: cities[0].kill())
        cities.append(start(data, ports[1], front.port, fault))
        stack.callback(lambda: cities[1].kill())
        crowd = Crowd(front.port)
        with crowd.coming():
            for turn in range(times):
                which = turn % 2
                code = cities[which].stop()
                assert code == 0 or fault != "none", cities[which].output[-2000:]
                cities[which] = start(data, ports[which], front.port, fault)
        assert front.dropped == 0
    return crowd


def followers(data: Path) -> int:
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        assert store.integrity() == []
        counter = store.get("counter.followers", "allowance")
        assert counter is not None
        return int(str(counter.data["*|*"]))


def look(data: Path, times: int) -> None:
    crowd = restart_in_turn(data, "none", times)
    seen = Counter(crowd.notes)
    assert set(seen) == {("get", 200), ("post", 201)}, "a request failed"
    assert len(crowd.notes) > PER_SECOND * times // 2, "too few came while one of the two was away"
    assert followers(data) == seen["post", 201]


def test_three_restarts_in_turn_fail_no_request_and_lose_nothing(tmp_path: Path) -> None:
    look(tmp_path / "data", times=3)


def test_a_restart_without_our_drain_is_noticed(tmp_path: Path) -> None:
    crowd = restart_in_turn(tmp_path / "data", "plain_waitress", times=4)
    assert any(status is None for _, status in crowd.notes)


@pytest.mark.soak
def test_a_hundred_restarts_in_turn_fail_no_request_and_lose_nothing(tmp_path: Path) -> None:
    look(tmp_path / "data", times=100)
