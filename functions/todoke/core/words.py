"""The sentences of the product: locales in three languages, looked up by dotted name.

A name that is missing in a language falls back 英語 -> やさしい日本語 -> 日本語 (never to a key),
and ``tests/test_whole.py`` keeps that from being needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from todoke.core.errors import TodokeError

LANGUAGES = ("ja", "easy", "en")
#: where a language looks when it lacks a sentence
FALLBACK: Mapping[str, tuple[str, ...]] = {
    "ja": ("ja",),
    "easy": ("easy", "ja"),
    "en": ("en", "easy", "ja"),
}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """sentences: language -> dotted name -> text with {parameters}."""

    sentences: Mapping[str, Mapping[str, str]]

    def say(self, language: str, name: str, /, **values: object) -> str:
        """The sentence in that language, its {parameters} filled in.

        Raises KeyError for a name no language has: a defect, not a user's mistake."""
        for each in FALLBACK[language]:
            text = self.sentences[each].get(name)
            if text is not None:
                return text.format_map(_Lenient(values)) if values else text
        raise KeyError(name)

    def explain(self, language: str, error: TodokeError) -> tuple[str, str]:
        """What happened and what to do next. Codes among the details have sentences of their
        own (``errors.rule.…``, ``errors.production.…``); the rest is shown as it is."""
        values = {
            name: self._value(language, name, str(value)) for name, value in error.details.items()
        }
        message = self.say(language, f"errors.{error.code}.message", **values)
        return message, self.say(language, f"errors.{error.code}.advice", **values)

    def _value(self, language: str, name: str, value: str) -> str:
        if name == "reasons":
            named = (self._or(language, f"errors.production.{n}", n) for n in value.split())
            return " / ".join(named)
        return self._or(language, f"errors.rule.{value}", value) if name == "rule" else value

    def _or(self, language: str, name: str, otherwise: str) -> str:
        known = any(self.has(each, name) for each in FALLBACK[language])
        return self.say(language, name) if known else otherwise

    def has(self, language: str, name: str) -> bool:
        """Whether the language itself (no fallback) has the sentence."""
        return name in self.sentences[language]

    def part(self, language: str, prefix: str) -> dict[str, str]:
        """All sentences below a prefix, the prefix cut off, fallbacks filled in."""
        start = prefix + "."
        found: dict[str, str] = {}
        for each in reversed(FALLBACK[language]):
            for name, text in self.sentences[each].items():
                if name.startswith(start):
                    found[name.removeprefix(start)] = text
        return found


class _Lenient(dict[str, object]):
    """A missing parameter shows as its name rather than breaking an error page."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def parse(files: Mapping[str, bytes]) -> Dictionary:
    """Reads ``locales/<language>/*.yaml`` out of the site's files (path -> bytes).

    Raises ``site_file_invalid`` naming the file."""
    sentences: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for path, body in sorted(files.items()):
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "locales" and parts[2].endswith(".yaml"):
            if parts[1] not in sentences:
                raise TodokeError(
                    "site_file_invalid", file=path, rule="language", next="ja easy en"
                )
            _flatten(path, _load(path, body), "", sentences[parts[1]])
    return Dictionary(sentences)


@lru_cache(maxsize=128)  # forty files of YAML take 0.3 s; nobody changes what is read here
def _load(path: str, body: bytes) -> Any:
    try:
        return yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise TodokeError(
            "site_file_invalid", file=path, field=f"line {line}", rule="YAML"
        ) from error


def _flatten(path: str, node: object, prefix: str, into: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(path, value, f"{prefix}.{key}" if prefix else str(key), into)
    elif isinstance(node, str):
        into[prefix] = node
    else:
        raise TodokeError("site_file_invalid", file=path, field=prefix, rule="text in quotes")
