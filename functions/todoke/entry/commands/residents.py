"""Letters with a code that links a card to a resident: one more, or the demonstration's."""

from __future__ import annotations

import argparse

from todoke.core.errors import TodokeError
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import login, residents
from todoke.journeys.residents import Resident

NAME = "residents"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """demo, code NUMBER."""
    acts = Acts(parser)
    acts.add(
        "demo", "make the demonstration's resident and print a letter code; never in production"
    )
    code = acts.add("code", "print a fresh letter code for a resident (90 days, once)")
    code.add_argument("number", help="the city's own number of the resident (宛名番号)")


def run(terminal: Terminal) -> int:
    """Prints the code once: only its HMAC is stored."""
    act = {"demo": _demo, "code": _code}[terminal.arguments.act]
    act(terminal)
    return 0


def _demo(terminal: Terminal) -> None:
    if terminal.city.config.production:
        raise TodokeError("production_refused", reasons="demonstration_resident")
    _letter(terminal, residents.demonstration(terminal.city))


def _code(terminal: Terminal) -> None:
    found = residents.find(terminal.city, terminal.arguments.number)
    if found is None:
        raise TodokeError("resident_not_found")
    _letter(terminal, found)


def _letter(terminal: Terminal, resident: Resident) -> None:
    code = login.new_letter_code(terminal.city, resident.id)
    terminal.answer(
        {"resident": resident.id, "code": code},
        terminal.say("residents.code", name=resident.name),
        f"  {code}",
        terminal.say("residents.once"),
    )
