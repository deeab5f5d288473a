"""How much of the product there is in each language, and who has read it.

Counted from the sentences and the catalogue themselves; who has read them stands in
``site/languages.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todoke.core import reference_words
from todoke.core.catalogue_texts import texts, without_reading
from todoke.core.reference_words import Told
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile
from todoke.core.words import LANGUAGES, Dictionary

if TYPE_CHECKING:
    from todoke.core.catalogue import Catalogue
    from todoke.core.reference import Reference

PATH = "languages.yaml"
#: part -> beginnings of the names of its sentences; the console and the terminal are for staff
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "pages": ("site.", "amounts.", "check.", "check_tick.", "timeline.", "timeline_page.", "ways."),
    "phone": ("phone.", "push.", "addressed.", "pair."),
    "errors": ("errors.",),
}
#: part -> what its files begin with
_FILES: Mapping[str, tuple[str, ...]] = {
    "procedures": ("procedures/",),
    "events": ("events/", "topics/", "areas.yaml"),
    "facts": ("facts.yaml",),
    "benefits": ("benefits.yaml",),
    "deadlines": ("deadlines.yaml",),
    "timeline": ("immunization.yaml", "checkups.yaml"),
    "sources": ("sources.yaml",),
}
#: in the order of the page; forms stand in the files of their procedures
PARTS = (
    *SENTENCES,
    *("procedures", "forms", "events", "facts", "benefits", "deadlines", "timeline", "sources"),
)
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True, slots=True)
class Checked:
    """Somebody other than the author has read a part in a language. on: YYYY-MM-DD."""

    language: str
    part: str
    by: Text
    on: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """texts: how many the part has. there: how many in this language; the others fall back.
    without_reading: how many in やさしい日本語 hold a kanji that gets no furigana (0 elsewhere)."""

    language: str
    part: str
    texts: int
    there: int
    without_reading: int
    checked: Checked | None

    @property
    def missing(self) -> int:
        """How many fall back to another language."""
        return self.texts - self.there


@dataclass(frozen=True, slots=True)
class ReferenceCoverage:
    """How much a reference language has. Of its sentences it has all, or it would be refused."""

    reference: Reference
    procedures: int
    procedures_there: int
    events: int
    events_there: int
    #: of the questions and dates: how many it has of how many; the others are shown in Japanese
    words: tuple[int, int] = (0, 0)

    @property
    def texts(self) -> int:
        """Sentences, names of life events, and two texts a procedure."""
        return len(self.reference.sentences) + self.events + 2 * self.procedures

    @property
    def there(self) -> int:
        """How many of them it has; the others are shown in English."""
        return len(self.reference.sentences) + self.events_there + 2 * self.procedures_there


def words_of_references(catalogue: Catalogue, words: Dictionary) -> Mapping[str, tuple[int, int]]:
    """How much each reference language has of the questions and dates, and how much there is."""
    every = reference_words.sources(catalogue, words)
    return {
        each.id: (Told(each.words, every).there if each.words else 0, len(every))
        for each in catalogue.references.values()
    }


def references(
    catalogue: Catalogue, words: Mapping[str, tuple[int, int]] | None = None
) -> Sequence[ReferenceCoverage]:
    """Every reference language in its order. words: of ``words_of_references``."""
    return [
        ReferenceCoverage(
            reference=each,
            procedures=len(catalogue.procedures),
            procedures_there=sum(one in each.procedures for one in catalogue.procedures),
            events=len(catalogue.events),
            events_there=sum(one in each.events for one in catalogue.events),
            words=(words or {}).get(each.id, (0, 0)),
        )
        for each in catalogue.references.values()
    ]


def checked(file: SiteFile) -> tuple[Checked, ...]:
    """``site/languages.yaml``. Raises ``site_file_invalid``."""
    known = ("language", "part", "by", "on")
    found: list[Checked] = []
    for fields in Fields.of(file, "", file.value, ("checked",)).each("checked", known):
        fields.need("on")
        one = Checked(
            language=fields.choice("language", LANGUAGES),
            part=fields.choice("part", PARTS),
            by=fields.words("by"),
            on=fields.matching("on", _DAY, "a day, YYYY-MM-DD"),
        )
        if any((each.language, each.part) == (one.language, one.part) for each in found):
            raise fields.wrong("part", "it stands here twice", "keep the newer one")
        found.append(one)
    return tuple(found)


def coverage(
    catalogue: Catalogue, words: Dictionary, uncovered: Callable[[str], Sequence[str]]
) -> Sequence[Coverage]:
    """Every language with every part, languages first. uncovered: kanji without a reading."""
    parts = {**_sentences(words), **_catalogue(catalogue)}
    return [
        _one(catalogue, language, part, parts[part], uncovered)
        for language in LANGUAGES
        for part in PARTS
        if parts[part]
    ]


def _one(
    catalogue: Catalogue,
    language: str,
    part: str,
    texts: Sequence[Text],
    uncovered: Callable[[str], Sequence[str]],
) -> Coverage:
    there = [each[language] for each in texts if language in each]
    return Coverage(
        language=language,
        part=part,
        texts=len(texts),
        there=len(there),
        without_reading=without_reading(there, uncovered) if language == "easy" else 0,
        checked=catalogue.who_checked(language, part),
    )


def _sentences(words: Dictionary) -> Mapping[str, Sequence[Text]]:
    """The sentences of each part as texts."""

    def of(beginnings: tuple[str, ...]) -> Iterable[Text]:
        for name in words.sentences["ja"]:
            if name.startswith(beginnings):
                yield {
                    each: words.sentences[each][name] for each in LANGUAGES if words.has(each, name)
                }

    return {part: tuple(of(beginnings)) for part, beginnings in SENTENCES.items()}


def _catalogue(catalogue: Catalogue) -> Mapping[str, Sequence[Text]]:
    found: dict[str, list[Text]] = {part: [] for part in (*_FILES, "forms")}
    for file, field, text in texts(catalogue):
        in_form = file.startswith("procedures/") and field.startswith("form.")
        part = "forms" if in_form else next(p for p, own in _FILES.items() if file.startswith(own))
        found[part].append(text)
    return found
