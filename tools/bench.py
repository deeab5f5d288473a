"""Measured figures as JSON lines: ``python -m tools.bench [PREFIX]``, or ``make bench ONLY=…``.

Every figure comes from at least three rounds in which we and the peer take turns (so a slow
moment of the machine hits both), the median is told and the raw rounds stand beside it. Work
is measured in core-seconds (user + system, ``getrusage``), waiting in seconds.
"""

from __future__ import annotations

import json
import platform
import resource
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.parts.city import free_port
from todoke.core.push_message import PADDED, seal

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
#: messages of one round: long enough for getrusage's clock, short enough to take turns
MESSAGES = 400
#: what a village PC should not have to exceed
READY_SECONDS = 3.0
IDLE_MEGABYTES = 120.0
#: long enough for every thread to have run and for the first collections
IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. ours, peers: the value of each round. ratio is ours / peer."""

    name: str
    unit: str
    peer: str
    ours: Sequence[float]
    peers: Sequence[float]
    versions: Mapping[str, str]

    def line(self) -> str:
        """As JSON."""
        value, peer_value = statistics.median(self.ours), statistics.median(self.peers)
        shown = {
            "name": self.name,
            "value": round(value, 3),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": round(peer_value, 3),
            "ratio": round(value / peer_value, 4),
            "rounds": len(self.ours),
            "versions": dict(self.versions),
            "raw": {"ours": [round(v, 3) for v in self.ours],
                    "peer": [round(v, 3) for v in self.peers]},
        }  # fmt: skip
        return json.dumps(shown, ensure_ascii=False)


def versions(*packages: str) -> dict[str, str]:
    """Versions of what was measured, for the line."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    return found | {name: version(name) for name in ("todoke", *packages)}


# ------------------------------------------------------------------------- the running city
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
            ours.append(_pss_megabytes(city.process.pid))
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


def _pss_megabytes(pid: int) -> float:
    """Linux: smaps_rollup counts a shared page in parts; where it is missing, the resident
    size of status (which counts shared pages whole)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    path, mark = (rollup, "Pss:") if rollup.exists() else (Path(f"/proc/{pid}/status"), "VmRSS:")
    for line in path.read_text("ascii").splitlines():
        if line.startswith(mark):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell the memory of a process")


# ------------------------------------------------------------------------- push messages
def push_seal() -> Iterator[Figure]:
    """Messages sealed per core-second, against the least that RFC 8291 asks for (one key pair
    and one exchange), and against http_ece, which pywebpush uses."""
    browser = ec.generate_private_key(ec.SECP256R1())
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    auth, text = secrets.token_bytes(16), secrets.token_bytes(300)
    ours, limits, peers = [], [], []
    for _ in range(ROUNDS):
        ours.append(_rate(lambda: seal(text, point, auth)))
        limits.append(_rate(lambda: _least(point)))
        peers.append(_rate(lambda: _http_ece(text, point, auth)))
    found = versions("cryptography", "http-ece", "pywebpush")
    yield Figure(
        "push.seal_vs_limit", "messages/core-second",
        "one P-256 key generation and one exchange (cryptography)", ours, limits, found,
    )  # fmt: skip
    yield Figure(
        "push.seal_vs_http_ece", "messages/core-second",
        "http_ece.encrypt, aes128gcm, padded to the same length", ours, peers, found,
    )  # fmt: skip


def _rate(act: Callable[[], object], times: int = MESSAGES) -> float:
    """Times per core-second."""
    act()
    before = _core_seconds()
    for _ in range(times):
        act()
    return times / (_core_seconds() - before)


def _core_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _least(point: bytes) -> bytes:
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), theirs)


def _http_ece(text: bytes, point: bytes, auth: bytes) -> bytes:
    import http_ece  # type: ignore[import-untyped]

    # pywebpush makes a key for each message and gives it to http_ece like this
    key = ec.generate_private_key(ec.SECP256R1())
    padded = text + bytes(PADDED - 1 - len(text))
    sealed: bytes = http_ece.encrypt(
        padded, salt=secrets.token_bytes(16), private_key=key, dh=point, auth_secret=auth
    )
    return sealed


FIGURES: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "run.ready": run_ready,
    "run.idle_mb": run_idle_mb,
    "push.seal": push_seal,
}


def main(prefix: str) -> int:
    """Prints the lines of every figure whose name starts with the prefix."""
    printed = 0
    for name, measure in FIGURES.items():
        if name.startswith(prefix) or prefix.startswith(name):
            for figure in measure():
                if figure.name.startswith(prefix):
                    print(figure.line(), flush=True)
                    printed += 1
    if not printed:
        print(f"no figure starts with {prefix!r}: {', '.join(FIGURES)}", file=sys.stderr)
    return 0 if printed else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
