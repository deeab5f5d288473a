"""How what a person typed is written before it is judged and kept.

``site/assets/js/form_check.js`` does the same, character by character; the vectors in
``tests/vectors/form_answers.jsonl`` hold both to it. So nothing here leans on what a language
calls white space or a letter: the characters are listed.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date

#: typed by accident around an answer: space, tab, line end, no-break and ideographic space
_EDGES = " \t\n\u00a0\u3000"
#: CJK compatibility ideographs: NFC would replace them, and a family name would lose its own
#: form (U+FA19 神 becomes U+795E)
_PLAIN = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
#: nothing a reader sees, or not a character for exchange: C0 and C1 controls, zero width and
#: direction marks, separators, private use (外字 nobody else can read), tags, half a pair
_UNSEEN = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\uffa0"
    "\ufeff\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u30fc"
_AS_LONG_VOWEL = {ord(each): "ー" for each in _DASHES}
#: ぁ..ゖ and ゝゞ stand 0x60 before their katakana
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
#: ！..～ stand 0xFEE0 after their ASCII
_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_KANA = re.compile("[ァ-ヺー・ヽヾ ]+")
_BETWEEN_DIGITS = re.compile(f"[{_DASHES} \n().・]")
_PHONE = re.compile("0[0-9]{9,10}")
_DAY = re.compile("([0-9]{4}) *[-/.年] *([0-9]{1,2}) *[-/.月] *([0-9]{1,2}) *日?")
_EIGHT = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")
_ERA_DAY = re.compile(
    "(令和|平成|昭和|大正|明治|[RHSTMrhstm]) *([0-9]{1,2}|元) *[-/.年] *([0-9]{1,2})"
    " *[-/.月] *([0-9]{1,2}) *日?"
)
#: the year before the first of each era
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_SHORT_ERAS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def trimmed(text: str, *, one_line: bool) -> str:
    """NFC (compatibility ideographs apart), line ends as "\\n", edges cut; tabs become
    spaces, and on one line so do line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if one_line:
        text = text.replace("\n", " ")
    return _PLAIN.sub(lambda found: unicodedata.normalize("NFC", found[0]), text).strip(_EDGES)


def _narrow(text: str) -> str:
    """Full-width letters, digits, signs and the space as ASCII. (NFKC would do much more, and
    not the same thing twice.)"""
    return text.translate(_TO_ASCII)


def has_unseen(text: str) -> bool:
    """Whether a character is in it that nobody sees or nobody else can read."""
    return _UNSEEN.search(text) is not None


def katakana(text: str) -> str:
    """Half-width and hiragana as full-width katakana, one space between names, every dash as
    the long vowel (banks write it so: ﾐﾅ-ﾄ)."""
    wide = _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), _narrow(text))
    whole = unicodedata.normalize("NFC", wide).translate(_TO_KATAKANA).translate(_AS_LONG_VOWEL)
    return re.sub("[ \n]+", " ", whole).strip(" ")


def is_kana(text: str) -> bool:
    """Full-width katakana, ー, ・ and spaces only."""
    return _KANA.fullmatch(text) is not None


def digits(text: str) -> str:
    """Any width as ASCII; spaces, hyphens, brackets and dots between them dropped."""
    return _BETWEEN_DIGITS.sub("", _narrow(text))


def phone(text: str) -> str:
    """The same for a telephone number; +81 becomes the 0 that is dialled in Japan."""
    plain = digits(text)
    return "0" + plain.removeprefix("+81").removeprefix("0") if plain.startswith("+81") else plain


def is_phone(text: str) -> bool:
    """Ten or eleven digits beginning with 0 (電気通信番号規則)."""
    return _PHONE.fullmatch(text) is not None


def day(text: str) -> str:
    """2026/1/5, 2026年1月5日, 20260105, 令和8年1月5日 and R8.1.5 as 2026-01-05; anything else as
    it is. Whether that day exists is asked later."""
    plain = _narrow(text).strip(" ")
    found = _DAY.fullmatch(plain) or _EIGHT.fullmatch(plain)
    if found:
        year, month, number = (int(each) for each in found.groups())
    elif era := era_day(plain):
        year, month, number = _ERAS[era[0]] + era[1], *era[2:]
    else:
        return plain
    return f"{year:04d}-{month:02d}-{number:02d}"


def era_day(text: str) -> tuple[str, int, int, int] | None:
    """令和8年4月1日 and R8.4.1 as (令和, 8, 4, 1), 元年 as year 1; None for anything else."""
    found = _ERA_DAY.fullmatch(_narrow(text).strip(" "))
    if found is None:
        return None
    name, year, month, number = found.groups()
    era = _SHORT_ERAS.get(name.upper(), name)
    return era, 1 if year == "元" else int(year), int(month), int(number)


def real_day(text: str) -> date | None:
    """The day that "YYYY-MM-DD" names, None when it names none."""
    try:
        return date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None


def limit_day(limit: str, today: date) -> date:
    """What "today", "today-20y", "school_year-18" or "2000-01-01" means today."""
    if limit.startswith("school_year-"):
        # whoever is born on 2 April of year Y-18 or later is not past the end of the school
        # year of the 18th birthday (one reaches an age the day before: 年齢計算ニ関スル法律)
        began = today.year if today.month >= 4 else today.year - 1
        return date(began - int(limit.removeprefix("school_year-")), 4, 2)
    if limit.startswith("today"):
        years = int(limit.removeprefix("today").strip("-y") or 0)
        year = today.year - years
        lost = (today.month, today.day) == (2, 29) and not calendar.isleap(year)
        return date(year, today.month, 28 if lost else today.day)
    return date.fromisoformat(limit)
