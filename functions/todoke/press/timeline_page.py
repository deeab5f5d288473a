"""What timeline.html (うちの子の予定) needs: its rules in words, for who has no script and nobody
entered yet, and one file a language with sentences, names and rules, by which a phone counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from todoke.core import deadline_rules, deadlines, immunization
from todoke.core.catalogue import Catalogue, Source
from todoke.core.deadline_rules import Rule
from todoke.core.immunization import Checkup, Course, Edge, Vaccine, Window
from todoke.core.words import LANGUAGES
from todoke.press import eras
from todoke.press.assets import to_json
from todoke.press.frame import FOLDERS, Frame, Sheet

#: sentences the page says itself
SECTIONS = {
    "timeline_page": "",
    "timeline.given": "given.",
    "timeline.dose": "dose.",
    "site.weekday": "weekday.",
    "site.month": "month.",
    "site.date": "written.",
}
#: what a check-up is asked for with; the other ones are of the city's own series
_OF_CHECKUP = {"newborn_hearing": "bo-choukaku", "school_entry": "ky-kenshin"}
_CHECKUPS, _VACCINES, _IN_PREGNANCY = "bo-nyuyoji", "bo-yobou", "bo-rs"
#: a child is counted by months up to so many, by years from then on
_BY_YEARS = 24


def files(catalogue: Catalogue, frame: Frame) -> dict[str, bytes]:
    """timeline/<language>.json; none where the city left the rules out."""
    if catalogue.timeline.programme is None:
        return {}
    return {f"timeline/{each}.json": to_json(file(catalogue, frame, each)) for each in LANGUAGES}


def sheet(catalogue: Catalogue) -> Sheet:
    """The page in every language."""
    return Sheet("timeline.html", "timeline.html", {"catalogue": catalogue}, "child", told=_rules)


def file(catalogue: Catalogue, frame: Frame, language: str) -> Mapping[str, Any]:
    """timeline/<language>.json, where the city has the rules."""

    def spelled(sentence: str) -> str:
        return frame.readings.sentence(sentence) if language == "easy" else sentence

    def text(words: Mapping[str, str]) -> str:
        plain = frame.pick(language, words)
        return frame.readings.marked(plain) if language == "easy" else plain

    sentences = {
        short + name: spelled(eras.to_fill(sentence))
        for section, short in SECTIONS.items()
        for name, sentence in frame.words.part(language, section).items()
    }
    timeline, programme = catalogue.timeline, catalogue.timeline.programme
    assert programme is not None
    papers = {f"due/{id}": each for id, each in catalogue.deadlines.items()}
    named: Mapping[str, Vaccine | Checkup | Rule] = {
        **programme.vaccines,
        **timeline.checkups,
        **papers,
    }
    return {
        "version": 1,
        "words": sentences | eras.names(language, frame.readings.marked),
        "names": {id: text(each.name) for id, each in named.items()},
        "rules": immunization.as_json(timeline),
        "deadlines": deadline_rules.as_json(deadlines.book(catalogue)),
        "paths": {
            id: f"/{FOLDERS[language]}procedures/{procedure}.html"
            for id, procedure in procedures(catalogue).items()
            if procedure in catalogue.procedures
        },
        "abouts": {id: text(rule.about) for id, rule in papers.items()},
        "as_of": programme.as_of,
        "notes": [text(each) for each in programme.notes],
        "vaccine_notes": {
            id: {note.when: text(note.text) for note in each.notes}
            for id, each in programme.vaccines.items()
            if each.notes
        },
        "sources": [{"title": text(each.title), "url": each.url} for each in _sources(catalogue)],
    }


def procedures(catalogue: Catalogue) -> Mapping[str, str]:
    """What each thing of the timeline is asked for with, by its id."""
    programme = catalogue.timeline.programme
    papers = {f"due/{id}": each for id, each in catalogue.deadlines.items()}
    vaccines = programme.vaccines.values() if programme else ()
    return {
        **{each.id: _IN_PREGNANCY if each.who == "pregnant" else _VACCINES for each in vaccines},
        **{id: _OF_CHECKUP.get(id, _CHECKUPS) for id in catalogue.timeline.checkups},
        **{id: rule.procedure for id, rule in papers.items()},
    }


def _sources(catalogue: Catalogue) -> Sequence[Source]:
    programme = catalogue.timeline.programme
    ids = programme.sources if programme else ()
    return [catalogue.sources[each] for each in ids if each in catalogue.sources]


# ------------------------------------------------------------------------- the rules in words
def _rules(frame: Frame, language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rows of the table: what, when it is free, when it is recommended."""
    catalogue: Catalogue = values["catalogue"]
    told = _Told(frame, language)
    programme = catalogue.timeline.programme
    doses = (
        [row for each in programme.vaccines.values() for row in told.vaccine(each)]
        if programme
        else []
    )
    checks = [
        {"name": each.name, "free": told.window(each.window), "term": 0, "best": ""}
        for each in catalogue.timeline.checkups.values()
    ]
    return {
        "rules": {"doses": doses, "checkups": checks},
        "rule_sources": _sources(catalogue),
        "programme": programme,
    }


class _Told:
    """Windows in the words of one language."""

    def __init__(self, frame: Frame, language: str) -> None:
        self._frame, self._language = frame, language

    def _say(self, name: str, **values: object) -> str:
        return self._frame.words.say(self._language, f"timeline_page.edge.{name}", **values)

    def vaccine(self, vaccine: Vaccine) -> Iterator[Mapping[str, Any]]:
        """One row a course: measles and rubella have two."""
        if vaccine.only_begun:
            return
        several = len(vaccine.courses) > 1
        for number, course in enumerate(vaccine.courses, 1):
            yield {
                "name": vaccine.name,
                "term": number if several else 0,
                "free": self.window(course.window),
                "best": self._best(course),
            }

    def window(self, window: Window) -> str:
        """「生後2か月から、7歳6か月になる前の日まで」"""
        return self._say("joint").join(self._ends(window))

    def _ends(self, window: Window) -> Iterator[str]:
        if window.start is not None:
            yield self._edge("from", window.start)
        if window.end is not None:
            yield self._edge("until", window.end)

    def _best(self, course: Course) -> str:
        """When the first dose is recommended."""
        standard = course.series[0].doses[0].standard
        return self.window(standard.window) if standard else ""

    def _edge(self, side: str, edge: Edge) -> str:
        if edge.kind in ("month", "after_month"):
            return self._say(f"{side}_age", age=self._age(int(edge.value)))
        if edge.kind == "day":
            return self._say(f"{side}_day", days=edge.value) if edge.value else self._say("birth")
        if edge.kind == "before_due":
            weeks, days = divmod(280 - int(edge.value), 7)
            return self._say(f"{side}_weeks", weeks=weeks, days=days)
        if edge.kind == "fiscal_of_age":
            return self._say(f"{side}_fiscal", years=edge.value)
        if edge.kind == "before_entry":
            month, day = (int(each) for each in str(edge.value).split("-"))
            return self._say(f"{side}_entry", month=month, day=day)
        return self._say(f"{side}_date", date=edge.value)

    def _age(self, months: int) -> str:
        if months == 0:
            return self._say("age_birth")
        years, rest = divmod(months, 12)
        if months < _BY_YEARS and rest:
            return (
                self._say("age_months", months=months)
                if years == 0
                else self._say("age_both", years=years, months=rest)
            )
        return (
            self._say("age_both", years=years, months=rest)
            if rest
            else self._say("age_years", years=years)
        )
