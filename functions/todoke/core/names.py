"""One name as two systems write it: the city's register and the certificate of a card.

``plain`` takes away what is no letter of the name: variation selectors (IVS), width, kinds of
spaces. ``key`` is its one form for looking it up: 髙 as 高 (``kanji_variants``), small kana as
large ones (old systems know no other), the parts of a foreign name in one order. ``compare`` says
how two names agree and guesses nothing: what could be either has a word of its own.

=============  ====================================================  =======================
answer         when                                                  example
=============  ====================================================  =======================
exact          the letters are the same, spaces apart                見本　花子 / 見本花子
variant        one ``key``                                           髙見本 / 高見本
substituted    the same but for letters that one side cannot write   〓見本 / 邉見本
alias          one side's other name, in brackets, is this name      MIHON (見本) / 見本
mistakable     the same but for letters that are often confused      斉見本 / 斎見本
part           one foreign name has parts that the other lacks       ANNA M MIHON / ANNA MIHON
family         the given name is the same, the family name is not    見本 花子 / 例 花子
script         one in Latin letters, the other not                   MIHON / ミホン
different      anything else
=============  ====================================================  =======================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from todoke.core.kanji_variants import FORMS, MISTAKEN

#: stands for a letter that a system could not write: 〓 itself, what others print in its place,
#: private use (外字, which nobody else can read)
WILD = "〓"
_WILD = re.compile("[〓■□●◆◇＊*？?\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
#: U+FE00-FE0F and U+E0100-E01EF choose the form of the letter before them (IVS); the others are
#: invisible
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u200b-\u200d\ufeff]")
_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BETWEEN = re.compile(r"[\s・･,،.，．=＝゠_]+")
_DASHES = re.compile("[-‐-―−─━ｰ－]")
_APOSTROPHES = str.maketrans("", "", "'’`´ʼ")
_ALIAS = re.compile(r"^(.+?) ?[(（\[［【〔]([^)）\]］】〕]+)[)）\]］】〕]$")
_BRACKETS = re.compile(r"[()（）\[\]［］【】〔〕]")
_SMALL = str.maketrans(
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ",
    "あいうえおつやゆよわかけアイウエオツヤユヨワカケ",
)
_SAME_SOUND = str.maketrans("ぢづゐゑを", "じずいえお")
_KATAKANA = re.compile("[ァ-ヶ]")
_REPEATED = re.compile("(.)[々〻]")
_ALL_KATAKANA = re.compile("[ァ-ヺー〓 ]+")
_HAS_LATIN = re.compile("[a-z]")
#: fewer letters that are known on both sides are no name that could be recognised
_FEWEST_KNOWN = 2

EXACT, VARIANT, DIFFERENT = "exact", "variant", "different"
SUBSTITUTED, ALIAS, MISTAKABLE = "substituted", "alias", "mistakable"
PART, FAMILY, SCRIPT = "part", "family", "script"


@dataclass(frozen=True, slots=True)
class _Name:
    """plain: as ``plain`` gives it, without the name in brackets, alias. parts: of it, folded."""

    plain: str
    parts: Sequence[str]
    alias: str


def plain(text: str) -> str:
    """The letters of a name and single spaces between its parts. Compatibility ideographs stay."""
    text = _WILD.sub(WILD, _SELECTORS.sub("", text))
    text = _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _BETWEEN.sub(" ", text.translate(_WIDE)).strip()


def key(text: str) -> str:
    """One form for a name however it is written; "" for none. The name in brackets is left out."""
    return _joined(_read(text).parts)


def confused_key(text: str) -> str:
    """One form for names that are confused with one another: for doubtful pairs only."""
    return _confused(_read(text).parts)


def has_wild(text: str) -> bool:
    """Whether a letter is in it that the system could not write."""
    return WILD in plain(text)


def compare(one: str, other: str, one_marks: str = "", other_marks: str = "") -> str:
    """How two names agree, as the table above says; the order of the two does not matter.

    marks: of each letter "1" where the card's certificate says that it stands for another one."""
    first, second = _read(one), _read(other)
    if not first.parts or not second.parts:
        return DIFFERENT
    one_key, other_key = _joined(first.parts), _joined(second.parts)
    if one_key == other_key and WILD not in one_key:
        same = first.plain.replace(" ", "") == second.plain.replace(" ", "")
        return EXACT if same else VARIANT
    if _match_but_for_wild(_letters(one, one_marks), _letters(other, other_marks)):
        return SUBSTITUTED
    return _doubtful(first, second)


def marked(text: str, marks: str) -> str:
    """The text with ``WILD`` for each letter whose mark is "1"."""
    if "1" not in marks:
        return text
    pairs = zip_longest(text, marks[: len(text)])
    return "".join(WILD if mark == "1" else letter for letter, mark in pairs)


def _doubtful(one: _Name, other: _Name) -> str:
    """How names agree that are not the same."""
    if _all_keys(one) & _all_keys(other):
        return ALIAS
    if _confused(one.parts) == _confused(other.parts):
        return MISTAKABLE
    latin = [bool(_HAS_LATIN.search(_joined(each.parts))) for each in (one, other)]
    if latin[0] != latin[1]:
        return SCRIPT
    if _is_foreign(one.parts) and _is_foreign(other.parts):
        return PART if _is_part(one.parts, other.parts) else DIFFERENT
    if len(one.parts) == len(other.parts) == 2 and one.parts[1] == other.parts[1]:
        return FAMILY
    return DIFFERENT


def _read(text: str) -> _Name:
    whole = plain(text)
    found = _ALIAS.match(whole)
    main, alias = (found[1].strip(), found[2].strip()) if found else (whole, "")
    return _Name(main, _folded(main).split(), alias)


def _folded(text: str) -> str:
    """NFKC is right here, where only keys are made: it replaces compatibility ideographs."""
    text = "".join(map(_bare, unicodedata.normalize("NFKC", text).lower()))
    text = _BRACKETS.sub("", text)
    if _HAS_LATIN.search(text):
        return _DASHES.sub(" ", text.translate(_APOSTROPHES))
    return _DASHES.sub("ー", text).translate(_SMALL)


def _bare(letter: str) -> str:
    """é as e, 澤 as 沢; kana keep their marks."""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else FORMS.get(letter, letter)


def _is_foreign(parts: Sequence[str]) -> bool:
    """Names whose parts come in either order: in Latin letters or all in katakana."""
    whole = " ".join(parts)
    return bool(_HAS_LATIN.search(whole) or _ALL_KATAKANA.fullmatch(whole))


def _joined(parts: Sequence[str]) -> str:
    return " ".join(sorted(parts)) if _is_foreign(parts) else "".join(parts)


def _all_keys(name: _Name) -> set[str]:
    """Keys of the name and of the one in brackets."""
    return {found for each in (name.plain, name.alias) if (found := key(each))}


def _confused(parts: Sequence[str]) -> str:
    """Katakana as hiragana without long vowels, sounds that are one today, 々 written out."""
    text = _KATAKANA.sub(lambda found: chr(ord(found[0]) - 0x60), _joined(parts))
    text = text.replace("ー", "").translate(_SAME_SOUND).replace("の", "ノ").replace("之", "ノ")
    return "".join(MISTAKEN.get(each, each) for each in _REPEATED.sub(r"\1\1", text))


def _is_part(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two parts are whole in both, and what is left stands on one side only or is an
    initial of what is left on the other."""
    both = set(one) & set(other)
    first, second = set(one) - both, set(other) - both
    if len(both) < _FEWEST_KNOWN:
        return False
    return not (first and second) or (_abbreviate(first, second) and _abbreviate(second, first))


def _abbreviate(one: Iterable[str], other: Iterable[str]) -> bool:
    return all(any(part == each[0] or each == part[0] for part in other) for each in one)


def _letters(text: str, marks: str) -> str:
    return "".join(_read(marked(text, marks)).parts)


def _match_but_for_wild(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    pairs = list(zip(one, other, strict=True))
    known = [pair for pair in pairs if WILD not in pair]
    return len(known) >= _FEWEST_KNOWN and all(first == second for first, second in known)
