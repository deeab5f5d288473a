"""Reads one mapping of a site file field by field; every mistake names file, field, rule and
what to do next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todoke.core.errors import TodokeError
from todoke.core.site_yaml import SiteFile, Value, invalid
from todoke.core.words import LANGUAGES

#: language -> words; "ja" is always there. A language that lacks the words is shown the
#: Japanese, marked as such: nothing is translated by machine.
Text = Mapping[str, str]

#: ids become file names and URLs, so they are lower-case ASCII
ID = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping at ``where`` (dotted path, "" for the whole file) of ``file``."""

    file: SiteFile
    where: str
    found: Mapping[str, Value]

    @staticmethod
    def of(file: SiteFile, where: str, value: Value, known: Sequence[str]) -> Fields:
        """Checks that it is a mapping and that every key is known."""
        fields = Fields(file, where, value if isinstance(value, dict) else {})
        if not isinstance(value, dict):
            raise fields.wrong("", "fields written as name: value", "see docs/reference.md")
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.5)
                step = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                raise fields.wrong(key, "an unknown field", step)
        return fields

    def name(self, key: str) -> str:
        """Dotted path of a field of this mapping."""
        return f"{self.where}.{key}" if self.where and key else self.where or key

    def wrong(self, key: str, rule: str, next_step: str) -> TodokeError:
        """The error for one field, with the line it stands on."""
        name = self.name(key)
        line = self.file.lines.get(name) or self.file.lines.get(self.where)
        shown = f"{name or '-'} (line {line})" if line else name
        return invalid(self.file.path, shown, rule, next_step)

    def need(self, key: str) -> Value:
        """The value of a field that must be there."""
        if self.found.get(key) is None:
            raise self.wrong(key, "this field must be filled in", f"add {key}: …")
        return self.found[key]

    def text(self, key: str) -> str:
        """Words on one field, trimmed, not empty."""
        value = self.need(key)
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
            raise self.wrong(key, f"text of 1 to {MAX_TEXT} characters", "put it in quotes")
        return value.strip()

    def maybe_text(self, key: str) -> str:
        """Words, or "" when the field is absent."""
        return "" if self.found.get(key) is None else self.text(key)

    def id(self, key: str) -> str:
        """An identifier: a-z, 0-9, single - or _ between."""
        value = self.text(key)
        if not ID.fullmatch(value) or len(value) > 40:
            raise self.wrong(key, "letters a-z, digits and - only", "shorten or respell the id")
        return value

    def words(self, key: str) -> Text:
        """Words in one or more languages; plain text means Japanese only."""
        return self._words(key, self.need(key))

    def maybe_words(self, key: str) -> Text | None:
        """Words, or None when the field is absent."""
        return None if self.found.get(key) is None else self.words(key)

    def list_of_words(self, key: str) -> tuple[Text, ...]:
        """A list of words; absent is empty."""
        items = enumerate(self._list(key), 1)
        return tuple(self._words(f"{key}[{number}]", value) for number, value in items)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of plain texts; absent is empty."""
        values = []
        for number, value in enumerate(self._list(key), 1):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{key}[{number}]", "text", "put it in quotes")
            values.append(value)
        return tuple(values)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """One of a fixed list of words."""
        value = self.text(key)
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, 1, 0.5)
            step = f"did you mean {near[0]}?" if near else f"choose from: {', '.join(allowed)}"
            raise self.wrong(key, f"{value!r} is not a known value", step)
        return value

    def whole(self, key: str, low: int = 0, high: int = 100_000) -> int | None:
        """A whole number within bounds, or None when absent."""
        value = self.found.get(key)
        if value is None:
            return None
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}", "write digits only")
        return value

    def flag(self, key: str) -> bool:
        """true or false; absent is false."""
        value = self.found.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", "write true or false without quotes")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        """A text of a fixed form, or "" when absent."""
        value = self.maybe_text(key)
        if value and not pattern.fullmatch(value):
            raise self.wrong(key, rule, f"{value!r} does not fit: write it that way")
        return value

    def inner(self, key: str, known: Sequence[str]) -> Fields | None:
        """A mapping inside this one, or None when absent."""
        value = self.found.get(key)
        return None if value is None else Fields.of(self.file, self.name(key), value, known)

    def each(self, key: str, known: Sequence[str]) -> tuple[Fields, ...]:
        """A list of mappings; absent is empty."""
        items = enumerate(self._list(key), 1)
        where = self.name(key)
        return tuple(Fields.of(self.file, f"{where}[{n}]", value, known) for n, value in items)

    def _list(self, key: str) -> list[Value]:
        value = self.found.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list", "write each entry on a line that begins with -")
        return value

    def _words(self, key: str, value: Value) -> Text:
        if isinstance(value, str):
            value = {"ja": value}
        inner = Fields.of(self.file, self.name(key), value, LANGUAGES)
        return {each: inner.text(each) for each in ("ja", *inner.found)}
