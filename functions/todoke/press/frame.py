"""Renders one template in one language: the functions every page has, and its frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from todoke.config import Config
from todoke.core import keeping
from todoke.core.catalogue import Catalogue, Deadline
from todoke.core.site_fields import Text
from todoke.core.words import FALLBACK, LANGUAGES, Dictionary
from todoke.press import eras, phrases
from todoke.press.assets import Assets, to_json
from todoke.press.folding import Compiled, Folding
from todoke.press.ruby import Readings

if TYPE_CHECKING:
    from todoke.core.coverage import Coverage

#: on the shelf
TEMPLATES = "templates"
#: folder of each language's pages
FOLDERS: Mapping[str, str] = {"ja": "", "easy": "easy/", "en": "en/"}
#: HTML lang attribute; やさしい日本語 is Japanese
LANG: Mapping[str, str] = {"ja": "ja", "easy": "ja", "en": "en"}
#: BCP 47: a private-use subtag tells the two Japanese editions apart
HREFLANG: Mapping[str, str] = {"ja": "ja", "easy": "ja-x-easy", "en": "en"}
#: a run of Japanese letters among English words: the name that stands on the form
_JAPANESE = re.compile(r"([々〆ぁ-ゖァ-ヺー㐀-䶿一-鿿・]+)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to print. template: below templates/. path: below the language's folder. tab:
    the door it belongs to. indexed: whether search engines may list it. languages: those it is
    printed in. by_language: values that differ between the languages. told: the same, made of
    ``values`` and of what all pages share by a function that sees nothing else, so that it is asked
    only when the page is printed (``plan.py``)."""

    template: str
    path: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tab: str = ""
    indexed: bool = True
    languages: tuple[str, ...] = LANGUAGES
    by_language: Callable[[str], Mapping[str, Any]] = lambda _language: {}
    told: Callable[[Frame, str, Mapping[str, Any]], Mapping[str, Any]] = (
        lambda _frame, _language, _values: {}
    )


class Frame:
    """Compiled templates and what they may call."""

    def __init__(
        self,
        config: Config,
        words: Dictionary,
        templates: Mapping[str, bytes],
        assets: Assets,
        readings: Readings,
        compiled: Mapping[str, bytes] | None = None,
        mark: str | None = None,
    ) -> None:
        """compiled: ``compiled.parts()`` of a frame before. mark: of a frame before, where whoever
        makes this one vouches that all of it is the same."""
        self.config, self.words, self.assets, self.readings = config, words, assets, readings
        self.templates = {name: body.decode("utf-8") for name, body in templates.items()}
        words_of = self._phone_words if mark is None else self._known_phone_words
        self._words_address = {each: words_of(each) for each in LANGUAGES}
        self._tongues = {each: self._tongue(each) for each in LANGUAGES}
        if mark is not None:
            self.__dict__["mark"] = mark
        self.compiled = Compiled(self.mark, compiled or {})
        self._counted: tuple[Catalogue, Sequence[Coverage]] | None = None
        self._counted_words: Mapping[str, tuple[int, int]] | None = None
        self._folded = {each: Folding(self._tongues[each], **self._options()) for each in LANGUAGES}

    def render(self, sheet: Sheet, language: str) -> tuple[str, bytes]:
        """(key, bytes) of the page in that language."""
        key = FOLDERS[language] + sheet.path
        own = {
            **sheet.values,
            **sheet.by_language(language),
            **sheet.told(self, language, sheet.values),
        }
        page = {
            **self._tongues[language],
            **own,
            "tab": sheet.tab,
            "page": sheet.path,
            "indexed": sheet.indexed,
            "canonical": self.absolute(key),
            "languages": [self._edition(each, sheet.path) for each in LANGUAGES],
        }
        html = self._environment(language, own).get_template(sheet.template).render(page)
        return key, (html.strip() + "\n").encode("utf-8")

    def _environment(self, language: str, own: Mapping[str, Any]) -> Environment:
        """The language's own, unless the page gives a name of the language another meaning."""
        return (
            self._folded[language] if self._tongues[language].keys().isdisjoint(own) else self.plain
        )

    @cached_property
    def plain(self) -> Environment:
        """Templates as they stand."""
        return Environment(**self._options())  # noqa: S701 - among them autoescape

    @cached_property
    def mark(self) -> str:
        """Of everything that pages share: another one as soon as any of it is another. What is
        made of the catalogue is not among it: a page is handed its address. Nor is where the files
        lie, which no page shows."""
        config = replace(self.config, root=Path(), data=Path())
        shared = (self.templates, self.words.sentences, self.assets.table(), self.readings.table)
        return sha256(repr((config, *shared)).encode()).hexdigest()

    def _options(self) -> dict[str, Any]:
        return {
            "loader": DictLoader(self.templates),
            "autoescape": True,
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "auto_reload": False,
            "cache_size": -1,
            "bytecode_cache": self.compiled,
        }

    def absolute(self, key: str) -> str:
        """Public address of a file."""
        return f"{self.config.public_url}/{key}"

    def tag(self, name: str) -> str:
        """A tag: URI (RFC 4151) for a feed: it stays when the site moves from http to https."""
        host = urlsplit(self.config.public_url).hostname or "localhost"
        return f"tag:{host},2026:{name}"

    def coverage(self, catalogue: Catalogue) -> Sequence[Coverage]:
        """How much there is in each language; counted once, for the page in three languages."""
        if self._counted is None or self._counted[0] is not catalogue:
            from todoke.core import coverage  # one page asks

            found = coverage.coverage(catalogue, self.words, self.readings.uncovered)
            self._counted = catalogue, found
        return self._counted[1]

    @property
    def counted(self) -> Sequence[Coverage] | None:
        """What ``coverage`` has counted, None where it was not asked."""
        return self._counted[1] if self._counted else None

    def count(
        self,
        catalogue: Catalogue,
        found: Sequence[Coverage],
        words: Mapping[str, tuple[int, int]],
    ) -> None:
        """``coverage`` and ``words_of_references`` of this catalogue are these."""
        self._counted, self._counted_words = (catalogue, found), words

    def words_of_references(self, catalogue: Catalogue) -> Mapping[str, tuple[int, int]]:
        """How much the reference languages have of the questions and dates."""
        if self._counted_words is not None:
            return self._counted_words
        from todoke.core import coverage  # one page asks

        return coverage.words_of_references(catalogue, self.words)

    def say(self, language: str, name: str, /, **values: object) -> Markup:
        """A sentence as markup for text, with furigana in やさしい日本語."""
        return self.read(language, self.words.say(language, name, **values))

    def read(self, language: str, text: str) -> Markup:
        """Any text as markup in that language's way: its years with the era beside them, and with
        furigana in やさしい日本語; Japanese names in English marked as such."""
        if language == "easy":
            return self.readings.annotate(eras.beside(text))
        return escape(eras.beside(text)) if language == "ja" else _names_marked(text)

    def pick(self, language: str, words: Text) -> str:
        """The words in the language or the nearest one, as plain text."""
        return words[nearest(words, language)]

    def text(self, language: str, words: Text) -> Markup:
        """Words of the catalogue: in the language, or in the nearest one, marked as such."""
        each = nearest(words, language)
        if LANG[each] == LANG[language]:
            return self.read(language, words[each])
        return _in("ja", self.read("ja" if language == "en" else language, words[each]))

    def _tongue(self, language: str) -> Mapping[str, Any]:
        """What a template may call, bound to one language."""
        city = self.config.city
        dated = str if language == "en" else eras.beside
        return {
            "language": language,
            "lang": LANG[language],
            "words_url": self._words_address[language],
            "city": {
                "name": self.pick(language, city.name),
                "office": self.pick(language, city.office),
                "hours": self.pick(language, city.hours),
                "address": self.pick(language, city.address),
                "phone": city.phone,
                "email": city.email,
                "contact_url": city.contact_url,
            },
            "t": self._said(language),
            "plain": lambda name, /, **values: dated(self.words.say(language, name, **values)),
            "read": lambda text: self.read(language, text),
            "quoted": lambda text: self.read("ja" if language == "en" else language, text),
            "text": lambda words: self.text(language, words),
            "pick": lambda words: dated(self.pick(language, words)),
            "lacks": lambda *several: _lacks(language, several),
            **self._dates(language),
            "url": lambda path: f"/{FOLDERS[language]}{path}",
            "in_languages": in_languages,
            "printed_in": lambda path: [self._edition(each, path) for each in LANGUAGES],
            "asset": self.assets.address,
            "has_asset": self.assets.has,
            "keeps": keeping.RULE_OF.get,
            "keep_rule": lambda kind: self.config.keep.get(keeping.RULE_OF[kind]),
        }

    def _said(self, language: str) -> Callable[..., Markup]:
        """``say`` in the language; a sentence without values is made once."""
        fixed = cache(lambda name: self.say(language, name))

        def say(name: str, /, **values: object) -> Markup:
            return self.say(language, name, **values) if values else fixed(name)

        return say

    def _dates(self, language: str) -> Mapping[str, Any]:
        def say(name: str, /, **values: object) -> str:
            said = self.words.say(language, name, **values)
            return said if language == "en" else eras.beside(said)

        return {
            "limit_of": _each_once(lambda deadline: phrases.limit(say, deadline)),
            "month_of": lambda value: phrases.month(say, value),
            "partial_day_of": lambda value: phrases.partial_day(say, value),
            "day_of": lambda value: phrases.day(say, value),
            "moment_of": lambda value: phrases.moment(say, value),
            "instant": phrases.instant,
            "with_eras": eras.beside,
            "paragraphs": phrases.paragraphs,
            "text_lang": lambda words: LANG[nearest(words, language)],
        }

    def _edition(self, language: str, path: str) -> Mapping[str, str]:
        key = FOLDERS[language] + path
        return {
            "code": language,
            "lang": LANG[language],
            "hreflang": HREFLANG[language],
            "href": f"/{key}",
            "absolute": self.absolute(key),
        }

    def _phone_words(self, language: str) -> str:
        sentences = self.words.part(language, "phone")
        if language == "easy":
            sentences = {name: self.readings.sentence(text) for name, text in sentences.items()}
            sentences |= eras.names(language, self.readings.spoken)  # where only text can stand
        return self.assets.add(_words_name(language), to_json(sentences))

    def words_address(self, language: str) -> str:
        """Address of the sentences a phone says itself."""
        return self._words_address[language]

    def _known_phone_words(self, language: str) -> str:
        """As it was named before."""
        return self.assets.address(_words_name(language))


def _words_name(language: str) -> str:
    return f"words.{language}.json"


def in_languages(path: str) -> list[Mapping[str, str]]:
    """A page of the functions in each language: the address says which, ``?lang=en``."""
    return [
        {
            "code": each,
            "lang": LANG[each],
            "hreflang": HREFLANG[each],
            "href": f"{path}?lang={each}",
        }
        for each in LANGUAGES
    ]


def _lacks(language: str, texts: Sequence[Text | None]) -> str:
    """Whether texts are missing in the language: "all", "part" or "" for none."""
    there = [language in each for each in texts if each]
    if all(there):
        return ""
    return "part" if any(there) else "all"


@lru_cache(maxsize=8192)
def _names_marked(text: str) -> Markup:
    """English words as markup, the Japanese names among them marked as Japanese: a screen reader
    changes its voice for them (WCAG 2.2, 3.1.2)."""
    if not _JAPANESE.search(text):
        return escape(text)
    parts = _JAPANESE.split(text)  # every second part is what the pattern caught
    marked = Markup("").join(
        _in("ja", each) if n % 2 else escape(each) for n, each in enumerate(parts)
    )
    # one item in a flex row, not one for each name
    return Markup("<span>{}</span>").format(marked) if len(parts) > 1 else marked


def _in(language: str, markup: str) -> Markup:
    return Markup('<span lang="{}">{}</span>').format(language, markup)


def _each_once(limit: Callable[[Deadline], phrases.Limit]) -> Callable[[Deadline], phrases.Limit]:
    """Limits are alike by the hundred; what only their notes tell apart is no part of a limit."""
    known: dict[Deadline, phrases.Limit] = {}

    def limit_of(deadline: Deadline) -> phrases.Limit:
        bare = replace(deadline, late_effect=None, note=None)
        if bare not in known:
            known[bare] = limit(bare)
        return known[bare]

    return limit_of


def nearest(words: Text, language: str) -> str:
    """The language that words will be shown in; Japanese is always there."""
    if language in words:
        return language
    return next((each for each in FALLBACK[language] if each in words), "ja")
