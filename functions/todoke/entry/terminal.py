"""What a command sees of the terminal: its arguments, the services, words and one way to
answer, as lines for a person or as one JSON object for a program."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from todoke import assemble
from todoke.core import words
from todoke.ports import Services


class Terminal:
    """Handed to ``run`` of every command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.data = Path(arguments.data)

    @cached_property
    def services(self) -> Services:
        """The local services over ``--data``; made on first use."""
        return assemble.local(self.data)

    @cached_property
    def language(self) -> str:
        """``TODOKE_LANGUAGE`` or ``LANG``: "en" for English, Japanese otherwise."""
        chosen = os.environ.get("TODOKE_LANGUAGE") or os.environ.get("LANG", "ja")
        return "en" if chosen.startswith("en") else "ja"

    @cached_property
    def dictionary(self) -> words.Dictionary:
        """The sentences, readable even where the services cannot be made."""
        return assemble.dictionary()

    def say(self, name: str, /, **values: object) -> str:
        """A sentence of ``cli.*`` in the operator's language."""
        return self.dictionary.say(self.language, f"cli.{name}", **values)

    def answer(self, result: Mapping[str, Any], *lines: str) -> None:
        """The outcome: ``result`` as JSON with --json, else the lines for a person."""
        if self.arguments.json:
            print(json.dumps({"ok": True, **result}, ensure_ascii=False))
        else:
            for line in lines:
                print(line)
        sys.stdout.flush()

    def progress(self, done: int, total: int, what: str) -> None:
        """One line that is rewritten on a terminal; silent when nobody watches."""
        if sys.stderr.isatty() and not self.arguments.json:
            end = "\n" if done >= total else ""
            print(f"\r{what} {done}/{total}", end=end, file=sys.stderr, flush=True)
