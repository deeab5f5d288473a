"""What a measured figure is made of: its line, the versions it was measured with, rates.

Every figure comes from at least three rounds in which we and the peer take turns (so a slow
moment of the machine hits both), the median is told and the raw rounds stand beside it. Work
is measured in core-seconds (user + system, ``getrusage``), waiting in seconds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import resource
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version

ROUNDS = 5
#: acts of one round: long enough for getrusage's clock, short enough to take turns
TIMES = 400


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


def rate(act: Callable[[], object], times: int = TIMES) -> float:
    """Times per core-second."""
    act()
    before = core_seconds()
    for _ in range(times):
        act()
    return times / (core_seconds() - before)


def rate_everywhere(act: Callable[[], object], times: int) -> float:
    """The same while every processor computes it at once: what one of them is worth when none is
    idle (two of them may share one core)."""
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        return statistics.mean(pool.map(rate, [act] * cores, [times] * cores))


def core_seconds() -> float:
    """What this process has computed so far, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def slowest(seconds: Sequence[float], share: float = 0.99) -> float:
    """The time within which this share was answered (nearest rank), in milliseconds."""
    ranked = sorted(seconds)
    return 1000 * ranked[max(0, -(-len(ranked) * round(share * 1000) // 1000) - 1)]
