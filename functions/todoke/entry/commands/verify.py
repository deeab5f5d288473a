"""Is the record of acts whole? Names what was altered, removed, put in or cut off."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from todoke.core import audit_chain
from todoke.core.audit_chain import Anchor
from todoke.core.audit_report import Finding, Report
from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal
from todoke.journeys import audit, verify

NAME = "verify"
#: places that are told to a person; a program is told all
SHOWN = 100
#: the year 9999 ends: later than this no calendar goes
LATEST = 253_402_268_400
#: a file of anchors grows by 150 bytes a day
MOST_BYTES = 4_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--anchor: what was published, kept by somebody else."""
    parser.add_argument(
        "--anchor",
        type=Path,
        metavar="FILE",
        help="also hold it against this copy of audit/DAY.json or audit/roots.json",
    )


def run(terminal: Terminal) -> int:
    """Exit 1 when anything is not what was written. Changes nothing; a city may work meanwhile."""
    if not terminal.on_aws:
        terminal.need_city()
    file = terminal.arguments.anchor
    anchors = _anchors(terminal, file) if file else []
    said = terminal.say("verify.progress")
    report = verify.verify(
        terminal.wherever, anchors, lambda done, total: terminal.progress(done, total, said)
    )
    terminal.answer(_result(report), *_lines(terminal, report))
    return 1 if report.findings else 0


def _anchors(terminal: Terminal, file: Path) -> list[Anchor]:
    with file.open("rb") as opened:
        body = opened.read(MOST_BYTES + 1)
    try:
        found = audit_chain.read_anchors(json.loads(body)) if len(body) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not found:
        name = terminal.say("verify.bad_anchor")
        raise TodokeError("bad_field", field="--anchor", rule="one_of", allowed=name)
    return found


def _result(report: Report) -> dict[str, object]:
    anchored = report.anchored
    return {
        "sound": not report.findings,
        "entries": report.entries,
        "links": report.links,
        "waiting": report.waiting,
        "earlier": report.earlier,
        "erased": report.erased,
        "linked_at": report.linked_at or None,
        "anchored": anchored.shown() if anchored else None,
        "findings": [_plain(each) for each in report.findings],
    }


def _plain(finding: Finding) -> dict[str, object]:
    return {name: value for name, value in asdict(finding).items() if value not in ("", 0)}


def _lines(terminal: Terminal, report: Report) -> Iterator[str]:
    count, shown = len(report.findings), report.findings[:SHOWN]
    name = "unsound" if count else "sound"
    yield terminal.say(f"verify.{name}", entries=report.entries, count=count)
    yield from (_line(terminal, each) for each in shown)
    if count > len(shown):
        yield terminal.say("verify.more", count=count - len(shown))
    if report.linked_at:
        time = _moment(terminal, report.linked_at)
        yield terminal.say("verify.linked", time=time, links=report.links)
    else:
        yield terminal.say("verify.unlinked")
    if report.anchored:
        day, entries = report.anchored.day, report.anchored.entries
        yield terminal.say("verify.anchored", day=day, entries=entries)
    else:
        yield terminal.say("verify.unanchored")
    if report.waiting:
        yield terminal.say("verify.waiting", count=report.waiting)
    if report.earlier:
        yield terminal.say("verify.earlier", count=report.earlier)
    if report.erased:
        yield terminal.say("verify.erased", count=report.erased)
    if count:
        yield terminal.say("verify.next")


def _line(terminal: Terminal, finding: Finding) -> str:
    values = asdict(finding)
    act = f"console.act.{finding.act}"
    known = terminal.dictionary.has(terminal.language, act)
    values["act"] = terminal.say_any(act) if known else finding.act or "-"
    # whoever altered the store may have written what a terminal would obey
    values = {name: _printable(value) for name, value in values.items()}
    values["time"] = _moment(terminal, finding.at)
    return "- " + terminal.say(f"verify.{values.pop('what')}", **values)


def _printable(value: object) -> str:
    return "".join(each if each.isprintable() else "?" for each in str(value))


def _moment(terminal: Terminal, unix: int) -> str:
    if not 0 < unix < LATEST:
        return terminal.say("verify.unknown")
    return f"{datetime.fromtimestamp(unix, audit.JST):%Y-%m-%d %H:%M:%S} JST"
