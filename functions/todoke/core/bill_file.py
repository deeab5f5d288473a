"""The cashier's file of bills: CSV as the city's systems and Excel write it, read strictly.

One line is one bill. A line that is not exactly right is refused with its number and the reason,
and the other lines are still read: a guess about money is worse than a second file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from todoke.core import csv_file, my_number
from todoke.core.csv_file import Cells, Refusal, RefusedError, match

#: the header, in any order: 宛名番号 resident, 請求番号 bill, kind, title, yen, due
COLUMNS = ("宛名番号", "請求番号", "種別", "件名", "金額", "納期限")
KINDS: Mapping[str, str] = {
    "保育料": "nursery_fee",
    "給食費": "school_lunch",
    "学童保育料": "after_school",
}
MAX_YEN = 9_999_999
MAX_REFERENCE = 40
MAX_TITLE = 60
#: a due date further off is a slip of the pen (二〇二六 typed as 2062)
MAX_DAYS_AHEAD = 400
MAX_DAYS_PAST = 5 * 366


@dataclass(frozen=True, slots=True)
class Row:
    """line: in the file, from 1, the header being line 1. number: 宛名番号. reference: 請求番号.
    kind: a value of ``KINDS``."""

    line: int
    number: str
    reference: str
    kind: str
    title: str
    yen: int
    due: date


@dataclass(frozen=True, slots=True)
class BillFile:
    """What was read: each line of the file, in its order."""

    lines: Sequence[Row | Refusal]

    @property
    def rows(self) -> Sequence[Row]:
        """Lines that are exactly right."""
        return [each for each in self.lines if isinstance(each, Row)]

    @property
    def refused(self) -> Sequence[Refusal]:
        """The others."""
        return [each for each in self.lines if isinstance(each, Refusal)]


def read(body: bytes, today: date) -> BillFile:
    """The file's lines. Raises ``body_too_large``, or ``bad_field`` (field "file") when it is no
    such file at all: encoding, header, quotes, number of lines."""
    lines: list[Row | Refusal] = csv_file.read(
        body,
        COLUMNS,
        lambda line, cells: _row(line, cells, today),
        lambda row: ("請求番号", row.reference),
    )
    return BillFile(lines)


def _row(line: int, cells: Cells, today: date) -> Row:
    return Row(
        line=line,
        number=match("宛名番号", cells, r"[0-9A-Za-z-]{1,20}", "csv_number"),
        reference=match("請求番号", cells, r"[0-9A-Za-z._/-]{1,40}", "csv_number"),
        kind=_kind(cells),
        title=_title(cells),
        yen=_yen(cells),
        due=_due(cells, today),
    )


def _kind(cells: Cells) -> str:
    kind = KINDS.get(cells["種別"])
    if kind is None:
        raise RefusedError("種別", "csv_kind")
    return kind


def _title(cells: Cells) -> str:
    title = cells["件名"]
    if len(title) > MAX_TITLE:
        raise RefusedError("件名", "too_long")
    if my_number.found_in(title):
        raise RefusedError("件名", "csv_my_number")
    return title


def _yen(cells: Cells) -> int:
    """Whole yen without separators: "1,200" and "1200.50" are told apart by nobody in a hurry."""
    found = int(match("金額", cells, r"[0-9]{1,8}", "csv_yen"))
    if not 1 <= found <= MAX_YEN:
        raise RefusedError("金額", "csv_yen")
    return found


def _due(cells: Cells, today: date) -> date:
    parts = re.fullmatch(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})", cells["納期限"])
    if parts is None:
        raise RefusedError("納期限", "csv_date")
    try:
        found = date(int(parts[1]), int(parts[3]), int(parts[4]))
    except ValueError:
        raise RefusedError("納期限", "csv_date") from None
    if not -MAX_DAYS_PAST <= (found - today).days <= MAX_DAYS_AHEAD:
        raise RefusedError("納期限", "csv_date_far")
    return found
