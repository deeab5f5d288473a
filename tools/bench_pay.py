"""Paying: how long a payment company waits for the answer to its signed message."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Flask

from tests.parts.payer import YEN, Payer, signed
from todoke.adapters.clock import SystemClock
from todoke.web.app import create_app
from tools import open_loop
from tools.figure import Figure
from tools.open_loop import bare_commits, waits

#: a company gives up after some seconds, and GOV.UK Pay once allowed itself fifteen
LIMIT_MS = 100.0
#: the evening before a due date: every bill is told of twice, as companies do
BILLS = 150
ROUNDS = 3


def pay_webhook() -> Iterator[Figure]:
    """Milliseconds within which 99 of 100 messages were answered: signature, bill, checkout,
    ledger, receipt, audit and push in one commit with synchronous FULL; half are duplicates.
    Beside the limit and, in the same rounds, beside what the machine takes for a bare commit."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            messages, app = _city(Path(folder))
            send = _send_by(app)
            ours.append(waits([partial(send, each) for each in messages]))
            bare.append(waits(bare_commits(Path(folder), len(messages))))
    yield from open_loop.figures("pay.webhook", LIMIT_MS, ours, bare)


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


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from pay_webhook()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
