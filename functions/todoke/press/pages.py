"""Which pages a release has, and what each is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from todoke import store_schema
from todoke.core import cohort
from todoke.core.catalogue import Catalogue, Document, Event, Procedure, Source
from todoke.core.site_fields import Text
from todoke.core.words import LANGUAGES
from todoke.press.frame import Frame, Sheet

#: rows of the 五十音 list: heading kana -> first letters of its readings
ROWS: Mapping[str, str] = {
    "あ": "ぁあぃいぅうぇえぉお",
    "か": "かがきぎくぐけげこご",
    "さ": "さざしじすずせぜそぞ",
    "た": "ただちぢっつづてでとど",
    "な": "なにぬねの",
    "は": "はばぱひびぴふぶぷへべぺほぼぽ",
    "ま": "まみむめも",
    "や": "ゃやゅゆょよ",
    "ら": "らりるれろ",
    "わ": "ゎわゐゑをんゔ",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One heading of a list and its procedures."""

    id: str
    head: str
    items: tuple[Procedure, ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """bring: always. perhaps: in some cases. omitted: what need not be brought."""

    bring: tuple[Document, ...]
    perhaps: tuple[Document, ...]
    omitted: tuple[Document, ...]

    @property
    def texts(self) -> list[Text | None]:
        """Every text about them."""
        every = (*self.bring, *self.perhaps, *self.omitted)
        return [text for each in every for text in (each.name, each.when, each.remark, each.ground)]


def sheets(catalogue: Catalogue, frame: Frame, today: date) -> Iterator[Sheet]:
    """Every page of a release, once (each is printed in three languages)."""
    everything = {"catalogue": catalogue}
    yield Sheet("home.html", "index.html", everything, "search")
    yield _search(catalogue, frame, everything)
    yield Sheet(
        "procedures.html", "procedures/index.html", {**everything, **_lists(catalogue)}, "search"
    )
    for procedure in catalogue.procedures.values():
        yield _procedure(catalogue, procedure)
        if procedure.form is not None:
            yield _apply(procedure)
    for event in catalogue.events.values():
        yield _event(catalogue, event)
    yield _follow(catalogue, frame, today)
    yield Sheet("inbox.html", "inbox.html", everything, "notices", indexed=False)
    yield Sheet("history.html", "history.html", {}, "notices", indexed=False)
    yield Sheet("login.html", "login.html", {"bridge": frame.config.card.bridge}, indexed=False)
    yield Sheet("about/privacy.html", "about/privacy.html", _privacy(frame))
    yield Sheet("about/accessibility.html", "about/accessibility.html", {})
    yield Sheet("about/push.html", "about/push.html", {}, "follow")
    yield Sheet("404.html", "404.html", {}, indexed=False)
    yield Sheet("offline.html", "offline.html", {}, indexed=False)


def _follow(catalogue: Catalogue, frame: Frame, today: date) -> Sheet:
    """What may be followed, in the words of each language."""

    def words(language: str) -> Mapping[str, Any]:
        topics = [
            {
                "id": each.id,
                "name": frame.pick(language, each.name),
                "about": frame.pick(language, each.about),
                "often": frame.pick(language, each.often),
                "sensitive": each.sensitive,
            }
            for each in catalogue.topics.values()
        ]
        areas = [
            {"id": each.id, "name": frame.pick(language, each.name)}
            for each in catalogue.areas.values()
        ]
        return {"topics": topics, "areas": areas}

    cohorts = [
        {"id": each.id, "from": each.first.isoformat(), "to": each.last.isoformat()}
        for each in cohort.current(today)
    ]
    values = {"cohorts": cohorts}
    return Sheet("topics.html", "topics.html", values, "follow", by_language=words)


def _search(catalogue: Catalogue, frame: Frame, everything: Mapping[str, Any]) -> Sheet:
    groups = [
        Row(each.id, "", tuple(catalogue.of_topic(each.id)))
        for each in catalogue.topics.values()
        if catalogue.of_topic(each.id)
    ]
    found = {each.id: haystack(catalogue, each, frame) for each in catalogue.procedures.values()}
    return Sheet(
        "search.html", "search.html", {**everything, "groups": groups, "find": found}, "search"
    )


def _lists(catalogue: Catalogue) -> Mapping[str, Sequence[Row]]:
    """The whole list, by reading and by English name."""
    kana = catalogue.by_kana()
    letters: dict[str, list[Procedure]] = {}
    for each in sorted(catalogue.procedures.values(), key=lambda one: english(one).casefold()):
        letters.setdefault(english(each)[0].upper(), []).append(each)
    rows = [
        Row(f"row-{number}", head, tuple(each for each in kana if first_kana(each) in firsts))
        for number, (head, firsts) in enumerate(ROWS.items(), 1)
    ]
    others = tuple(each for each in kana if first_kana(each) not in "".join(ROWS.values()))
    rows.append(Row("row-abc", "A–Z", others))
    by_letter = [Row(f"row-{head.lower()}", head, tuple(items)) for head, items in letters.items()]
    return {"kana_rows": [row for row in rows if row.items], "letter_rows": by_letter}


def first_kana(procedure: Procedure) -> str:
    """First letter of the reading."""
    return procedure.kana[0]


def english(procedure: Procedure) -> str:
    """English name, or the Japanese one where there is none."""
    return procedure.name.get("en", procedure.name["ja"])


def _procedure(catalogue: Catalogue, procedure: Procedure) -> Sheet:
    near = [catalogue.procedures[each] for each in procedure.next]
    back = [each for each in catalogue.procedures.values() if procedure.id in each.next]
    values = {
        "item": procedure,
        "papers": papers(procedure),
        "topic": catalogue.topics[procedure.topic],
        "events": catalogue.events_of(procedure.id),
        "related": _once([*near, *back]),
        "sources": [catalogue.sources[each] for each in procedure.sources],
    }
    return Sheet("procedure.html", f"procedures/{procedure.id}.html", values, "search")


def _apply(procedure: Procedure) -> Sheet:
    """The form of a procedure, not for search engines: people come by way of its description."""
    values = {"procedure": procedure, "printed": True}
    return Sheet("apply.html", f"apply/{procedure.id}.html", values, "search", indexed=False)


def _once(items: Sequence[Procedure]) -> Sequence[Procedure]:
    return list({each.id: each for each in items}.values())


def papers(procedure: Procedure) -> Papers:
    """The papers, sorted by whether they are needed."""
    needed = [each for each in procedure.documents if not each.omitted]
    return Papers(
        bring=tuple(each for each in needed if each.when is None),
        perhaps=tuple(each for each in needed if each.when is not None),
        omitted=tuple(each for each in procedure.documents if each.omitted),
    )


def _event(catalogue: Catalogue, event: Event) -> Sheet:
    items = [catalogue.procedures[each] for each in event.procedures]
    others = [each for each in catalogue.events.values() if each.id != event.id]
    values = {"event": event, "items": items, "others": others, "topics": _topics(catalogue, items)}
    return Sheet("event.html", f"events/{event.id}.html", values, "search")


def _topics(catalogue: Catalogue, items: Sequence[Procedure]) -> Sequence[Any]:
    return [catalogue.topics[each] for each in dict.fromkeys(one.topic for one in items)]


def _privacy(frame: Frame) -> Mapping[str, Any]:
    """The record types, so that the page cannot forget one."""
    records = list(store_schema.RECORDS.values())
    return {
        "people": [each for each in records if each.about_a_person],
        "others": [each for each in records if not each.about_a_person],
        "told": frame.words.has,
    }


# --------------------------------------------------------------------------- search
def haystack(catalogue: Catalogue, procedure: Procedure, frame: Frame) -> str:
    """Everything a procedure may be found by, folded as ``js/search.js`` folds a question."""
    events = catalogue.events_of(procedure.id)
    result = f"site.result.{procedure.result.kind}"
    parts = [
        *procedure.name.values(),
        procedure.kana,
        *procedure.words,
        *map(frame.readings.spoken, (procedure.name.get("easy", ""), *procedure.words)),
        *catalogue.topics[procedure.topic].name.values(),
        *(name for each in events for name in each.name.values()),
        *(frame.words.say(language, result) for language in LANGUAGES),
        procedure.who["ja"],
    ]
    return fold(" ".join(parts))


def fold(text: str) -> str:
    """NFKC, lower case, katakana as hiragana, marks and repeated spaces as one space."""
    lower = unicodedata.normalize("NFKC", text).lower()
    hiragana = re.sub(r"[ァ-ヶ]", lambda found: chr(ord(found[0]) - 0x60), lower)
    return re.sub(r"[^\w]+", " ", hiragana).strip()


__all__ = ["Papers", "Row", "Source", "fold", "haystack", "papers", "sheets"]
