"""Eight questions make a new city: its settings, without demonstration data."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path

from todoke import config
from todoke.core.errors import TodokeError
from todoke.entry import new_city
from todoke.entry.terminal import Terminal
from todoke.root import find_root

NAME = "init"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FOLDER: the new city; --answers: a file with the eight answers."""
    parser.add_argument("folder", type=Path, help="new folder for the city's files")
    parser.add_argument(
        "--answers",
        type=Path,
        help=f"TOML file with {', '.join(new_city.QUESTIONS)}, instead of the questions",
    )


def run(terminal: Terminal) -> int:
    """Copies procedures, topics, sentences, assets and templates; asks for everything that is
    one city's own. Refuses a folder that holds something."""
    folder: Path = terminal.arguments.folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TodokeError("would_overwrite", path=folder)
    answers = _answers(terminal)
    root = find_root()
    files = new_city.files(root, answers)
    config.build(new_city.settings(answers), folder, folder / "data")
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for number, (path, body) in enumerate(files.items(), 1):
            place = part / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
            terminal.progress(number, len(files), terminal.say("init.progress"))
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    result = {"folder": str(folder), "settings": "site/todoke.toml", "files": len(files)}
    terminal.answer(
        result,
        terminal.say("init.done", **result),
        terminal.say("init.next", folder=terminal.arguments.folder),
    )
    return 0


def _answers(terminal: Terminal) -> Mapping[str, str]:
    """From the file, or one question after the other; a bad answer is asked again."""
    given: Path | None = terminal.arguments.answers
    if given is not None:
        return new_city.from_file(given)
    answers = {}
    for number, name in enumerate(new_city.QUESTIONS, 1):
        question = f"{number}/{len(new_city.QUESTIONS)} {terminal.say(f'init.ask.{name}')}"
        while True:
            try:
                answers[name] = new_city.check(name, terminal.ask(question))
                break
            except TodokeError as error:
                if error.code == "answer_needed":
                    raise
                terminal.remark("      " + " ".join(terminal.explain(error)))
    return answers
