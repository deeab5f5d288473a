"""Filing: how long a parent waits for her receipt number while fifty others a second file too."""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask

from tests.parts.applying import PROCEDURE, answers, city
from tests.parts.resident import Session, logged_in
from todoke.entry.server import THREADS
from todoke.ports import Services
from todoke.web.app import create_app
from tools.figure import Figure, slowest, versions

#: issue 3: SQLite with synchronous FULL
LIMIT_MS = 200.0
PER_SECOND = 50
SECONDS = 6
ROUNDS = 3
#: nobody sends more than thirty at once (web/applications.py)
PEOPLE = 80


def apply_submit() -> Iterator[Figure]:
    """Milliseconds within which 99 of 100 sendings were answered: session, checks, seal, one
    commit of eight records, by the web application with as many threads as the server has.
    Counted from the moment each was due, so that a queue counts too."""
    waits = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            services = city(Path(folder))
            people = [logged_in(services, number=f"{n:010d}") for n in range(PEOPLE)]
            waits.append(slowest(_open_loop(_send_by(services, create_app(services), people))))
    limit = [LIMIT_MS] * len(waits)
    yield Figure("apply.submit", "ms p99 at 50/s", "our own limit", waits, limit, versions("flask"))


def _send_by(services: Services, app: Flask, people: list[Session]) -> Callable[[int], None]:
    numbers = itertools.cycle(people)
    lock = threading.Lock()

    def send(place: int) -> None:
        with lock:
            person = next(numbers)
        body = {
            "procedure": PROCEDURE,
            "form_version": "2026-11",
            "answers": answers(claimant_phone=f"0900000{place:04d}"),
        }
        headers = {**person.headers, "Idempotency-Key": f"bench-{place:012d}"}
        answer = app.test_client(use_cookies=False).post(
            "/api/applications",
            data=json.dumps(body),
            headers={**headers, "Content-Type": "application/json"},
            base_url=services.config.public_url,
        )
        assert answer.status_code == 201, answer.status_code

    return send


def _open_loop(act: Callable[[int], None]) -> list[float]:
    """Seconds from when each act was due until it was done; they come at the rate whether the
    earlier ones are done or not."""
    waits: list[float] = []

    def run(place: int, due: float) -> None:
        act(place)
        waits.append(time.perf_counter() - due)

    with ThreadPoolExecutor(THREADS) as pool:
        begin = time.perf_counter()
        jobs = []
        for place in range(PER_SECOND * SECONDS):
            due = begin + place / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            jobs.append(pool.submit(run, place, due))
        for each in jobs:
            each.result()
    return waits


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from apply_submit()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
