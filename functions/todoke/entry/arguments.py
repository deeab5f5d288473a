"""Arguments that every command takes, before or after the name of its act."""

from __future__ import annotations

import argparse
import os
from typing import Any


def shared(*, again: bool = False) -> argparse.ArgumentParser:
    """``--data`` and ``--json``. again: for the acts of a command (``staff add``), whose
    defaults must not undo what stood before the act."""
    parser = argparse.ArgumentParser(add_help=False)
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


class Acts:
    """The acts of one command: ``add(name, help)`` gives the parser of each."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    def add(self, name: str, words: str, **more: Any) -> argparse.ArgumentParser:
        """A parser that knows the shared arguments."""
        parents = [shared(again=True)]
        return self._acts.add_parser(name, help=words, description=words, parents=parents, **more)
