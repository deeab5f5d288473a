"""Check one text: a number of the state, a date of an era, a reading, a telephone number …"""

from __future__ import annotations

import argparse

from todoke import assemble
from todoke.core import address, input_check
from todoke.core.input_check import Check
from todoke.entry.arguments import add_text, text_of
from todoke.entry.terminal import Terminal

NAME = "validate"
#: what stands on the line may be a My Number: wrong usage repeats none of it
SILENT = True
KINDS = (*input_check.KINDS, "address")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """KIND TEXT, or - for standard input."""
    parser.add_argument("kind", choices=KINDS, help=", ".join(KINDS), metavar="kind")
    add_text(parser)


def run(terminal: Terminal) -> int:
    """Exit 0 whether it is right or not: both are an answer."""
    kind: str = terminal.arguments.kind
    found = _check(kind, text_of(terminal.arguments))
    result = {"valid": found.valid, "normal": found.normal, "why": found.why, **found.parts}
    terminal.answer(result, _sentence(terminal, found))
    return 0


def _check(kind: str, text: str) -> Check:
    if kind == "address":
        return address.check(text, address.municipalities(assemble.municipalities()))
    return input_check.KINDS[kind](text)


def _sentence(terminal: Terminal, found: Check) -> str:
    if found.closer:
        name, figures = found.closer
        return terminal.say("validate.wrong", why=terminal.say_any(name, **figures))
    if found.why:
        return terminal.say("validate.wrong", why=terminal.say_any(f"errors.rule.{found.why}"))
    if found.normal is None:
        return terminal.say("validate.right")
    shown = " ".join([found.normal, *found.parts.values()])
    return terminal.say("validate.written", normal=shown)
