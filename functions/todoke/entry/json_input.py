"""What a person hands to a command as JSON: in the line, in a file, or on standard input. It is
bounded, and no name may stand twice in it: the second could say the contrary of the first (RFC 8259
section 4 leaves open which one counts)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from todoke.core.errors import TodokeError

STANDARD_INPUT = "-"


def of_file(path: Path | str, field: str, most: int) -> object:
    """The value in a file of at most ``most`` bytes; - reads standard input. Raises ``bad_field``
    of that field, or of a file that is not there, and ``OSError`` for one that cannot be read."""
    if str(path) == STANDARD_INPUT:
        return parsed(sys.stdin.buffer.read(most + 1), field, most)
    try:
        with Path(path).open("rb") as file:
            return parsed(file.read(most + 1), field, most)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise TodokeError("bad_field", field=Path(path).name, rule="file_missing") from error


def parsed(text: bytes | str, field: str, most: int) -> object:
    """The value itself. Raises ``bad_field`` for what is too long, no JSON, or names one twice."""
    if len(text) > most:
        raise TodokeError("bad_field", field=field, rule="too_long")
    try:
        found: object = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise TodokeError("bad_field", field=field, rule="json") from error
    return found


def _once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found
