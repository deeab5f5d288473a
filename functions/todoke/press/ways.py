"""Ways into the catalogue: a page for each age of a child, made by the rules, and in a catalogue
too large for one list a page for each topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from todoke.core import ages
from todoke.core.catalogue import Catalogue
from todoke.press import search_files
from todoke.press.frame import Sheet


def printed(catalogue: Catalogue) -> tuple[str, ...]:
    """Ages that have a page: none where the city leaves the facts out."""
    return ages.IDS if catalogue.facts else ()


def sheets(catalogue: Catalogue, today: date) -> Iterator[Sheet]:
    """``ages/<id>.html``, each with what its rules leave open on that day."""
    for age, items in ages.by_age(catalogue, today).items():
        values = {"age": age, "items": items, "ages": ages.IDS}
        yield Sheet("age.html", f"ages/{age}.html", values, "search")
    if search_files.is_large(catalogue):
        for topic in catalogue.topics.values():
            own = {"topic": topic, "items": catalogue.of_topic(topic.id)}
            yield Sheet("topic.html", f"topics/{topic.id}.html", own, "search")
