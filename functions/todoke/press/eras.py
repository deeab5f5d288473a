"""Years of the calendar with the year of the era beside them: 「2026年(令和8年)4月」.

Papers of the state count by era (元号法), families and phones by the calendar; whoever reads one
finds the other. English pages have the year alone.

A script fills its sentences on the phone: ``to_fill`` puts the place for the era into them, and
dates.js (``era``) asks the browser's own calendar for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from todoke.core.eras import ERAS

_NAMES = "|".join(ERAS)
#: a year, perhaps of a fiscal or school year, with its month and day where they follow. Not where
#: the era stands beside it already, on either side
_YEAR = re.compile(
    rf"(?<![0-9])(?<!年[((])((?:18|19|20)[0-9]{{2}}) ?(年度|年(?!度))(?! ?[((](?:{_NAMES}))"
    r"(?= ?(?:([0-9]{1,2})月)? ?(?:([0-9]{1,2})日)?)"
)


def beside(text: str) -> str:
    """The text with the era beside each year. A year in which an era changed names both, unless
    the month tells; 年度 begins in April."""
    return _YEAR.sub(_with_era, text) if "年" in text else text


def to_fill(sentence: str) -> str:
    """A sentence whose year a script fills in, with the place of its era beside it."""
    return sentence.replace("{year}年", "{year}年({era})")


def names(language: str, spell: Callable[[str], str]) -> dict[str, str]:
    """era as a browser writes it -> with its reading, for sentences a script fills in."""
    return {name: spell(name) for name in ERAS} if language == "easy" else {}


def _with_era(found: re.Match[str]) -> str:
    year, unit, month, day = int(found[1]), found[2], found[3], found[4]
    if unit == "年度":
        first, last = date(year, 4, 1), date(year, 12, 31)
    elif month and 1 <= int(month) <= 12:
        first = _real(year, int(month), int(day or 1))
        last = first if day else _real(year, int(month), 28)
    else:
        first, last = date(year, 1, 1), date(year, 12, 31)
    names = list(dict.fromkeys(_named(first, last, year)))
    return f"{found[0]}({'・'.join(each + unit for each in names)})" if names else found[0]


def _named(first: date, last: date, year: int) -> Iterator[str]:
    """「令和8」 for each era that had one of these days, the earlier first."""
    for name, (begins, ends) in reversed(list(ERAS.items())):
        if begins <= last and first <= ends:
            number = year - begins.year + 1
            yield f"{name}{'元' if number == 1 else number}"


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 31 June in a text is the author's mistake, not a reason to print nothing
        return date(year, month, 1)
