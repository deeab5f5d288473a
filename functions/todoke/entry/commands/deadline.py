"""Tell until when, from when or on which day, by the name of a rule and the days it asks for."""

from __future__ import annotations

import argparse
from datetime import datetime

from todoke import assemble
from todoke.core import deadlines
from todoke.entry import json_input
from todoke.entry.terminal import Terminal
from todoke.journeys.audit import JST

NAME = "deadline"
#: four short fields
MAX_BYTES = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RULE --input JSON, or - for standard input."""
    fields = "; ".join(f"{id}: {', '.join(each.fields)}" for id, each in deadlines.RULES.items())
    parser.add_argument("rule", help=fields)
    parser.add_argument(
        "--input",
        required=True,
        help='JSON object of what the rule asks for: {"birth": "2026-04-01"}; - reads standard '
        "input",
    )


def run(terminal: Terminal) -> int:
    """Reads ``site/`` and answers; needs no city and keeps nothing: the days are a family's."""
    id: str = terminal.arguments.rule
    catalogue = assemble.catalogue()
    today = datetime.now(JST).date()
    given = _given(terminal.arguments.input)
    answer = deadlines.compute(deadlines.book(catalogue), id, given, today)
    rule = catalogue.deadlines[id]
    language = terminal.language
    lines = [rule.name[language], *(f"  {name}: {value}" for name, value in answer.items())]
    lines += [rule.about[language], rule.law]
    terminal.answer(answer, *lines)
    return 0


def _given(text: str) -> object:
    if text == json_input.STANDARD_INPUT:
        return json_input.of_file(text, "input", MAX_BYTES)
    return json_input.parsed(text, "input", MAX_BYTES)
