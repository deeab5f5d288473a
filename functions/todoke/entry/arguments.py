"""Arguments that every command takes, before or after the name of its act."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn

#: of a text on standard input; a notice is far shorter
MAX_TEXT_BYTES = 1024 * 1024


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the usage, except where the line may hold what nobody may see."""

    silent = False

    def error(self, message: str) -> NoReturn:
        super().error("wrong usage" if self.silent else message)


def shared(*, again: bool = False) -> Parser:
    """``--data`` and ``--json``. again: for the acts of a command (``staff add``), whose
    defaults must not undo what stood before the act."""
    parser = Parser(add_help=False)
    data = os.environ.get("TODOKE_DATA_FOLDER", "data")
    parser.add_argument(
        "--data",
        default=argparse.SUPPRESS if again else data,
        help="data folder (default: data, or TODOKE_DATA_FOLDER)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS if again else False,
        help="answer as one JSON object",
    )
    return parser


def add_text(parser: argparse.ArgumentParser) -> None:
    """TEXT: one text, its words joined; - reads standard input, so that what is secret stands in
    no list of processes and no history of commands."""
    parser.add_argument("text", nargs="+", help="the text; - reads standard input")


def text_of(arguments: argparse.Namespace) -> str:
    """What was given as TEXT. Bytes that are no UTF-8 become signs nobody reads as digits."""
    words: list[str] = arguments.text
    if words == ["-"]:
        return sys.stdin.buffer.read(MAX_TEXT_BYTES).decode("utf-8", "replace").rstrip("\r\n")
    return " ".join(words)


class Acts:
    """The acts of one command: ``add(name, help)`` gives the parser of each."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    def add(self, name: str, words: str, **more: Any) -> argparse.ArgumentParser:
        """A parser that knows the shared arguments."""
        parents = [shared(again=True)]
        return self._acts.add_parser(name, help=words, description=words, parents=parents, **more)
