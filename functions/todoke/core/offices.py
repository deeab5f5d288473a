"""Offices (課) of the city and what belongs to each: the one table of who sees whose things.

Without ``[offices]`` in the settings there is one counter, and everybody there sees everything.
Ownership is worked out of the settings whenever it is asked for, never stored (but for a case that
was handed over): a city that moves a procedure to another office moves its cases with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from todoke.core.bill_file import KINDS

#: key of an office's table -> the kind of record it speaks of
LISTS: Mapping[str, str] = {"procedures": "application", "topics": "notice", "bills": "bill"}
#: more would be no list that an administrator reads through
MOST = 60

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offices:
    """names: code -> language -> words. owns: (kind of record, procedure | topic | kind of bill)
    -> code. rest: the office of whatever no office names, so that nothing lies where nobody
    looks."""

    names: Mapping[str, Words] = field(default_factory=dict)
    owns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rest: str = ""

    def of(self, kind: str, what: str, given: object = None) -> str:
        """Code of the office that a thing belongs to: the one it was handed to (given), while the
        settings know it, else the one that names it, else the rest's."""
        if isinstance(given, str) and given in self.names:
            return given
        return self.owns.get((kind, what), self.rest)

    def may(self, held: Collection[str] | None, kind: str, what: str, given: object = None) -> bool:
        """Whether somebody of these offices sees, finds, opens and writes such a thing. held: None
        for the city itself (an operator at its machine). This is the one place that says so."""
        if not self.names or held is None:
            return True
        return self.of(kind, what, given) in held


def unknown(offices: Offices, procedures: Collection[str], topics: Collection[str]) -> str | None:
    """A procedure or topic that an office names and the site does not have."""
    known = {"application": {*procedures, "correction"}, "notice": set(topics)}
    for kind, what in offices.owns:
        if kind in known and what not in known[kind]:
            return what
    return None


def read(found: Any, languages: Callable[[str, Any], Words]) -> Offices:
    """The table ``[offices]``. languages: checks a table of words. Raises ``WrongError``, and what
    ``languages`` raises."""
    if not isinstance(found, Mapping):
        raise WrongError("offices", "a table for each office")
    names: dict[str, Words] = {}
    owns: dict[tuple[str, str], str] = {}
    rest: list[str] = []
    for code, table in found.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", str(code)) or len(found) > MOST:
            raise WrongError(f"offices.{code}", f"a code of small letters, at most {MOST} offices")
        names[code] = languages(f"offices.{code}.name", _table(code, table)["name"])
        owns |= _owned(code, table, owns)
        rest += [code] if table.get("rest", False) else []
    if found and len(rest) != 1:
        raise WrongError("offices", "one office with rest = true takes what no office names")
    return Offices(names, owns, rest[0] if rest else "")


class WrongError(Exception):
    """setting and rule, as ``setting_invalid`` tells them."""

    def __init__(self, setting: str, rule: str) -> None:
        super().__init__(setting, rule)
        self.setting, self.rule = setting, rule


def _table(code: str, table: Any) -> Mapping[str, Any]:
    allowed = ("name", *LISTS, "rest")
    if not isinstance(table, Mapping) or not {"name"} <= set(table) <= set(allowed):
        raise WrongError(f"offices.{code}", f"a table with name, and of {', '.join(allowed)}")
    if not isinstance(table.get("rest", False), bool):
        raise WrongError(f"offices.{code}.rest", "true or false")
    return table


def _owned(
    code: str, table: Mapping[str, Any], before: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    owned: dict[tuple[str, str], str] = {}
    for name, kind in LISTS.items():
        listed = table.get(name, [])
        setting = f"offices.{code}.{name}"
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise WrongError(setting, 'a list of texts, ["a", "b"]')
        for each in listed:
            if kind == "bill" and each not in KINDS.values():
                raise WrongError(setting, f"of {', '.join(KINDS.values())}")
            if (kind, each) in before or (kind, each) in owned:
                raise WrongError(setting, f"{each} belongs to one office only")
            owned[kind, each] = code
    return owned
