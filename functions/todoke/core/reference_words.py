"""What a reference language says on the questions (check.html), on a child's dates (timeline.html)
and where topics are followed and notices read (topics.html, inbox.html), beyond the names of
``core/reference.py``.

``site/reference_words/<code>.yaml`` holds one text for each of ``sources``, by the name of the
sentence it translates. A text is used only while it holds the {parameters} of its source and no
figure that the Japanese or the English does not hold: one that was not looked at when a figure
changed is no longer shown. Where none is used, easy Japanese stands in its place, marked as such
(``fallback``); days stand as YYYY-MM-DD, and steps of a computation in Japanese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todoke.core.site_fields import Text
from todoke.core.words import LANGUAGES, Dictionary

if TYPE_CHECKING:
    from todoke.core.catalogue import Catalogue, Deadline, Topic

FOLDER = "reference_words"
#: sections of the locales -> names below them that these pages do not say
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "check": ("description", "home_", "no_script", "by_"),
    "timeline_page": ("description", "home_", "no_script", "rules_", "edge.", "open"),
    "timeline.given": (),
    "timeline.dose": (),
    # what the lock screen shows is what the city sends, in Japanese
    "phone.topics": ("description",),
    "phone.ask": ("city", "now", "sample_"),
    "phone.kept": (),
    "phone.following": ("knows_file", "refused"),
    "phone.left": (),
    "phone.noscript": (),
    "phone.inbox": ("description",),
    "phone.notice": (),
    "phone.device": ("export_file",),
    "phone.date": (),
    "phone.door": (),
    "phone.grade": (),
}
#: single ones beside these. Of the letters to one person what stands there before she logs in:
#: the pages behind the login speak the three editions
SINGLE = (
    *("phone.letters.closed", "phone.letters.closed_told", "phone.letters.login"),
    *("phone.letters.came_head", "phone.letters.came", "phone.letters.hard"),
    *("site.doors.label", "pair.open_pair"),
    *("site.calendar.head", "site.calendar.lead", "site.calendar.all"),
    *("site.calendar.add", "site.calendar.file", "site.calendar.keeps", "site.calendar.learns"),
)
#: headings and buttons of the full pages, for the list of words (headings.html), in its order
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "doors": ("site.doors.search", "site.doors.child", "site.doors.notices", "site.doors.follow"),
    "procedure": (
        *("site.brief.when", "site.brief.get", "site.brief.none", "site.brief.bring"),
        *("site.procedure.official", "site.procedure.emergency", "site.procedure.who"),
        *("site.procedure.when", "site.procedure.late", "site.procedure.get"),
        *("site.procedure.papers", "site.papers.bring", "site.papers.perhaps"),
        *("site.papers.omitted", "site.papers.original", "site.procedure.where"),
        *("site.where.counter", "site.where.phone", "site.where.online", "site.procedure.fee"),
        *("site.procedure.post", "site.procedure.note", "site.procedure.sure"),
        *("site.procedure.help_head", "site.unsure.badge"),
    ),
}
#: time limits that hold neither a day nor a number; all others stand as the catalogue has them
LIMITS = tuple(
    f"site.limit.{kind}"
    for kind in (
        *("promptly", "before_use", "before_payment", "before_expiry", "none"),
        *("municipality", "prefecture", "school", "employer", "window"),
    )
)
#: beginnings of names that are no sentences of the locales
FACT, CHOICE, NAME, TOPIC = "fact.", "choice.", "name.", "topic."
#: the choices of this fact are proper names: in Latin letters, the Japanese beside them
_PROPER = ("resident.prefecture",)
#: so few letters may be the same in two languages ("No", 今日)
SHORT = 3
_PARAMETER = re.compile(r"\{\w+\}")
#: Japanese words among those of another language: the name of an era, as the form has it
_JAPANESE, _KANA = re.compile("([々〆ぁ-ゖァ-ヺー㐀-䶿一-鿿]+)"), re.compile("([ぁ-ゖァ-ヺー]+)")
_FIGURE = re.compile(r"\d+")
#: [base|reading] is how a phone is told of furigana, and [text|ja] of another language
_MARKS = str.maketrans({"[": "(", "]": ")", "|": "/"})


@dataclass(frozen=True, slots=True)
class ReferenceWords:
    """Texts by the name of their source. by, on: who other than the author has read all of them
    and when (YYYY-MM-DD), "" for nobody yet."""

    id: str
    words: Mapping[str, str]
    by: str = ""
    on: str = ""


def sources(catalogue: Catalogue, words: Dictionary) -> Mapping[str, Text]:
    """Every text that wants a translation, by name."""
    topics = catalogue.topics.values()
    return {**_sentences(words), **dict(_of_catalogue(catalogue)), **dict(_of_topics(topics))}


def of_following(topics: Iterable[Topic], words: Dictionary) -> Mapping[str, Text]:
    """Those of the pages for following and the inbox, which no procedure changes."""
    every = _sentences(words, lambda name: not name.startswith(("check.", "timeline")))
    return {**every, **dict(_of_topics(topics))}


def _of_topics(topics: Iterable[Topic]) -> Iterator[tuple[str, Text]]:
    for each in topics:
        for part, text in (("name", each.name), ("about", each.about), ("often", each.often)):
            yield f"{TOPIC}{each.id}.{part}", text


def _sentences(
    words: Dictionary, wanted: Callable[[str], bool] = lambda _name: True
) -> Mapping[str, Text]:
    def text(name: str) -> Text:
        return {each: words.sentences[each][name] for each in LANGUAGES if words.has(each, name)}

    names = [
        name
        for section, left in SECTIONS.items()
        for name in words.sentences["ja"]
        if name.startswith(f"{section}.") and not name[len(section) + 1 :].startswith(left)
    ]
    headings = [name for some in HEADINGS.values() for name in some]
    return {name: text(name) for name in (*names, *SINGLE, *headings, *LIMITS) if wanted(name)}


def limit_name(deadline: Deadline) -> str:
    """Of the sentence for a time limit that holds neither a day nor a number; "" for another."""
    name = f"site.limit.{deadline.kind}"
    bare = deadline.kind != "annual_window" and not deadline.open_from and not deadline.length
    return name if bare and name in LIMITS else ""


def _of_catalogue(catalogue: Catalogue) -> Iterator[tuple[str, Text]]:
    for fact in catalogue.facts.values():
        yield FACT + fact.name, fact.question
        if fact.name not in _PROPER:
            for each in fact.choices:
                yield f"{CHOICE}{fact.name}.{each.value}", each.label
    programme = catalogue.timeline.programme
    if programme is None:
        return
    for vaccine in programme.vaccines.values():
        yield NAME + vaccine.id, vaccine.name
    for checkup in catalogue.timeline.checkups.values():
        yield NAME + checkup.id, checkup.name


def fault(source: Text, text: str) -> str:
    """Why a translation of this source is not shown; "" where it is."""
    given, wanted = (sorted(set(_PARAMETER.findall(each))) for each in (text, source["ja"]))
    if given != wanted:
        return "its parameters are others"
    if _figures(text) - _figures(*source.values()):
        return "a figure that its source does not hold"
    own = _plain(text)
    if len(own) > SHORT and any(own == _plain(each) for each in source.values()):
        return "a copy of its source"
    return ""


def _figures(*texts: str) -> set[str]:
    """Runs of digits of any script, as whole numbers; {parameters} are none."""
    return {
        str(int(each))
        for text in texts
        for each in _FIGURE.findall(_PARAMETER.sub(" ", unicodedata.normalize("NFKC", text)))
    }


def _plain(text: str) -> str:
    return re.sub(r"[\W\d_]+", " ", _PARAMETER.sub(" ", text)).casefold().strip()


class Told:
    """The texts of one language as a phone reads them (``site/assets/js/words.js``)."""

    def __init__(self, found: ReferenceWords, sources: Mapping[str, Text]) -> None:
        self.found, self._sources = found, sources
        self._letters = _KANA if found.id == "zh" else _JAPANESE
        self._faultless: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Whether there is a text that is shown."""
        if name not in self._faultless:
            text, source = self.found.words.get(name, ""), self._sources.get(name)
            self._faultless[name] = bool(text and source and not fault(source, text))
        return self._faultless[name]

    def wants(self, name: str) -> bool:
        """Whether it is one of the texts that want a translation."""
        return name in self._sources

    def say(self, name: str) -> str:
        """The text, or easy Japanese marked as such."""
        if self.has(name):
            return self._letters.sub(r"[\1|ja]", self.found.words[name].translate(_MARKS))
        return fallback(self._sources[name])

    @property
    def missing(self) -> Sequence[str]:
        """Names of the texts that are wanted and not there, or at odds with their source."""
        return [each for each in self._sources if not self.has(each)]

    @property
    def there(self) -> int:
        """How many texts there are of those that are wanted."""
        return len(self._sources) - len(self.missing)

    @property
    def wanted(self) -> int:
        """How many there should be."""
        return len(self._sources)


def marked(text: str) -> str:
    """Japanese words that say so, each run between {parameters} by itself."""
    runs = re.split(r"(\{\w+\})", text.translate(_MARKS))
    return "".join(run if n % 2 or not run.strip() else f"[{run}|ja]" for n, run in enumerate(runs))


def fallback(source: Text) -> str:
    """What stands where a text is missing: easy Japanese, else Japanese, marked."""
    return marked(source.get("easy", source["ja"]))


__all__ = [
    "CHOICE",
    "FACT",
    "FOLDER",
    "HEADINGS",
    "LIMITS",
    "NAME",
    "TOPIC",
    "ReferenceWords",
    "Told",
    "fallback",
    "fault",
    "limit_name",
    "marked",
    "of_following",
    "sources",
]
