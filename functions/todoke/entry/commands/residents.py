"""Residents: a file of them, a letter with the code that links a card, the demonstration's."""

from __future__ import annotations

import argparse

from todoke.core.errors import TodokeError
from todoke.entry.arguments import Acts
from todoke.entry.importing import add_file, bring_in
from todoke.entry.terminal import Terminal
from todoke.journeys import login, residents
from todoke.journeys.residents import Resident

NAME = "residents"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """demo, code NUMBER, import FILE."""
    acts = Acts(parser)
    acts.add(
        "demo", "make the demonstration's resident and print a letter code; never in production"
    )
    code = acts.add("code", "print a fresh letter code for a resident (90 days, once)")
    code.add_argument("number", help="the city's own number of the resident (宛名番号)")
    add_file(acts.add("import", "bring in a file (宛名番号,氏名,よみがな); the same again goes on"))


def run(terminal: Terminal) -> int:
    """Prints a code once: only its HMAC is stored."""
    if terminal.arguments.act == "import":
        return bring_in(terminal, residents.import_csv)
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
