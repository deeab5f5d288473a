"""The YAML of ``site/``: a small, strict part of the language, with line numbers.

Read from the parser's events rather than with a loader, because a file here may come from
anyone who can edit a folder: no anchors or aliases (a few lines of them grow to gigabytes), no
tags, no repeated key (YAML 1.2 section 3.2.1.1 forbids it, loaders take the last), bounded
depth and size. Plain scalars become ``true``/``false``, whole numbers or null; everything else
stays text, so ``no``, ``2026-04`` and ``06-01`` mean what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from todoke.core.errors import TodokeError

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]

#: the longest procedure file is 4 KB; a file of sources 12 KB
MAX_BYTES = 256 * 1024
#: eligibility trees are the deepest thing we write: 9 levels
MAX_DEPTH = 24

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_NAMED: dict[str, Value] = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What a file says. lines: dotted field -> the line it stands on (1 = the first)."""

    path: str
    value: Value
    lines: dict[str, int]


def load(path: str, body: bytes) -> SiteFile:
    """Reads one file. Raises ``site_file_invalid`` naming file, field or line, and rule."""
    if len(body) > MAX_BYTES:
        raise invalid(path, "-", f"at most {MAX_BYTES // 1024} KB", "split the file")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(
            path, f"byte {error.start}", "UTF-8 text", "save the file as UTF-8"
        ) from error
    try:
        return _Reading(path, yaml.parse(text, Loader=_LOADER)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"line {mark.line + 1}" if mark else "-"
        problem = getattr(error, "problem", None) or "not readable"
        raise invalid(path, place, f"YAML: {problem}", "mend that line") from error


def invalid(path: str, field: str, rule: str, next_step: str) -> TodokeError:
    """The one error for a file that describes the municipality."""
    return TodokeError(
        "site_file_invalid", file=f"site/{path}", field=field or "-", rule=rule, next=next_step
    )


class _Reading:
    """One pass over the events of one file."""

    def __init__(self, path: str, events: Iterator[Event]) -> None:
        self._path = path
        self._events = events
        self._lines: dict[str, int] = {}

    def document(self) -> SiteFile:
        value: Value = None
        found = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                found += 1
                if found > 1:
                    raise self._refuse(event, "one document only", "remove the second ---")
            elif isinstance(
                event, MappingStartEvent | SequenceStartEvent | ScalarEvent | AliasEvent
            ):
                value = self._value(event, "", 0)
        return SiteFile(self._path, value, self._lines)

    def _value(self, event: Event, field: str, depth: int) -> Value:
        if getattr(event, "anchor", None):  # an alias names its anchor too
            raise self._refuse(event, "no & anchors and no * aliases", "write the text out again")
        if getattr(event, "tag", None):
            raise self._refuse(event, "no ! tags", "remove the tag")
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"at most {MAX_DEPTH} levels deep", "make it flatter")
        self._lines[field] = _line_of(event)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._list(field, depth)
        return self._map(field, depth)

    def _list(self, field: str, depth: int) -> list[Value]:
        items: list[Value] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, f"{field}[{len(items) + 1}]", depth + 1))
        return items

    def _map(self, field: str, depth: int) -> dict[str, Value]:
        pairs: dict[str, Value] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                raise self._refuse(event, "a field name is text", "write name: value")
            key = event.value
            if key in pairs:
                raise self._refuse(event, f"{key!r} stands here twice", "keep one of them")
            inner = f"{field}.{key}" if field else key
            pairs[key] = self._value(next(self._events), inner, depth + 1)
        return pairs

    def _refuse(self, event: Event, rule: str, next_step: str) -> TodokeError:
        return invalid(self._path, f"line {_line_of(event)}", rule, next_step)


def _line_of(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(event: ScalarEvent) -> Value:
    text = str(event.value)
    if event.style:
        return text
    if text in _NAMED:
        return _NAMED[text]
    return int(text) if _WHOLE.fullmatch(text) else text
