"""Make a new data folder from a backup."""

from __future__ import annotations

import argparse
from pathlib import Path

from todoke import assemble
from todoke.entry.commands.backup import VARIABLE, passphrase_of
from todoke.entry.terminal import Terminal

NAME = "restore"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE: made by ``todoke backup``; --data: a new or empty folder."""
    parser.add_argument("file", type=Path, help="backup to read; --data names the new folder")
    parser.epilog = f"The passphrase is asked for, or taken from {VARIABLE}."


def run(terminal: Terminal) -> int:
    """Restores everything or nothing, and checks it before the folder gets its name."""
    passphrase = passphrase_of(terminal, twice=False)
    words = terminal.say("restore.progress")
    done = assemble.restore(
        terminal.arguments.file,
        terminal.data,
        passphrase,
        lambda number, total: terminal.progress(number, total, words),
    )
    result = {"data": str(terminal.data), "created_at": done.created_at, "files": done.files}
    terminal.answer(result, terminal.say("restore.done", **result), terminal.say("restore.next"))
    return 0
