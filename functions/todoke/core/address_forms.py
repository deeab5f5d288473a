"""One address as two systems write it: 見本町一丁目１番１号 and 見本町1-1-1.

``read`` parts it into where (place names without 大字 and 字, prefecture and county left out: many
registers leave them out) and up to three numbers (丁目, 番 or 番地, 号 or its branch). What
follows, a building and a room, is not compared: many leave it out too. ``compare`` guesses nothing:

============  =====================================================================
same          same place and numbers
partly        one stops earlier (no 号, no city), or letters that one cannot write
unreadable    one holds no number and says of none (無番地)
differs       anything else
============  =====================================================================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from todoke.core.kanji_variants import FORMS
from todoke.core.names import WILD, plain

SAME, PARTLY, UNREADABLE, DIFFERS = "same", "partly", "unreadable", "differs"
#: 丁目, 番 and 号; a fourth number is a room
_NUMBERS = 3
_POSTAL = re.compile("^〒?[0-9]{3}-?[0-9]{4}(?![0-9-])")
_PREFECTURE = re.compile("^(?:東京都|北海道|(?:京都|大阪)府|.{2,3}?県)")
_COUNTY = re.compile("^[^0-9市区町村]{1,5}?郡(?=[^0-9]{1,6}?[町村])")
_DIGITS = "〇一二三四五六七八九"
_KANJI = f"[{_DIGITS}十百千]"
_DASHES = re.compile("[‐-―−─━－ｰ~〜～]")
#: between two numbers these are a hyphen: 1ー2, 1の2
_BETWEEN = re.compile(f"(?<=[0-9{_DIGITS}十百])[ー一のノ之](?=[0-9{_DIGITS}十百])")
_COUNTED = re.compile(f"{_KANJI}+(?=丁目|番|号|条|線|地割|区|-)|(?<=-){_KANJI}+")
_SMALL = str.maketrans("ッヶヵっァィゥェォャュョ", "ツケケつアイウエオヤユヨ")
_LETTER = "[\u3400-\u9fff々]"
_KE = re.compile(f"(?<={_LETTER})[ケがガ](?={_LETTER})")
_NO = re.compile(f"(?<={_LETTER})[のノ之](?={_LETTER})")
_TSU = re.compile(f"(?<={_LETTER})[つツ](?={_LETTER})")
#: a number of a house, and none of a place (北3条, 3番町)
_HOUSE = re.compile("[0-9]+(?=丁目|番地|番(?!町)|号(?!線)|-[0-9]|/|$)")
#: the same without a word that says so, before a building: only where no other number does
_BARE_HOUSE = re.compile("[0-9]+(?![0-9条線地割区番号丁-])")
_STEP = re.compile("([0-9]+)(丁目|番地[のノ之]?|番|号|-|)")
#: what stands between a house and a room: 1-2 3号室 is not 1-23
_APART = re.compile("(?<=[0-9]) (?=[0-9])")
_NONE = re.compile("無番地|番外地")


@dataclass(frozen=True, slots=True)
class Form:
    """area: names of the place. numbers: of the house. whole: can be told from other places."""

    area: str
    numbers: tuple[str, ...]
    whole: bool

    @property
    def key(self) -> str:
        """One text for the place; "" where it cannot be told."""
        return f"{self.area}|{'-'.join(self.numbers)}" if self.whole else ""


def read(text: str, home: Sequence[str] = ()) -> Form:
    """The parts of an address. home: names of the city itself, which its register may leave out."""
    written = _folded(text)
    for name in home:
        written = written.removeprefix(_folded(name))
    found = _HOUSE.search(written) or _BARE_HOUSE.search(written)
    if found is None:
        none = _NONE.search(written)
        return Form(written[: none.end()] if none else written, (), none is not None)
    area = written[: found.start()]
    return Form(area, tuple(_numbers(written[found.start() :])), bool(area))


def compare(one: Form, other: Form) -> str:
    """How two addresses agree, as the table above says; their order does not matter."""
    if not one.whole or not other.whole:
        return UNREADABLE
    if WILD in one.area + other.area:
        return PARTLY if _fits(one, other) else DIFFERS
    if one.key == other.key:
        return SAME
    areas = sorted((one.area, other.area), key=len)
    least = min(len(one.numbers), len(other.numbers))
    inside = areas[1].endswith(areas[0]) and one.numbers[:least] == other.numbers[:least]
    return PARTLY if inside and least else DIFFERS


def _fits(one: Form, other: Form) -> bool:
    if len(one.area) != len(other.area) or one.numbers != other.numbers:
        return False
    pairs = zip(one.area, other.area, strict=True)
    return all(first == second or WILD in (first, second) for first, second in pairs)


def _folded(text: str) -> str:
    """Without spaces, postal code, prefecture, county, 大字 and 字; numbers as digits."""
    text = unicodedata.normalize("NFKC", _DASHES.sub("-", plain(text)))
    text = _APART.sub("/", text).replace(" ", "")
    text = "".join(FORMS.get(each, each) for each in text).translate(_SMALL)
    text = _COUNTED.sub(_number, _BETWEEN.sub("-", text))
    text = re.sub("[0-9]+", lambda found: str(int(found[0])), _POSTAL.sub("", text))
    text = _COUNTY.sub("", _PREFECTURE.sub("", text))
    text = re.sub("大字|(?<!文)字(?!$)", "", text)
    return _TSU.sub("ツ", _NO.sub("ノ", _KE.sub("ケ", text)))


def _number(found: re.Match[str]) -> str:
    """二十三 as 23, 百 as 100, 一〇 as 10; a row of digits as it stands."""
    text = found[0]
    if not re.search("[十百千]", text):
        return "".join(str(_DIGITS.index(each)) for each in text)
    total = value = 0
    for each in text:
        if each in _DIGITS:
            value = _DIGITS.index(each)
        else:
            total += max(value, 1) * {"十": 10, "百": 100, "千": 1000}[each]
            value = 0
    return str(total + value)


def _numbers(text: str) -> Sequence[str]:
    """Up to the room. A place may have a number in its name (十番): then nothing is left out."""
    found: list[str] = []
    signs: list[str] = []
    place = 0
    while step := _STEP.match(text, place):
        found.append(step[1])
        signs.append(step[2])
        place = step.end()
        if step[2] in ("", "号"):
            break
    return found[:_NUMBERS] if signs[:1] in (["丁目"], ["-"]) else found
