"""The bridge's words in 日本語, やさしい日本語 and English, from ``words/*.toml``."""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, cast

Language = Literal["ja", "easy", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "easy", "en")
_FOLDER = Path(__file__).with_name("words")


@cache
def _words(language: Language) -> dict[str, dict[str, str]]:
    text = (_FOLDER / f"{language}.toml").read_text("utf-8")
    return cast(dict[str, dict[str, str]], tomllib.loads(text))


def say(language: Language, table: str, name: str, /, **values: int | str) -> str:
    """One sentence with its values; KeyError when there is none (a test looks for all)."""
    return _words(language)[table][name].format(**values)


def preferred(accept_language: str | None) -> Language:
    """The language for a refusal whose body was not read: English if the browser prefers it."""
    return "en" if (accept_language or "").strip().lower().startswith("en") else "ja"


def tell(name: str, **values: int | str) -> None:
    """A sentence for whoever started the program, on standard error: Japanese, then English."""
    languages: tuple[Language, ...] = ("ja", "en")
    for language in languages:
        print(say(language, "cli", name, **values), file=sys.stderr, flush=True)
