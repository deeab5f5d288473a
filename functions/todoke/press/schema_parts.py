"""What the published JSON Schemas (draft 2020-12) are put together from.

https://json-schema.org/draft/2020-12. Each field says what it means, in which unit and where its
value comes from, so that whoever reads our open data needs no other paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object. says: what it means. needed: whether it is always there. unit: of
    the value, "" where it has none. source: where the value comes from, when it is not the field
    of the same name in the object's own file."""

    says: str
    shape: Shape
    needed: bool = False
    unit: str = ""
    source: str = ""


def needed(says: str, shape: Shape, unit: str = "", source: str = "") -> Field:
    """A field that is always there."""
    return Field(says, shape, True, unit, source)


def record(about: str, source: str, fields: Mapping[str, Field]) -> Shape:
    """An object with these fields and no others. source: the file its values come from."""
    return {
        "type": "object",
        "description": f"{about} Source: {source}.",
        "properties": {name: _described(name, each, source) for name, each in fields.items()},
        "required": [name for name, each in fields.items() if each.needed],
        "additionalProperties": False,
    }


def _described(name: str, field: Field, source: str) -> Shape:
    sentences = [field.says]
    if field.unit:
        sentences.append(f"Unit: {field.unit}.")
    sentences.append(f"Source: {field.source or f'{source}, {name}'}.")
    return {**field.shape, "description": " ".join(sentences)}


def document(url: str, title: str, shape: Shape, parts: Mapping[str, Shape]) -> Shape:
    """A whole schema. url: its public address; parts: what ``ref`` points to."""
    return {"$schema": DIALECT, "$id": url, "title": title, **shape, "$defs": dict(parts)}


def ref(name: str) -> Shape:
    """A part of the same document."""
    return {"$ref": f"#/$defs/{name}"}


def many(items: Shape, least: int = 0) -> Shape:
    """A list."""
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def table(values: Shape) -> Shape:
    """An object whose names are free."""
    return {"type": "object", "additionalProperties": values}


def one_of(values: Sequence[str]) -> Shape:
    """One of a fixed list of words."""
    return {"type": "string", "enum": list(values)}


def matching(pattern: str) -> Shape:
    """Text of a fixed form (ECMA-262, anchored)."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def whole(least: int = 0) -> Shape:
    """A whole number."""
    return {"type": "integer", "minimum": least}


STRING: Shape = {"type": "string", "minLength": 1}
FLAG: Shape = {"type": "boolean"}
VERSION: Shape = {"const": 1}
URL: Shape = {"type": "string", "pattern": "^https?://"}
ID = matching("[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
DAY = matching("[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH = matching("[0-9]{4}-(?:0[1-9]|1[0-2])")
PARTIAL_DAY = matching("[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
MONTH_DAY = matching("[0-9]{2}-[0-9]{2}")
#: {"ja": …, "easy": …, "en": …}; Japanese is always there, a missing language falls back to it
TEXT: Shape = {
    "type": "object",
    "description": "Words in languages: ja (always there), easy (やさしい日本語), en.",
    "properties": {
        "ja": {**STRING, "description": "Japanese, the wording that counts."},
        "easy": {**STRING, "description": "Easy Japanese: short phrases with spaces."},
        "en": {**STRING, "description": "English."},
    },
    "required": ["ja"],
    "additionalProperties": False,
}
