"""A trace of strace, read: who wrote which bytes where, what was made durable, what was said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_CUT = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_REST = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_PART = re.compile(r'(AT_FDCWD|-?\d+)<((?:\\x[0-9a-f]{2})*)>|"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One call that succeeded. place: path behind its descriptor, "" for one without. handle: the
    descriptor. texts: its strings. numbers: what follows the last string or descriptor. result:
    what it returned."""

    name: str
    handle: str
    place: str
    texts: tuple[bytes, ...]
    numbers: tuple[int, ...]
    flags: str
    result: int


def read(log: Path) -> Iterator[Call]:
    """The calls in the order in which they ended."""
    begun: dict[str, str] = {}
    with log.open("r", encoding="ascii") as lines:
        for line in lines:
            cut, rest = _CUT.match(line), _REST.match(line)
            if cut:
                begun[cut[1]] = f"{cut[1]} {cut[2]}({cut[3]}"
                continue
            whole = _LINE.match(begun.pop(rest[1]) + rest[3] if rest else line)
            if whole and whole[4] != "?" and int(whole[4]) >= 0:
                yield _call(whole[2], whole[3], int(whole[4]))


def _call(name: str, given: str, result: int) -> Call:
    handles, places, texts, end = [], [], [], 0
    for part in _PART.finditer(given):
        if part[1]:
            handles.append(part[1])
            places.append(_bytes(part[2]).decode())
        else:
            texts.append(_bytes(part[3]))
        end = part.end()
    flags = given[end:]
    numbers = tuple(int(each) for each in re.findall(r"(?<![\w.])\d+(?![\w.])", flags))
    first = (handles[0], places[0]) if handles else ("", "")
    return Call(name, *first, tuple(texts), numbers, flags, result)


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))
