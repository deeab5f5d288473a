"""The pages of each reference language (``core/reference.py``), and what ties them together.

Names and sentences come from the language's own file; facts, official names and whatever it lacks
stand as the catalogue has them, each part in an element that says its language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todoke.core.catalogue import Catalogue, Deadline, Event, Procedure
from todoke.core.reference import Reference
from todoke.core.reference_words import (
    HEADINGS,
    Told,
    fallback,
    fault,
    limit_name,
    sources,
)
from todoke.core.words import LANGUAGES
from todoke.press import phrases, reference_phone
from todoke.press.frame import FOLDERS, HREFLANG, Frame, Sheet

#: what a family dials at once: the numbers are the same all over Japan. 119: 消防庁; 110: 警察庁;
#: #8000: 厚生労働省 「子ども医療電話相談」; 189: こども家庭庁 「児童相談所虐待対応ダイヤル」
EMERGENCY: Mapping[str, str] = {"fire": "119", "police": "110", "child": "#8000", "abuse": "189"}


#: pages that the three editions have not, and pages of a language with words for them
_OWN = ("all.html", "headings.html", "events/others.html")
_OF_WORDS = (*reference_phone.OWN, "headings.html")
#: door -> page of the language, icon; every further page -> the door it belongs to
_DOORS: Mapping[str, tuple[str, str]] = {
    "search": ("all.html", "search"),
    "child": ("check.html", "child"),
    "notices": ("inbox.html", "letter"),
    "follow": ("topics.html", "bell"),
}
_BEHIND = {"timeline.html": "child"}
_Tell = Callable[[Frame, str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A procedure within a life event. first: no event before it has named it."""

    item: Procedure
    first: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A life event (None: of those that no event names) and its procedures in their order."""

    event: Event | None
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Of its page, below a language's folder."""
        return f"events/{self.event.id if self.event else 'others'}.html"


def sheets(catalogue: Catalogue, calendars: Sequence[Mapping[str, str]] = ()) -> Iterator[Sheet]:
    """Every page of every reference language. calendars: topic (id, "" for all), kept, file."""
    known, every = _known(catalogue), groups(catalogue)
    for each in known:
        shared = {"reference": each, "references": known}
        dates = catalogue.timeline.programme is not None
        whole = {**shared, "groups": every, "dates": dates}
        yield _sheet("home", each, "index.html", whole, _told)
        yield _sheet("all", each, "all.html", whole, _told)
        for group in every:
            yield _sheet("event", each, group.path, {**shared, "group": group}, _told)
        if each.words is None:
            continue
        spoken = {**shared, "catalogue": catalogue}
        yield _sheet("check", each, "check.html", spoken, _spoken)
        if catalogue.timeline.programme is not None:
            yield _sheet("timeline", each, "timeline.html", spoken, _spoken)
        yield _sheet("headings", each, "headings.html", spoken, _spoken)
        choice = {"topics": [*catalogue.topics.values()], "areas": [*catalogue.areas.values()]}
        kept = {**shared, **choice, "calendars": calendars}
        yield _sheet("topics", each, "topics.html", kept, _followed)
        yield _sheet("inbox", each, "inbox.html", kept, _followed, indexed=False)


def _sheet(
    template: str,
    one: Reference,
    path: str,
    values: Mapping[str, Any],
    told: _Tell,
    indexed: bool = True,
) -> Sheet:
    name, key = f"reference/{template}.html", f"{one.id}/{path}"
    own = {**values, "path": path}
    return Sheet(name, key, own, indexed=indexed, languages=("ja",), told=told)


def chooser(catalogue: Catalogue) -> Sheet:
    """``languages.html``: every language by the name its readers give it."""
    return Sheet("languages.html", "languages.html", {"references": _known(catalogue)})


def groups(catalogue: Catalogue) -> Sequence[Group]:
    """Every life event with its procedures, then those that no event names."""
    seen: set[str] = set()
    found = [Group(each, _entries(catalogue, each.procedures, seen)) for each in _events(catalogue)]
    rest = _entries(
        catalogue, [each.id for each in catalogue.by_kana() if each.id not in seen], seen
    )
    return [*found, *([Group(None, rest)] if rest else [])]


def homes(catalogue: Catalogue) -> Mapping[str, str]:
    """Procedure -> path of the page where a family meets it first, below a language's folder."""
    return {
        entry.item.id: group.path
        for group in groups(catalogue)
        for entry in group.entries
        if entry.first
    }


def paths(catalogue: Catalogue) -> Mapping[str, str]:
    """Key of each page -> its language tag."""
    return {
        each.path: catalogue.references[each.path.split("/")[0]].lang for each in sheets(catalogue)
    }


def pages_of(catalogue: Catalogue, id: str) -> Sequence[str]:
    """Keys of the pages that describe procedures in a language."""
    return [f"{id}/{each.path}" for each in groups(catalogue)]


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
    city, words = frame.config.city, values["reference"].words

    def own(name: str) -> str:
        text = words.words.get(name, "") if words else ""
        return "" if not text or fault(reference_phone.texts(frame.words, name), text) else text

    def own_limit(deadline: Deadline) -> str:
        return own(limit_name(deadline))

    def worded(name: str) -> str:
        return own(name) or fallback(reference_phone.texts(frame.words, name))

    def say(name: str, /, **own: object) -> str:
        return frame.words.say("en", name, **own)

    def head(deadline: Deadline) -> str:
        return phrases.limit(say, deadline).head

    return {
        "english": lambda words: frame.text("en", words),
        "english_limit": head,
        "own_limit": own_limit,
        "english_city": {
            name: frame.pick("en", getattr(city, name)) for name in ("name", "hours", "address")
        },
        "emergency": EMERGENCY,
        "doors": _doors(values, worded) if words else (),
        "doors_label": reference_phone.plain(worded("site.doors.label")) if words else "",
        "worded": lambda name: reference_phone.markup(worded(name)),
        "worded_plain": lambda name: reference_phone.plain(worded(name)),
        "words_key": reference_phone.key(values["reference"]),
        "alternates": _alternates(frame, values["references"], values["path"]),
    }


def _spoken(frame: Frame, language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, and what the language says on the questions and dates."""
    catalogue: Catalogue = values["catalogue"]
    said = Told(values["reference"].words, sources(catalogue, frame.words))

    def heading(name: str) -> Mapping[str, Any]:
        text = {each: frame.words.say(each, name) for each in LANGUAGES}
        return {**text, "own": said.say(name), "there": said.has(name)}

    return {
        **_told(frame, language, values),
        "said": lambda name: reference_phone.markup(said.say(name)),
        "headings": {group: [heading(each) for each in names] for group, names in HEADINGS.items()},
        "discreet": frame.words.say("easy", "phone.ask.sample_discreet"),
        "without_gaps": said.there == said.wanted,
    }


def _followed(frame: Frame, language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, and what the language says where topics are followed and notices read."""
    return {**_told(frame, language, values), **reference_phone.spoken(frame, values)}


def _doors(values: Mapping[str, Any], say: Callable[[str], str]) -> Sequence[Mapping[str, Any]]:
    """The four ways from every page; current: "page", "true" for a page behind it, or ""."""
    path = values["path"]

    def current(door: str, page: str) -> str:
        return "page" if path == page else "true" if _BEHIND.get(path) == door else ""

    return [
        {
            "door": door,
            "href": f"/{values['reference'].id}/{page}",
            "text": reference_phone.markup(say(f"site.doors.{door}")),
            "icon": icon,
            "current": current(door, page),
        }
        for door, (page, icon) in _DOORS.items()
    ]


def _alternates(frame: Frame, known: Sequence[Reference], path: str) -> Sequence[tuple[str, str]]:
    """(hreflang, address): the pages of the same address in every language, and in the three
    editions where they have one. path: below a language's folder."""
    editions = (
        [] if path in _OWN else [(HREFLANG[each], f"{FOLDERS[each]}{path}") for each in FOLDERS]
    )
    others = [
        (each.lang, f"{each.id}/{path}") for each in known if each.words or path not in _OF_WORDS
    ]
    return [(lang, frame.absolute(key)) for lang, key in (*editions, *others)]


__all__ = ["Entry", "Group", "chooser", "groups", "homes", "pages_of", "paths", "sheets"]
