"""Which pages a release has, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from todoke import store_schema
from todoke.core import cohort, coverage
from todoke.core.catalogue import Catalogue, Event, Procedure, Source
from todoke.core.words import LANGUAGES
from todoke.press import (
    calendar_feed,
    json_ld,
    place_pages,
    procedure_page,
    reference_pages,
    search_files,
    timeline_page,
    ways,
)
from todoke.press.amount_page import amount_page
from todoke.press.frame import Frame, Sheet
from todoke.press.procedure_page import Papers, papers

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


def sheets(catalogue: Catalogue, frame: Frame, today: date) -> Iterator[Sheet]:
    """Every page of a release, once (each is printed in the languages it names)."""
    everything = {"catalogue": catalogue, "ages": ways.printed(catalogue)}
    finding = {
        **everything,
        "found_in": search_files.addresses(frame),
        "has_places": bool(catalogue.places),
    }
    yield Sheet("home.html", "index.html", finding, "search", by_language=_home(frame))
    yield _search(catalogue, finding)
    yield Sheet(
        "procedures.html", "procedures/index.html", {**everything, **_lists(catalogue)}, "search"
    )
    amount = cache(lambda benefit: amount_page(catalogue, benefit, today))
    for procedure in catalogue.procedures.values():
        beside = procedure_page.beside(catalogue, procedure, amount(procedure.result.benefit))
        yield procedure_page.sheet(catalogue, procedure, beside)
        if procedure.form is not None:
            yield _apply(procedure, frame)
    for event in catalogue.events.values():
        yield _event(catalogue, event, frame)
    yield from ways.sheets(catalogue, today)
    yield from place_pages.sheets(catalogue, today)
    yield Sheet("check.html", "check.html", everything, "child")
    if catalogue.timeline.programme is not None:
        yield timeline_page.sheet(catalogue)
    yield _follow(catalogue, frame, today)
    choice = {"topics": [*catalogue.topics.values()], "areas": [*catalogue.areas.values()]}
    yield Sheet("inbox.html", "inbox.html", choice, "notices", indexed=False)
    yield Sheet("pair.html", "pair.html", {}, "child", indexed=False)
    yield Sheet("history.html", "history.html", {}, "notices", indexed=False)
    yield Sheet("account.html", "account.html", {}, indexed=False)
    entry = {"bridge": frame.config.card.bridge, "app": bool(frame.config.oidc.issuer)}
    entry["host"] = frame.config.portal_host
    yield Sheet("login.html", "login.html", entry, indexed=False)
    yield Sheet("allow.html", "allow.html", {}, indexed=False)
    yield Sheet("about/privacy.html", "about/privacy.html", _privacy(frame))
    yield Sheet("about/accessibility.html", "about/accessibility.html", {})
    yield languages(catalogue)
    yield reference_pages.chooser(catalogue)
    yield from reference_pages.sheets(catalogue, _calendars(catalogue, frame, "easy"))
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
        names = {each["id"]: each["name"] for each in topics}
        names[""] = frame.words.say(language, "site.calendar.all")
        calendars = [
            {**each, "topic": names[each["topic"]]}
            for each in _calendars(catalogue, frame, language)
        ]
        return {"topics": topics, "areas": areas, "calendars": calendars}

    cohorts = [
        {"id": each.id, "from": each.first.isoformat(), "to": each.last.isoformat()}
        for each in cohort.current(today)
    ]
    values = {"cohorts": cohorts}
    return Sheet("topics.html", "topics.html", values, "follow", by_language=words)


def _calendars(catalogue: Catalogue, frame: Frame, language: str) -> Sequence[Mapping[str, str]]:
    """Of all topics (""), then of each that has one: kept is an address that a calendar keeps
    asking, file the same to be taken in once."""
    topics = calendar_feed.topics(catalogue)
    return [
        {
            "topic": "" if id == calendar_feed.ALL else id,
            "kept": calendar_feed.subscription(frame, id, language),
            "file": f"/{calendar_feed.key_of(id, language)}",
        }
        for id in (calendar_feed.ALL, *topics)
        if topics
    ]


def _search(catalogue: Catalogue, everything: Mapping[str, Any]) -> Sheet:
    groups = [
        Row(each.id, "", tuple(catalogue.of_topic(each.id)))
        for each in catalogue.topics.values()
        if catalogue.of_topic(each.id)
    ]
    values = {**everything, "groups": groups, "large": search_files.is_large(catalogue)}
    return Sheet("search.html", "search.html", values, "search")


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


def _home(frame: Frame) -> Callable[[str], Mapping[str, Any]]:
    return lambda language: {"json_ld": json_ld.script(json_ld.home(frame, language))}


def _apply(procedure: Procedure, frame: Frame) -> Sheet:
    """The form of a procedure, not for search engines: people come by way of its description."""
    proof = procedure_page.proof_to_send(frame, procedure)
    values = {"procedure": procedure, "printed": True, "proof": proof}
    return Sheet("apply.html", f"apply/{procedure.id}.html", values, "search", indexed=False)


def _event(catalogue: Catalogue, event: Event, frame: Frame) -> Sheet:
    items = [catalogue.procedures[each] for each in event.procedures]
    others = [each for each in catalogue.events.values() if each.id != event.id]
    values = {"event": event, "items": items, "others": others, "topics": _topics(catalogue, items)}

    def told(language: str) -> Mapping[str, Any]:
        return {"json_ld": json_ld.script(json_ld.event(frame, event, language))}

    return Sheet("event.html", f"events/{event.id}.html", values, "search", by_language=told)


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


def languages(catalogue: Catalogue) -> Sheet:
    """The page that counts what there is in each language."""
    path = "about/languages.html"
    return Sheet(path, path, {"catalogue": catalogue}, told=_languages)


def _languages(frame: Frame, _language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """How much there is in each language, and who has read it: every text is looked at, so it is
    asked only when the page is printed."""
    found = frame.coverage(values["catalogue"])
    return {
        "tongues": {each: [one for one in found if one.language == each] for each in LANGUAGES},
        "references": coverage.references(
            values["catalogue"], frame.words_of_references(values["catalogue"])
        ),
    }


__all__ = ["Papers", "Row", "Source", "languages", "papers", "sheets"]
