"""What the words of a place say about holidays and the turn of the year: closed, open, or nothing
that one may rely on.

Only what is plainly said counts. 「月曜休館(祝日の場合は翌日)」 and 「祝日の午後は休診」 say
neither, and where both are said nobody knows: then a person is told to ask.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

#: 休日 of 国民の祝日に関する法律 3条; the turn of the year, by itself 12-29 to 01-03 as
#: 行政機関の休日に関する法律 1条1項3号 has it; days on which the city hall alone is closed
HOLIDAY, YEAR_END, OWN = "holiday", "year_end", "own"

_TURN = re.compile(
    r"12[月/](\d{1,2})日?(?:\(.\))?(?:から|~|-|―|より)(?:翌年?の?)?0?1[月/](\d{1,2})日?(?:\(.\))?(?:まで)?"
)
_TURN_WORD = "年末年始"
#: what is said of a Monday that is a holiday is not said of holidays
_CASES = re.compile(r"\([^()]{0,80}(?:場合|とき|時は|翌|当た|あた|重な)[^()]{0,80}\)")
#: a list of days. Possessive (*+): the same letters can be read in several ways, and trying them
#: all would take as long as somebody likes
_DAYS = (
    r"(?:[月火水木金土日]曜?日?|第[1-5一二三四五・,、]+|祝(?:祭日|日)?|振替休日|年末年始|お盆|及び|"
    r"および|並びに|ならびに|または|又は|\d{1,2}[月/]\d{1,2}日?|[・、,/と~\-()])*+"
)
_HOLIDAY = r"祝(?:祭日|日)?+"
_NOT = r"(?!日?(?:なし|無し|なく|ません|しません|しない|せず|でな|ではな|ではあり|時|中|の翌))"
_CLOSED = (
    r"[はがも:に]?(?:(?:休館|休診|休園|休業|休所|休校|休室|閉館|閉園|閉所|閉室|閉庁|定休|お?休み|お?やすみ)"
    rf"{_NOT}|休(?![館診園業所校室みま日憩止])"
    r"|(?:診療|開館|開園|営業)は?し(?:ません|ていません|ておりません))"
)
#: 「祝日を除く」 says closed, unless it is said of the days on which it is closed
_EXCEPT = r"を?は?(?:除く|除き|以外)"
_OF_CLOSING = re.compile(r"(?<![無替])休(?!日急病)|閉")
_LABEL = (
    r"(?:休館|休診|休園|休業|休所|休室|定休|閉館|閉庁|お?休み)の?日?(?:[はが:・/=(]|毎週|毎月)*+"
)
_LABELLED = re.compile(rf"{_LABEL}({_DAYS})(.?)")
#: after them, or at the end, a list of days is over and nothing more is said of its last one
_ENDS = ("", "で", "※", "*", "[")
_OPEN = (
    r"(?:は|も|でも|には|に)?(?:開館|開園|開所|開い|開け|診療(?!所)|営業|利用でき|受け?付け?)"
    r"(?!(?:して|し|いて|て)?(?:い|おり)?(?:ません|ない)|時|日)"
)
_ALWAYS = "年中無休"
_WEEKDAYS_ONLY = re.compile(r"平日(?:のみ|だけ|に限)")


@dataclass(frozen=True, slots=True)
class Said:
    """shut, runs: of ``HOLIDAY``, ``YEAR_END``, ``OWN``; never both. turn: first and last day
    (MM-DD) of its own turn of the year, None where no days are named."""

    shut: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    turn: tuple[str, str] | None = None


@lru_cache(maxsize=20_000)
def said(text: str) -> Said:
    """Of opening hours and remarks, several lines or one."""
    plain = re.sub(r"[ \t]", "", unicodedata.normalize("NFKC", text))
    turns = {(int(one), int(other)) for one, other in _TURN.findall(plain)}
    plain = _TURN.sub(_TURN_WORD, plain)
    shut: set[str] = set()
    runs: set[str] = set()
    for clause in re.split(r"[。\n;!]", plain):
        told = _CASES.sub("", clause)
        shut |= {why for why, closed in _closed(told) if closed}
        runs |= {why for why, opened in _opened(told) if opened}
        if _ALWAYS in told:
            runs |= {HOLIDAY, YEAR_END, OWN} - shut
    both = shut & runs
    return Said(frozenset(shut - both), frozenset(runs - both), _span(turns))


def _closed(clause: str) -> Iterator[tuple[str, bool]]:
    closing = _CLOSED if _OF_CLOSING.search(clause) else rf"(?:{_CLOSED}|{_EXCEPT})"
    holiday = re.search(rf"{_HOLIDAY}{_DAYS}{closing}", clause) or any(
        "祝" in (days if after in _ENDS else re.sub(rf"{_HOLIDAY}$", "", days))
        for days, after in _LABELLED.findall(clause)
    )
    yield HOLIDAY, bool(holiday or _WEEKDAYS_ONLY.search(clause))
    turn = rf"{_TURN_WORD}{_DAYS}{closing}|{_LABEL}[^:]{{0,80}}?{_TURN_WORD}"
    yield YEAR_END, bool(re.search(turn, clause))


def _opened(clause: str) -> Iterator[tuple[str, bool]]:
    yield HOLIDAY, bool(re.search(rf"{_HOLIDAY}{_DAYS}{_OPEN}", clause))
    yield YEAR_END, bool(re.search(rf"{_TURN_WORD}{_DAYS}{_OPEN}", clause))


def _span(turns: set[tuple[int, int]]) -> tuple[str, str] | None:
    """None also where several spans are named, or days that are none."""
    if len(turns) != 1:
        return None
    [(first, last)] = turns
    if not (1 <= first <= 31 and 1 <= last <= 31):
        return None
    return f"12-{first:02}", f"01-{last:02}"
