"""Paying: how long a payment company waits for the answer to its signed message."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from flask import Flask

from tests.parts.payer import YEN, Payer, signed
from todoke.adapters.clock import SystemClock
from todoke.entry.server import THREADS
from todoke.web.app import create_app
from tools.figure import Figure, slowest, versions

#: issue 3; a company gives up after some seconds, and GOV.UK Pay once allowed itself fifteen
LIMIT_MS = 100.0
#: the evening before a due date: every bill is told of twice, as companies do
BILLS = 150
PER_SECOND = 50
ROUNDS = 3


def pay_webhook() -> Iterator[Figure]:
    """Milliseconds within which 99 of 100 messages were answered: signature, bill, checkout,
    ledger, receipt, audit and push in one commit with synchronous FULL; half are duplicates.
    Counted from the moment each was due, so that a queue counts too."""
    waits = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            messages, app = _city(Path(folder))
            waits.append(slowest(_open_loop(messages, _send_by(app))))
    limit = [LIMIT_MS] * len(waits)
    yield Figure("pay.webhook", "ms p99 at 50/s", "our own limit", waits, limit, versions("flask"))


def _city(folder: Path) -> tuple[Sequence[tuple[bytes, str]], Flask]:
    """A city in which many have just paid, and what their company is about to tell."""
    first = Payer.open(folder)
    payers = [first.neighbour(number) for number in range(BILLS)]
    services = replace(first.services, clock=SystemClock())
    messages = []
    for payer in payers:
        told = {"id": f"pe_{payer.bill}", "kind": "paid", "session": payer.start(), "yen": YEN}
        messages += [signed(services, **told)] * 2
    return messages, create_app(services, only=["payments"])


def _send_by(app: Flask) -> Callable[[tuple[bytes, str]], None]:
    def send(message: tuple[bytes, str]) -> None:
        body, header = message
        answer = app.test_client(use_cookies=False).post(
            "/api/payments/pretend",
            data=body,
            headers={"Pretend-Signature": header, "Content-Type": "application/json"},
            base_url="http://localhost:8080",
        )
        assert answer.status_code == 200, answer.status_code

    return send


def _open_loop(
    messages: Sequence[tuple[bytes, str]], send: Callable[[tuple[bytes, str]], None]
) -> list[float]:
    """Seconds from when each message was due until it was answered; they come at the rate
    whether the earlier ones are answered or not."""
    waits: list[float] = []

    def run(message: tuple[bytes, str], due: float) -> None:
        send(message)
        waits.append(time.perf_counter() - due)

    with ThreadPoolExecutor(THREADS) as pool:
        begin = time.perf_counter()
        jobs = []
        for place, message in enumerate(messages):
            due = begin + place / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            jobs.append(pool.submit(run, message, due))
        for each in jobs:
            each.result()
    return waits


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from pay_webhook()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
