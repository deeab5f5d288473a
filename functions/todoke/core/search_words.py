"""``site/search.yaml``: spellings, synonyms and idle words, so that a city can add its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from todoke.core.folding import Folding, letters
from todoke.core.site_fields import Fields
from todoke.core.site_yaml import SiteFile

PATH = "search.yaml"
#: pages that are no procedure and that the search offers too
PAGES = ("timeline", "check")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """spellings: (written, kana that stands for it). meanings: what people say -> words of the
    catalogue. skip: words that say nothing about what is looked for. pages: page of ``PAGES`` ->
    words it is looked for by."""

    spellings: tuple[tuple[str, str], ...] = ()
    meanings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    skip: tuple[str, ...] = ()
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def folding(self) -> Folding:
        """What texts and questions are folded with."""
        return Folding(self.spellings)


def read(file: SiteFile) -> SearchWords:
    """Raises ``site_file_invalid`` for a word that two spellings claim, for kana that are none
    and for a synonym that means nothing else than itself."""
    fields = Fields.of(file, "", file.value, ("spellings", "meanings", "skip", "pages"))
    spellings = _spellings(_table(fields, "spellings"))
    fold = Folding(spellings).fold
    meanings: dict[str, tuple[str, ...]] = {}
    inner = _table(fields, "meanings")
    for said in inner.found:
        meant = inner.texts(said)
        if not meant:
            raise inner.wrong(said, "at least one word", f"write {said}: [word]")
        if " " in fold(said):
            raise inner.wrong(said, "one word without a space", "give each word its own line")
        meanings[said] = meant
    return SearchWords(tuple(spellings), meanings, fields.texts("skip"), _pages(fields))


def _pages(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    table = _table(fields, "pages")
    for page in table.found:
        if page not in PAGES:
            raise table.wrong(page, f"one of {', '.join(PAGES)}", "correct the name of the page")
    return {page: table.texts(page) for page in table.found}


def _table(fields: Fields, key: str) -> Fields:
    """A mapping whose keys are words of any language."""
    value = fields.found.get(key)
    found = value if isinstance(value, dict) else {}
    if value is not None and not isinstance(value, dict):
        raise fields.wrong(key, "lines of word: [words]", "see the head of the file")
    return Fields(fields.file, fields.name(key), {str(each): found[each] for each in found})


def _spellings(table: Fields) -> list[tuple[str, str]]:
    taken: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for kana in table.found:
        if not all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in kana):
            raise table.wrong(kana, f"{kana!r} is not hiragana", "write its reading before the :")
        for written in table.texts(kana):
            plain = letters(written)
            if plain in taken and taken[plain] != kana:
                rule = f"{written!r} stands for {taken[plain]!r} already"
                raise table.wrong(kana, rule, "leave it in one of the two lines")
            taken[plain] = kana
            pairs.append((written, kana))
    return pairs
