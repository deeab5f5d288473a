"""Residents: the city's register of them, a letter with the code that links a card, a report of
what a clerk should look at. Names are shown nowhere but on a letter's line."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from todoke.core import resident_file
from todoke.core.errors import TodokeError
from todoke.entry.arguments import Acts
from todoke.entry.importing import SHOWN, add_file, read_file
from todoke.entry.terminal import Terminal
from todoke.journeys import batches, login, register, register_findings, register_report, residents
from todoke.journeys.register import Brought
from todoke.journeys.residents import Resident
from todoke.ports import Record, Services

NAME = "residents"
#: what became of people, in the order in which a clerk looks
CHANGES = (
    *("another", "new", "back", "moved", "renamed", "corrected", "closed", "deceased", "same"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """demo, code NUMBER, import FILE, report."""
    acts = Acts(parser)
    acts.add(
        "demo", "make the demonstration's resident and print a letter code; never in production"
    )
    code = acts.add("code", "print a fresh letter code for a resident (90 days, once)")
    code.add_argument("number", help="the city's own number of the resident (宛名番号)")
    each = acts.add(
        "import",
        "make a file the register of residents: everybody on one day; the same again goes on",
    )
    add_file(each)
    each.add_argument(
        "--on", type=date.fromisoformat, required=True, help="day of the data, 2026-11-01"
    )
    each.add_argument(
        "--fewer", action="store_true", help="it is right that more than a tenth are missing"
    )
    each.add_argument(
        "--keep", action="store_true", help="leave the file: else it is deleted once all are in"
    )
    acts.add(
        "report",
        "what to look at in the register: one person twice, doubtful pairs, what is missing",
    )


def run(terminal: Terminal) -> int:
    """Prints a code once: only its HMAC is stored."""
    acts = {"demo": _demo, "code": _code, "import": _import, "report": _report}
    return acts[terminal.arguments.act](terminal)


def _demo(terminal: Terminal) -> int:
    if terminal.city.config.production:
        raise TodokeError("production_refused", reasons="demonstration_resident")
    return _letter(terminal, terminal.city, residents.demonstration(terminal.city))


def _code(terminal: Terminal) -> int:
    services = _city(terminal)
    found = residents.find(services, terminal.arguments.number)
    if found is None:
        raise TodokeError("resident_not_found")
    return _letter(terminal, services, found)


def _letter(terminal: Terminal, services: Services, resident: Resident) -> int:
    code = login.new_letter_code(services, resident.id)
    terminal.answer(
        {"resident": resident.id, "code": code},
        terminal.say("residents.code", name=resident.name),
        f"  {code}",
        terminal.say("residents.once"),
    )
    return 0


# ------------------------------------------------------------------------- the register
def _city(terminal: Terminal) -> Services:
    """On AWS too, where the settings say that the city keeps its things there."""
    return terminal.wherever if terminal.on_aws else terminal.city


def _import(terminal: Terminal) -> int:
    arguments, services = terminal.arguments, _city(terminal)
    words = terminal.say("import.progress")

    def told(record: Record) -> None:
        terminal.progress(batches.whole(record, "looked"), batches.whole(record, "total"), words)

    began = time.monotonic()
    before = _which(arguments.file)
    body = read_file(arguments.file, resident_file.MAX_BYTES)
    brought = register.bring_in(
        services, "cli", body, arguments.on, fewer=arguments.fewer, told=told
    )
    # only behind the commit that seals the register: a file that was refused, or whose import
    # crashed, is what the same command goes on with. A crash between the two deletes it next time
    sealed = brought.batch is not None
    deleted = sealed and not arguments.keep and _delete(arguments.file, before)
    return _told(terminal, brought, time.monotonic() - began, deleted)


def _which(path: Path) -> tuple[int, ...]:
    """What tells a file from another one at the same place; () where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _delete(path: Path, read: tuple[int, ...]) -> bool:
    """Whether the file that was read is gone. Where a link led to it, the file itself goes. One
    that was put there meanwhile, tomorrow's perhaps, was never read and stays."""
    try:
        real = path.resolve(strict=True)
        if _which(real) != read:
            return False
        real.unlink()
    except OSError:  # a folder that may only be read: the operator is told that it still lies there
        return False
    return True


def _told(terminal: Terminal, brought: Brought, seconds: float, deleted: bool) -> int:
    """What became of the file; the exit code. Lines and columns are named, never a cell."""
    counts = {each: brought.changes[each] for each in CHANGES}
    refused = [
        {"line": each.line, "column": each.column, "rule": each.rule} for each in brought.refusals
    ]
    result: dict[str, Any] = {
        "batch": brought.batch,
        "imported": brought.batch is not None,
        "known": brought.known,
        "people": brought.people,
        "before": brought.before,
        "fewer": brought.fewer,
        **counts,
        "lines": refused,
        "deleted": deleted,
        "seconds": round(seconds),
    }
    numbers = {"people": brought.people, "before": brought.before, "seconds": round(seconds)}
    said = [terminal.say(f"residents.{_outcome(brought)}", **numbers, refused=len(refused))]
    said += [
        terminal.say(f"residents.change.{each}", count=counts[each])
        for each in CHANGES
        if counts[each]
    ]
    said += [_line(terminal, each) for each in refused[:SHOWN]]
    said.append(terminal.say(f"residents.{'deleted' if deleted else 'still_there'}"))
    terminal.answer(result, *said)
    return 0 if brought.batch else 1


def _outcome(brought: Brought) -> str:
    if brought.batch is None:
        return "fewer" if brought.fewer else "refused"
    return "known" if brought.known else "imported"


def _line(terminal: Terminal, line: Mapping[str, Any]) -> str:
    why = terminal.say_any(f"errors.rule.{line['rule']}")
    return f"  {line['line']} {line['column']}: {why}"


def _report(terminal: Terminal) -> int:
    """Numbers (宛名番号) and reasons, no names."""
    words = terminal.say("residents.looking")
    found = register_report.report(
        _city(terminal), "cli", lambda done, total: terminal.progress(done, total, words)
    )
    counts = {each: found.counts[each] for each in register_findings.KINDS}
    listed = [
        {"kind": each.kind, "numbers": list(each.numbers), "reason": each.reason}
        for kind in register_findings.KINDS
        for each in found.listed
        if each.kind == kind
    ]
    if not found.on:
        nothing: dict[str, Any] = {"on": None, "people": 0, "counts": counts, "found": []}
        terminal.answer(nothing, terminal.say("residents.no_register"))
        return 0
    lines = [terminal.say("residents.reported", on=found.on, people=found.people)]
    for kind in register_findings.KINDS:
        lines += _findings(terminal, kind, counts[kind], [e for e in listed if e["kind"] == kind])
    result = {"on": found.on, "people": found.people, "counts": counts, "found": listed}
    terminal.answer(result, *lines)
    return 0


def _findings(
    terminal: Terminal, kind: str, count: int, listed: Sequence[Mapping[str, Any]]
) -> list[str]:
    if not count:
        return []
    lines = [terminal.say(f"residents.found.{kind}", count=count)]
    lines += [f"  {' '.join(each['numbers'])} {each['reason']}".rstrip() for each in listed[:SHOWN]]
    if count > SHOWN:
        lines.append(terminal.say("residents.more", count=count - SHOWN))
    return lines
