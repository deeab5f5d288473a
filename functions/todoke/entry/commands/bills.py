"""Bring in a file of bills (CSV, up to 100,000 lines), all visible at one moment."""

from __future__ import annotations

import argparse

from todoke.entry.arguments import Acts
from todoke.entry.importing import add_file, bring_in
from todoke.entry.terminal import Terminal
from todoke.journeys import bills

NAME = "bills"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """import FILE."""
    add_file(Acts(parser).add("import", "bring in a file; the same again goes on or does nothing"))


def run(terminal: Terminal) -> int:
    """Tells what became of the lines; 1 when some were refused."""
    return bring_in(terminal, bills.import_file)
