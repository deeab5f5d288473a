#!/usr/bin/env python3
"""A pinentry for tests: speaks Assuan like the real one and answers from a script.

    scripted_pinentry.py FOLDER     answers by FOLDER/answers, notes into FOLDER/asked

``answers`` holds one answer per line, used from the top; the last one stays. An answer is a PIN
(any text), ``!slow PIN`` (after a fifth of a second), or ``!cancel``, ``!timeout``, ``!wait``
(never answers), ``!crash``, ``!confirm-no`` (as the answer to a
CONFIRM; every other answer confirms and is kept for the PIN).
A CONFIRM with one button, which tells and asks nothing, stays until it is ended or until
FOLDER/stop is there: then it was pressed.
``asked`` gets every line that was said to it, except that a PIN never stands there.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.parse import unquote

#: gpg-error numbers with pinentry as their source
CANCELLED, TIMED_OUT, NOT_CONFIRMED = 83886179, 83886142, 83886194


def main(folder: Path) -> None:
    """Answers until BYE or the end of input."""
    print("OK Pleased to meet you", flush=True)
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        with (folder / "asked").open("a", encoding="utf-8") as asked:
            asked.write(f"{command} {unquote(argument)!r}\n")
        if command == "BYE":
            print("OK closing connection", flush=True)
            return
        for answer in _answers(command, argument, folder):
            print(answer, flush=True)


def _answers(command: str, argument: str, folder: Path) -> list[str]:
    if command == "GETINFO":
        return ["D scripted", "OK"] if argument == "flavor" else ["ERR 83886360 No such value"]
    if command == "CONFIRM" and argument == "--one-button":
        while not (folder / "stop").exists():
            time.sleep(0.02)
        return ["OK"]
    if command == "CONFIRM":
        if _peek(folder) == "!confirm-no":
            _next(folder)
            return [f"ERR {NOT_CONFIRMED} Not confirmed"]
        return ["OK"]
    if command == "GETPIN":
        return _pin(_next(folder))
    return ["OK"]


def _pin(answer: str) -> list[str]:
    if answer == "!cancel":
        return [f"ERR {CANCELLED} Operation cancelled <Pinentry>"]
    if answer == "!timeout":
        return [f"ERR {TIMED_OUT} Timeout <Pinentry>"]
    if answer == "!wait":
        time.sleep(600)
    if answer == "!crash":
        sys.exit(1)
    if answer.startswith("!slow "):
        time.sleep(0.2)
        answer = answer.removeprefix("!slow ")
    # a comment, a status and data in two parts, percent-escaped: all of it is allowed
    whole = "".join(f"%{each:02X}" for each in answer.encode())
    half = len(whole) // 6 * 3
    data = [f"D {part}" for part in (whole[:half], whole[half:]) if part]
    return ["# a comment", "S PASSWORD_FROM_SCRIPT", *data, "OK"]


def _peek(folder: Path) -> str:
    lines = (folder / "answers").read_text("utf-8").splitlines()
    return lines[0] if lines else "!cancel"


def _next(folder: Path) -> str:
    lines = (folder / "answers").read_text("utf-8").splitlines()
    if len(lines) > 1:
        (folder / "answers").write_text("\n".join(lines[1:]) + "\n", "utf-8")
    return lines[0] if lines else "!cancel"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
