"""SIGTERM under load drops no request, and slow clients keep nobody waiting."""

from __future__ import annotations

import random
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crash.load import Load, Note
from tests.parts.city import City

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
PEOPLE, RUSH = 8, 12
SLOW_CLIENTS = 150


def start(data: Path, fault: str = "none", site: str = "keep") -> City:
    command = [sys.executable, "-m", "tests.crash.start", fault, site]
    return City.start(data, command=command, push__allow_loopback=[PUSH])


def stop_under_load(data: Path, fault: str, luck: random.Random) -> list[Note]:
    """One round: people come and go, a rush comes, and SIGTERM with it. The notes of those
    who were dropped."""
    with start(data, fault) as city:
        load = Load(city.port, PUSH).start(PEOPLE)
        time.sleep(luck.uniform(0.1, 0.3))
        load.rush(RUSH)
        city.process.send_signal(signal.SIGTERM)
        code = city.process.wait(60)
        notes = load.end()
        assert code == 0, city.output[-2000:]
    assert {each.kind for each in notes} == {"get", "post", "kept"}
    assert len(notes) > RUSH
    return load.dropped()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose site is published, so that the rounds start quickly."""
    data = tmp_path_factory.mktemp("stop") / "data"
    with start(data, site="publish"):
        return data


def test_a_stop_under_load_drops_no_request(published: Path) -> None:
    luck = random.Random(20)
    for round in range(20):
        assert stop_under_load(published, "none", luck) == [], f"round {round}"


def test_a_server_without_our_drain_is_noticed(published: Path) -> None:
    luck = random.Random(3)
    assert any(stop_under_load(published, "plain_waitress", luck) for _ in range(5))


def slow_clients(stack: ExitStack, city: City) -> list[socket.socket]:
    """Connections that have begun a request and go on by one byte at a time."""
    lines = []
    for _ in range(SLOW_CLIENTS):
        line = socket.create_connection(("127.0.0.1", city.port), timeout=20)
        stack.callback(line.close)
        line.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost:{city.port}\r\nX-Slow: ".encode())
        lines.append(line)
    return lines


def healthy(city: City, seconds: float) -> bool:
    """Whether /healthz answers a newcomer."""
    request = f"GET /healthz HTTP/1.1\r\nHost: localhost:{city.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", city.port), timeout=seconds) as line:
        line.sendall(request.encode())
        try:
            return b" 200 " in line.recv(100)
        except TimeoutError:
            return False


def test_a_hundred_and_fifty_slow_clients_keep_nobody_waiting(published: Path) -> None:
    with ExitStack() as stack, start(published) as city:
        lines = slow_clients(stack, city)
        for _ in range(10):
            assert healthy(city, seconds=20)
            for line in lines:
                line.sendall(b"x")


def test_a_server_that_slow_clients_can_block_is_noticed(published: Path) -> None:
    with ExitStack() as stack, start(published, "plain_waitress") as city:
        slow_clients(stack, city)
        assert not healthy(city, seconds=3)
