"""Bring in lists of places and events that a city publishes as open data."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from todoke.core import places as shape
from todoke.core.errors import TodokeError
from todoke.core.open_data import Note, Outcome, Reading
from todoke.entry.arguments import Acts
from todoke.entry.importing import SHOWN
from todoke.entry.terminal import Terminal
from todoke.journeys import places

NAME = "import"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """opendata KIND FILE."""
    acts = Acts(parser)
    each = acts.add("opendata", "自治体標準オープンデータセット: a list of places or events")
    each.add_argument("kind", choices=shape.KINDS, help="what the file lists")
    each.add_argument("file", type=Path, help="CSV as it was published, in any usual encoding")
    each.add_argument("--report", action="store_true", help="what became of every row")
    each.add_argument("--check", action="store_true", help="read it, bring in nothing")
    each.add_argument(
        "--date",
        type=date.fromisoformat,
        help="day of the data, 2026-08-01 (else the one in the file's name): events without a year",
    )
    each.add_argument("--licence", default="", help="as the publisher names it")


def run(terminal: Terminal) -> int:
    """Brings it in; the exit code is 1 when a row was refused. The pages follow with the next
    ``todoke publish``."""
    arguments = terminal.arguments
    try:
        body = arguments.file.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise TodokeError("not_found") from error
    given = (arguments.kind, body, arguments.file.name, arguments.date, arguments.licence)
    if arguments.check:
        reading, done = places.read(*given), False
    else:
        reading, done = places.bring_in(terminal.services, *given)
    counts = {each: reading.count(each) for each in ("taken", "mended", "refused")}
    result: dict[str, Any] = {
        "kind": arguments.kind,
        "file": arguments.file.name,
        "encoding": reading.encoding,
        "header_row": reading.header,
        "imported": done,
        **counts,
        "skipped": {"blank": reading.blank, "marked": reading.marked},
        "file_mends": [_note(terminal, each, "how") for each in reading.notes],
    }
    if arguments.report:
        result["rows"] = [_row(terminal, each) for each in reading.outcomes]
    said = "done" if done else "read" if arguments.check else "nothing"
    terminal.answer(result, terminal.say(f"open_data.{said}", **counts), *_lines(terminal, reading))
    return 1 if counts["refused"] or not (done or arguments.check) else 0


def _row(terminal: Terminal, outcome: Outcome) -> Mapping[str, Any]:
    """One row of the report: what it is now, or why not."""
    found = outcome.place
    told = "mended" if found else "refused"
    words = "how" if found else "why"
    row: dict[str, Any] = {"row": outcome.row, "status": outcome.status}
    if found:
        row |= {"id": found.id, "name": found.name}
    if outcome.notes:
        row[told] = [_note(terminal, each, words) for each in outcome.notes]
    return row


def _note(terminal: Terminal, note: Note, words: str) -> Mapping[str, str]:
    said = terminal.say(f"open_data.{words}.{note.rule}")
    return {"column": note.column, "rule": note.rule, "words": said}


def _lines(terminal: Terminal, reading: Reading) -> list[str]:
    """For a person: the file, then the rows that are not simply taken; without --report the
    first refused ones."""
    every = terminal.arguments.report
    lines = [_said(terminal, "", each, "how") for each in reading.notes]
    rows = [each for each in reading.outcomes if each.status != "taken"]
    if not every:
        rows = [each for each in rows if each.place is None][:SHOWN]
    for row in rows:
        words = "how" if row.place else "why"
        lines += [_said(terminal, f"{row.row}", each, words) for each in row.notes]
    return lines


def _said(terminal: Terminal, row: str, note: Note, words: str) -> str:
    said = terminal.say(f"open_data.{words}.{note.rule}")
    return " ".join(("  " + row, note.column)).rstrip() + f": {said}"
