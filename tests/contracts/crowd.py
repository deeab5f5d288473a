"""Many at once: threads of this process, and processes of their own that start together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.contracts.backends import Place

ROOT = Path(__file__).resolve().parents[2]


def threads(count: int, act: Callable[[int], Any]) -> list[Any]:
    """``act(0) … act(count-1)``, all let loose at the same moment; their results in order.
    An exception of one is raised here."""
    gate = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = act(number)
        except BaseException as error:
            results[number] = error

    crew = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def processes(place: Place[Any], act: str, each: Sequence[object]) -> list[Any]:
    """One process per argument doing ``act`` of ``worker.py`` on the same backend, started
    together; what each printed as JSON."""
    crew = [start(place, act, argument) for argument in each]
    for child in crew:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in crew:
        go(child)
    return [finish(child) for child in crew]


def start(place: Place[Any], act: str, argument: object) -> subprocess.Popen[str]:
    """One worker, imported and opened, waiting to be told to go."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.contracts.worker"),
            *(place.port, place.backend, str(place.folder), act, json.dumps(argument)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(child: subprocess.Popen[str]) -> None:
    """Let a worker begin."""
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def finish(child: subprocess.Popen[str]) -> Any:
    """Wait for a worker; what it found."""
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    return json.loads(output)
