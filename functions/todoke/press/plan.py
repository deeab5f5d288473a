"""What a printed page was made of, so that the next printing knows whether it may stay.

A page is nothing but a function of its sheet and of what all pages share (templates, sentences,
readings, assets, settings, the program): templates see nothing else. Its mark is therefore taken
of everything the sheet holds, whatever that is: a procedure counts with the bytes of its file, the
other parts of the catalogue with the bytes of all other files, plain values with themselves. A
sheet that holds anything else has no mark and is printed every time: nobody lists what a page
depends on, and what cannot be told is never taken for unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, ValuesView
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any

from markupsafe import Markup

from todoke.core.catalogue import Area, Catalogue, Event, Marks, Procedure, Source, Topic
from todoke.core.places import PlaceFile
from todoke.core.reference import Reference
from todoke.press.amount_page import AmountPage
from todoke.press.frame import Sheet

#: of the shape below; another number is another plan
VERSION = 1
_PLAIN = (str, int, float, bool, type(None), bytes)


class _CannotTellError(Exception):
    """A value of which nobody knows whether it changed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One page of a release. mark: of what it was made of. digest: SHA-256 of its bytes.
    listed: whether search engines may list it."""

    mark: str
    digest: str
    listed: bool


def read(plan: bytes | None) -> tuple[int, Mapping[str, Printed]]:
    """Number of a release and its pages by key; no pages where nothing is known."""
    if plan is None:
        return 0, {}
    found = json.loads(plan)
    if found["version"] != VERSION:
        return 0, {}
    return found["release"], {key: Printed(*each) for key, each in found["pages"].items()}


def write(release: int, pages: Mapping[str, Printed]) -> bytes:
    """As ``read`` reads it."""
    rows = {key: [each.mark, each.digest, each.listed] for key, each in pages.items()}
    return json.dumps({"version": VERSION, "release": release, "pages": rows}).encode()


class Marker:
    """Takes the marks of the sheets of one catalogue. shared: of what all pages share."""

    def __init__(self, catalogue: Catalogue, shared: str) -> None:
        self._catalogue = catalogue
        marks = catalogue.marks or Marks({}, "")
        self._procedures = marks.procedures
        every = [marks.procedures.get(each, "") for each in catalogue.procedures]
        self._whole = _digest([list(catalogue.procedures), every])
        self._shared = _digest([VERSION, shared, marks.rest])
        self._last: tuple[Sheet, Any] | None = None
        every_procedure = catalogue.procedures.values()
        of_procedures = {each.id for one in every_procedure for each in one.own_sources}
        self._same = {
            id(each): ["of", kind, name]
            for kind, items in (
                ("topic", catalogue.topics),
                ("area", catalogue.areas),
                ("event", catalogue.events),
                ("source", catalogue.sources),
                ("reference", catalogue.references),
            )
            for name, each in items.items()
            if kind != "source" or name not in of_procedures  # a source in a procedure's file
        }
        #: the amounts of a benefit are on the pages of several procedures
        self._amounts: dict[int, tuple[AmountPage, str]] = {}

    def mark(self, sheet: Sheet, language: str) -> str | None:
        """The mark of one page; None when it cannot be told."""
        if self._catalogue.marks is None:
            return None
        try:
            own = [self._values(sheet), self._of_others(sheet.by_language(language))]
        except _CannotTellError:
            return None
        if getattr(sheet.told, "__closure__", ()) is not None:  # it may see anything
            return None
        told = [sheet.told.__module__, sheet.told.__qualname__]
        frame = [sheet.template, sheet.path, sheet.tab, sheet.indexed, language, told]
        return _digest([self._shared, frame, own])

    def _values(self, sheet: Sheet) -> Any:
        """Of what a sheet shows in every language; it is asked for three times in a row."""
        if self._last is None or self._last[0] is not sheet:
            self._last = sheet, self._of_others(sheet.values)
        return self._last[1]

    def _of(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is Procedure:
            return self._procedure(value)
        if kind is PlaceFile:
            return ["places", value.kind, value.digest]
        if kind is AmountPage:
            if id(value) not in self._amounts:
                self._amounts[id(value)] = value, _digest(self._of_others(value))
            return ["amount", self._amounts[id(value)][1]]
        if kind in (tuple, list):
            return [self._of(each) for each in value]
        if kind is dict:
            return ["table", [[self._of(key), self._of(each)] for key, each in value.items()]]
        if kind is Catalogue and value is self._catalogue:
            return ["catalogue", self._whole]
        if kind in (Topic, Event, Source, Area, Reference) and id(value) in self._same:
            return self._same[id(value)]
        return self._of_others(value)

    def _of_others(self, value: Any) -> Any:
        kind = type(value)
        if kind is Markup:
            return ["markup", str(value)]
        if isinstance(value, Mapping):
            return ["table", [[self._of(key), self._of(each)] for key, each in value.items()]]
        if isinstance(value, ValuesView | Sequence):
            return ["list", kind.__name__, [self._of(each) for each in value]]
        if isinstance(value, date):
            return ["date", repr(value)]
        if is_dataclass(value) and not isinstance(value, type | Catalogue):
            inner = [self._of(getattr(value, name)) for name in _names(kind)]  # type: ignore[arg-type]
            return ["shape", kind.__module__, kind.__qualname__, inner]
        raise _CannotTellError

    def _procedure(self, procedure: Procedure) -> Any:
        """By its file, if it is the one of the catalogue."""
        if self._catalogue.procedures.get(procedure.id) is procedure:
            return ["procedure", procedure.id, self._procedures[procedure.id]]
        return self._of_others(procedure)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


__all__ = ["Marker", "Printed", "read", "write"]
