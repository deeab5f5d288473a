"""A CSV file as the city's systems and Excel write it, read strictly: encoding, header, width,
cells. What a column means is the matter of bill_file.py (resident_file.py reads its own lines)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from todoke.core.errors import TodokeError

#: 100,000 lines of a hundred bytes, and less than a server takes in one request
MAX_BYTES = 14 * 1024 * 1024
MAX_ROWS = 100_000
#: the Excel of Japan writes cp932; others UTF-8 with or without a mark
ENCODINGS = ("utf-8-sig", "cp932")

Cells = Mapping[str, str]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Refusal:
    """rule: names the sentence ``errors.rule.<rule>``. column: which one, "" for the line."""

    line: int
    column: str
    rule: str


class RefusedError(Exception):
    """Why a line is refused."""

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.refusal = (column, rule)


def read(
    body: bytes,
    columns: Sequence[str],
    row_of: Callable[[int, Cells], Row],
    key_of: Callable[[Row], tuple[str, str]],
) -> list[Row | Refusal]:
    """Each line of the file, in order: what ``row_of(line, cells)`` makes of it, or why it is
    refused. key_of: (column, value) that no two lines may share.

    Raises ``body_too_large``, or ``bad_field`` (field "file") when it is no such file at all:
    encoding, header, quotes, number of lines."""
    if len(body) > MAX_BYTES:
        raise TodokeError("body_too_large", limit=MAX_BYTES)
    found: list[Row | Refusal] = []
    keys: set[str] = set()
    for line, cells in _lines(_text(body), columns):
        try:
            row = row_of(line, _clean(cells))
            column, key = key_of(row)
            if key in keys:
                raise RefusedError(column, "csv_twice")
        except RefusedError as error:
            found.append(Refusal(line, *error.refusal))
            continue
        keys.add(key)
        found.append(row)
    return found


def match(name: str, cells: Cells, pattern: str, rule: str) -> str:
    """The cell, if it is of that form. Raises RefusedError."""
    if not re.fullmatch(pattern, cells[name]):
        raise RefusedError(name, rule)
    return cells[name]


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


def _lines(text: str, columns: Sequence[str]) -> Iterator[tuple[int, list[str] | dict[str, str]]]:
    """(line, cells by column) of each line; a line of another width comes as a list."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(columns):
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


def _clean(cells: list[str] | dict[str, str]) -> Cells:
    if isinstance(cells, list):
        raise RefusedError("", "csv_width")
    cells = {name: cell.strip() for name, cell in cells.items()}
    for name, cell in cells.items():
        if not cell:
            raise RefusedError(name, "required")
        if not cell.isprintable():  # what is invisible (Cf) is not printable either
            raise RefusedError(name, "control_character")
    return cells
