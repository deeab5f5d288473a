"""What a command sees of the terminal: its arguments, the services, words and one way to
answer, as lines for a person or as one JSON object for a program."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from todoke import assemble, config
from todoke.core import words
from todoke.core.errors import TodokeError
from todoke.entry import site_rules
from todoke.ports import Services
from todoke.root import find_root


class Terminal:
    """Handed to ``run`` of every command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.data = Path(arguments.data)

    @cached_property
    def services(self) -> Services:
        """The local services over ``--data``; made on first use, as is the folder."""
        return assemble.local(self.data)

    @cached_property
    def city(self) -> Services:
        """The services of a city that is there already: a mistyped ``--data`` must not make an
        empty one and answer from it. Raises ``no_city``."""
        self.need_city()
        return self.services

    @cached_property
    def on_aws(self) -> bool:
        """Whether the settings name a city that keeps its things on AWS (aws.city)."""
        return bool(config.load(find_root(), self.data, os.environ).aws.city)

    @cached_property
    def wherever(self) -> Services:
        """The services of a city wherever it keeps its things: on AWS where the settings say so, as
        on the machine from which it is built, else in ``--data``. Raises what ``assemble.aws``
        raises, and ``setting_invalid`` where boto3 is not installed."""
        if not self.on_aws:
            return self.services
        try:
            return assemble.aws()
        except ImportError as error:
            raise TodokeError(
                "setting_invalid",
                file="TODOKE_AWS__CITY",
                field="aws.city",
                rule="the library boto3 is not installed",
                next="pip install todoke[aws]",
            ) from error

    def need_city(self) -> None:
        """Raises ``no_city`` for a folder without a store; opens and makes nothing."""
        if not assemble.is_city(self.data):
            raise TodokeError("no_city", path=self.data)

    @cached_property
    def language(self) -> str:
        """``TODOKE_LANGUAGE`` or ``LANG``: "en" for English, Japanese otherwise."""
        chosen = os.environ.get("TODOKE_LANGUAGE") or os.environ.get("LANG", "ja")
        return "en" if chosen.startswith("en") else "ja"

    @cached_property
    def dictionary(self) -> words.Dictionary:
        """The sentences, readable even where the services cannot be made; those of the services
        where they are made already."""
        made: Services | None = self.__dict__.get("services")
        return made.words if made else assemble.dictionary()

    def say(self, name: str, /, **values: object) -> str:
        """A sentence of ``cli.*`` in the operator's language."""
        return self.dictionary.say(self.language, f"cli.{name}", **values)

    def say_any(self, name: str, /, **values: object) -> str:
        """A sentence by its full name."""
        return self.dictionary.say(self.language, name, **values)

    def remark(self, line: str) -> None:
        """A line for the person that is no part of the answer."""
        print(line, file=sys.stderr)

    def answer(self, result: Mapping[str, Any], *lines: str) -> None:
        """The outcome: ``result`` as JSON with --json, else the lines for a person."""
        if self.arguments.json:
            print(json.dumps({"ok": True, **result}, ensure_ascii=False))
        else:
            for line in lines:
                print(line)
        sys.stdout.flush()

    def explain(self, error: TodokeError) -> tuple[str, str]:
        """What happened and what to do next, in the operator's language."""
        try:
            return self.dictionary.explain(self.language, self._translated(error))
        except (TodokeError, KeyError):  # the sentences themselves are what is broken
            return str(error), ""

    def mistake(self, said: str) -> str:
        """A rule of ``site/``, or the step that mends it, in the operator's language."""
        return site_rules.spoken(self.dictionary, self.language, said)

    def _translated(self, error: TodokeError) -> TodokeError:
        if error.code != "site_file_invalid":
            return error
        words = {
            name: self.mistake(str(value)) if name in ("rule", "next") else value
            for name, value in error.details.items()
        }
        return TodokeError(error.code, **words)

    def ask(self, question: str) -> str:
        """One line typed by the operator. Raises ``answer_needed`` when nobody can answer."""
        try:
            print(f"{question} ", end="", file=sys.stderr, flush=True)
            return input().strip()
        except EOFError as error:
            raise TodokeError("answer_needed", question=question) from error

    def ask_secret(self, question: str) -> str:
        """One line that is not shown. Raises ``answer_needed`` when there is no terminal."""
        if not sys.stdin.isatty():
            raise TodokeError("answer_needed", question=question)
        return getpass.getpass(f"{question} ", stream=sys.stderr)

    def progress(self, done: int, total: int, what: str) -> None:
        """One line that is rewritten on a terminal; silent when nobody watches."""
        if sys.stderr.isatty() and not self.arguments.json:
            end = "\n" if done >= total else ""
            print(f"\r{what} {done}/{total}", end=end, file=sys.stderr, flush=True)

    def counted(self, done: int, what: str, *, last: bool = False) -> None:
        """The same where nobody knows how much there is."""
        if sys.stderr.isatty() and not self.arguments.json:
            print(f"\r{what} {done}\x1b[K", end="\n" * last, file=sys.stderr, flush=True)
