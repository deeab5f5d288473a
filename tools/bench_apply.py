"""Filing: how long a parent waits for her receipt number while fifty others a second file too."""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from flask import Flask

from tests.parts.applying import PROCEDURE, answers, city
from tests.parts.resident import Session, logged_in
from todoke.ports import Services
from todoke.web.app import create_app
from tools import open_loop
from tools.figure import Figure
from tools.open_loop import PER_SECOND, bare_commits, waits

#: SQLite with synchronous FULL
LIMIT_MS = 200.0
MANY = 6 * PER_SECOND
ROUNDS = 3
#: nobody sends more than thirty at once (web/applications.py)
PEOPLE = 80


def apply_submit() -> Iterator[Figure]:
    """Milliseconds within which 99 of 100 sendings were answered: session, checks, seal, one
    commit of eight records, by the web application; beside the limit and, in the same rounds,
    beside what the machine takes for a bare commit."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            services = city(Path(folder))
            people = [logged_in(services, number=f"{n:010d}") for n in range(PEOPLE)]
            send = _send_by(services, create_app(services), people)
            ours.append(waits([partial(send, place) for place in range(MANY)]))
            bare.append(waits(bare_commits(Path(folder), MANY)))
    yield from open_loop.figures("apply.submit", LIMIT_MS, ours, bare)


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


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from apply_submit()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
