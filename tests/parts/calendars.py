"""A strict reader of calendars, written from the grammar of RFC 5545 and not from our writer.

read(body)          the VCALENDAR; raises ``NotACalendarError`` for what section 3.1 forbids
Component.values    name of a property -> its values, as they stand; ``text`` undoes 3.3.11
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Z0-9-]+")
_PARAMETER = re.compile(r';([A-Z0-9-]+)=("[^"\x00-\x08\x0a-\x1f]*"|[^";:,\x00-\x08\x0a-\x1f]*)')
_ESCAPE = re.compile(r"\\(.)", re.S)


class NotACalendarError(Exception):
    """What is wrong, and where."""


@dataclass
class Component:
    """parameters: those of the first property of a name."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, str]] = field(default_factory=dict)
    inner: list[Component] = field(default_factory=list)

    def one(self, name: str) -> str:
        """The value of a property that stands there once."""
        found = self.values.get(name, [])
        if len(found) != 1:
            raise NotACalendarError(f"{self.kind} has {len(found)} of {name}")
        return found[0]

    def text(self, name: str) -> str:
        """The same, of type TEXT."""
        value = self.one(name)
        known = all(found[1] in "\\;,nN" for found in _ESCAPE.finditer(value))
        if not known or re.search(r"[;,\\]", _ESCAPE.sub("", value)):
            raise NotACalendarError(f"{name} is not escaped: {value}")
        return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)

    def all(self, kind: str) -> list[Component]:
        """The components of a kind in it."""
        return [each for each in self.inner if each.kind == kind]


def read(body: bytes) -> Component:
    """The one calendar of a file."""
    root = Component("")
    open_now = [root]
    for line in _unfolded(body):
        name, parameters, value = _property(line)
        if name == "BEGIN":
            open_now.append(Component(value))
            open_now[-2].inner.append(open_now[-1])
        elif name == "END":
            if open_now.pop().kind != value:
                raise NotACalendarError(f"END of {value}, which is not open")
        else:
            open_now[-1].values.setdefault(name, []).append(value)
            open_now[-1].parameters.setdefault(name, parameters)
    if len(open_now) != 1 or [each.kind for each in root.inner] != ["VCALENDAR"] or root.values:
        raise NotACalendarError("not one calendar from beginning to end")
    return root.inner[0]


def _unfolded(body: bytes) -> list[str]:
    if not body.endswith(b"\r\n"):
        raise NotACalendarError("the last line does not end")
    lines: list[str] = []
    for octets in body.removesuffix(b"\r\n").split(b"\r\n"):
        if len(octets) > 75:
            raise NotACalendarError(f"{len(octets)} octets in a line")
        line = octets.decode("utf-8")  # each by itself: no character is cut
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
            raise NotACalendarError("a control character")
        if line.startswith((" ", "\t")):
            if not lines:
                raise NotACalendarError("the first line continues nothing")
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return lines


def _property(line: str) -> tuple[str, Mapping[str, str], str]:
    named = _NAME.match(line)
    if not named:
        raise NotACalendarError(f"no name: {line}")
    rest, parameters = line[named.end() :], {}
    while found := _PARAMETER.match(rest):
        parameters[found[1]] = found[2].strip('"')
        rest = rest[found.end() :]
    if not rest.startswith(":"):
        raise NotACalendarError(f"no value: {line}")
    return named[0], parameters, rest[1:]
