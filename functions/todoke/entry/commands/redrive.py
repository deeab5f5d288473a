"""Try again what was given up: dead jobs of the queue and dead deliveries."""

from __future__ import annotations

import argparse

from todoke.entry.terminal import Terminal
from todoke.journeys import redrive

NAME = "redrive"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--list: look only. --notice: one notice's deliveries."""
    parser.add_argument("--list", action="store_true", help="show what was given up, start nothing")
    parser.add_argument("--notice", help="only deliveries of this notice (N-2026-0001)")


def run(terminal: Terminal) -> int:
    """Doing it twice is safe: what is under way again is no longer given up."""
    return (_list if terminal.arguments.list else _redrive)(terminal)


def _redrive(terminal: Terminal) -> int:
    counts = redrive.redrive(terminal.city, notice=terminal.arguments.notice)
    terminal.answer(counts, terminal.say("redrive.done", **counts))
    return 0


def _list(terminal: Terminal) -> int:
    found = redrive.given_up(terminal.city, terminal.arguments.notice)
    deliveries = [
        {"notice": notice, "reason": reason, "count": count}
        for (notice, reason), count in sorted(found.deliveries.items())
    ]
    totals = {"jobs": sum(found.jobs.values()), "deliveries": sum(found.deliveries.values())}
    terminal.answer(
        {**totals, "by_act": found.jobs, "by_notice": deliveries},
        terminal.say("redrive.found", **totals),
        *(f"  {act}: {count}" for act, count in sorted(found.jobs.items())),
        *(f"  {each['notice']} {each['reason']}: {each['count']}" for each in deliveries),
    )
    return 0
