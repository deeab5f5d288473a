"""Pages that are no procedure, as entries of the search behind all procedures.

Who types 予防接種 wants a child's own dates as much as the procedure. An entry has the shape of a
procedure's (``press/search_files.py``), so the scripts of the search know nothing of it; its id is
the way to its page from where procedures are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from todoke.core.catalogue import Catalogue
from todoke.core.words import LANGUAGES
from todoke.press.frame import Frame

#: page -> its name among the sentences, what a result says of it beside its name, and how early
#: it comes (``search_files.first``): the dates are wanted at once, the questions after all else
_PAGES: Mapping[str, tuple[str, str, int]] = {
    "timeline": ("timeline_page.title", "ways.search.timeline", 9),
    "check": ("check.title", "ways.search.check", 0),
}


def offered(catalogue: Catalogue) -> Sequence[str]:
    """Those this city prints."""
    has_dates = catalogue.timeline.programme is not None
    return [each for each in _PAGES if each != "timeline" or has_dates]


def first(catalogue: Catalogue) -> Sequence[int]:
    """How early each comes."""
    return [_PAGES[each][2] for each in offered(catalogue)]


def rows(catalogue: Catalogue, frame: Frame, fold: Callable[[str], str]) -> Sequence[list[str]]:
    """Names, reading, other words, context."""
    spoken = frame.readings.spoken
    found = []
    for page in offered(catalogue):
        names = [frame.words.say(language, _PAGES[page][0]) for language in LANGUAGES]
        words = catalogue.search.pages.get(page, ())
        readings = [spoken(frame.words.say("easy", _PAGES[page][0]))]
        parts: Sequence[Sequence[str]] = (names, readings, [*words, *map(spoken, words)], [])
        found.append([f" {' '.join(dict.fromkeys(map(fold, part)))} " for part in parts])
    return found


def lines(catalogue: Catalogue, frame: Frame, language: str) -> Sequence[list[str]]:
    """What a result says: id, name, other name, what it goes by, and no flag."""

    def say(name: str) -> str:
        text = frame.words.say(language, name)
        return frame.readings.marked(text) if language == "easy" else text

    def other(name: str) -> str:
        if language != "ja":
            return frame.words.say("ja", name)
        return frame.words.say("easy", name).replace(" ", "")

    return [
        [f"../{page}", say(_PAGES[page][0]), other(_PAGES[page][0]), say(_PAGES[page][1]), "000"]
        for page in offered(catalogue)
    ]
