"""The store while a large import runs: how long citizens wait, and how fast the rows come in."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from tests.parts.payer import CASHIER, Payer, csv, row
from todoke.adapters.clock import SystemClock
from todoke.journeys import batches, bills
from todoke.ports import MAX_COMMIT_WRITES, Create, Json, Record, Services
from tools.figure import Figure, slowest, versions
from tools.open_loop import PER_SECOND, Waits, waits

#: the target: 99 of 100 citizens wait no longer while 100,000 rows go in
LIMIT_MS = 100.0
#: four rows each
LINES = 25_000
ROUNDS = 3
#: citizens of one look, and looks at the store before the import begins
CITIZENS = 250
LOOKS_BEFORE = 2
#: commits of visible groups beside which the rows of a batch are told
GROUPS = 50


def batch_beside_citizens() -> Iterator[Figure]:
    """99 of 100 commits of citizens, who come at a steady rate, while an import of 100,000 rows
    runs in a worker of the same process: beside our own limit, beside the same without an import,
    and without the moments in which the machine stood still; and rows per second with the rests,
    beside bare groups of 90 without rests and without anybody waiting."""
    during, before, awake, rows, groups = [], [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            services = replace(Payer.open(Path(folder)).services, clock=SystemClock())
            citizen = _citizen(services)
            calm = [waits([citizen] * CITIZENS) for _ in range(LOOKS_BEFORE)]
            beside, rate = _import_beside(services, citizen)
            before.append(_slowest(calm))
            during.append(_slowest(beside))
            awake.append(slowest([each for one in beside for each in one.awake]))
            rows.append(rate)
            groups.append(_bare_groups(services))
    name, unit, known = "store.batch_beside_citizens", f"ms p99 at {PER_SECOND}/s", versions()
    limits = [LIMIT_MS] * ROUNDS
    yield Figure(name, unit, "our own limit", during, limits, known)
    yield Figure(f"{name}_awake", f"{unit}, stalls out", "our own limit", awake, limits, known)
    yield Figure(f"{name}_vs_calm", unit, "the same without an import", during, before, known)
    yield Figure(
        f"{name}_rows", "rows/s", "groups of 90 without rest or citizens", rows, groups, known
    )


def _slowest(looks: Sequence[Waits]) -> float:
    return slowest([each for one in looks for each in one.all])


def _citizen(services: Services) -> Callable[[], None]:
    """Somebody follows a topic: one commit."""
    numbers = count()

    def follow() -> None:
        services.store.commit([_followed(f"f{next(numbers)}")])

    return follow


def _followed(id: str) -> Create:
    data: dict[str, Json] = {"topic": "t", "subscription": id, "cohorts": [2024], "since": 1}
    return Create(Record("follow", id, data))


def _import_beside(
    services: Services, citizen: Callable[[], None]
) -> tuple[Sequence[Waits], float]:
    """What citizens waited for while the import ran, and its rows per second."""
    due = bills.today(services).isoformat()
    body = csv(*(row(f"L-{number}", due=due) for number in range(LINES)))
    took: list[float] = []
    importing = threading.Thread(target=partial(_bring_in, services, body, took))
    importing.start()
    looks = []
    while importing.is_alive():
        looks.append(waits([citizen] * CITIZENS))
    importing.join()
    return looks, 4 * LINES / took[0]


def _bring_in(services: Services, body: bytes, took: list[float]) -> None:
    began = time.perf_counter()
    record = bills.import_file(services, CASHIER, body)
    took.append(time.perf_counter() - began)
    assert batches.outcome(record, "taken") == LINES


def _bare_groups(services: Services) -> float:
    numbers = count()
    began = time.perf_counter()
    for _ in range(GROUPS):
        group = [_followed(f"g{next(numbers)}") for _ in range(MAX_COMMIT_WRITES)]
        services.store.commit(group)
    return GROUPS * MAX_COMMIT_WRITES / (time.perf_counter() - began)


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from batch_beside_citizens()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
