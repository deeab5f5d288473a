"""Somebody who does nothing beside a measured act, and so knows when the machine stood still.

A rented machine takes its processors away for parts of a second; an act that waits meanwhile
is late by no fault of ours. One bystander is tied to each processor, before everybody else in
its queue (SCHED_FIFO where that is allowed, so our own work cannot make it late), sleeps five
milliseconds at a time and writes down when it woke too late. What it saw can be taken out of
what we measured; the measured time itself is told beside it, always.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

SLEEP = 0.005
#: later than this is no scheduling any more
LATE = 0.005

Stall = tuple[float, float]


@contextlib.contextmanager
def watching() -> Iterator[list[Stall]]:
    """The stalls of any processor while the block ran, as begin and end on the clock of
    ``time.perf_counter`` (CLOCK_MONOTONIC, the same in all processes); filled at its end."""
    seen: list[Stall] = []
    all_ = [_start(cpu) for cpu in sorted(os.sched_getaffinity(0))]
    try:
        yield seen
    finally:
        told = [json.loads(each.communicate(timeout=10)[0]) for each in all_]
    seen += _joined([(begin, end) for each in told for begin, end in each])


def without(begin: float, end: float, stalls: Sequence[Stall]) -> float:
    """Seconds from begin to end in which the machine ran."""
    return (end - begin) - sum(max(0.0, min(end, to) - max(begin, at)) for at, to in stalls)


def _start(cpu: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tools.bystander", str(cpu)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)  # it watches
    return process


def _joined(stalls: list[Stall]) -> list[Stall]:
    """Without overlaps, in order."""
    found: list[Stall] = []
    for begin, end in sorted(stalls):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _watch(cpu: int) -> None:
    os.sched_setaffinity(0, {cpu})
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    over = threading.Event()
    threading.Thread(target=_until_told, args=(over,), daemon=True).start()
    print(" ", end="", flush=True)
    stalls = []
    while not over.is_set():
        due = time.perf_counter() + SLEEP
        time.sleep(SLEEP)
        woke = time.perf_counter()
        if woke - due > LATE:
            stalls.append((due, woke))
    print(json.dumps(stalls))


def _until_told(over: threading.Event) -> None:
    sys.stdin.read()  # until it is closed
    over.set()


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
