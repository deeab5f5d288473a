"""A file brought in at a terminal: how far it is, and what became of its lines."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal
from todoke.journeys import batches
from todoke.ports import Json, Record, Services
from todoke.store_schema.batches import SEALED

#: refused lines shown to a person; --json tells all
SHOWN = 20

Import = Callable[[Services, str, bytes, Callable[[Record], None]], Record]


def add_file(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    parser.add_argument("file", type=Path, help="CSV, UTF-8 or Shift_JIS")


def read_file(path: Path, most: int) -> bytes:
    """A plain file, and no more of it than can be taken: a pipe would be waited for and a device
    read for ever. Raises ``not_found``, ``body_too_large``."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise TodokeError("not_found") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise TodokeError("not_found")
    with os.fdopen(handle, "rb") as file:
        body = file.read(most + 1)
    if len(body) > most:
        raise TodokeError("body_too_large", limit=most)
    return body


def bring_in(terminal: Terminal, act: Import) -> int:
    """Runs to the end, saying how far it is; the exit code. After a kill the same command goes on
    where it stood."""
    words = terminal.say("import.progress")

    def told(record: Record) -> None:
        terminal.progress(batches.whole(record, "looked"), batches.whole(record, "total"), words)

    services = terminal.city
    try:
        body = terminal.arguments.file.read_bytes()
    except FileNotFoundError as error:
        raise TodokeError("not_found") from error
    record = act(services, "cli", body, told)
    if record.data["state"] != SEALED:  # given up meanwhile: what was written is being erased
        raise TodokeError("batch_erasing")
    refused = batches.told_of(services, record, "refused")
    counts = {name: batches.outcome(record, name) for name in ("taken", "known", "refused")}
    lines = [{"line": line, "column": column, "rule": rule} for line, column, rule in refused]
    terminal.answer(
        {"batch": record.id, **counts, "lines": lines},
        terminal.say("import.done", **counts),
        *(_said(terminal, each) for each in lines[:SHOWN]),
    )
    return 1 if refused else 0


def _said(terminal: Terminal, line: Mapping[str, Json]) -> str:
    why = terminal.say_any(f"errors.rule.{line['rule']}")
    return f"  {line['line']} {line['column']}: {why}"
