"""The running city: how soon it answers, and what it takes of the machine when idle."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parts.city import free_port
from tools.figure import Figure, versions

ROOT = Path(__file__).resolve().parents[1]
#: what a village PC should not have to exceed
READY_SECONDS = 3.0
IDLE_MEGABYTES = 120.0
#: long enough for every thread to have run and for the first collections
IDLE_SECONDS = 5.0


def run_ready() -> Iterator[Figure]:
    """Seconds from the start of ``todoke serve`` in a fresh data folder until /healthz says
    200 (the first publication of the demonstration city included)."""
    ours = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, _serving(Path(folder) / "data") as city:
            ours.append(city.ready)
    limit = [READY_SECONDS] * len(ours)
    yield Figure("run.ready", "s", "our own limit", ours, limit, versions("flask", "waitress"))


def run_idle_mb() -> Iterator[Figure]:
    """Proportional memory (PSS) of the serving process, its children included, when idle."""
    ours = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, _serving(Path(folder) / "data") as city:
            time.sleep(IDLE_SECONDS)
            ours.append(pss_megabytes(city.process.pid))
    limit = [IDLE_MEGABYTES] * len(ours)
    yield Figure("run.idle_mb", "MB", "our own limit", ours, limit, versions("flask"))


@dataclass(frozen=True, slots=True)
class _City:
    process: subprocess.Popen[bytes]
    ready: float


@contextmanager
def _serving(data: Path) -> Iterator[_City]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("todoke")), "serve"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port), "--data", str(data)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _healthy(port):
            if process.poll() is not None or time.perf_counter() > start + 60:
                raise RuntimeError("todoke serve did not become ready")
            time.sleep(0.01)
        yield _City(process, time.perf_counter() - start)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _healthy(port: int) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/healthz", headers={"Host": f"localhost:{port}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def pss_megabytes(pid: int) -> float:
    """Of a process and its children. Linux: smaps_rollup counts a shared page in parts; where
    it is missing, the resident size of status (which counts shared pages whole)."""
    children = {
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text("ascii").split()
    }
    return _own_megabytes(pid) + sum(map(pss_megabytes, children))


def _own_megabytes(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    path, mark = (rollup, "Pss:") if rollup.exists() else (Path(f"/proc/{pid}/status"), "VmRSS:")
    for line in path.read_text("ascii").splitlines():
        if line.startswith(mark):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell the memory of a process")
