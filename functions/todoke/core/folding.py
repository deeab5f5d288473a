"""One form for everything that means the same word when somebody searches: width, case, katakana
and hiragana, long vowels however they are written, and the spellings of ``site/search.yaml``.

``site/assets/js/fold.js`` does the same to what a person types; tests/vectors/folding.yaml holds
both to it. What was folded is only compared, never shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

#: Hepburn and Kunrei mark a long vowel above the letter; people type it or leave it out
_LONG = str.maketrans("āīūēōâîûêô", "aiueoaiueo")
_KATAKANA = re.compile(r"[ァ-ヶ]")
#: ぢ and づ sound like じ and ず (現代仮名遣い, 昭和61年内閣告示第1号)
_SAME_SOUND = str.maketrans("ぢづ", "じず")
_LONG_MARK = re.compile(r"(?<=[ぁ-ゖ])ー+")
_LONG_O = re.compile(r"([おこそとのほもよろごぞどぼぽょ])う+|(お)お+")
_LONG_U = re.compile(r"([うくすつぬふむゆるぐずぶぷゅ])う+")
_MARKS = re.compile(r"[^\w]+")


class Folding:
    """Folds texts with a table of spellings."""

    def __init__(self, spellings: Iterable[tuple[str, str]] = ()) -> None:
        """spellings: (written, kana that stands for it); the longest that fits is taken, so 申込み
        before 申込."""
        self._table = {letters(written): letters(kana) for written, kana in spellings}
        longest = sorted(self._table, key=lambda each: (-len(each), each))
        self._spellings = _any_of(longest) if longest else None

    def fold(self, text: str) -> str:
        """The text in its one form: words parted by single spaces."""
        plain = letters(text)
        if self._spellings is not None:
            plain = self._spellings.sub(lambda found: self._table[found[0]], plain)
        return sounds(_MARKS.sub(" ", plain).strip())


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """One of the words, the earlier before the later; a letter that begins none is passed by."""
    firsts = "".join(map(re.escape, sorted({each[0] for each in words})))
    return re.compile(f"(?=[{firsts}])(?:{'|'.join(map(re.escape, words))})")


def letters(text: str) -> str:
    """NFKC, lower case, no macrons, katakana as hiragana."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_LONG)
    return _KATAKANA.sub(lambda found: chr(ord(found[0]) - 0x60), plain)


def sounds(text: str) -> str:
    """Kana with long vowels short: じどうてあて and jido teate become the same."""
    text = _LONG_MARK.sub("", text.translate(_SAME_SOUND))
    text = _LONG_O.sub(lambda found: found[1] or found[2], text)
    return _LONG_U.sub(r"\1", text)
