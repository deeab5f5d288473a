"""A catalogue in numbers: how much there is, how sure it is, how much of it in each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from todoke.core import coverage as languages
from todoke.core.catalogue import Catalogue
from todoke.core.catalogue_texts import texts
from todoke.core.words import LANGUAGES

#: how many of the oldest facts are named
OLDEST = 10


def stats(catalogue: Catalogue) -> Mapping[str, Any]:
    """Counts and lists as JSON has them; months and dates as the catalogue states them."""
    items = list(catalogue.procedures.values())
    by_age = sorted(items, key=lambda each: (each.as_of, each.id))
    dated = sorted((each.date, each.id) for each in catalogue.sources.values() if each.date)
    return {
        "procedures": len(items),
        "events": len(catalogue.events),
        "topics": len(catalogue.topics),
        "sources": len(catalogue.sources),
        "facts": len(catalogue.facts),
        "benefits": len(catalogue.benefits),
        "category": _counted([each.category for each in items]),
        "confidence": _counted([each.confidence for each in items]),
        "evidence": _counted([each.evidence for each in items]),
        "online": _counted([each.online.possible for each in items]),
        "certain": sum(each.certain for each in items),
        "without_rule": [each.id for each in items if each.eligibility is None],
        "without_source": [each.id for each in items if not each.sources],
        "languages": coverage(catalogue),
        "oldest": [{"id": each.id, "as_of": each.as_of} for each in by_age[:OLDEST]],
        "oldest_sources": [{"id": id, "date": date} for date, id in dated[:OLDEST]],
    }


def coverage(catalogue: Catalogue) -> Mapping[str, Mapping[str, int]]:
    """language -> {texts, there, missing} over every text of the catalogue; a reference language
    has those of its page."""
    every = [words for _, _, words in texts(catalogue)]
    there = {each: sum(each in words for words in every) for each in LANGUAGES}
    counts = {each: (len(every), there[each]) for each in LANGUAGES}
    small = {one.reference.id: (one.texts, one.there) for one in languages.references(catalogue)}
    return {
        each: {"texts": total, "there": found, "missing": total - found}
        for each, (total, found) in (counts | small).items()
    }


def _counted(values: Sequence[str]) -> Mapping[str, int]:
    """The most frequent first."""
    return dict(Counter(values).most_common())
