"""The file of residents (住民の名簿): CSV of the city's own number, name and reading, read
strictly. A line that holds a valid My Number is refused like any other place that might keep one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todoke.core import csv_file, my_number
from todoke.core.csv_file import Cells, Refusal, RefusedError, match

#: the header, in any order: 宛名番号 resident, name, reading
COLUMNS = ("宛名番号", "氏名", "よみがな")
#: the longest name of a residence certificate is far shorter
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Row:
    """line: in the file, from 1, the header being line 1. number: 宛名番号."""

    line: int
    number: str
    name: str
    kana: str


def read(body: bytes) -> Sequence[Row | Refusal]:
    """Each line of the file, in order. Raises what ``csv_file.read`` raises."""
    return csv_file.read(body, COLUMNS, _row, lambda row: ("宛名番号", row.number), "csv_residents")


def _row(line: int, cells: Cells) -> Row:
    return Row(
        line=line,
        number=match("宛名番号", cells, r"[0-9A-Za-z-]{1,20}", "csv_number"),
        name=_name("氏名", cells),
        kana=_name("よみがな", cells),
    )


def _name(column: str, cells: Cells) -> str:
    found = cells[column]
    if len(found) > MAX_NAME:
        raise RefusedError(column, "too_long")
    if my_number.found_in(found):
        raise RefusedError(column, "csv_my_number")
    return found
