"""Every text of the catalogue with the place it stands: for what looks at all of them at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache

from todoke.core.catalogue import Catalogue
from todoke.core.site_fields import Text

_KANJI = re.compile("[々〆㐀-䶿一-鿿]")


def texts(catalogue: Catalogue) -> Iterator[tuple[str, str, Text]]:
    """(file below site/, dotted field, words) of every text in languages."""
    for each in catalogue.procedures.values():
        for field, words in texts_of(each):
            yield f"procedures/{each.id}.yaml", field, words
    for folder, group in (("topics", catalogue.topics), ("events", catalogue.events)):
        for id, item in group.items():
            for field, words in texts_of(item):
                yield f"{folder}/{id}.yaml", field, words
    own = {one.id for each in catalogue.procedures.values() for one in each.own_sources}
    single: Mapping[str, Mapping[str, object]] = {
        "areas": catalogue.areas,
        "sources": {id: each for id, each in catalogue.sources.items() if id not in own},
        "facts": catalogue.facts,
        "benefits": catalogue.benefits,
        "deadlines": catalogue.deadlines,
        "checkups": catalogue.timeline.checkups,
    }
    for name, entries in single.items():
        for id, entry in entries.items():
            for field, words in texts_of(entry):
                yield f"{name}.yaml", f"{id}.{field}", words
    if catalogue.timeline.programme:
        for field, words in texts_of(catalogue.timeline.programme):
            yield "immunization.yaml", field, words


def texts_of(value: object, where: str = "") -> Iterator[tuple[str, Text]]:
    """Every text in languages below a value (a shape, mapping or list), with its dotted place;
    lists count from 1."""
    if isinstance(value, Mapping):
        if "ja" in value and all(isinstance(each, str) for each in value.values()):
            yield where, value
            return
        for key, each in value.items():
            yield from texts_of(each, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value, 1):
            yield from texts_of(each, f"{where}[{number}]")
    elif is_dataclass(value):
        for name in _names(value.__class__):
            each = getattr(value, name)
            if each and not isinstance(each, str | bool | int):
                yield from texts_of(each, f"{where}.{name}" if where else name)


def without_reading(texts: Sequence[str], uncovered: Callable[[str], Sequence[str]]) -> int:
    """How many of them hold a kanji without a reading."""
    plain = (re.sub(r"\{\w+\}", "1", each) for each in texts if _KANJI.search(each))
    return sum(bool(uncovered(each)) for each in plain)


@cache
def _names(shape: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(shape))
