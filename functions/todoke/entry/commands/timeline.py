"""Tell every vaccination, check-up and deadline of one child on one day."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from todoke import assemble
from todoke.core import deadlines, timeline
from todoke.core.catalogue import Catalogue
from todoke.core.immunization import Programme
from todoke.core.site_fields import Text
from todoke.entry import json_input
from todoke.entry.terminal import Terminal

NAME = "timeline"
MAX_BYTES = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--birth DATE --on DATE [--sex F|M] [--given FILE] [--edd DATE]"""
    parser.add_argument("--birth", required=True, help="day of birth, YYYY-MM-DD")
    parser.add_argument("--on", required=True, help="the day to look at, YYYY-MM-DD")
    parser.add_argument("--sex", default="", help="F or M; left out: counted for both")
    parser.add_argument(
        "--given",
        type=Path,
        help='JSON file: {"given": {vaccine: [days]}, "rota_type": 1 or 5, "mr_shortage": true, '
        '"held": {check-up: day}}, all but given may be left out; - reads standard input',
    )
    parser.add_argument("--edd", default="", help="due date of a pregnancy, YYYY-MM-DD")


def run(terminal: Terminal) -> int:
    """Reads ``site/`` and answers; needs no city and keeps nothing: the days are a family's."""
    arguments = terminal.arguments
    catalogue = assemble.catalogue()
    given = arguments.given
    told = json_input.of_file(given, "given", MAX_BYTES) if given else {}
    child = timeline.child_of(
        catalogue.timeline, told, birth=arguments.birth, sex=arguments.sex, due=arguments.edd
    )
    on = timeline.day("on", arguments.on)
    answer = timeline.timeline(catalogue.timeline, child, on, deadlines.book(catalogue))
    terminal.answer(answer, *_sentences(terminal, catalogue, answer))
    return 0


# ------------------------------------------------------------------------- for a person
def _sentences(
    terminal: Terminal, catalogue: Catalogue, answer: Mapping[str, Any]
) -> Iterator[str]:
    programme, checks = catalogue.timeline.programme, catalogue.timeline.checkups
    if programme:
        names: Mapping[str, Text] = {each.id: each.name for each in programme.vaccines.values()}
        for row in answer["doses"]:
            yield _dose(terminal, names, row)
        yield from _notes(terminal, programme, answer["doses"])
        for told in answer["given"]:
            day, name = told["date"], names[told["vaccine"]][terminal.language]
            for code in told["codes"]:
                reason = terminal.say_any(f"timeline.given.{code}")
                yield terminal.say_any("timeline.line.given", vaccine=name, day=day, reason=reason)
    for row in answer["checkups"]:
        yield terminal.say_any(
            f"timeline.line.{'checkup_done' if 'held' in row else 'checkup'}",
            name=checks[row["id"]].name[terminal.language],
            status=terminal.say_any(f"timeline.checkup.{row['status']}"),
            first=row["from"],
            last=row["until"],
            day=row.get("held"),
        )
    for row in answer["deadlines"]:
        name = catalogue.deadlines[row["id"]].name[terminal.language]
        yield f"{name}: {row.get('deadline') or row['entry']}"
    if programme:
        yield terminal.say_any("timeline.line.guidance", as_of=programme.as_of)


def _notes(
    terminal: Terminal, programme: Programme, rows: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What a family should know, once for each vaccine that gives reason for it."""
    reasons = {(row["vaccine"], when) for row in rows for when in row["notes"]}
    for vaccine in programme.vaccines.values():
        for note in vaccine.notes:
            if (vaccine.id, note.when) in reasons:
                yield f"{vaccine.name[terminal.language]}: {note.text[terminal.language]}"


def _dose(terminal: Terminal, names: Mapping[str, Text], row: Mapping[str, Any]) -> str:
    planned = row["plan_from"] and row["plan_from"] > row["earliest"]
    days = "dose_planned" if planned else "dose_days"
    line = "dose_done" if row["given"] else days if row["earliest"] else "dose"
    return terminal.say_any(
        f"timeline.line.{line}",
        vaccine=names[row["vaccine"]][terminal.language],
        dose=_of_course(terminal, row["vaccine"], row["dose"]),
        status=terminal.say_any(f"timeline.status.{row['status']}"),
        first=row["earliest"],
        last=row["legal_last"],
        day=row["given"],
        plan=row["plan_from"],
    )


def _of_course(terminal: Terminal, vaccine: str, dose: str) -> str:
    """「2回目」, or 「2期」 where the programme counts in terms."""
    own = f"timeline.dose.{vaccine}-{dose}"
    known = terminal.dictionary.has("ja", own)
    return terminal.say_any(own if known else f"timeline.dose.{dose}")
