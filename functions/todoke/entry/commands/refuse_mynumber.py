"""Does a text hold a My Number? Exit 1 when it must be refused; the text is never printed."""

from __future__ import annotations

import argparse

from todoke.core import my_number
from todoke.entry.arguments import add_text, text_of
from todoke.entry.terminal import Terminal

NAME = "refuse-mynumber"
#: what stands on the line may be a My Number: wrong usage repeats none of it
SILENT = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """TEXT, or - for standard input."""
    add_text(parser)


def run(terminal: Terminal) -> int:
    """番号法 19 条・20 条: it may be neither provided nor kept, so nothing of it is shown."""
    refused = my_number.found_in(text_of(terminal.arguments))
    words = "refuse_mynumber.refused" if refused else "refuse_mynumber.free"
    terminal.answer({"refused": refused}, terminal.say(words))
    return 1 if refused else 0
