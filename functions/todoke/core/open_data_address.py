"""The address of a place from the columns of the address block, whichever of them a city fills."""

from __future__ import annotations

import re
import unicodedata

_PREFECTURE = re.compile(r"(?:東京都|北海道|(?:京都|大阪)府|.{2,3}県)")
#: 「市川市」, 「四日市市」, 「野々市市」 have the letter in their name
_CITY = re.compile(
    r"(?:.{1,6}?郡.{1,5}?[町村]|.{1,5}?市(?:(?=市)市)?(?:.{1,4}?区)?|.{1,4}?区|.{1,5}?[町村])"
)
_HOUSE = re.compile(r"[0-9〇一二三四五六七八九十]+(?:丁目|番|[-‐−ー]|$)|[0-9]")


def joined(prefecture: str, city: str, town: str, block: str) -> tuple[str, str]:
    """(address, how it was mended) of columns that may repeat each other: some cities write the
    whole address into 所在地_市区町村 or 所在地_町字."""
    whole, how = "", ""
    for part in (prefecture, city, town, block):
        if not part or (len(part) > 3 and whole.endswith(part)):
            continue
        repeats = prefecture and part is not prefecture and part.startswith(prefecture)
        if repeats or (whole and part.startswith(whole)):
            whole, how = part, "address_whole"
        elif city and part is town and part.startswith(city):
            whole, how = prefecture + part, "address_whole"
        else:
            whole += part
    if _is_whole(city) or (not city and _is_whole(town)):
        how = "address_whole"
    return whole, how or ("address_joined" if whole else "")


def _is_whole(text: str) -> bool:
    """A name of a city has no house number."""
    return bool(re.search(r"\d", unicodedata.normalize("NFKC", text)))


def town_of(address: str, prefecture: str, city: str, town: str) -> str:
    """「見本町」 of 「千葉県とどけ市見本町一丁目1-1」; "" where it cannot be told."""
    rest = unicodedata.normalize("NFKC", town or address)
    found = _PREFECTURE.match(rest)
    if prefecture and rest.startswith(prefecture):
        rest = rest[len(prefecture) :]
    elif found:
        rest = rest[found.end() :]
    if city and not _is_whole(city) and rest.startswith(city):
        rest = rest[len(city) :]
    elif not town or found:
        named = _CITY.match(rest)
        rest = rest[named.end() :] if named else rest
    start = _HOUSE.search(rest)
    rest = rest[: start.start()] if start else rest
    rest = rest.removeprefix("大字").strip()
    return rest if 0 < len(rest) <= 20 else ""
