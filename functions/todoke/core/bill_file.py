"""The cashier's file of bills: CSV as the city's systems and Excel write it, read strictly.

One line is one bill. A line that is not exactly right is refused with its number and the reason,
and the other lines are still read: a guess about money is worse than a second file.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from todoke.core import my_number
from todoke.core.errors import TodokeError

#: the header, in any order: 宛名番号 resident, 請求番号 bill, kind, title, yen, due
COLUMNS = ("宛名番号", "請求番号", "種別", "件名", "金額", "納期限")
KINDS: Mapping[str, str] = {
    "保育料": "nursery_fee",
    "給食費": "school_lunch",
    "学童保育料": "after_school",
}
MAX_BYTES = 1024 * 1024
MAX_ROWS = 5000
MAX_YEN = 9_999_999
MAX_REFERENCE = 40
MAX_TITLE = 60
#: a due date further off is a slip of the pen (二〇二六 typed as 2062)
MAX_DAYS_AHEAD = 400
MAX_DAYS_PAST = 5 * 366
#: the Excel of Japan writes cp932; others UTF-8 with or without a mark
ENCODINGS = ("utf-8-sig", "cp932")


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
class Refusal:
    """rule: names the sentence ``errors.rule.<rule>``. column: which one, "" for the line."""

    line: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class BillFile:
    """What was read; each line of the file is in one of the two."""

    rows: Sequence[Row]
    refused: Sequence[Refusal]


class _RefusedError(Exception):
    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.refusal = (column, rule)


def read(body: bytes, today: date) -> BillFile:
    """The file's rows. Raises ``body_too_large``, or ``bad_field`` (field "file") when it is no
    such file at all: encoding, header, quotes, number of lines."""
    if len(body) > MAX_BYTES:
        raise TodokeError("body_too_large", limit=MAX_BYTES)
    rows: list[Row] = []
    refused: list[Refusal] = []
    references: set[str] = set()
    for line, cells in _lines(_text(body)):
        try:
            row = _row(line, cells, today)
            if row.reference in references:
                raise _RefusedError("請求番号", "csv_twice")
        except _RefusedError as error:
            refused.append(Refusal(line, *error.refusal))
            continue
        references.add(row.reference)
        rows.append(row)
    return BillFile(rows, refused)


def _text(body: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise _bad_file("csv_encoding")


def _bad_file(rule: str) -> TodokeError:
    return TodokeError("bad_field", field="file", rule=rule)


def _lines(text: str) -> Iterator[tuple[int, list[str] | dict[str, str]]]:
    """(line, cells by column) of each line; a line of another width comes as a list."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            raise _bad_file("csv_header")
        count = 0
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise _bad_file("csv_rows")
            whole = len(cells) == len(header)
            yield line, dict(zip(header, cells, strict=True)) if whole else cells
    except csv.Error as error:
        raise _bad_file("csv_quotes") from error


def _row(line: int, cells: list[str] | dict[str, str], today: date) -> Row:
    if isinstance(cells, list):
        raise _RefusedError("", "csv_width")
    cells = {name: cell.strip() for name, cell in cells.items()}
    for name, cell in cells.items():
        if not cell:
            raise _RefusedError(name, "required")
        if not cell.isprintable() or any(unicodedata.category(c) == "Cf" for c in cell):
            raise _RefusedError(name, "control_character")
    return Row(
        line=line,
        number=_match("宛名番号", cells, r"[0-9A-Za-z-]{1,20}", "csv_number"),
        reference=_match("請求番号", cells, r"[0-9A-Za-z._/-]{1,40}", "csv_number"),
        kind=_kind(cells),
        title=_title(cells),
        yen=_yen(cells),
        due=_due(cells, today),
    )


def _match(name: str, cells: Mapping[str, str], pattern: str, rule: str) -> str:
    if not re.fullmatch(pattern, cells[name]):
        raise _RefusedError(name, rule)
    return cells[name]


def _kind(cells: Mapping[str, str]) -> str:
    kind = KINDS.get(cells["種別"])
    if kind is None:
        raise _RefusedError("種別", "csv_kind")
    return kind


def _title(cells: Mapping[str, str]) -> str:
    title = cells["件名"]
    if len(title) > MAX_TITLE:
        raise _RefusedError("件名", "too_long")
    if my_number.found_in(title):
        raise _RefusedError("件名", "csv_my_number")
    return title


def _yen(cells: Mapping[str, str]) -> int:
    """Whole yen without separators: "1,200" and "1200.50" are told apart by nobody in a hurry."""
    found = int(_match("金額", cells, r"[0-9]{1,8}", "csv_yen"))
    if not 1 <= found <= MAX_YEN:
        raise _RefusedError("金額", "csv_yen")
    return found


def _due(cells: Mapping[str, str], today: date) -> date:
    parts = re.fullmatch(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})", cells["納期限"])
    if parts is None:
        raise _RefusedError("納期限", "csv_date")
    try:
        found = date(int(parts[1]), int(parts[3]), int(parts[4]))
    except ValueError:
        raise _RefusedError("納期限", "csv_date") from None
    if not -MAX_DAYS_PAST <= (found - today).days <= MAX_DAYS_AHEAD:
        raise _RefusedError("納期限", "csv_date_far")
    return found
