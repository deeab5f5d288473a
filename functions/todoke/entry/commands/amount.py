"""Compute what a benefit comes to, step by step, from facts in a JSON file."""

from __future__ import annotations

import argparse
from pathlib import Path

from todoke import assemble
from todoke.core import amounts
from todoke.core.amounts import Step
from todoke.entry import json_input
from todoke.entry.terminal import Terminal

NAME = "amount"
MAX_BYTES = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """BENEFIT --facts FILE, or - for standard input."""
    parser.add_argument("benefit", help=", ".join(amounts.CALCULATORS))
    parser.add_argument(
        "--facts", type=Path, required=True, help="JSON file with the facts; - reads standard input"
    )


def run(terminal: Terminal) -> int:
    """Asks no city's data folder and keeps nothing: the facts are a family's."""
    benefit: str = terminal.arguments.benefit
    answer = amounts.compute(assemble.benefits(), benefit, _facts(terminal.arguments.facts))
    terminal.answer(answer.as_json(), *(_sentence(terminal, each) for each in answer.steps))
    return 0


def _facts(path: Path) -> object:
    name = "facts" if str(path) == json_input.STANDARD_INPUT else path.name
    return json_input.of_file(path, name, MAX_BYTES)


def _sentence(terminal: Terminal, step: Step) -> str:
    figures = {
        name: f"{value:,}" if isinstance(value, int) else value
        for name, value in step.figures.items()
    }
    return terminal.say_any(f"amounts.step.{step.key}", **figures)
