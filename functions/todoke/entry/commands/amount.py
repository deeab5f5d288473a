"""Compute what a benefit comes to, step by step, from facts in a JSON file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from todoke import assemble
from todoke.core import amounts
from todoke.core.amounts import Step
from todoke.core.errors import TodokeError
from todoke.entry import json_input
from todoke.entry.terminal import Terminal
from todoke.journeys.audit import JST

NAME = "amount"
MAX_BYTES = 64 * 1024
#: years: no figures are decided for a later month
AHEAD = 2
#: as in the check and on the page: an older "child" is nearly always a parent
OLDEST_YEARS = 25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """BENEFIT --facts FILE, or - for standard input."""
    parser.add_argument("benefit", help=", ".join(amounts.CALCULATORS))
    parser.add_argument(
        "--facts", type=Path, required=True, help="JSON file with the facts; - reads standard input"
    )


def run(terminal: Terminal) -> int:
    """Asks no city's data folder and keeps nothing: the facts are a family's."""
    benefit: str = terminal.arguments.benefit
    facts = _facts(terminal.arguments.facts)
    answer = amounts.compute(assemble.benefits(), benefit, facts)
    _can_be_meant(facts, datetime.now(JST).date())
    found = {**answer.as_json(), "confidence": answer.confidence}
    terminal.answer(found, *(_sentence(terminal, each) for each in answer.steps))
    return 0


def _facts(path: Path) -> object:
    name = "facts" if str(path) == json_input.STANDARD_INPUT else path.name
    return json_input.of_file(path, name, MAX_BYTES)


def _can_be_meant(facts: object, today: date) -> None:
    """Refuses what computes and nobody means, as the form on the page does: a month that is far
    ahead, a child born after it, and a parent's own birthday. facts: were computed with."""
    if not isinstance(facts, Mapping):
        return
    month = facts.get("month")
    if not isinstance(month, str):
        return
    if month > f"{today.year + AHEAD}{today:-%m}":
        raise TodokeError("bad_field", field="month", rule="month_too_far")
    children = facts.get("children")
    for born in children if isinstance(children, list) else ():
        if born[:7] > month:
            raise TodokeError("bad_field", field="children", rule="fact_not_born")
        if int(month[:4]) - int(born[:4]) - (born[5:7] > month[5:]) >= OLDEST_YEARS:
            raise TodokeError("bad_field", field="children", rule="fact_too_old")


def _sentence(terminal: Terminal, step: Step) -> str:
    figures = {
        name: f"{value:,}" if isinstance(value, int) else value
        for name, value in step.figures.items()
    }
    return terminal.say_any(f"amounts.step.{step.key}", **figures)
