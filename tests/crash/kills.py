"""Kills a city again and again while a witness, in a process of its own, uses it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.city import ROOT, City


@dataclass(frozen=True, slots=True)
class Plan:
    """fault: of ``start.py``. kills: how many. seed: of every random moment. longest: how long a
    server may live before it is killed, as a share of what the first start of the run took: so
    as much happens in a life on a slow machine as on a fast one."""

    fault: str
    kills: int
    seed: int
    longest: float = 0.25

    @property
    def least(self) -> int:
        """Acts of each kind without which a run proves nothing."""
        return self.kills // 4

    def torment(self, city: City, start: Callable[..., City], first_start: float) -> City:
        """Kills it again and again; the last one that was started. first_start: seconds."""
        luck = random.Random(self.seed)
        for turn in range(self.kills):
            if turn % 4 == 3:
                # every fourth starts like the product and dies wherever it is in its start
                time.sleep(luck.uniform(0, 2.0))
            else:
                city.wait_until_healthy()
                time.sleep(luck.uniform(0, self.longest * first_start))
            city.kill()
            city = start(wait=False, site="publish" if turn % 4 == 2 else "keep")
        return city

    def start(
        self, data: Path, port: int, *, wait: bool = True, site: str = "publish", **settings: Any
    ) -> City:
        """The city, with the fault. site: "publish" or "keep" (``start.py``)."""
        command = [sys.executable, "-m", "tests.crash.start", self.fault, site]
        return City.start(data, port=port, command=command, wait=wait, **settings)


def live_and_die(
    plan: Plan, start: Callable[..., City], module: str, told: Callable[[City], Mapping[str, Any]]
) -> dict[str, Any]:
    """Carries the plan out; what the witness reports. start: with ``wait`` and ``site``.
    module: the witness. told: what it is told, once the first city runs."""
    began = time.monotonic()
    city = start()
    took = time.monotonic() - began
    with _witness(module, told(city)) as witness:
        city = plan.torment(city, start, took)
        city.wait_until_healthy()
        assert witness.stdin is not None
        assert witness.stdout is not None
        witness.stdin.write("that is all\n")
        witness.stdin.flush()
        report: dict[str, Any] = json.loads(witness.stdout.readline())
    # what the last answers promised must outlive a last death too
    city.kill()
    return report


@contextmanager
def _witness(module: str, told: Mapping[str, Any]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
