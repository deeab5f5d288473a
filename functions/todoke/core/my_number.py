"""Finds a My Number (個人番号) in free text, so that it is refused before it is stored.

A municipality's notice, reason or name never needs one (番号法 19 条・20 条 forbid providing and
keeping it outside the listed procedures). Nothing here returns or reports the number itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from todoke.core.errors import TodokeError

#: 番号法 8 条 and 総務省令第 85 号 (平成 26 年) 5 条: eleven digits and one check digit
LENGTH = 12
#: separators a person may type between two groups, e.g. " - "
MAX_SEPARATORS = 3
#: with more groups than this, a number with neighbours of the same kind is a list of figures
MAX_LOOSE_GROUPS = 4
#: besides every Unicode space (Zs) and dash (Pd): tab, line ends, dots, the long-vowel mark that
#: stands beside the hyphen on a Japanese keyboard, minus and box-drawing lines
_SEPARATORS = frozenset("\t\n\r._．・･·•‧∙⋅−ーｰ⁃─━＿")
_KANJI_DIGITS = "〇一二三四五六七八九零壱弐参"
_SPACES = frozenset("\t\n\r")
#: zero-width characters, variation selectors and key caps vanish: they separate nothing a
#: reader sees, so they must not hide a number either
_INVISIBLE = ("Cf", "Mn", "Me")


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits side by side. before, after: the separators to the neighbours, None when what
    lies between is no separator (or nothing lies there)."""

    digits: str
    before: str | None
    after: str | None


def check_digit(first_eleven: str) -> str:
    """The twelfth digit: 11 − (Σ P_n·Q_n mod 11), and 0 when that remainder is 0 or 1.

    P_n is the n-th digit from the right of the eleven; Q_n = n + 1 for n ≤ 6, else n − 5
    (総務省令第 85 号 5 条)."""
    total = sum(
        int(digit) * (n + 1 if n <= 6 else n - 5)
        for n, digit in enumerate(reversed(first_eleven), start=1)
    )
    remainder = total % 11
    return "0" if remainder <= 1 else str(11 - remainder)


def is_valid(digits: str) -> bool:
    """Whether twelve ASCII digits carry the right check digit."""
    return (
        len(digits) == LENGTH
        and digits.isascii()
        and digits.isdigit()
        and check_digit(digits[:-1]) == digits[-1]
    )


def found_in(text: str) -> bool:
    """Whether the text holds a valid My Number, in any width and with usual separators.

    Twelve digits inside a longer number (a corporate number, a card number) do not count."""
    if len(text) < LENGTH:
        return False
    # twice: in 「①0537…」 the ① is a mark before the number, in 「①②③…」 it is a digit of it
    return any(
        _starts_at(groups, start)
        for groups in (_groups(text), _groups("".join(map(_as_digit, text))))
        for start in range(len(groups))
    )


def _as_digit(character: str) -> str:
    """〇一二…, ①②③… and ¹²³… as the digits they are read as."""
    place = _KANJI_DIGITS.find(character)
    value = place % 10 if place >= 0 else unicodedata.digit(character, None)
    return character if value is None else str(value)


def refuse(field: str, text: str) -> None:
    """Raises ``my_number_in_text`` naming the field, never the number."""
    if found_in(text):
        raise TodokeError("my_number_in_text", field=field)


def _starts_at(groups: Sequence[_Group], start: int) -> bool:
    """Whether whole groups from ``start`` on make a valid number that stands alone."""
    digits = ""
    for end in range(start, len(groups)):
        digits += groups[end].digits
        if len(digits) >= LENGTH:
            break
        if groups[end].after is None:
            return False
    else:
        return False
    window = groups[start : end + 1]
    return len(digits) == LENGTH and not _part_of_longer(window) and is_valid(digits)


def _part_of_longer(window: Sequence[_Group]) -> bool:
    """A hyphen or dot ties the window to a neighbour (1111-1111-1111-1111 is a card), and many
    small groups among more of them are a list of figures. A space ties nothing: 「番号 1 」
    may stand before a number."""
    outer = [each for each in (window[0].before, window[-1].after) if each is not None]
    if any(not _blank(each) for each in outer if len(each) == 1):
        return True
    return len(window) > MAX_LOOSE_GROUPS and bool(outer)


def _blank(separators: str) -> bool:
    return all(each in _SPACES or unicodedata.category(each) == "Zs" for each in separators)


def _groups(text: str) -> list[_Group]:
    found: list[tuple[str, str | None]] = []  # digits, what separates them from the next
    digits, between, tied = "", "", False
    for character in text:
        category = unicodedata.category(character)
        if category in _INVISIBLE:
            continue
        value = unicodedata.decimal(character, None)
        if value is not None:
            if between and digits:
                found.append((digits, between if tied and len(between) <= MAX_SEPARATORS else None))
                digits = ""
            digits, between, tied = digits + str(value), "", True
        else:
            tied = tied and _separates(character, category)
            between += character
    if digits:
        found.append((digits, None))
    return [
        _Group(each, found[place - 1][1] if place else None, after)
        for place, (each, after) in enumerate(found)
    ]


def _separates(character: str, category: str) -> bool:
    return category in ("Zs", "Pd") or character in _SEPARATORS
