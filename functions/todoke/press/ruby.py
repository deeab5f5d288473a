"""Furigana for やさしい日本語, from a table of readings that people wrote and checked.

Readings are never guessed. A run of kanji is annotated only when the table covers all of it,
and a single kanji only when it stands alone: 「日」 is not read inside 「日程」.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

#: a word of the table as pieces: (written, reading or "" for what needs none)
Pieces = tuple[tuple[str, str], ...]

_KANJI = re.compile(r"[々〆㐀-䶿一-鿿]")
_BASE = re.compile(r"[々〆㐀-䶿一-鿿0-9]+")
#: a key "#日" is 日 after a number
AFTER_NUMBER = "#"
_PARAMETER = re.compile(r"\{\w+\}")
#: stands for a parameter while readings are looked up; no sentence has it
_NUMBER = "987"


class Readings:
    """word -> hiragana reading, ready for looking up."""

    def __init__(self, table: Mapping[str, str], *, checked: bool = False) -> None:
        """checked: they were before. Raises ValueError naming a word whose reading does not fit its
        kana."""
        self.table = table
        split = {} if checked else {word: pieces(word, table[word]) for word in table}
        self._words: dict[str, Pieces] = split
        self._plain = _by_first(each for each in table if not each.startswith(AFTER_NUMBER))
        counted = (each[1:] for each in table if each.startswith(AFTER_NUMBER))
        self._counted = _by_first(counted)
        others = (e for e in sorted({*self._plain, *self._counted}) if not _KANJI.match(e))
        first = "".join(map(re.escape, others))
        #: letters at which nothing begins that could have a reading
        self._nothing = re.compile(f"[^々〆㐀-䶿一-鿿{first}]+")
        self.annotate = lru_cache(maxsize=8192)(self._annotate)
        self._pieces = lru_cache(maxsize=4096)(self._split)

    def _annotate(self, text: str) -> Markup:
        """The text as markup, its kanji with ruby where the table has them."""
        pieces = self._pieces(text)
        html = "".join(_html(piece) for piece in pieces)
        if any(reading for _, reading in pieces):
            html = f"<span>{html}</span>"  # one item in a flex row, not one for each ruby
        return Markup(html)  # noqa: S704 - every piece was escaped in _html

    def marked(self, text: str) -> str:
        """The text with readings as ``[漢字|かんじ]``: what ``js/words.js`` turns into ruby."""
        pieces = self._pieces(text)
        return "".join(f"[{base}|{reading}]" if reading else base for base, reading in pieces)

    def sentence(self, text: str) -> str:
        """``marked`` for a sentence whose {parameters} a phone fills in: each is read as a
        number, 「{days}日」 is にち, not ひ."""
        names = iter(_PARAMETER.findall(text))
        marked = self.marked(_PARAMETER.sub(_NUMBER, text))
        return re.sub(_NUMBER, lambda _: next(names), marked)

    def spoken(self, text: str) -> str:
        """The text in kana, as far as the table goes: for finding 保育園 by ほいくえん."""
        return "".join(reading or base for base, reading in self._pieces(text))

    def _split(self, text: str) -> Pieces:
        found: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            if nothing := self._nothing.match(text, position):
                found.append((nothing[0], ""))
                position = nothing.end()
            else:
                run, position = self._run(text, position)
                found += run
        return tuple(found)

    def uncovered(self, text: str) -> list[str]:
        """Runs of kanji that stay without a reading: for the test of the sentences."""
        return [
            written
            for written, reading in self._pieces(text)
            if not reading and _KANJI.search(written)
        ]

    def _run(self, text: str, start: int) -> tuple[list[tuple[str, str]], int]:
        """Pieces from ``start`` on, and where the next ones begin."""
        first = self._word(text, start)
        if first is None and not _KANJI.match(text[start]):
            return [(text[start], "")], start + 1
        found: list[tuple[str, str]] = []
        position = start
        while position < len(text) and (_KANJI.match(text[position]) or position == start):
            word = self._word(text, position)
            if word is None:
                end = _end_of_kanji(text, start)
                return [(text[start:end], "")], end
            found += self._pieces_of(word)
            position += len(word.removeprefix(AFTER_NUMBER))
        return found, position

    def _pieces_of(self, word: str) -> Pieces:
        if word not in self._words:
            self._words[word] = pieces(word, self.table[word])
        return self._words[word]

    def _word(self, text: str, start: int) -> str | None:
        """The longest word of the table that stands at ``start``."""
        letter, before = text[start], text[start - 1] if start else ""
        if before.isdecimal():
            if letter.isdecimal():
                return None
            for word in self._counted.get(letter, ()):
                if text.startswith(word, start):
                    return AFTER_NUMBER + word
        for word in self._plain.get(letter, ()):
            if text.startswith(word, start) and (len(word) > 1 or _alone(text, start)):
                return word
        return None


def pieces(word: str, reading: str) -> Pieces:
    """Splits 「申し込み」/「もうしこみ」 into 申(もう) し 込(こ) み.

    Raises ValueError when the reading does not fit."""
    written = word.removeprefix(AFTER_NUMBER)
    parts = re.split(f"({_BASE.pattern})", written)
    pattern = "".join("(.+?)" if _BASE.fullmatch(part) else re.escape(part) for part in parts)
    match = re.fullmatch(pattern, reading)
    if match is None or not re.fullmatch(r"[ぁ-ゖァ-ヺー]+", reading):
        raise ValueError(f"the reading {reading!r} does not fit {word!r}")
    found = iter(match.groups())
    return tuple((part, next(found) if _BASE.fullmatch(part) else "") for part in parts if part)


def _by_first(words: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """First letter -> words that begin with it, the longest first."""
    found: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        found.setdefault(word[0], []).append(word)
    return found


def _alone(text: str, at: int) -> bool:
    """Whether no kanji and no digit touches it."""
    neighbours = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
    return not re.search(r"[々〆㐀-䶿一-鿿0-9]", neighbours)


def _end_of_kanji(text: str, start: int) -> int:
    end = start + 1
    while end < len(text) and _KANJI.match(text[end]):
        end += 1
    return end


def _html(piece: tuple[str, str]) -> str:
    written, reading = piece
    if not reading:
        return str(escape(written))
    return f"<ruby>{escape(written)}<rt>{escape(reading)}</rt></ruby>"
