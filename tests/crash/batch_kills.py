"""Kills the worker of a large import again and again: ``python -m tests.crash.batch_kills FOLDER
FAULT KILLS SEED``.

The worker is a forked child; this process, which lives on, looks at the store while the child
works and after each SIGKILL. Prints JSON: how many lives ended by a kill, how many files came in,
and what was seen that must never be. FAULT is "none" or a mistake the oracle must notice:

visible    rows are written without their batch, group after group, as imports once were
apart      how far it is, is stored in a commit of its own after the rows
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.parts.payer import CASHIER, Payer, csv, row
from todoke.journeys import batches, bills, deliver, tick
from todoke.ports import Create, Replace, Services, Write
from todoke.store_schema import LANES
from todoke.store_schema.batches import SEAL, SEALED

#: bills of one file: one page of the store shows all files together
LINES = 90
#: of one town, the first of them unharmed: its rows are seen with one look of a thousand
FILES = 9
ALL = {"taken": LINES, "known": 0, "refused": 0}
#: so many lives, on average, to bring in one file
LIVES = 5
#: whatever the queue hid from others is visible to the next life
HIDDEN_SECONDS = deliver.VISIBLE_SECONDS + deliver.LONGEST_PAUSE


@dataclass(slots=True)
class Faulty:
    """A store with a mistake in its commits."""

    store: Any
    fault: str

    def commit(self, writes: Sequence[Write]) -> None:
        if self.fault == "visible":
            writes = [_shown(each) for each in writes]
        progress = [e for e in writes if isinstance(e, Replace) and e.record.kind == SEAL]
        if self.fault != "apart" or not progress or len(writes) < 10:
            self.store.commit(writes)
            return
        after = progress[0].record
        stored = self.store.get(SEAL, after.id)
        early = {**after.data, "looked": stored.data["looked"]}
        rows = [each for each in writes if each not in progress]
        self.store.commit([Replace(replace(after, data=early)), *rows])
        time.sleep(0.15)
        self.store.commit([Replace(replace(after, version=after.version + 1))])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def _shown(write: Write) -> Write:
    return Create(replace(write.record, batch=None)) if isinstance(write, Create) else write


def file(number: int) -> bytes:
    """The lines of one file."""
    return csv(*(row(f"F{number}-{line}") for line in range(LINES)))


def work(services: Services) -> None:
    """Tick and workers until nothing waits."""
    idle = 0
    while idle < 2:
        moved = tick.relay_outbox(services)
        done = sum(deliver.work(services, lane) for lane in LANES)
        idle = 0 if moved or done else idle + 1


class Town:
    """What lives on while workers come and go."""

    def __init__(self, folder: Path, fault: str) -> None:
        self.payer = Payer.open(folder)
        self.services = self.payer.services
        self.faulty = replace(self.services, store=Faulty(self.services.store, fault))
        self.sealed = 0
        self.found: set[str] = set()
        work(self.services)

    def begin_next(self) -> str:
        """The next file is handed in and begun."""
        record, _ = bills.keep_csv(self.services, CASHIER, file(self.sealed))
        return batches.start(self.services, record.id, "cli").id

    def look(self) -> None:
        """A reader sees whole files only."""
        store = self.services.store
        shown = len(store.find("bills_by_state", "open", limit=1000).records)
        lines = len(store.find("ledger_by_month", "2026-11", limit=1000).records)
        for count in (shown, lines):
            if (count - 1) % LINES:
                self.found.add("seen in part")

    def is_sealed(self, id: str) -> bool:
        """Whether the file at hand is in."""
        return batches.get(self.services, id).data["state"] == SEALED

    def live_and_die(self, longest: float) -> bool:
        """One life of a worker; whether it was killed before it had done everything."""
        self.payer.clock.turn(HIDDEN_SECONDS)
        # a job that was in hand at eight deaths is put aside: an operator starts it again
        self.services.queue.redrive()
        child = os.fork()
        if child == 0:
            try:
                work(self.faulty)
            finally:
                os._exit(0)
        until = time.monotonic() + longest
        while time.monotonic() < until:
            self.look()
            time.sleep(0.01)
            if os.waitpid(child, os.WNOHANG)[0]:
                return False
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.look()
        return True

    def verdict(self) -> list[str]:
        """Everything once, of every file that was handed in."""
        store = self.services.store
        whole = store.find("batches", SEALED, limit=1000).records
        files = [each for each in whole if each.data["total"] == LINES]
        if any(each.data["outcomes"] != ALL for each in files):
            self.found.add("refused to finish what it had begun")
        self.sealed = len(files)
        wanted = 1 + self.sealed * LINES
        counts = {
            "bills": len(store.find("bills_by_state", "open", limit=1000).records),
            "ledger lines": len(store.find("ledger_by_month", "2026-11", limit=1000).records),
            "letters": _letters(self.payer),
        }
        self.found |= {
            f"{each}: {count} instead of {wanted}"
            for each, count in counts.items()
            if count != wanted
        }
        return sorted(self.found)


def _letters(payer: Payer) -> int:
    found, cursor = 0, None
    while True:
        page = payer.services.store.find(
            "addressed_by_resident", payer.resident, limit=1000, cursor=cursor
        )
        found += sum(each.data["kind"] == "bill" for each in page.records)
        cursor = page.cursor
        if cursor is None:
            return found


def lives_of(town: Town, luck: random.Random, kills: int) -> int:
    """Workers of one town come and go, until so many were killed or its files are in."""
    began = time.monotonic()
    town.begin_next()
    work(town.services)  # how long one file takes on this machine
    longest = 2 * (time.monotonic() - began) / LIVES
    town.sealed, killed = 1, 0
    at_hand = town.begin_next()
    for _ in range(3 * kills):
        if killed == kills or (town.sealed == FILES and town.is_sealed(at_hand)):
            break
        killed += town.live_and_die(luck.uniform(0, longest))
        if town.is_sealed(at_hand) and town.sealed < FILES:
            town.sealed += 1
            at_hand = town.begin_next()
    for _ in range(3):
        town.services.queue.redrive()
        town.payer.clock.turn(HIDDEN_SECONDS)
        work(town.services)
    if not town.is_sealed(at_hand):
        town.found.add("not finished")
    return killed


def main(folder: str, fault: str, kills: str, seed: str) -> None:
    """Run, tell, end. A town has few files, so that a reader sees all of it quickly."""
    luck, killed, files, found = random.Random(int(seed)), 0, 0, set[str]()
    for number in range(int(kills)):
        place = Path(folder) / str(number)
        place.mkdir(parents=True)
        town = Town(place, fault)
        killed += lives_of(town, luck, int(kills) - killed)
        found |= set(town.verdict())
        files += town.sealed
        if killed == int(kills) or found:
            break
    print(json.dumps({"killed": killed, "files": files, "found": sorted(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
