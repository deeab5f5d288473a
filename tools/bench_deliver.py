"""A notice on its way: through store, queue, processes and engine to a sink over TLS."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.hostile_push import Certificates
from tools.bench_push import least
from tools.bench_run import pss_megabytes
from tools.figure import Figure, rate_everywhere, slowest, versions
from tools.sending_city import HOSTS

MANY, SMALL = 100_000, 1000
ROUNDS = 3
#: of the least there is to compute, on each processor: about half a second
LIMIT_TIMES = 4000
#: notices of ``deliver.first_push``
NOTICES = 200
#: what the pipeline may hold in memory, all processes together
MEGABYTES = 200.0
FIRST_PUSH_MILLISECONDS = 5000.0


def deliver_100k() -> Iterator[Figure]:
    """Messages per core-second of all our processes, from approval until the notice is sent to
    100,000 followers, beside the least there is to compute, on all processors at once as well; and
    the memory it took."""
    ours, limits, memory = [], [], []
    with _sinks() as folder:
        _fill(folder, "nursery", MANY)
        for _ in range(ROUNDS):
            limits.append(rate_everywhere(least, LIMIT_TIMES))
            with _city(folder) as city, _watching(city.process.pid) as peak:
                city.send("nursery")
            ours.append(MANY / city.core_seconds)
            memory.append(max(peak))
    found = versions("cryptography")
    yield Figure(
        "deliver.100k", "messages/core-second",
        "one P-256 key generation and one exchange (cryptography) on every processor",
        ours, limits, found,
    )  # fmt: skip
    yield Figure("deliver.100k_mb", "MB", "our own limit", memory, [MEGABYTES] * ROUNDS, found)


def deliver_first_push() -> Iterator[Figure]:
    """The slowest 1 % of 200 notices to 1,000 followers, from approval to the first message at the
    push service: on a quiet city, and while a notice to 100,000 goes out."""
    quiet, busy = [], []
    with _sinks() as folder:
        _fill(folder, "allowance", SMALL)
        _fill(folder, "nursery", MANY)
        for _ in range(ROUNDS):
            with _city(folder) as city:
                quiet.append(slowest([city.first_push() for _ in range(NOTICES // ROUNDS + 1)]))
            with _city(folder) as city:
                busy.append(slowest(list(_while_busy(city))))
    limit = [FIRST_PUSH_MILLISECONDS] * ROUNDS
    yield Figure("deliver.first_push", "ms (p99)", "our own limit", quiet, limit, versions())
    yield Figure("deliver.first_push_busy", "ms (p99)", "our own limit", busy, limit, versions())


def _while_busy(city: _City) -> Iterator[float]:
    large = ""
    for _ in range(NOTICES // ROUNDS + 1):
        if not large or city.state(large) == "sent":
            large = str(city.ask("announce nursery")["notice"])
        yield city.first_push()
    city.wait_until_sent(large)


# ------------------------------------------------------------------------- parts
@dataclass(slots=True)
class _City:
    """core_seconds: of all its processes, known when it has ended."""

    process: subprocess.Popen[str]
    sink: subprocess.Popen[str]
    core_seconds: float = 0.0

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def state(self, notice: str) -> str:
        return str(self.ask(f"state {notice}")["state"])

    def send(self, topic: str) -> None:
        self.wait_until_sent(str(self.ask(f"announce {topic}")["notice"]))

    def wait_until_sent(self, notice: str) -> None:
        while self.state(notice) != "sent":
            time.sleep(0.1)

    def first_push(self) -> float:
        """Seconds from the approval of a small notice to its first message."""
        _first_arrival(self.sink)
        told = self.ask("announce allowance")
        self.wait_until_sent(str(told["notice"]))
        return _first_arrival(self.sink) - float(told["approved"])


@contextlib.contextmanager
def _city(folder: Path) -> Iterator[_City]:
    command = [sys.executable, "-m", "tools.sending_city", "serve", str(folder)]
    log = (folder / "log").open("ab")
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout
    process.stdout.readline()
    city = _City(process, _SINKS["allowance"])
    try:
        yield city
        last, _ = process.communicate(timeout=120)
        city.core_seconds = float(json.loads(last)["core_seconds"])
    finally:
        process.kill()
        log.close()


_SINKS: dict[str, subprocess.Popen[str]] = {}


@contextlib.contextmanager
def _sinks() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder, ports = Path(name), {}
        trust = Certificates(folder)
        (folder / "ca.pem").write_bytes(trust.authority_pem)
        for topic, host in HOSTS.items():
            trust.serving(host)
            process = subprocess.Popen(
                [sys.executable, "-m", "tools.http2_sink", str(folder / f"{host}.pem")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            stack.callback(process.communicate, timeout=20)
            assert process.stdout
            ports[host], _SINKS[topic] = int(process.stdout.readline()), process
        (folder / "ports.json").write_text(json.dumps(ports), "utf-8")
        yield folder


def _first_arrival(sink: subprocess.Popen[str]) -> float:
    """When the first message arrived since it was last asked, on the clock of ``monotonic``."""
    assert sink.stdin
    assert sink.stdout
    sink.stdin.write("first\n")
    sink.stdin.flush()
    return float(sink.stdout.readline())


def _fill(folder: Path, topic: str, number: int) -> None:
    command = [sys.executable, "-m", "tools.sending_city", "fill", str(folder), topic, str(number)]
    subprocess.run(command, check=True)


@contextlib.contextmanager
def _watching(process: int) -> Iterator[list[float]]:
    """Memory of a process and its children, looked at several times a second."""
    seen, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            with contextlib.suppress(OSError, RuntimeError):  # one of them has just ended
                seen.append(pss_megabytes(process))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
