"""Hours, weekdays, days of the calendar and ages, as cities write them in open data.

As in ``open_data_cells.py``: (value, how it was mended)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from todoke.core.csv_file import RefusedError
from todoke.core.places import WEEKDAYS

#: first years of the eras that a date of today may be written in
_ERAS = {"令和": 2019, "R": 2019, "平成": 1989, "H": 1989}
#: Excel counts days from here (1900 has a 29 February there, so the count is right from 1900-03-01)
_EXCEL_ZERO = date(1899, 12, 30)
#: an event without a year is announced before it happens, or was a little while ago
_BEFORE, _YEAR = timedelta(days=60), timedelta(days=365)
#: no list holds events further away
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_CLOCK = re.compile(r"(午前|午後|AM|PM)?\s*(\d{1,2})\s*(?::|時)\s*(\d{1,2})?(?::\d{2})?\s*分?(半)?")
_EXCEL_TIME = re.compile(r"[01]?\.\d+|1\.0+|1")
_EXCEL_MOMENT = re.compile(r"(?:1899|1900)[/-]\d{1,2}[/-]\d{1,2}\s+(\d{1,2}:\d{2}(?::\d{2})?)")
_WAVE = re.compile(r"\s*(?:~|〜|から|\s-\s|―|—)\s*")
_DAY_RANGE = re.compile(r"([月火水木金土日])(?:~|〜|-|ー|−|から)([月火水木金土日])")
_WEEKDAY = re.compile(r"[(]\s*([月火水木金土日])(?:曜日?)?(?:[・,]?祝)?\s*[)]")
_WHOLE_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?")
_ERA_DATE = re.compile(
    r"(令和|平成|R|H)\s*(元|\d{1,2})\s*[.年/]\s*(\d{1,2})\s*[.月/]\s*(\d{1,2})日?"
)
_SHORT_DATE = re.compile(r"(\d{1,2})\s*(?:月|/)\s*(\d{1,2})日?")
_AGE = re.compile(r"(\d{1,3})\s*(歳|才|か月|ヶ月|カ月|ヵ月|ケ月|箇月|ヶ月児|月|週|日)?")
_UNDER_SCHOOL = re.compile(r"(?:小学校)?就学(?:始期)?(?:に達する)?(?:前|まで)*")
#: the last month before school begins for a child born on 2 April
_SCHOOL_MONTHS = 83


def time_of(text: str) -> tuple[str, str]:
    """HH:MM: 「7:00」, 「22：00」, 「午後1時半」, 0.291666 of a spreadsheet."""
    if not text:
        return "", ""
    plain = unicodedata.normalize("NFKC", text).strip()
    moment = _EXCEL_MOMENT.fullmatch(plain)
    plain = moment[1] if moment else plain
    if _EXCEL_TIME.fullmatch(plain):
        minutes = round(float(plain) * 24 * 60)
        if minutes > 24 * 60:
            return "", "time_out"
        return f"{minutes // 60:02}:{minutes % 60:02}", "time_excel"
    found = _CLOCK.fullmatch(plain.upper())
    if not found:
        return "", "time_out"
    hour, minute = int(found[2]), 30 if found[4] else int(found[3] or 0)
    if found[1] in ("午後", "PM") and hour < 12:
        hour += 12
    if minute > 59 or hour * 60 + minute > 24 * 60:
        return "", "time_out"
    value = f"{hour:02}:{minute:02}"
    return value, "" if value == text else "time_excel" if moment else "time_written"


def days_of(text: str) -> tuple[str, str]:
    """The weekdays, of ``WEEKDAYS`` in their order: 「月火水木金」, 「月～金」, 「毎日」."""
    if not text:
        return "", ""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    plain = plain.replace("曜日", "").replace("曜", "").replace("祝日", "祝")
    for word, days in (("平日", "月火水木金"), ("毎日", WEEKDAYS), ("年中無休", WEEKDAYS)):
        plain = plain.replace(word, days)
    plain = _DAY_RANGE.sub(lambda found: _between(found[1], found[2]), plain)
    plain = re.sub(r"[・,、/]|及び|と", "", plain)
    if not plain or not set(plain) <= set(WEEKDAYS):
        return "", "days_out"
    value = "".join(each for each in WEEKDAYS if each in plain)
    return value, "" if value == text else "days_written"


def _between(first: str, last: str) -> str:
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return WEEKDAYS[start : end + 1] if start <= end else WEEKDAYS[start:7] + WEEKDAYS[: end + 1]


def span_of(
    first: str, last: str, known: date | None, columns: tuple[str, str]
) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """(first, last, mends as (column, how)) of an event. known: a day near which it was told,
    which gives a date its year. columns: of the two cells. Raises RefusedError."""
    mends: list[tuple[str, str]] = []
    parts = [each for each in _WAVE.split(unicodedata.normalize("NFKC", first)) if each]
    if len(parts) == 2 and (not last or first == last):
        mends.append((columns[0], "span_split"))
        first, last, columns = parts[0], parts[1], (columns[0], columns[0])
    start, how = _day(first, known, columns[0])
    mends += [(columns[0], how)] if how else []
    if not last:
        return start.isoformat(), start.isoformat(), mends
    # its end needs no year of its own: it lies after the beginning
    end, how = _day(last, start + _BEFORE, columns[1])
    mends += [(columns[1], how)] if how else []
    if end < start:
        raise RefusedError(columns[1], "event_ends_first")
    return start.isoformat(), end.isoformat(), mends


def day_of(text: str) -> date | None:
    """A day with its year; None for anything else."""
    try:
        return _day(text, None, "")[0]
    except RefusedError:
        return None


def _day(text: str, known: date | None, column: str) -> tuple[date, str]:
    """Raises RefusedError: no date, none of the calendar, no year, another weekday than told."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise RefusedError(column, "event_no_date")
    weekday = _WEEKDAY.search(plain)
    bare = re.sub(r"[ T]\d{1,2}:\d{2}.*$", "", _WEEKDAY.sub("", plain)).strip()
    found, how = _found(bare, known, column)
    if weekday and WEEKDAYS[found.weekday()] != weekday[1]:
        raise RefusedError(column, "event_weekday")
    return found, how or ("" if found.isoformat() == text else "date_written")


def _found(bare: str, known: date | None, column: str) -> tuple[date, str]:
    whole, era = _WHOLE_DATE.fullmatch(bare), _ERA_DATE.fullmatch(bare.upper())
    if whole:
        return _calendar(int(whole[1]), int(whole[2]), int(whole[3]), column), ""
    if era:
        year = _ERAS[era[1]] - 1 + (1 if era[2] == "元" else int(era[2]))
        return _calendar(year, int(era[3]), int(era[4]), column), "date_era"
    if re.fullmatch(r"20\d{6}", bare):
        year, month, day = int(bare[:4]), int(bare[4:6]), int(bare[6:])
        return _calendar(year, month, day, column), ""
    if re.fullmatch(r"[34-7]\d{4}(?:\.\d+)?", bare):
        return _sane(_EXCEL_ZERO + timedelta(days=int(float(bare))), column), "date_excel"
    short = _SHORT_DATE.fullmatch(bare)
    if not short:
        raise RefusedError(column, "event_date")
    if known is None or not _FIRST_YEAR <= known.year <= _LAST_YEAR:
        raise RefusedError(column, "event_no_year")
    return _near(int(short[1]), int(short[2]), known, column), "date_year"


def _calendar(year: int, month: int, day: int, column: str) -> date:
    try:
        return _sane(date(year, month, day), column)
    except ValueError as error:
        raise RefusedError(column, "event_date") from error


def _sane(found: date, column: str) -> date:
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise RefusedError(column, "event_date")
    return found


def _near(month: int, day: int, known: date, column: str) -> date:
    """That day of the twelve months that begin ``_BEFORE`` the day it was told."""
    start = known - _BEFORE
    for year in (start.year, start.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if start <= found < start + _YEAR:
            return _sane(found, column)
    raise RefusedError(column, "event_date")


def ages_of(text: str) -> tuple[int | None, int | None]:
    """First and last month of age: 「0歳から5歳」 is 0 to 71, 「生後6か月～就学前」 6 to 83. What
    is said otherwise stays text."""
    plain = re.sub(r"\s|生後|(?<!未)満|おおむね|頃", "", unicodedata.normalize("NFKC", text))
    parts = re.split(r"から|~|〜|-|以上", plain, maxsplit=1)
    only_end = len(parts) == 1 and re.search("まで|以下|未満|就学前", plain)
    low, high = parts if len(parts) == 2 else ("0歳" if only_end else plain, plain)
    unit = _AGE.match(high)
    start = _months(low, unit[2] if unit else None, last=False)
    end = _months(high, None, last=True) if high else None
    if start is None or (high and end is None) or (end is not None and end < start):
        return None, None
    return start, end


def _months(text: str, unit: str | None, *, last: bool) -> int | None:
    if last and _UNDER_SCHOOL.fullmatch(text):
        return _SCHOOL_MONTHS
    found = _AGE.match(text)
    if not found or not re.fullmatch(r"(?:児|まで|以下|未満|から)*", text[found.end() :]):
        return None
    number, unit = int(found[1]), found[2] or unit
    if unit is None:
        return None
    if unit in ("週", "日"):
        return number // (4 if unit == "週" else 30)
    until = 12 if unit in ("歳", "才") else 1
    months = number * until
    if last and "未満" in text:
        return months - 1
    return months + until - 1 if last else months
