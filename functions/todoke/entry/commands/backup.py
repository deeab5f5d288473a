"""Save store, public files and keys in one file encrypted to a passphrase."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal

NAME = "backup"
VARIABLE = "TODOKE_BACKUP_PASSPHRASE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE: a new file."""
    parser.add_argument("file", type=Path, help="file to make; must not exist")
    parser.epilog = f"The passphrase is asked for, or taken from {VARIABLE}."


def run(terminal: Terminal) -> int:
    """Backs up while the city works; the file is read back before this says done."""
    terminal.need_city()
    passphrase = passphrase_of(terminal, twice=True)
    words = terminal.say("backup.progress")
    done = assemble.back_up(
        terminal.data,
        terminal.arguments.file,
        passphrase,
        lambda number, total: terminal.progress(number, total, words),
    )
    result = {
        "file": str(terminal.arguments.file),
        "created_at": done.created_at,
        "files": done.files,
        "bytes": done.bytes,
    }
    terminal.answer(result, terminal.say("backup.done", **result), terminal.say("backup.keep"))
    return 0


def passphrase_of(terminal: Terminal, *, twice: bool) -> str:
    """From the environment (for a nightly job) or asked for. twice: a typing slip in a new
    passphrase would only be noticed when the backup is needed."""
    given = os.environ.get(VARIABLE)
    if given:
        return given
    typed = terminal.ask_secret(terminal.say("backup.passphrase"))
    if twice and terminal.ask_secret(terminal.say("backup.again")) != typed:
        raise TodokeError("bad_field", field="passphrase", rule="typed_differently")
    return typed
