"""What somebody who keeps a catalogue should see to, beyond what publishing refuses."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from todoke.core import reference_words, shown_amounts
from todoke.core.benefits import Benefit
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.catalogue_texts import texts
from todoke.core.errors import TodokeError
from todoke.core.reference import FOLDER, Reference
from todoke.core.reference_words import Told
from todoke.core.rule_examples import ENOUGH
from todoke.core.site_fields import Text
from todoke.core.site_yaml import invalid
from todoke.core.words import LANGUAGES, Dictionary


@dataclass(frozen=True, slots=True)
class Advice:
    """code: ``cli.catalogue.advice.<code>`` and ``.next`` say it in words, with these values.
    file: below site/. field: dotted, "" for the whole file."""

    code: str
    file: str
    field: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Untold:
    """What a reference language still lacks. wanted: how many texts it should have. names: of
    life events and procedures, below site/reference (they are shown in English). sentences: below
    site/reference_words, name -> why, "" for one that is not there (shown in easy Japanese)."""

    reference: Reference
    wanted: int
    names: tuple[str, ...]
    sentences: Mapping[str, str]

    @property
    def missing(self) -> int:
        """How many of those wanted are shown in another language."""
        return len(self.names) + len(self.sentences)


def untold(catalogue: Catalogue, words: Dictionary) -> Sequence[Untold]:
    """Every reference language in its order, whole ones too."""
    every = reference_words.sources(catalogue, words)
    return [_untold(catalogue, each, every) for each in catalogue.references.values()]


def _untold(catalogue: Catalogue, one: Reference, every: Mapping[str, Text]) -> Untold:
    said = one.words or reference_words.ReferenceWords(one.id, {})
    wrong = {
        name: reference_words.fault(every[name], said.words[name]) if name in said.words else ""
        for name in Told(said, every).missing
    }
    names = (
        *(f"events.{id}" for id in catalogue.events if id not in one.events),
        *(f"procedures.{id}" for id in catalogue.procedures if id not in one.procedures),
    )
    wanted = len(every) + len(catalogue.events) + len(catalogue.procedures)
    return Untold(one, wanted, names, wrong)


def to_come(catalogue: Catalogue, today: date) -> Iterator[TodokeError]:
    """A mistake for each fact that says it was looked at in a month after today's. Publishing does
    not ask: a machine whose clock is behind would publish nothing any more."""
    looked = [
        *(
            (f"procedures/{id}.yaml", "as_of", one.as_of)
            for id, one in catalogue.procedures.items()
        ),
        *(("deadlines.yaml", f"{id}.as_of", one.as_of) for id, one in catalogue.deadlines.items()),
        *(
            ("benefits.yaml", f"{id}.stated_in_law", one.stated_in_law)
            for id, one in catalogue.benefits.items()
        ),
    ]
    for file, field, month in looked:
        if month > f"{today:%Y-%m}":
            rule = f"the month {month} is still to come: nobody has looked then"
            yield invalid(file, field, rule, "write the month in which somebody looked last")


def advice(
    catalogue: Catalogue,
    today: date,
    months: int,
    examples: Mapping[str, int],
    uncovered: Callable[[str], Sequence[str]],
) -> Sequence[Advice]:
    """Every advice, by file. months: how old a fact may get. examples: procedure -> how many of
    its rule stand elsewhere than in its own file. uncovered: kanji of a text without a reading."""
    oldest = _months_before(today, months)
    found = [
        *(one for each in catalogue.procedures.values() for one in _facts(catalogue, each, oldest)),
        *(one for each in catalogue.procedures.values() for one in _rule(each, examples)),
        *_sources(catalogue, oldest),
        *(one for each in catalogue.benefits.values() for one in _amounts(each, today)),
        *_words_of_amounts(catalogue, today),
        *(one for file, where, words in texts(catalogue) for one in _words(file, where, words)),
        *_readings(catalogue, uncovered),
        *_references(catalogue),
    ]
    return sorted(found, key=lambda each: (each.file, each.field, each.code))


def _facts(catalogue: Catalogue, item: Procedure, oldest: str) -> Iterator[Advice]:
    file = f"procedures/{item.id}.yaml"
    if item.as_of < oldest and not item.ended:
        yield Advice("old", file, "as_of", {"month": item.as_of})
    if item.confidence == "low":
        yield Advice("unsure", file, "confidence")
    if item.evidence == "memory":
        yield Advice("memory", file, "evidence")
    if not item.sources:
        yield Advice("no_source", file, "sources")
    if not catalogue.events_of(item.id):
        yield Advice("no_event", file, "id", {"id": item.id})


def _rule(item: Procedure, examples: Mapping[str, int]) -> Iterator[Advice]:
    file, count = f"procedures/{item.id}.yaml", len(item.examples) + examples.get(item.id, 0)
    if item.eligibility is None:
        yield Advice("no_rule", file, "eligibility")
    elif count < ENOUGH:
        yield Advice("few_examples", file, "examples", {"count": count, "enough": ENOUGH})


def _sources(catalogue: Catalogue, oldest: str) -> Iterator[Advice]:
    used = {one for each in catalogue.procedures.values() for one in each.sources}
    for benefit in catalogue.benefits.values():
        for period in (*benefit.versions, *benefit.limits):
            used |= set(period.sources)
    used |= set(_of_childhood(catalogue))
    for each in catalogue.sources.values():
        if each.id not in used:
            yield Advice("unused_source", "sources.yaml", each.id)
        elif not each.url:
            yield Advice("no_address", "sources.yaml", f"{each.id}.url")
        elif each.date and each.date[:7] < oldest[: len(each.date)]:
            yield Advice("old_source", "sources.yaml", f"{each.id}.date", {"date": each.date})


def _of_childhood(catalogue: Catalogue) -> Iterator[str]:
    """Sources of the vaccinations, check-ups and deadlines."""
    listed = [each.sources for each in catalogue.timeline.checkups.values()]
    listed += [each.sources for each in catalogue.deadlines.values()]
    programme = catalogue.timeline.programme
    if programme:
        listed += [programme.sources, *(each.sources for each in programme.vaccines.values())]
    return itertools.chain.from_iterable(listed)


def _amounts(benefit: Benefit, today: date) -> Iterator[Advice]:
    """The newest figures, when nobody has looked for as long as they are used now."""
    month = f"{today:%Y-%m}"
    for name, periods in (("versions", benefit.versions), ("limits", benefit.limits)):
        if not periods:
            continue
        last, field = periods[-1], f"{benefit.id}.{name}[{len(periods)}]"
        if not last.verified_until:
            yield Advice("amount_never_looked_at", "benefits.yaml", f"{field}.sources")
        elif last.verified_until < month:
            values = {"month": last.verified_until}
            yield Advice("amount_not_looked_at", "benefits.yaml", f"{field}.verified_until", values)
        if last.uncertain:
            yield Advice("amount_unsure", "benefits.yaml", f"{field}.uncertain")
        if last.additions and last.additions.uncertain:
            yield Advice("amount_unsure", "benefits.yaml", f"{field}.additions.uncertain")


def _words_of_amounts(catalogue: Catalogue, today: date) -> Iterator[Advice]:
    """Pages that name the amounts of a version that is over; other differences are mistakes."""
    for item, benefit in shown_amounts.computed(catalogue):
        now = next((each for each in benefit.versions if each.holds_in(f"{today:%Y-%m}")), None)
        if now is None or item.ended:
            continue
        over = sorted(shown_amounts.said(item) - set(now.amounts.values()))
        if over:
            figures = ", ".join(f"{yen:,}" for yen in over)
            values = {"yen": figures, "month": now.start}
            yield Advice("amount_over", f"procedures/{item.id}.yaml", "result.amounts", values)


def _words(file: str, where: str, words: Text) -> Iterator[Advice]:
    for language in LANGUAGES:
        if language not in words:
            yield Advice("untranslated", file, where, {"language": language})
    if words.get("en") == words["ja"] and not words["ja"].isascii():
        yield Advice("copied", file, where, {"language": "en"})


def _readings(catalogue: Catalogue, uncovered: Callable[[str], Sequence[str]]) -> Iterator[Advice]:
    for file, where, words in texts(catalogue):
        if missing := list(dict.fromkeys(uncovered(words.get("easy", "")))):
            yield Advice("no_reading", file, f"{where}.easy", {"words": " ".join(missing)})


def _references(catalogue: Catalogue) -> Iterator[Advice]:
    """What a reference language translates in vain, and what it shows in English."""
    for each in catalogue.references.values():
        file = f"{FOLDER}/{each.id}.yaml"
        for part, named, there in (
            ("events", each.events, catalogue.events),
            ("procedures", each.procedures, catalogue.procedures),
        ):
            for id in named.keys() - there.keys():
                yield Advice("reference_unknown", file, f"{part}.{id}", {"id": id})
            for id in there.keys() - named.keys():
                yield Advice("reference_missing", file, f"{part}.{id}", {"id": id})


def _months_before(today: date, months: int) -> str:
    count = today.year * 12 + today.month - 1 - months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"
