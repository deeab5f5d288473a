"""Renders one template in one language: the functions every page has, and its frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from todoke.config import Config
from todoke.core.site_fields import Text
from todoke.core.words import FALLBACK, LANGUAGES, Dictionary
from todoke.press import phrases
from todoke.press.assets import Assets, to_json
from todoke.press.ruby import Readings

#: folder of each language's pages
FOLDERS: Mapping[str, str] = {"ja": "", "easy": "easy/", "en": "en/"}
#: HTML lang attribute; やさしい日本語 is Japanese
LANG: Mapping[str, str] = {"ja": "ja", "easy": "ja", "en": "en"}
#: BCP 47: a private-use subtag tells the two Japanese editions apart
HREFLANG: Mapping[str, str] = {"ja": "ja", "easy": "ja-x-easy", "en": "en"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to print. template: below templates/. path: below the language's folder. tab:
    the door it belongs to. indexed: whether search engines may list it. by_language: values
    that differ between the languages."""

    template: str
    path: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tab: str = ""
    indexed: bool = True
    by_language: Callable[[str], Mapping[str, Any]] = lambda _language: {}


class Frame:
    """Compiled templates and what they may call."""

    def __init__(
        self,
        config: Config,
        words: Dictionary,
        templates: Mapping[str, bytes],
        assets: Assets,
        readings: Readings,
    ) -> None:
        self.config, self.words, self.assets, self.readings = config, words, assets, readings
        self._environment = Environment(
            loader=DictLoader({name: body.decode("utf-8") for name, body in templates.items()}),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._words_address = {each: self._phone_words(each) for each in LANGUAGES}
        self._tongues = {each: self._tongue(each) for each in LANGUAGES}

    def render(self, sheet: Sheet, language: str) -> tuple[str, bytes]:
        """(key, bytes) of the page in that language."""
        key = FOLDERS[language] + sheet.path
        page = {
            **self._tongues[language],
            **sheet.values,
            **sheet.by_language(language),
            "tab": sheet.tab,
            "page": sheet.path,
            "indexed": sheet.indexed,
            "canonical": self.absolute(key),
            "languages": [self._edition(each, sheet.path) for each in LANGUAGES],
        }
        html = self._environment.get_template(sheet.template).render(page)
        return key, (html.strip() + "\n").encode("utf-8")

    def absolute(self, key: str) -> str:
        """Public address of a file."""
        return f"{self.config.public_url}/{key}"

    def say(self, language: str, name: str, /, **values: object) -> Markup:
        """A sentence as markup for text, with furigana in やさしい日本語."""
        return self.read(language, self.words.say(language, name, **values))

    def read(self, language: str, text: str) -> Markup:
        """Any text as markup in that language's way."""
        return self.readings.annotate(text) if language == "easy" else escape(text)

    def pick(self, language: str, words: Text) -> str:
        """The words in the language or the nearest one, as plain text."""
        return words[_nearest(words, language)]

    def text(self, language: str, words: Text) -> Markup:
        """Words of the catalogue: in the language, or in the nearest one, marked as such."""
        each = _nearest(words, language)
        markup = self.read(language, words[each])
        if LANG[each] == LANG[language]:
            return markup
        return Markup('<span lang="{}">{}</span>').format(LANG[each], markup)

    def _tongue(self, language: str) -> Mapping[str, Any]:
        """What a template may call, bound to one language."""
        city = self.config.city
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
            "t": lambda name, /, **values: self.say(language, name, **values),
            "plain": lambda name, /, **values: self.words.say(language, name, **values),
            "read": lambda text: self.read(language, text),
            "text": lambda words: self.text(language, words),
            "pick": lambda words: self.pick(language, words),
            "lacks": lambda *several: _lacks(language, several),
            **self._dates(language),
            "url": lambda path: f"/{FOLDERS[language]}{path}",
            "in_languages": in_languages,
            "printed_in": lambda path: [self._edition(each, path) for each in LANGUAGES],
            "asset": self.assets.address,
            "has_asset": self.assets.has,
        }

    def _dates(self, language: str) -> Mapping[str, Any]:
        def say(name: str, /, **values: object) -> str:
            return self.words.say(language, name, **values)

        return {
            "limit_of": lambda deadline: phrases.limit(say, deadline),
            "month_of": lambda value: phrases.month(say, value),
            "partial_day_of": lambda value: phrases.partial_day(say, value),
            "day_of": lambda value: phrases.day(say, value),
            "moment_of": lambda value: phrases.moment(say, value),
            "instant": phrases.instant,
            "paragraphs": phrases.paragraphs,
            "text_lang": lambda words: LANG[_nearest(words, language)],
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
            sentences = {name: self.readings.marked(text) for name, text in sentences.items()}
        return self.assets.add(f"words.{language}.json", to_json(sentences))


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


def _nearest(words: Text, language: str) -> str:
    """The language the words will be shown in; Japanese is always there."""
    return next((each for each in FALLBACK[language] if each in words), "ja")
