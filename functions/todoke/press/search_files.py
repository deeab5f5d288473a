"""The index of the search, made for a browser that asks nobody.

``site/assets/js/search_index.js`` reads it. An entry has four fields, the first weighs most:
its names, their reading, other words for it, and what it has to do with. Texts are folded
(``core/folding.py``), every field begins and ends with a space, so that a pair of characters
with a space in it says where a word begins or ends.

Up to ``SCAN_UP_TO`` entries the index is one file with all fields, which the browser scans. Above
it, it is a table of character pairs cut into shards: the browser fetches those of the pairs that
were typed. Both say of a pair in which fields of which entries it stands, so both find the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.words import LANGUAGES
from todoke.press import phrases, search_pages
from todoke.press.assets import address_of, to_json
from todoke.press.frame import FOLDERS, Frame

VERSION = 1
#: site measurements: one file is quicker up to about this many distinct entries
SCAN_UP_TO = 2000
#: entries whose shown lines are in one file, where not all are in one
BLOCK = 100
SHARDS = 256
#: fields that words are taken from to mend a typing error; the fourth is sentences
NAMED_FIELDS = 3
LONGEST_TERM = 16
#: below whatever words can add up to: sixty of them are worth less than half of it
LAST = -1_000_000

Fields = Sequence[str]


def publish(catalogue: Catalogue, frame: Frame) -> None:
    """Puts ``search.json`` and ``search.<language>.json`` among the assets, and what they name."""
    frame.assets.publish(made(catalogue, frame))


def addresses(frame: Frame) -> Mapping[str, str]:
    """Of the index, and of what is shown in each language."""
    names = {"index": "search.json", **{each: f"search.{each}.json" for each in LANGUAGES}}
    return {what: frame.assets.made(name) for what, name in names.items()}


def made(catalogue: Catalogue, frame: Frame) -> Mapping[str, bytes]:
    """Name of the asset -> bytes."""
    found: dict[str, bytes] = {}

    def add(name: str, value: object) -> str:
        found[name] = to_json(value)
        return address_of(name, found[name])

    items = order(catalogue)
    fold = lru_cache(maxsize=4096)(catalogue.search.folding.fold)  # topics, events: said often
    rows = [fields(catalogue, each, frame, fold) for each in items]
    rows += search_pages.rows(catalogue, frame, fold)
    index = head(catalogue, items)
    if not is_large(catalogue):
        index = scanned(index, rows)
    else:
        addresses = [
            add(f"search/{number}.json", shard) for number, shard in enumerate(shards(rows))
        ]
        mending = add("search/terms.json", terms(rows))
        index = {**index, "terms": mending, "shards": addresses}
    add("search.json", index)
    for language in LANGUAGES:
        lines = [shown(frame, language, each) for each in items]
        lines += search_pages.lines(catalogue, frame, language)
        start = {"words": said(frame, language)}
        if not is_large(catalogue):
            add(f"search.{language}.json", {**start, "lines": lines})
            continue
        blocks = [
            add(f"search/{language}{first}.json", {"lines": lines[first : first + BLOCK]})
            for first in range(0, len(lines), BLOCK)
        ]
        add(f"search.{language}.json", {**start, "size": BLOCK, "blocks": blocks})
    return found


def is_large(catalogue: Catalogue) -> bool:
    """Whether it has more entries than one file should hold, or one page should list."""
    return len(catalogue.procedures) > SCAN_UP_TO


def order(catalogue: Catalogue) -> list[Procedure]:
    """Entries as they stand in the list of topics: of two that fit alike the first comes first."""
    return [each for topic in catalogue.topics for each in catalogue.of_topic(topic)]


def head(catalogue: Catalogue, items: Sequence[Procedure]) -> Mapping[str, Any]:
    """What both kinds of index begin with; other pages come behind the procedures."""
    places = [*first(catalogue, items), *map(early, search_pages.first(catalogue))]
    return {**words(catalogue), "entries": len(places), "first": places}


def first(catalogue: Catalogue, items: Sequence[Procedure]) -> list[float]:
    """What each entry is worth by itself, 0 to 4.5: more for what several life events name and what
    one names early: a first claim is looked for more often than the change of an account. ``LAST``
    for what has ended, however well it fits: nobody can have it any more."""
    weight: dict[str, int] = {}
    for event in catalogue.events.values():
        for place, id in enumerate(event.procedures):
            if not is_over(catalogue.procedures[id]):
                weight[id] = weight.get(id, 0) + 2 + (place < 3)
    return [LAST if each.ended else early(min(9, weight.get(each.id, 0))) for each in items]


def early(place: int) -> float:
    """What a place of 0 to 9 is worth beside the words (a match in a name is 8)."""
    return place // 2 if place % 2 == 0 else place / 2


def words(catalogue: Catalogue) -> Mapping[str, Any]:
    """``site/search.yaml`` as the browser needs it; spellings unfolded, the rest folded."""
    found = catalogue.search
    fold = found.folding.fold
    meanings: dict[str, list[str]] = {}
    for said, meant in found.meanings.items():
        there = meanings.setdefault(fold(said), [])
        there += [each for each in map(fold, meant) if each not in there]
    return {
        "version": VERSION,
        "spellings": [list(pair) for pair in found.spellings],
        "meanings": meanings,
        "skip": sorted({fold(each) for each in found.skip}),
    }


def fields(
    catalogue: Catalogue, procedure: Procedure, frame: Frame, fold: Callable[[str], str]
) -> Fields:
    """Names, reading, other words, context."""
    spoken = frame.readings.spoken
    result = f"site.result.{procedure.result.kind}"
    context = [
        *catalogue.topics[procedure.topic].name.values(),
        *(name for each in catalogue.events_of(procedure.id) for name in each.name.values()),
        *(frame.words.say(language, result) for language in LANGUAGES),
        procedure.who["ja"],
    ]
    easy = procedure.name.get("easy", "")
    parts = (
        list(procedure.name.values()),
        [procedure.kana, spoken(easy)],
        [*procedure.words, *map(spoken, procedure.words)],
        context,
    )
    if is_over(procedure):
        parts = ([], [], [], [each for part in parts for each in part])
    return [f" {' '.join(dict.fromkeys(' '.join(map(fold, part)).split()))} " for part in parts]


def is_over(procedure: Procedure) -> bool:
    """Whether it can no longer be had, or is about an end: all its words count as context, so that
    who looks for money is not first shown what is over; its own name still finds it."""
    return procedure.ended or procedure.result.kind == "end"


def shown(frame: Frame, language: str, procedure: Procedure) -> list[str]:
    """What a result says: id, name, other name, limit, and "1" where the limit counts days, it
    can be filed online, it has ended. やさしい日本語 with readings as ``words.js`` reads them."""

    def say(name: str, /, **values: object) -> str:
        return frame.words.say(language, name, **values)

    def read(text: str) -> str:
        return frame.readings.marked(text) if language == "easy" else text

    name, limit = procedure.name, phrases.limit(say, procedure.deadline)
    other = name.get("easy", "").replace(" ", "") if language == "ja" else name["ja"]
    flags = (limit.soon, procedure.online.possible == "yes", procedure.ended)
    texts = (frame.pick(language, name), other, limit.head)
    return [procedure.id, *map(read, texts), "".join("1" if each else "0" for each in flags)]


def said(frame: Frame, language: str) -> Mapping[str, str]:
    """What the search says of its results, and where their pages are: not in the first page,
    which most people leave without a search."""
    names = {each: f"ways.search.{each}" for each in ("count", "also", "near", "none")}
    names |= {each: f"site.{each}.badge" for each in ("online", "ended")}
    words = {short: frame.words.say(language, name) for short, name in names.items()}
    return {**words, "pages": f"/{FOLDERS[language]}procedures/"}


def scanned(start: Mapping[str, Any], rows: Sequence[Fields]) -> Mapping[str, Any]:
    """The index as one text: a line for each entry, its fields parted by tabs."""
    return {**start, "text": "\n".join("\t".join(row) for row in rows)}


def shards(rows: Sequence[Fields], count: int = SHARDS) -> Iterator[Mapping[str, list[int]]]:
    """pair of characters -> for each entry that has it: distance from the entry before, times 16,
    plus the fields it stands in (1 names, 2 reading, 4 words, 8 context)."""
    table: dict[str, array[int]] = {}  # millions of numbers, four bytes each
    last: dict[str, int] = {}
    for number, row in enumerate(rows):
        found: dict[str, int] = {}
        for bit, text in enumerate(row):
            for pair in _pairs(text):
                found[pair] = found.get(pair, 0) | 1 << bit
        for pair, mask in found.items():
            table.setdefault(pair, array("I")).append((number - last.get(pair, 0)) * 16 + mask)
            last[pair] = number
    _pairs.cache_clear()  # a pair is a text of its own in each set: 40 MB
    cut: list[list[str]] = [[] for _ in range(count)]
    for pair in sorted(table):
        cut[shard_of(pair, count)].append(pair)
    return ({pair: table[pair].tolist() for pair in each} for each in cut)


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(text)))


def shard_of(pair: str, count: int) -> int:
    """Which shard a pair is in; ``search_index.js`` counts alike, in UTF-16."""
    units = pair.encode("utf-16-le")
    total = 0
    for at in range(0, len(units), 2):
        total = total * 31 + units[at] + units[at + 1] * 256
    return total % count


def terms(rows: Sequence[Fields]) -> list[str]:
    """Words of the catalogue, to mend a typing error by and to part words written together."""
    return sorted({each for row in rows for text in row[:NAMED_FIELDS] for each in _terms(text)})


def _terms(text: str) -> Iterator[str]:
    for token in text.split():
        for each in {token, *token.split("の")}:
            if each and len(each) <= LONGEST_TERM:
                yield each
