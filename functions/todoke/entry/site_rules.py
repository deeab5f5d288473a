"""What is wrong with a file of ``site/``, in the words of who sits at the terminal.

The core says a rule in English, close to the code that keeps it. ``cli.mistake`` of the English
locale holds those sentences with {gaps} where a name or figure stands; the same name in another
locale says it in that language. A rule that nobody has put there yet is shown as the core said it
(``tests/entry/test_site_rules.py`` looks for such among what a procedure's file can do wrong)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from todoke.core.words import Dictionary

_NAMED = "cli.mistake."
_GAP = re.compile(r"\{(\w+)\}")


def spoken(dictionary: Dictionary, language: str, said: str) -> str:
    """The rule or the next step in that language."""
    if language == "en":
        return said
    for name, form in _forms(_english(dictionary)):
        found = form.fullmatch(said)
        if found and dictionary.has(language, name):
            return dictionary.say(language, name, **found.groupdict())
    return said


def known(dictionary: Dictionary, said: str) -> bool:
    """Whether there are words for it."""
    return any(form.fullmatch(said) for _, form in _forms(_english(dictionary)))


def _english(dictionary: Dictionary) -> tuple[tuple[str, str], ...]:
    english: Mapping[str, str] = dictionary.sentences["en"]
    return tuple(pair for pair in english.items() if pair[0].startswith(_NAMED))


@lru_cache(maxsize=2)
def _forms(sentences: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    """The most exact first: those with the most letters outside their gaps."""
    by_length = sorted(sentences, key=lambda pair: -len(_GAP.sub("", pair[1])))
    return [(name, _form(text)) for name, text in by_length]


def _form(text: str) -> re.Pattern[str]:
    parts = _GAP.split(text)  # words and names of gaps in turn
    made = (f"(?P<{each}>.*)" if at % 2 else re.escape(each) for at, each in enumerate(parts))
    return re.compile("".join(made), re.DOTALL)
