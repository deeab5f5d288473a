"""An address of Japan -> prefecture, municipality and its code; the rest stays as it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todoke.core import form_text, my_number
from todoke.core.input_check import Check

_POSTAL = re.compile("^〒? *[0-9０-９]{3}[-－‐−ー]?[0-9０-９]{4} *")
_COUNTY = re.compile("^.{1,6}?郡")
_WARD_OF_CITY = re.compile("^.+市(.+区)$")
#: one name, two ways of writing it
_SAME = str.maketrans("ヶｹ", "ケケ")


@dataclass(frozen=True, slots=True)
class Municipality:
    """A city, ward, town or village. code: 全国地方公共団体コード, six digits."""

    code: str
    prefecture: str
    name: str


def municipalities(table: str) -> Sequence[Municipality]:
    """Reads ``site/municipalities.csv`` (lgcode,pref,city with a head line): the source localgovjp
    of site/sources.yaml, with the wards that Hamamatsu has since January 2024."""
    rows = [line.split(",") for line in table.splitlines()[1:] if line]
    return [Municipality(code, prefecture, name) for code, prefecture, name in rows]


def check(text: str, known: Sequence[Municipality]) -> Check:
    """Which municipality an address lies in. Without a prefecture the name must be the only one
    of its kind: 府中市 is in Tokyo and in Hiroshima."""
    plain = form_text.trimmed(text, one_line=True)
    if form_text.has_unseen(plain):
        return Check(why="control_character")
    if my_number.found_in(plain):
        return Check(why="my_number_here")
    plain = _POSTAL.sub("", plain).lstrip(" \u3000")
    prefecture = _prefecture(plain, known)
    rest = plain.removeprefix(prefecture).lstrip(" \u3000")
    found, length = _longest(rest, prefecture, known)
    if not found and (county := _COUNTY.match(rest)):
        rest = rest[county.end() :].lstrip(" \u3000")
        found, length = _longest(rest, prefecture, known)
    if len(found) != 1:
        return Check(why="address_ambiguous" if found else "address_unknown")
    one = found[0]
    tail = rest[length:].lstrip(" \u3000")
    return Check(f"{one.prefecture}{one.name}{tail}", parts=_parts(one))


def _prefecture(text: str, known: Sequence[Municipality]) -> str:
    names = dict.fromkeys(each.prefecture for each in known)
    return next((each for each in names if text.startswith(each)), "")


def _longest(
    text: str, prefecture: str, known: Sequence[Municipality]
) -> tuple[Sequence[Municipality], int]:
    """The municipalities whose name the text begins with, the longest name only, and how many
    characters of the text it takes. A ward told without its city may be of several cities."""
    best: list[Municipality] = []
    length = 0
    for each in known:
        if prefecture and each.prefecture != prefecture:
            continue
        size = _begins_with(text, each.name)
        ward = _WARD_OF_CITY.match(each.name)
        if not size and ward:
            size = _begins_with(text, ward[1])
        if size > length:
            best, length = [each], size
        elif size and size == length:
            best.append(each)
    return best, length


def _begins_with(text: str, name: str) -> int:
    """Characters of the text that spell the name (blanks between city and ward do not count);
    0 when it does not begin with it."""
    place = 0
    for letter in name.translate(_SAME):
        while place < len(text) and text[place] in " \u3000":
            place += 1
        if place == len(text) or text[place].translate(_SAME) != letter:
            return 0
        place += 1
    return place


def _parts(one: Municipality) -> Mapping[str, str]:
    return {"pref": one.prefecture, "city": one.name, "lgcode": one.code}
