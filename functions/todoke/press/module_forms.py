"""The forms of import and export that our modules use, read without a parser.

``import {a, b as c}``, ``import * as a``, ``import "…"``, ``import("…")`` with or without
``const {a} = await`` before it or ``.then(({ a }) =>`` after it, ``export const|class|function``
and ``export {a, b as c}``. Any other is refused by name; ``let`` too, because a joined module
hands its values over once. What a module declares for all of itself begins a line of its source,
not indented (tests/press/test_modules.py compares it with what TypeScript finds).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import rjsmin

from todoke.core.site_yaml import invalid

#: a statement begins: at the start, or after what ends the one before it (minified text only)
_BEGINS = r"(?:^|(?<=[;}\n]))"
_PATH = r"""(?P<quote>["'])(?P<path>\.{1,2}/[^"']+)(?P=quote)"""
_IMPORT = re.compile(
    _BEGINS + r"""import(?:(?P<clause>[^"';()]*?)\bfrom)?\s*""" + _PATH + ";?", re.M
)
#: ``import("…")``, with the names it takes where it says them at once
LATER = re.compile(
    r"(?:(?<![\w$.])const\{(?P<here>[^{}]*)\}=await )?(?<![\w$.])import\(\s*"
    + _PATH
    + r"\s*\)(?:\.then\(\(\{(?P<then>[^{}]*)\}\)=>)?"
)
_EXPORT = re.compile(
    _BEGINS
    + r"export(?:\s*\{(?P<names>[^}]*)\}(?!\s*from);?"
    + r"|\s+(?P<kept>(?:const|class|(?:async\s+)?function\s*\*?)\s*(?<=[\s*])(?P<name>[\w$]+)))",
    re.M,
)
_LEFT_OVER = re.compile(_BEGINS + r"(?:export\b|import\b(?!\())", re.M)
#: what a module declares for all of itself stands at the very beginning of a line of its source
_DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:const|let|class|function\s*\*?)\s*(?P<names>[\w$]+|[\[{][^\]}]*)",
    re.M,
)
#: so does what it waits for; a function of one line that waits is taken for it, which costs little
_AWAITS = re.compile(r"^\w.*\bawait\b", re.M)
ALL = "*"


@dataclass(frozen=True, slots=True)
class Import:
    """clause: what stands before ``from``, "" for ``import "…"``. target: name of the module."""

    clause: str
    target: str

    def names(self) -> Iterator[str]:
        """What it takes from the target: exported names, or ``ALL``."""
        if self.clause.startswith("*"):
            yield ALL
        else:
            yield from (outer for outer, _ in self.pairs())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Exported name and the name here, of ``{…}``."""
        if self.clause.startswith("{"):
            yield from pairs(self.clause.strip("{}"))


@dataclass(frozen=True, slots=True)
class Later:
    """An ``import(…)``. taken: pairs of exported name and the name here, None when it takes all."""

    target: str
    taken: tuple[tuple[str, str], ...] | None


@dataclass(slots=True)
class Module:
    """text: minified, as written. body: without its imports and the word export. exports: exported
    name -> the name inside. declared: names of all of the module. later: what it brings by
    ``import(…)``. awaits: whether it waits while it begins."""

    name: str
    text: str
    declared: frozenset[str]
    awaits: bool
    body: str = ""
    imports: list[Import] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    later: list[Later] = field(default_factory=list)


def minified(source: bytes) -> str:
    """JavaScript without comments and needless space; names and lines stay as they are, so that
    imports and exports can be told by how a line begins. ``export {}``, which only tells the type
    checker that this is a module, is left away."""
    return str(rjsmin.jsmin(source.decode("utf-8"))).replace("export{};", "")


def declared_by(source: str) -> frozenset[str]:
    """Names that a module declares for all of itself, exported or not."""
    found = (re.findall(r"[\w$]+", each["names"]) for each in _DECLARED.finditer(source))
    return frozenset(name for several in found for name in several)


def read(name: str, source: bytes, known: Mapping[str, bytes]) -> Module:
    text = source.decode("utf-8")
    module = Module(name, minified(source), declared_by(text), bool(_AWAITS.search(text)))

    def target(path: str) -> str:
        found = target_of(name, path)
        if found not in known:
            raise invalid(
                f"assets/{name}", "import", f"{path!r} does not exist", "correct the path"
            )
        return found

    def take_import(found: re.Match[str]) -> str:
        clause = (found["clause"] or "").strip()
        if clause and clause[0] not in "{*":
            raise _unknown_form(name, found[0])
        module.imports.append(Import(clause, target(found["path"])))
        return ""

    def take_export(found: re.Match[str]) -> str:
        if found["name"]:
            module.exports[found["name"]] = found["name"]
            return found["kept"]
        module.exports.update({outer: inner for inner, outer in pairs(found["names"])})
        return ""

    module.body = _EXPORT.sub(take_export, _IMPORT.sub(take_import, module.text))
    if left := _LEFT_OVER.search(module.body):
        raise _unknown_form(name, module.body[left.start() : left.start() + 40])
    module.later = [
        Later(target(found["path"]), taken_at_once(found)) for found in LATER.finditer(module.body)
    ]
    return module


def taken_at_once(later: re.Match[str]) -> tuple[tuple[str, str], ...] | None:
    """``{a, b: c}`` after or before an ``import(…)`` -> (a, a), (b, c)."""
    names = later["here"] or later["then"]
    return tuple(pairs(names.replace(":", " "))) if names else None


def _unknown_form(name: str, text: str) -> Exception:
    rule = "import {…}, import * as, import(…), export const, class, function or {…}"
    return invalid(f"assets/{name}", text, rule, "write it in one of these forms")


def pairs(names: str) -> Iterator[tuple[str, str]]:
    """``a, b as c`` -> (a, a), (b, c)."""
    for each in names.split(","):
        if words := each.split():
            yield words[0], words[-1]


def target_of(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
