"""One text a clerk or a program wants checked: is it such a thing, and how is it written?

What forms already know (``form_text``, ``my_number``) is asked there; here stands only what no
form asks for: check digits of the state's numbers, eras, two numbers in one field, addresses.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from todoke.core import form_text, my_number
from todoke.core.eras import ERAS

MAX_NAME = 100
_SQUARE_ERAS = {"㋿": "令和", "㍻": "平成", "㍼": "昭和", "㍽": "大正", "㍾": "明治"}
_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十]+")
_KANJI_DIGITS = "〇一二三四五六七八九"
_BETWEEN_PHONES = re.compile("[/／,，、;；・|｜ \u3000\t\n]|または|又は|もしくは")
#: 電気通信番号規則: 020, 050, 060, 070, 080 (also 0800) and 090 have eleven digits, the others ten
_ELEVEN = re.compile("0[25-9]0")
_SHORT = re.compile("1[0-9]{2}|#[0-9]{4}")
#: letters of a name that are no letter of Unicode: marks of repetition and between words
_NAME_SIGNS = frozenset(" \u3000・･ー－-‐'’.．＝=")


@dataclass(frozen=True, slots=True)
class Check:
    """normal: how it is written, None where it is wrong or nobody may write it down. why: a rule
    of ``errors.rule``, None where it is right. parts: of an address. closer: a sentence that says
    more than the rule does, with the figures that it names."""

    normal: str | None = None
    why: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    closer: tuple[str, Mapping[str, int]] | None = None

    @property
    def valid(self) -> bool:
        """Whether it is right."""
        return self.why is None


def mynumber(text: str) -> Check:
    """個人番号: twelve digits with the right check digit. It is never given back (番号法 19 条)."""
    plain = form_text.digits(text)
    if not _all_digits(plain, my_number.LENGTH):
        return Check(why="my_number_digits")
    return Check() if my_number.is_valid(plain) else Check(why="check_digit")


def corporate(text: str) -> Check:
    """法人番号: thirteen digits, the first checks the other twelve: 9 − (Σ P_n·Q_n mod 9), P_n the
    n-th digit from the right, Q_n 1 for odd n and 2 for even (法人番号の指定等に関する省令)."""
    plain = form_text.digits(text)
    if not _all_digits(plain, 13):
        return Check(why="corporate_digits")
    base = enumerate(reversed(plain[1:]), start=1)
    total = sum(int(digit) * (1 if n % 2 else 2) for n, digit in base)
    return Check(plain) if int(plain[0]) == 9 - total % 9 else Check(why="check_digit")


def lgcode(text: str) -> Check:
    """全国地方公共団体コード: six digits, prefecture 01 to 47 first."""
    plain = form_text.digits(text)
    problem = city_code_problem(plain)
    return Check(why=problem) if problem else Check(plain)


def city_code_problem(text: str) -> str | None:
    """The sixth digit checks the first five (全国地方公共団体コード: weights 6 to 2, modulo 11)."""
    if not _all_digits(text, 6):
        return "city_code"
    total = sum(int(digit) * weight for digit, weight in zip(text, (6, 5, 4, 3, 2), strict=False))
    sound = int(text[5]) == (11 - total % 11) % 10 and 1 <= int(text[:2]) <= 47
    return None if sound else "city_code_digit"


def wareki(text: str) -> Check:
    """A day of an era as YYYY-MM-DD, also R8.4.1, 令和八年四月一日 and ㋿. A day that never was in
    that era is wrong (平成31年5月1日, 令和0年, 2月30日)."""
    for square, name in _SQUARE_ERAS.items():
        text = text.replace(square, name)
    plain = _KANJI_NUMBER.sub(_as_number, text.strip(" \u3000\t\n"))
    found = form_text.era_day(plain)
    if found is None:
        if form_text.real_day(form_text.day(plain)):
            return Check(why="era_western")
        begun = form_text.era_day(f"{plain.rstrip('日')}1日") if plain.endswith("月") else None
        return Check(why="era_no_day" if begun else "era_day")
    era, year = found[:2]
    day = form_text.real_day(form_text.day(f"{era}{year}年{found[2]}月{found[3]}日"))
    first, last = ERAS[era]
    if year < 1 or day is None or not first <= day <= last:
        return Check(why="era_without_day", closer=_closer(*found))
    return Check(day.isoformat())


def _closer(era: str, year: int, month: int, number: int) -> tuple[str, Mapping[str, int]] | None:
    """As the check says it to a family: the day that the month does not have, or the era beside."""
    if year < 1:
        return "check.date_year", {}
    if not 1 <= month <= 12:
        return "check.date_month", {}
    western = ERAS[era][0].year + year - 1
    last = calendar.monthrange(min(western, date.max.year), month)[1]
    if not 1 <= number <= last:
        return "check.date_day", {"month": month, "last": last}
    if era == "令和":
        return "check.date_before_reiwa", {"heisei": western - ERAS["平成"][0].year + 1}
    if era == "平成" and western >= ERAS["令和"][0].year:
        return "check.date_after_heisei", {"reiwa": western - ERAS["令和"][0].year + 1}
    return None


def _as_number(found: re.Match[str]) -> str:
    """十二 as 12, 二十 as 20, 三一 as 31."""
    tens, ten, ones = found[0].rpartition("十")
    plain = "".join(str(_KANJI_DIGITS.index(each)) for each in (tens + ones).replace("十", ""))
    if not ten:
        return plain
    if "十" in tens or len(tens) > 1 or len(ones) > 1:
        return found[0]
    return f"{plain[: len(tens)] or '1'}{plain[len(tens) :] or '0'}"


def kana(text: str) -> Check:
    """A reading in full-width katakana, one ASCII space between names."""
    if form_text.has_unseen(form_text.trimmed(text, one_line=True)):
        return Check(why="control_character")
    plain = form_text.katakana(text)
    return Check(plain) if form_text.is_kana(plain) else Check(why="kana_only")


def phone(text: str) -> Check:
    """One telephone number, digits only. Three-digit numbers (119) and # with four digits
    (#8000) are numbers too; two numbers in one field are told apart."""
    plain = form_text.phone(text)
    if _is_number(plain):
        return Check(plain)
    parts = [form_text.phone(part) for part in _BETWEEN_PHONES.split(text)]
    return Check(why="two_phones" if sum(map(_is_number, parts)) > 1 else "phone")


def _is_number(plain: str) -> bool:
    if _SHORT.fullmatch(plain):
        return True
    if plain.startswith("00"):  # 電気通信番号規則: 00 chooses a carrier or leads abroad
        return False
    return form_text.is_phone(plain) and (len(plain) == 11) == bool(_ELEVEN.match(plain))


def postal(text: str) -> Check:
    """郵便番号: seven digits; 〒 and the hyphen are left out."""
    plain = form_text.digits(form_text.trimmed(text, one_line=True).removeprefix("〒"))
    if not _all_digits(plain, 7):
        return Check(why="postal_digits")
    # the first three digits name a post office: the lowest is 001 (札幌)
    return Check(plain) if plain[:3] != "000" else Check(why="postal_none")


def name(text: str) -> Check:
    """A name as it is written in the register: every character kept, also 𠮷, 髙, U+FA11 and
    variation selectors; nothing that nobody sees, no digits, no signs."""
    plain = form_text.trimmed(text, one_line=True)
    if not plain:
        return Check(why="required")
    if form_text.has_unseen(plain):
        return Check(why="control_character")
    if my_number.found_in(plain) or not all(map(_in_name, plain)):
        return Check(why="name_letters")
    # a selector after a letter chooses its form; it is no letter of its own
    letters = [each for each in plain if unicodedata.category(each) != "Mn"]
    return Check(plain) if len(letters) <= MAX_NAME else Check(why="too_long")


def _in_name(character: str) -> bool:
    return character in _NAME_SIGNS or unicodedata.category(character)[0] in "LM"


def _all_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


KINDS: Mapping[str, Callable[[str], Check]] = {
    "mynumber": mynumber,
    "corporate": corporate,
    "lgcode": lgcode,
    "wareki": wareki,
    "kana": kana,
    "phone": phone,
    "postal": postal,
    "name": name,
}
