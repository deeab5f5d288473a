"""Bring in lists of places and events that a city publishes as open data."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from todoke.core import open_data, open_data_bytes, open_data_cells
from todoke.core import places as shape
from todoke.core.errors import TodokeError
from todoke.core.open_data import Note, Outcome, Reading
from todoke.entry.arguments import Acts
from todoke.entry.importing import SHOWN
from todoke.entry.terminal import Terminal
from todoke.journeys import places
from todoke.journeys.audit import JST

NAME = "import"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """opendata KIND FILE, or --editions, or --back N."""
    acts = Acts(parser)
    each = acts.add("opendata", "自治体標準オープンデータセット: a list of places or events")
    each.add_argument("kind", choices=shape.KINDS, help="what the file lists")
    what = each.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "file", type=Path, nargs="?", help="CSV as it was published, in any usual encoding"
    )
    what.add_argument("--editions", action="store_true", help="the lists before the present one")
    what.add_argument("--back", type=int, metavar="N", help="make edition N the list again")
    each.add_argument("--report", action="store_true", help="what became of every row")
    each.add_argument("--check", action="store_true", help="read it, bring in nothing")
    each.add_argument(
        "--fewer", action="store_true", help="it is right that the list becomes much shorter"
    )
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
    if arguments.editions:
        return _editions(terminal)
    if arguments.back is not None:
        return _back(terminal)
    given = (
        arguments.kind,
        _body(arguments.file),
        _text(arguments.file.name),
        arguments.date,
        _text(arguments.licence),
    )
    if arguments.check:
        return _told(terminal, places.Brought(open_data.read(*given), False, 0))
    done = places.bring_in(terminal.wherever, *given, fewer=arguments.fewer)
    return _told(terminal, done)


def _body(path: Path) -> bytes:
    """Of a plain file, and no more than can be taken: a pipe would be waited for and a device read
    for ever. Raises ``not_found``, ``open_data_refused``."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise TodokeError("not_found") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise open_data_bytes.refused("open_data_no_file")
    with os.fdopen(handle, "rb") as file:
        return file.read(open_data_bytes.MAX_BYTES + 1)


def _text(argument: str) -> str:
    """What was typed, fit to be published: bytes that are no UTF-8 and what a terminal obeys go."""
    return open_data_cells.clean(os.fsencode(argument).decode("utf-8", "replace"))[0]


def _told(terminal: Terminal, brought: places.Brought) -> int:
    """What became of the file; the exit code."""
    arguments, reading = terminal.arguments, brought.reading
    counts = {each: reading.count(each) for each in ("taken", "mended", "refused")}
    result: dict[str, Any] = {
        "kind": arguments.kind,
        "file": reading.list.origin.file,
        "encoding": reading.encoding,
        "header_row": reading.header,
        "imported": brought.done,
        **counts,
        "before": brought.before,
        "shrunk": brought.shrunk,
        "skipped": {"blank": reading.blank, "marked": reading.marked},
        "file_mends": [_note(terminal, each, "how") for each in reading.notes],
    }
    if arguments.report:
        result["rows"] = [_row(terminal, each) for each in reading.outcomes]
    said = "done" if brought.done else "shrunk" if brought.shrunk else "nothing"
    said = "read" if arguments.check else said
    words = {**counts, "before": brought.before, "left": len(reading.list.places)}
    lines = [*_next(terminal, brought.done), *_lines(terminal, reading)]
    terminal.answer(result, terminal.say(f"open_data.{said}", **words), *lines)
    return 1 if counts["refused"] or not (brought.done or arguments.check) else 0


def _next(terminal: Terminal, done: bool) -> list[str]:
    """What makes the pages follow."""
    return [terminal.say("open_data.next")] if done else []


def _editions(terminal: Terminal) -> int:
    """Each list that another one replaced: when, how long, of which file and day."""
    found = places.editions(terminal.wherever, terminal.arguments.kind)
    rows = [
        {
            "edition": each.number,
            "replaced": each.replaced.astimezone(JST).isoformat(timespec="seconds"),
            "rows": each.count,
            "file": each.origin.file,
            "date": each.origin.date,
        }
        for each in found
    ]
    lines = [
        terminal.say("open_data.edition", **{**each, "date": each["date"] or "-"}) for each in rows
    ]
    result = {"kind": terminal.arguments.kind, "editions": rows}
    terminal.answer(result, *(lines or [terminal.say("open_data.no_edition")]))
    return 0


def _back(terminal: Terminal) -> int:
    """The list as it was in an edition."""
    kind, number = terminal.arguments.kind, terminal.arguments.back
    done = places.put_back(terminal.wherever, kind, number)
    values = {"edition": number, "rows": done.count, "file": done.origin.file}
    said = terminal.say("open_data.back", **values)
    terminal.answer({"kind": kind, **values}, said, *_next(terminal, True))
    return 0


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
