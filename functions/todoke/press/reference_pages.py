"""The one page of each reference language (``core/reference.py``), and what ties them together.

Names and sentences come from the language's own file; facts, official names and whatever it lacks
stand as the catalogue has them, each part in an element that says its language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todoke.core.catalogue import Catalogue, Deadline, Event, Procedure
from todoke.core.reference import Reference
from todoke.press import phrases
from todoke.press.frame import FOLDERS, HREFLANG, Frame, Sheet

#: what a family dials at once: the numbers are the same all over Japan. 119: 消防庁; 110: 警察庁;
#: #8000: 厚生労働省 「子ども医療電話相談」; 189: こども家庭庁 「児童相談所虐待対応ダイヤル」
EMERGENCY: Mapping[str, str] = {"fire": "119", "police": "110", "child": "#8000", "abuse": "189"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A procedure within a life event. first: described here; else further up, and linked."""

    item: Procedure
    first: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A life event (None: of those that no event names) and its procedures in their order."""

    event: Event | None
    entries: tuple[Entry, ...]


def sheets(catalogue: Catalogue) -> Iterator[Sheet]:
    """``<code>/index.html`` of every reference language."""
    known = tuple(catalogue.references.values())
    every = groups(catalogue)
    for each in known:
        values = {"reference": each, "references": known, "groups": every}
        yield Sheet("reference.html", each.path, values, languages=("ja",), told=_told)


def chooser(catalogue: Catalogue) -> Sheet:
    """``languages.html``: every language by the name its readers give it."""
    return Sheet("languages.html", "languages.html", {"references": _known(catalogue)})


def groups(catalogue: Catalogue) -> Sequence[Group]:
    """Every procedure once in full, where a family meets it first."""
    seen: set[str] = set()
    found = [Group(each, _entries(catalogue, each.procedures, seen)) for each in _events(catalogue)]
    rest = _entries(
        catalogue, [each.id for each in catalogue.by_kana() if each.id not in seen], seen
    )
    return [*found, *([Group(None, rest)] if rest else [])]


def paths(catalogue: Catalogue) -> Mapping[str, str]:
    """Key of each page -> its language tag."""
    return {each.path: each.lang for each in _known(catalogue)}


def _known(catalogue: Catalogue) -> tuple[Reference, ...]:
    return tuple(catalogue.references.values())


def _events(catalogue: Catalogue) -> Sequence[Event]:
    return list(catalogue.events.values())


def _entries(catalogue: Catalogue, ids: Sequence[str], seen: set[str]) -> tuple[Entry, ...]:
    found = []
    for id in ids:
        found.append(Entry(catalogue.procedures[id], id not in seen))
        seen.add(id)
    return tuple(found)


def _told(frame: Frame, _language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the template asks for beside the Japanese: the English edition and the other pages."""
    city = frame.config.city

    def say(name: str, /, **own: object) -> str:
        return frame.words.say("en", name, **own)

    def head(deadline: Deadline) -> str:
        return phrases.limit(say, deadline).head

    return {
        "english": lambda words: frame.text("en", words),
        "english_limit": head,
        "english_city": {
            name: frame.pick("en", getattr(city, name)) for name in ("name", "hours", "address")
        },
        "emergency": EMERGENCY,
        "alternates": _alternates(frame, values["references"]),
    }


def _alternates(frame: Frame, known: Sequence[Reference]) -> Sequence[tuple[str, str]]:
    """(hreflang, address): the first pages of the three editions and the page of each language."""
    editions = [(HREFLANG[each], f"{folder}index.html") for each, folder in FOLDERS.items()]
    others = [(each.lang, each.path) for each in known]
    return [(lang, frame.absolute(path)) for lang, path in (*editions, *others)]


__all__ = ["Entry", "Group", "chooser", "groups", "paths", "sheets"]
