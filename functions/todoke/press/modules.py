"""The scripts without comments, and modules that always travel together joined into one file. Each
request and each small file costs a phone time. Their names get short later (``press/shorten.py``).

Which modules travel together: what one page (or one ``import(…)``) alone brings; what two or
three share with each other; what ``MANY`` share; and what ``NEARLY_ALL`` share. The modules of a
file stand side by side in one function, where each finds what another exports under its name. One
whose names another has too lives in a function of its own in there, so that they never meet.

Only the forms our modules use are understood (``press/module_forms.py``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from todoke.core.site_yaml import invalid
from todoke.press.module_forms import (
    ALL,
    LATER,
    Module,
    declared_by,
    minified,
    read,
    taken_at_once,
    target_of,
)

#: a file as ``join`` leaves it and the shortener hands it back, with values to give and without
_GIVES = re.compile(
    r"(?P<brings>(?:import[^;]+;)*)const\[(?P<keys>[^\]]*)\]=\(\(\)=>\{(?P<body>.*)"
    r"return\[(?P<values>[^\]]*)\]\}\)\(\);export\{[^}]*\};?",
    re.S,
)
_TAKES = re.compile(r"\{([^{}]*)\}=_(\d+)[,;]")
_GIVES_NOTHING = re.compile(r"(?P<brings>(?:import[^;]+;)*)\(\(\)=>\{(?P<body>.*)\}\)\(\);?", re.S)
#: what so many pages (or ``import(…)``) bring travels together; and what nearly all of them bring,
#: which every phone needs soon, without what only some do
MANY, NEARLY_ALL = 4, 8


@dataclass(frozen=True, slots=True)
class Joined:
    """files: name -> text, importing each other by these names. home: module -> its file.
    members: file -> its modules, in the order in which they run."""

    files: Mapping[str, str]
    home: Mapping[str, str]
    members: Mapping[str, Sequence[str]]


def join(sources: Mapping[str, bytes]) -> Joined:
    """sources: name below site/assets -> a module. Raises ``site_file_invalid`` for a form we do
    not understand, an import of nothing, and modules that import each other in a circle."""
    modules = {name: read(name, source, sources) for name, source in sorted(sources.items())}
    order = _in_order(modules)
    homes = _homes(modules, order)
    _check_names(modules)
    members: dict[str, list[str]] = {}
    for each in order:
        members.setdefault(homes[each], []).append(each)
    writer = _Writer(modules, homes)
    files = {file: writer.file(file, here) for file, here in members.items()}
    return Joined(files, homes, members)


def _in_order(modules: Mapping[str, Module]) -> Sequence[str]:
    """Every module after those it imports."""
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            circle = " -> ".join((*above[above.index(name) :], name))
            raise invalid(f"assets/{name}", "import", f"no circle of imports: {circle}", "break it")
        if name in done:
            return
        module = modules[name]
        for each in (
            *(one.target for one in module.imports),
            *(one.target for one in module.later),
        ):
            visit(each, (*above, name))
        done[name] = None

    for name in modules:
        visit(name, ())
    return list(done)


# --------------------------------------------------------------------------- who goes with whom
def _homes(modules: Mapping[str, Module], order: Sequence[str]) -> Mapping[str, str]:
    """module -> name of its file: of the module that a page or ``import(…)`` asks for, else the
    first one in it.

    No circle of files can come of it: a module is brought by all that bring who imports it, so an
    import leads from the few to the many and never back."""
    imported = {each.target for module in modules.values() for each in module.imports}
    later = {each.target for module in modules.values() for each in module.later}
    asked = {name for name in modules if name not in imported or name in later}
    brought: dict[str, set[str]] = {name: set() for name in order}
    for name in sorted(asked):
        for each in _closure(name, modules):
            brought[each].add(name)
    groups: list[tuple[set[frozenset[str]], list[str]]] = []
    for name in order:
        by = frozenset(brought[name])
        joins = [group for group in groups if any(_together(by, other) for other in group[0])]
        apart = [group for group in groups if group not in joins]
        several = {by}.union(*(one[0] for one in joins))
        groups = [*apart, (several, [*(each for one in joins for each in one[1]), name])]
    homes: dict[str, str] = {}
    for _, group in groups:
        first = next((each for each in group if each in asked), group[0])
        homes.update(dict.fromkeys(group, first))
    return homes


def _together(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether modules brought by these and by those travel in one file."""
    fewer, more = sorted((len(one), len(other)))
    if one == other or fewer >= NEARLY_ALL:
        return True
    if more >= MANY:
        return fewer >= MANY and more < NEARLY_ALL
    return len(one & other) > 1


def _closure(name: str, modules: Mapping[str, Module]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [one.target for one in modules[each].imports]
    return found


def _check_names(modules: Mapping[str, Module]) -> None:
    for module in modules.values():
        taken = [(each.target, name) for each in module.imports for name in each.names()]
        taken += [(each.target, name) for each in module.later for name, _ in each.taken or ()]
        for target, name in taken:
            if name != ALL and name not in modules[target].exports:
                known = ", ".join(sorted(modules[target].exports))
                rule = f"a name {target} exports"
                raise invalid(f"assets/{module.name}", name, rule, f"take one of: {known}")


# --------------------------------------------------------------------------- writing
def unfolded(text: str) -> str:
    """A file of modules that has its short names, without the function around it: that is there
    for the shortener, which leaves names alone that are nobody's but the file's. What is not of
    that form (it waits for something) stays."""
    if found := _GIVES.fullmatch(text):
        pairs = zip(found["values"].split(","), found["keys"].split(","), strict=True)
        return f"{_unfolded(found)}export{{{','.join(map(' as '.join, pairs))}}}"
    found = _GIVES_NOTHING.fullmatch(text)
    return _unfolded(found) if found else text


def _unfolded(file: re.Match[str]) -> str:
    """What it brings by the names it is used under, and the rest."""
    brings, body, at = file["brings"], file["body"], len("const")
    while body.startswith("const{") and (taken := _TAKES.match(body, at)):
        names, at = taken[1].replace(":", " as "), taken.end()
        brings = brings.replace(f"import*as _{taken[2]} from", f"import{{{names}}}from")
    if at == len("const"):
        return brings + body
    return brings + ("const " if body[at - 1] == "," else "") + body[at:]


class _Writer:
    """Writes the files. Each gives what others take of it under short keys, for they are between
    our own files alone."""

    def __init__(self, modules: Mapping[str, Module], homes: Mapping[str, str]) -> None:
        self._modules, self._homes = modules, homes
        given: dict[str, set[tuple[str, str]]] = {}
        for module in modules.values():
            for target, name in self._taken(module):
                if homes[target] != homes[module.name]:
                    given.setdefault(homes[target], set()).add((target, name))
            for each in module.later:
                names = [name for name, _ in each.taken or modules[each.target].exports.items()]
                given.setdefault(homes[each.target], set()).update((each.target, n) for n in names)
        #: file -> what it gives: module and exported name -> key
        self._keys = {
            home: dict(zip(sorted(values), _short_names(), strict=False))
            for home, values in given.items()
        }

    def _taken(self, module: Module) -> Iterator[tuple[str, str]]:
        """Module and exported name of all that it imports."""
        for one in module.imports:
            for name in one.names():
                exported = self._modules[one.target].exports if name == ALL else (name,)
                yield from ((one.target, each) for each in exported)

    def file(self, here: str, names: Sequence[str]) -> str:
        """The text of one file."""
        members = [self._modules[name] for name in names]
        places: dict[tuple[str, str], str] = {}
        brought = list(self._bring(here, members, places))
        begins, inside = [each for each, _ in brought], [each for _, each in brought]
        for module in members:
            inside.append(self._part(module, self._meets(module, members, places), places))
        keys = self._keys.get(here, {})
        gives = f"const[{','.join(keys.values())}]=" if keys else ""
        back = f"return[{','.join(places[each] for each in keys)}]" if keys else ""
        waits = any(module.awaits for module in members)
        opens, closes = ("await(async()=>{", "})();") if waits else ("(()=>{", "})();")
        ends = f"export{{{','.join(keys.values())}}};" if keys else ""
        return "".join((*begins, gives, opens, *inside, back, closes, ends))

    def _bring(
        self, here: str, members: Sequence[Module], places: dict[tuple[str, str], str]
    ) -> Iterator[tuple[str, str]]:
        """Of each other file that these import: the import, and what makes its values known under
        their names, which ``places`` learns."""
        wanted = dict.fromkeys(each for module in members for each in self._taken(module))
        homes = [self._homes[one.target] for module in members for one in module.imports]
        for number, home in enumerate(dict.fromkeys(each for each in homes if each != here)):
            path, keys = _relative(here, home), self._keys.get(home, {})
            taken = []
            for value in (each for each in wanted if each in keys):
                places[value] = self._free(value[1], places)
                taken.append(f"{keys[value]}:{places[value]}")
            if taken:
                yield f'import*as _{number} from"{path}";', f"const{{{','.join(taken)}}}=_{number};"
            else:
                yield f'import"{path}";', ""

    def _meets(
        self, module: Module, members: Sequence[Module], places: Mapping[tuple[str, str], str]
    ) -> bool:
        """Whether a name of this module means another thing elsewhere in the file, or it takes
        something under another name than it has there."""
        if any(module.declared & one.declared for one in members if one is not module):
            return True
        foreign = {
            each for key, each in places.items() if self._homes[key[0]] != self._homes[module.name]
        }
        return bool(module.declared & foreign or self._renamed(module, places))

    def _renamed(self, module: Module, places: Mapping[tuple[str, str], str]) -> Mapping[str, str]:
        """The names this module knows values by, where they have others: its name -> the value."""
        found = {}
        for one in module.imports:
            if one.clause.startswith("*"):
                exported = self._modules[one.target].exports
                inside = ",".join(f"{each}:{places[one.target, each]}" for each in exported)
                found[one.clause.rpartition(" ")[2]] = f"{{{inside}}}"
            for outer, inner in one.pairs():
                if places[one.target, outer] != inner:
                    found[inner] = places[one.target, outer]
        return found

    def _part(self, module: Module, apart: bool, places: dict[tuple[str, str], str]) -> str:
        """One module, ``apart`` in a function of its own; ``places`` learns what it exports."""
        body = self._later(module)
        if not apart:
            places |= {(module.name, outer): inner for outer, inner in module.exports.items()}
            return f"{body};\n"
        renamed = self._renamed(module, places)
        for outer in module.exports:
            places[module.name, outer] = f"${len(places)}"
        outside = ",".join(places[module.name, outer] for outer in module.exports)
        back = f"return[{','.join(module.exports.values())}]"
        # handed in, not read inside: the module may have a name of its own that is the value's here
        taken, values = ",".join(renamed), ",".join(renamed.values())
        opens = f"await(async({taken})=>{{" if module.awaits else f"(({taken})=>{{"
        return f"const[{outside}]={opens}{body}\n{back}}})({values});\n"

    @staticmethod
    def _free(name: str, places: Mapping[tuple[str, str], str]) -> str:
        return f"${len(places)}" if name in places.values() else name

    def _later(self, module: Module) -> str:
        """Its body, with ``import(…)`` of where the module stands now, which still gives what it
        always gave."""

        def moved(found: re.Match[str]) -> str:
            target = target_of(module.name, found["path"])
            keys = self._keys.get(self._homes[target], {})
            path = f'import("{_relative(self._homes[module.name], self._homes[target])}")'
            pairs = taken_at_once(found)
            exports = self._modules[target].exports
            if pairs is None and exports:
                inside = ",".join(f"{each}:_.{keys[target, each]}" for each in exports)
                return f"{path}.then(_=>({{{inside}}}))"
            if pairs is None:
                return path
            taken = ",".join(f"{keys[target, outer]}:{inner}" for outer, inner in pairs)
            if found["here"]:
                return f"const{{{taken}}}=await {path}"
            return f"{path}.then(({{{taken}}})=>"

        return LATER.sub(moved, module.body)


def _short_names() -> Iterator[str]:
    """a … z, then A … Z, then a1, b1 …: never a word of the language."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for round in count():
        yield from (f"{letter}{round or ''}" for letter in letters)


def _relative(here: str, there: str) -> str:
    path = posixpath.relpath(there, posixpath.dirname(here))
    return path if path.startswith(".") else f"./{path}"


__all__ = ["Joined", "declared_by", "join", "minified"]
