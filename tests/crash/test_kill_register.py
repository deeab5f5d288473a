"""A SIGKILL in the middle of ``todoke residents import`` shows nobody a part of the new register,
and the same command goes on until everybody is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.parts import snapshots
from tests.parts.city import ROOT
from todoke import assemble
from todoke.journeys import register, residents
from todoke.ports import Services

PEOPLE = 700
OLD, NEW = "見本町1-1", "見本町9-9"


def people(where: str) -> list[dict[str, str]]:
    return [{**each, "住所": f"{where}-{each['宛名番号']}"} for each in snapshots.crowd(PEOPLE)]


def start(data: Path, file: Path) -> subprocess.Popen[bytes]:
    words = ["residents", "import", str(file), "--on", "2026-11-15", "--data", str(data), "--json"]
    command = [sys.executable, "-m", "todoke", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def seen(services: Services) -> set[str]:
    """The streets of everybody whom a reader sees, and a mark where somebody is missing."""
    found = set()
    for each in people(OLD):
        person = residents.find(services, each["宛名番号"])
        found.add(person.address.rpartition("-")[0] if person else "missing")
    return found


@pytest.mark.real
def test_a_killed_import_of_the_register_shows_no_part_and_goes_on(tmp_path: Path) -> None:
    seed = time.time_ns() % 100_000
    luck, data = random.Random(seed), tmp_path / "data"
    services = assemble.local(data)
    snapshots.take(services, *people(OLD))
    file = tmp_path / "people.csv"
    file.write_bytes(snapshots.file(*people(NEW)))
    parts: list[int] = []
    for _ in range(60):
        running = start(data, file)
        until = time.monotonic() + 30
        while running.poll() is None and time.monotonic() < until:
            batches = services.store.find("batches", "open").records
            if batches and (now := int(str(batches[0].data["parts"]))) > sum(parts[-1:]):
                parts.append(now)
                break
            time.sleep(0.002)
        time.sleep(luck.uniform(0, 0.03))
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
        _, error = running.communicate(timeout=30)
        streets = seen(services)
        assert len(streets) == 1, (seed, streets)
        assert file.exists() or streets == {NEW}, (
            seed,
            "the file went before its register was there",
        )
        if running.returncode != -signal.SIGKILL:
            assert running.returncode == 0, (seed, error[-500:])
            break
    assert seen(services) == {NEW}
    assert not file.exists(), "once the register is sealed nothing of it lies in clear"
    assert len(parts) >= 5, (seed, "it was hardly ever killed")
    snapshot = residents.snapshot(services)
    assert snapshot is not None
    assert len(list(register.everybody(services, snapshot))) == PEOPLE
