"""The questions and the dates of a child in a reference language: check/<code>.json and
timeline/<code>.json, in the shape of those of the three editions (``check_files``,
``timeline_page``).

Rules, figures and paths are the very objects of the Japanese files; only words are others. A name
stands with the Japanese one beside it, because the counter uses that; time limits, steps of a
computation, notes and whatever has no translation stand in Japanese, marked as such. Days are
YYYY-MM-DD, which needs no translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todoke.core.catalogue import Catalogue
from todoke.core.reference import Reference
from todoke.core.reference_words import (
    CHOICE,
    FACT,
    NAME,
    Told,
    fallback,
    limit_name,
    marked,
    sources,
)
from todoke.press import check_files, reference_pages, timeline_page
from todoke.press.assets import to_json
from todoke.press.frame import Frame

#: how days are written: {iso} is YYYY-MM-DD
_DAYS = {
    "written.day": "{iso}",
    "written.year": "{year}",
    "written.month": "[{year}年{month}|ja]",
}
#: shown by the phone between names
_JOINT = {"edge.joint": ", "}


def files(catalogue: Catalogue, frame: Frame) -> dict[str, bytes]:
    """Of every reference language that has words for them."""
    languages = [each for each in catalogue.references.values() if each.words is not None]
    if not languages:
        return {}
    every, found = sources(catalogue, frame.words), dict[str, bytes]()
    homes = reference_pages.homes(catalogue)
    asked = check_files.questions(catalogue, frame, "ja")
    dated = timeline_page.file(catalogue, frame, "ja") if catalogue.timeline.programme else None
    for each in languages:
        assert each.words is not None
        voice = _Voice(catalogue, frame, each, Told(each.words, every), homes)
        found[f"check/{each.id}.json"] = to_json(voice.questions(asked))
        if dated is not None:
            found[f"timeline/{each.id}.json"] = to_json(voice.dates(dated))
    return found


class _Voice:
    """Puts the words of one language into the files of the Japanese."""

    def __init__(
        self,
        catalogue: Catalogue,
        frame: Frame,
        reference: Reference,
        told: Told,
        homes: Mapping[str, str],
    ) -> None:
        self._catalogue, self._frame, self._told = catalogue, frame, told
        self._reference, self._homes = reference, homes

    def questions(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """check/<code>.json."""
        return {
            **asked,
            "words": self._words(check_files.SECTIONS, asked["words"]),
            "facts": [self._fact(each) for each in asked["facts"]],
            "procedures": [self._procedure(each) for each in asked["procedures"]],
        }

    def dates(self, dated: Mapping[str, Any]) -> Mapping[str, Any]:
        """timeline/<code>.json."""
        return {
            **dated,
            "words": self._words(timeline_page.SECTIONS, dated["words"]) | _JOINT,
            "names": {id: self._name(id, name) for id, name in dated["names"].items()},
            "paths": {
                id: self._path(procedure, f"#{procedure}")
                for id, procedure in timeline_page.procedures(self._catalogue).items()
                if procedure in self._catalogue.procedures
            },
            "abouts": {id: marked(each) for id, each in dated["abouts"].items()},
            "notes": [marked(each) for each in dated["notes"]],
            "vaccine_notes": {
                id: {when: marked(each) for when, each in notes.items()}
                for id, notes in dated["vaccine_notes"].items()
            },
            "sources": [{**each, "title": marked(each["title"])} for each in dated["sources"]],
        }

    def _words(self, sections: Mapping[str, str], japanese: Mapping[str, str]) -> dict[str, str]:
        """The sentences of a page by the names it calls them: its own, else Japanese."""
        whole = {short: section for section, short in sections.items()}
        found = {}
        for name, text in japanese.items():
            short = max((each for each in whole if name.startswith(each)), key=len)
            source = f"{whole[short]}.{name.removeprefix(short)}"
            if short in ("month.", "weekday."):
                found[name] = text
            elif self._told.wants(source):
                found[name] = self._told.say(source)
            else:
                found[name] = marked(text)
        return found | _DAYS

    def _fact(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        question = self._told.say(FACT + shape["name"])
        found = {**shape, "question": question}
        if "tick" in shape:
            found["tick"] = question
        if "choices" in shape:
            fact = self._catalogue.facts[shape["name"]]
            labels = [self._label(fact.name, each.value, each.label) for each in fact.choices]
            pairs = zip(shape["choices"], labels, strict=True)
            found["choices"] = [{**each, "label": label} for each, label in pairs]
        return found

    def _label(self, fact: str, value: str, label: Mapping[str, str]) -> str:
        name = f"{CHOICE}{fact}.{value}"
        if self._told.wants(name):
            return self._told.say(name)
        # a proper name: in Latin letters, the Japanese beside it
        return f"{label['en']} {marked(label['ja'])}" if "en" in label else fallback(label)

    def _procedure(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        named = self._reference.procedures.get(shape["id"])
        japanese = marked(shape["name"])
        limit, own = dict(shape["limit"]), self._limit(shape["id"])
        for each in ("head", "count"):
            if each in limit:
                limit[each] = marked(limit[each])
        if own:
            limit["head"] = f"{own} ({limit['head']})"
        found = {
            **shape,
            "name": f"{named.name} ({japanese})" if named else japanese,
            "path": self._path(shape["id"]),
            "anchor": f"#{shape['id']}",
            "limit": limit,
        }
        found.pop("sums", None)  # the calculator is on the full page
        return found

    def _name(self, id: str, japanese: str) -> str:
        """Of a vaccine, a check-up or a paper, the Japanese beside it."""
        if self._told.wants(NAME + id):
            own = self._told.say(NAME + id) if self._told.has(NAME + id) else ""
        else:
            procedure = timeline_page.procedures(self._catalogue).get(id, "")
            named = self._reference.procedures.get(procedure)
            own = named.name if named else ""
        return f"{own} ({marked(japanese)})" if own else marked(japanese)

    def _limit(self, procedure: str) -> str:
        """A time limit without a day or a number, where there are words for it."""
        name = limit_name(self._catalogue.procedures[procedure].deadline)
        return self._told.say(name) if name and self._told.has(name) else ""

    def _path(self, procedure: str, anchor: str = "") -> str:
        return f"/{self._reference.id}/{self._homes[procedure]}{anchor}"


__all__ = ["files"]
