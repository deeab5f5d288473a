"""One cell of open data: what it says, and how it had to be mended to say it.

Every function gives (value, how): ``how`` names the sentence ``cli.open_data.how.<how>`` and is
"" when the cell was as it should be. What cannot be read is left out and named, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

from todoke.core.places import ID, LATITUDES, LONGITUDES, PHONE, URL

#: numbers of one place that a page shows
MAX_PHONES = 6
_EXCEL_TEXT = re.compile(r'="([^"]*)"')
#: what spreadsheets run, in both widths; and the kind that begins like a number (DDE)
_BEGINNINGS = frozenset("=＝@＠+＋-－")
_FORMULA = re.compile(r"[=＝@＠]|[+＋\-－].*\|.*!")
#: signs that stand above and below a letter: two are an accent, more cover the lines around it
_SIGNS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED = re.compile(f"([{_SIGNS}]{{2}})[{_SIGNS}]+")
#: letters by their category that nobody sees: fillers of Hangul, a Braille cell of no dot
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"
_ODD = re.compile(f"[{_SIGNS}{_BLANK}]")
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d+")
_DECIMAL = re.compile(r"(\d+)\.0+")
_DEGREES = re.compile(r"(\d{1,3})[°度]\s*(\d{1,2})[′'分]\s*(\d{1,2}(?:\.\d+)?)(?:″|\"|秒|′′|'')?")
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d+)?")
#: of a page that anybody may open: a name and perhaps a port
_HOST = re.compile(
    r"https?://(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_]+\.?(?::([0-9]{1,5}))?(?=[/?#]|$)"
)
_NOTHING = frozenset(("-", "－", "―", "ー", "–", "—", "*", "/", "N/A"))
_DASHES = re.compile("[‐‑‒–—―−ｰー]")
_EXTENSION = re.compile(r"[(\s]*(?:内線|ext\.?)\s*:?\s*\d+\)?", re.I)
_YES = frozenset(
    ["有", "あり", "有り", "可", "1", "1.0", "○", "〇", "◯", "◎", "はい", "YES", "TRUE"]
)
_NO = frozenset(["無", "なし", "無し", "不可", "0", "0.0", "×", "✕", "X", "いいえ", "NO", "FALSE"])
_PARTLY = frozenset(["△", "▲", "一部", "一部可"])


def clean(text: str) -> tuple[str, str]:
    """Without spaces around it, invisible characters and what a spreadsheet adds. A line break
    inside stays. A formula is nobody's name: ``formula_out``, and nothing is left of it."""
    how = ""
    if not text.isprintable() or (not text.isascii() and _ODD.search(text)):
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        kept = "".join(each for each in text if each == "\n" or _is_visible(each))
        kept = _PILED.sub(r"\1", kept)
        how = "invisible_out" if kept != text else ""
        text = kept
    text = text.strip()
    if text[:1] in _BEGINNINGS:
        wrapped = _EXCEL_TEXT.fullmatch(text)
        if wrapped:
            text, how = wrapped[1].strip(), "excel_text"
        if _FORMULA.match(text):
            return "", "formula_out"
    return ("", how) if text in _NOTHING else (text, how)


def _is_visible(character: str) -> bool:
    """Not a control, format, surrogate or private-use character; a full-width space is."""
    if character in _BLANK:
        return False
    return character.isprintable() or unicodedata.category(character) == "Zs"


def one_line(text: str) -> tuple[str, str]:
    """A name or an address that was broken over lines."""
    return (" ".join(text.split()), "newline_joined") if "\n" in text else (text, "")


def check_digit(five: str) -> str:
    """The sixth digit of a 全国地方公共団体コード (総務省, 検査数字): the last digit of 11 minus
    the rest of 6a+5b+4c+3d+2e divided by 11."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str(11 - total % 11)[-1]


def municipality_code(text: str) -> tuple[str, str]:
    """Six digits; the zero that a spreadsheet took away and the check digit put back."""
    plain = unicodedata.normalize("NFKC", text)
    whole = _DECIMAL.fullmatch(plain)
    digits = whole[1] if whole else plain
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (4, 5, 6):
        return "", "code_out"
    readings = [(digits, "")] if len(digits) == 6 else []
    if len(digits) == 5:
        readings = [(f"0{digits}", "code_zero"), (digits + check_digit(digits), "code_check")]
    if len(digits) == 4:
        readings = [(f"0{digits}" + check_digit(f"0{digits}"), "code_zero")]
    sound = [each for each in readings if _is_code(each[0])]
    if len(sound) != 1:
        return "", "code_unclear" if sound else "code_out"
    code, how = sound[0]
    return code, how or ("code_written" if code != text else "")


def _is_code(code: str) -> bool:
    """01 to 47, and 000 (the prefecture) or a municipality's number from 100 on."""
    sound = check_digit(code[:5]) == code[5] and 1 <= int(code[:2]) <= 47
    return sound and (code[2:5] == "000" or int(code[2:5]) >= 100)


def identifier(text: str) -> tuple[str, str]:
    """Fit for an address; "" with how, where the id of the file is none."""
    if not text:
        return "", "id_made"
    if _SCIENTIFIC.fullmatch(text):
        return "", "id_scientific"
    whole = _DECIMAL.fullmatch(text)
    if whole:
        return whole[1], "id_decimal"
    return (text, "") if ID.fullmatch(text) else ("", "id_made")


def made_id(*parts: str) -> str:
    """The same for the same place in every edition of the file."""
    return "p-" + sha256("\0".join(parts).encode()).hexdigest()[:12]


def answer(text: str) -> tuple[str, str]:
    """yes, no, partly."""
    plain = unicodedata.normalize("NFKC", text).upper()
    for value, words in (("yes", _YES), ("no", _NO), ("partly", _PARTLY)):
        if plain in words:
            return value, ""
    return "", "answer_out" if text else ""


def whole_number(text: str) -> tuple[int | None, str]:
    """「20」, 「120人」, 「1,200名」."""
    if not text:
        return None, ""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("約", "")
    found = re.fullmatch(r"(\d{1,6})(?:\.0+)?\s*(?:人|名)?", plain)
    if not found:
        return None, "number_out"
    return int(found[1]), "" if found[1] == text else "number_written"


def phones(text: str) -> tuple[tuple[str, ...], str]:
    """Each number of a cell; what cannot be read as one is left out."""
    if not text:
        return (), ""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    bare = _EXTENSION.sub(" ", plain)
    parts = re.split(r"[、,/;\n]|(?<=\d)\s+(?=\(?0)|(?<=\d)(?=\(0\d)", bare)
    numbers, hows = [], []
    for part in parts:
        if not any(map(str.isdigit, part)):
            continue
        number, how = _phone(part)
        numbers += [number] if number else []
        hows += [how] if how else []
    if not numbers:
        return (), "phone_out"
    if len(numbers) > 1:
        hows.append("phone_several")
    known = tuple(dict.fromkeys(numbers))[:MAX_PHONES]
    written = "" if text == known[0] else "phone_written"
    return known, next(iter(sorted(hows, key=_weight)), written)


def _weight(how: str) -> int:
    return ("phone_part_out", "phone_several", "phone_zero").index(how)


def _phone(text: str) -> tuple[str, str]:
    if "+81" in text:
        text = "0" + text.split("+81", 1)[1].strip(" -").removeprefix("(0)").removeprefix("0")
    groups = re.findall(r"\d+", text)
    digits, how = "".join(groups), ""
    mobile = len(digits) == 10 and digits.startswith(("70", "80", "90", "50"))
    if not digits.startswith("0") and (len(digits) == 9 or mobile):
        groups[0], digits, how = f"0{groups[0]}", f"0{digits}", "phone_zero"
    long = digits.startswith(("050", "060", "070", "080", "090"))
    if not digits.startswith("0") or len(digits) not in ((11,) if long else (10, 11)):
        return "", "phone_part_out"
    if len(digits) == 11 and not long and not digits.startswith("0800"):
        return "", "phone_part_out"
    grouped = "-".join(groups)
    return (grouped if PHONE.fullmatch(grouped) else digits), how


def address_of_page(text: str) -> tuple[str, str]:
    """http or https and nothing else, with a host that is one: before an @ stands not where it
    leads."""
    if not text or _is_address(text):
        return text, ""
    if text.startswith("www.") and _is_address(f"https://{text}"):
        return f"https://{text}", "url_written"
    return "", "url_out"


def _is_address(text: str) -> bool:
    found = _HOST.match(text)
    return bool(found and URL.fullmatch(text) and int(found[1] or 0) <= 65_535)


def coordinates(latitude: str, longitude: str, both: str) -> tuple[tuple[float, float] | None, str]:
    """(latitude, longitude) within Japan; the other way round they are turned, and nothing else
    is put where it might be."""
    if not longitude and not both:
        both, latitude = latitude, ""
    if both:
        parts = re.split(r"[,、\s]+", unicodedata.normalize("NFKC", both).strip("() "))
        if len(parts) != 2:
            return None, "place_out"
        pair, how = (_degrees(parts[0]), _degrees(parts[1])), "place_split"
    elif not latitude and not longitude:
        return None, ""
    else:
        pair, how = (_degrees(latitude), _degrees(longitude)), ""
        written = any(not _NUMBER.fullmatch(each) for each in (latitude, longitude))
        how = "place_written" if written else ""
    one, other = pair
    if one is None or other is None:
        return None, "place_out"
    if _is_within(one, other):
        return (one, other), how
    if _is_within(other, one):
        return (other, one), "place_turned"
    return None, "place_zero" if 0.0 in (one, other) else "place_out"


def _is_within(latitude: float, longitude: float) -> bool:
    return LATITUDES[0] <= latitude <= LATITUDES[1] and LONGITUDES[0] <= longitude <= LONGITUDES[1]


def _degrees(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("°")
    if _NUMBER.fullmatch(plain):
        return round(float(plain), 6)
    found = _DEGREES.fullmatch(plain)
    if not found or int(found[2]) > 59 or float(found[3]) >= 60:
        return None
    return round(int(found[1]) + int(found[2]) / 60 + float(found[3]) / 3600, 6)
