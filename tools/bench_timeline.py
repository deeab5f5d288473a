"""The timeline on a phone: how long three children take to be seen, and to be all there."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.parts.city import City
from tools.figure import Figure, versions

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
LIMIT_MS = 50.0
#: until nobody who scrolls finds anything missing
WHOLE_MS = 300.0
#: days of age: a baby, a small child, a child at school
AGES = (138, 1_286, 3_100)


def timeline_shown() -> Iterator[Figure]:
    """Milliseconds from the tap (its own handling counts) to three children computed, drawn and
    laid out on a phone's screen, with a quarter of a processor; and until everything below the
    screen is there as well.

    The first figure was of the whole page before the page was built in two steps; now it ends when
    nothing on the screen changes any more, which every round checks. Answers are kept for the day
    the page is open, so the two other children were computed while it rested."""
    with tempfile.TemporaryDirectory() as folder, City.start(Path(folder) / "city") as city:
        births = [(date.today() - timedelta(days=each)).isoformat() for each in AGES]  # noqa: DTZ011
        children = [
            {"name": f"見本{n}", "facts": {"child.birth_date": birth}}
            for n, birth in enumerate(births)
        ]
        given = (date.today() - timedelta(days=60)).isoformat()  # noqa: DTZ011
        job = {
            "url": city.url,
            "family": {"about": "child", "shared": {}, "children": children},
            "records": {"children": {f"{births[0]}#1": {"given": {"hepb": [given]}}}},
            "rounds": ROUNDS,
        }
        done = subprocess.run(
            ["node", "tools/bench_timeline.mjs"],
            cwd=ROOT,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    took: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    for name, limit in (("shown", LIMIT_MS), ("whole", WHOLE_MS)):
        rounds = took[name]
        limits = [limit] * len(rounds)
        yield Figure(f"timeline.{name}", "ms", "our own limit", rounds, limits, versions())
