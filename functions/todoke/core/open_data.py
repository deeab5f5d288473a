"""自治体標準オープンデータセット -> places: every row taken, mended (how) or refused (why).

The formats: デジタル庁「自治体標準オープンデータセット」 (データ項目定義書A, 2026-08-01), and the
files that cities publish. A file that is not what it claims to be is refused whole; what a cell
says is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from todoke.core import open_data_bytes, open_data_columns, open_data_table
from todoke.core.csv_file import RefusedError
from todoke.core.open_data_cells import made_id
from todoke.core.open_data_columns import Columns
from todoke.core.open_data_fields import Cells, place
from todoke.core.places import Origin, Place, PlaceList

#: a day in the name of a file, as publishers write it there
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Note:
    """column: as the file names it, "" for the row. rule: how it was mended
    (``cli.open_data.how.<rule>``) or why it is refused (``cli.open_data.why.<rule>``)."""

    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row. row: as a spreadsheet counts. place: None when it is refused.
    notes: the mends, or the one reason."""

    row: int
    place: Place | None
    notes: tuple[Note, ...]

    @property
    def status(self) -> str:
        """taken, mended, refused."""
        if self.place is None:
            return "refused"
        return "mended" if self.notes else "taken"


@dataclass(frozen=True, slots=True)
class Reading:
    """encoding: as the file is written. header: row it stands in. notes: what was mended of the
    file itself. blank, marked: rows that hold nothing, and ``#`` rows."""

    list: PlaceList
    encoding: str
    header: int
    notes: tuple[Note, ...]
    outcomes: tuple[Outcome, ...]
    blank: int
    marked: int

    def count(self, status: str) -> int:
        """Rows with that status."""
        return sum(each.status == status for each in self.outcomes)


def read(kind: str, body: bytes, name: str, day: date | None, licence: str = "") -> Reading:
    """The file, in the order of its rows. kind: of ``places.KINDS``. name: of the file. day: when
    its data was told, for events that leave the year out; else the one in its name.

    Raises ``body_too_large``, or ``open_data_refused`` with row and column when it is no such
    file: encoding, quotes, columns."""
    decoded = open_data_bytes.decode(body)
    table = open_data_table.table(decoded.text)
    columns = open_data_columns.columns(kind, table.header, table.at)
    day = day or day_in(name)
    outcomes = tuple(_outcomes(kind, columns, table.lines, day))
    origin = Origin(name, sha256(body).hexdigest(), day.isoformat() if day else "", licence)
    places = tuple(each.place for each in outcomes if each.place is not None)
    notes = _of_file(decoded.encoding, table, columns)
    return Reading(
        list=PlaceList(kind, origin, places),
        encoding=decoded.encoding,
        header=table.at,
        notes=tuple(notes),
        outcomes=outcomes,
        blank=table.blank,
        marked=table.marked,
    )


def day_in(name: str) -> date | None:
    """The day in the name of a file: ``112038_events_20260801.csv``."""
    for found in _DAY_IN_NAME.finditer(name):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def _of_file(encoding: str, table: open_data_table.Table, columns: Columns) -> Iterator[Note]:
    if encoding.startswith(("UTF-16", "Shift")):
        yield Note("", "encoding")
    if table.tabs:
        yield Note("", "tabs")
    for written, _ in columns.slips:
        yield Note(written, "column_slip")
    for place_ in columns.unnamed:
        yield Note(f"{place_}", "column_unnamed")
    for count, rule in ((table.marked, "rows_marked"), (table.blank, "rows_blank")):
        if count:
            yield Note("", rule)


def _outcomes(
    kind: str, columns: Columns, lines: Iterator[open_data_table.Line], day: date | None
) -> Iterator[Outcome]:
    known: dict[str, Place] = {}
    for line in lines:
        try:
            cells = Cells(columns, line)
            found = _numbered(place(kind, cells, day), cells, known)
        except RefusedError as error:
            yield Outcome(line.row, None, (Note(*error.refusal),))
            continue
        known[found.id] = found
        yield Outcome(line.row, found, tuple(Note(*each) for each in cells.notes))


def _numbered(found: Mapping[str, object], cells: Cells, known: Mapping[str, Place]) -> Place:
    """With an id that is the only one: an id that several rows share (a spreadsheet made it
    1.2E+10, or somebody copied a row) tells none of them. Raises RefusedError for a row that
    stands there twice."""
    values = dict(found)
    texts = [str(values.get(each, "")) for each in ("name", "address", "first", "venue")]
    made = made_id(*texts)
    id = given = str(values.pop("id", "")) or made
    if id in known and not _same(known[id], values):
        id = made
    if id in known and not _same(known[id], values):
        id = made_id(*texts, *(str(each) for each in values.values()))
    if id in known:
        raise RefusedError(cells.name("id"), "twice")
    if id != given and given != made:
        cells.note("id", "id_twice")
    return Place(id=id, **values)  # type: ignore[arg-type]


def _same(known: Place, values: Mapping[str, object]) -> bool:
    return all(getattr(known, name) == each for name, each in values.items())
