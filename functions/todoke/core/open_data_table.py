"""Text -> header and rows: quotes, line breaks in cells, ``#`` rows, blank rows, tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from todoke.core.open_data_bytes import refused
from todoke.core.open_data_cells import clean

MAX_ROWS = 100_000
MAX_COLUMNS = 200
#: of LinkData: the row that names the columns
_PROPERTY = "#property"


@dataclass(frozen=True, slots=True)
class Line:
    """One row. row: as a spreadsheet counts, blank rows and line breaks in cells included as a
    spreadsheet does. cells: as many as the header has. fault: why it cannot be read, "" if not.
    mended: how it was brought to the header's length, "" if it need not."""

    row: int
    cells: Sequence[str]
    fault: str = ""
    mended: str = ""


@dataclass(slots=True)
class Table:
    """header: names as written. at: row it stands in. lines: one after the other, so that a large
    file is never there twice; blank, marked: blank rows and ``#`` rows met so far."""

    header: Sequence[str]
    at: int
    tabs: bool
    lines: Iterator[Line]
    blank: int = 0
    marked: int = 0


def table(text: str) -> Table:
    """Raises ``open_data_refused`` with the row, also while its lines are read: quotes that do not
    close, too many rows."""
    tabs = _is_tabbed(text)
    rows = _rows(text, "\t" if tabs else ",")
    found = Table([], 0, tabs, iter(()))
    first: list[Line] = []
    for row, cells in rows:
        if not _counted(found, cells):
            header = _ended(cells)
            if found.header:  # it was named by #property, so this is the first place
                first.append(_line(row, cells, found.header))
            else:
                found.header, found.at = header, row
            break
        if cells and cells[0].strip().lower() == _PROPERTY and not found.header:
            found.header, found.at = _ended(["", *cells[1:]]), row
    if not found.header:
        raise refused("csv_empty")
    if len(found.header) > MAX_COLUMNS:
        raise refused("csv_columns", found.at)
    found.lines = chain(first, _lines(found, rows, MAX_ROWS - len(first)))
    return found


def _counted(found: Table, cells: Sequence[str]) -> bool:
    """Whether the row holds no data: nothing, or it begins with #."""
    blank = not any(map(str.strip, cells))
    marked = not blank and cells[0].lstrip().startswith("#")
    found.blank, found.marked = found.blank + blank, found.marked + marked
    if found.blank + found.marked > MAX_ROWS:
        raise refused("csv_rows", MAX_ROWS)
    return blank or marked


def _lines(found: Table, rows: Iterator[tuple[int, list[str]]], most: int) -> Iterator[Line]:
    count = 0
    for row, cells in rows:
        if _counted(found, cells):
            continue
        count += 1
        if count > most:
            raise refused("csv_rows", row)
        yield _line(row, cells, found.header)


def _is_tabbed(text: str) -> bool:
    """「Unicode テキスト」 of Excel parts its cells by tabs."""
    first = next((each for each in text[:20_000].splitlines() if "\t" in each or "," in each), "")
    return first.count("\t") > first.count(",")


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            yield row, cells
    except csv.Error as error:
        rule = "open_data_cell" if "field limit" in str(error) else "csv_quotes"
        raise refused(rule, row + 1) from error


def _ended(cells: Sequence[str]) -> list[str]:
    """The names, fit to be shown at a terminal, without the empty ones at the end that a
    spreadsheet leaves there."""
    if sum(map(bool, cells)) > MAX_COLUMNS:  # before so many are looked at one by one
        return list(cells)
    header = [clean(each)[0] if each else "" for each in cells]
    while header and not header[-1]:
        header.pop()
    return header


def _line(row: int, cells: list[str], header: Sequence[str]) -> Line:
    width = len(header)
    if cells[width - 1 : width] == header[-1:] and _ended(cells) == header:
        return Line(row, cells, "header_again")  # several files were put one after the other
    if len(cells) == width:
        return Line(row, cells)
    if len(cells) > width:
        rest = any(map(str.strip, cells[width:]))
        return Line(row, cells[:width], "csv_width" if rest else "")
    # a program may leave the empty cells at the end of a row away
    return Line(row, [*cells, *[""] * (width - len(cells))], "", "row_short")
