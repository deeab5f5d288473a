"""What has changed between two catalogues, as catalogue.json has them: for whoever must tell
people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: they say where a site stands and how it was printed, not what is true for a family
_NO_FACTS = ("url",)


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. field: dotted; an entry of a list is named by its id, its Japanese
    name or its place. before, after: JSON values, None where it was not there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """added, removed: ids. changed: id -> its changes."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, Sequence[Change]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def difference(before: Mapping[str, Any], after: Mapping[str, Any], kind: str) -> Difference:
    """Between two catalogues. kind: "procedures", "events", "topics" or "sources"."""
    old, new = ({each["id"]: each for each in one.get(kind, [])} for one in (before, after))
    changed = {
        id: found
        for id, each in old.items()
        if id in new and (found := tuple(_changes(each, new[id], "")))
    }
    return Difference(
        added=tuple(id for id in new if id not in old),
        removed=tuple(id for id in old if id not in new),
        changed=changed,
    )


def _changes(before: Any, after: Any, field: str) -> Iterator[Change]:
    """The smallest parts that differ; words in languages and rules stay whole."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and not _is_one(before, after):
        for name in dict.fromkeys((*before, *after)):
            if name not in _NO_FACTS:
                inner = f"{field}.{name}" if field else name
                yield from _changes(before.get(name), after.get(name), inner)
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _entries(before or [], after or [], field)
    else:
        yield Change(field, before, after)


def _is_one(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a person reads it as one thing: a text, a rule, a length of time."""
    wholes = ({"all"}, {"any"}, {"not"}, {"fact", "op", "value"}, {"amount", "unit"})
    return any("ja" in one or set(one) in wholes for one in (before, after))


def _entries(before: Sequence[Any], after: Sequence[Any], field: str) -> Iterator[Change]:
    """Entries of a list: gone, new, changed; and whether their order changed."""
    old, new = _named(before), _named(after)
    for name, each in old.items():
        yield from _changes(each, new.get(name), f"{field}[{name}]")
    for name, each in new.items():
        if name not in old:
            yield Change(f"{field}[{name}]", None, each)
    if set(old) == set(new) and list(old) != list(new):
        yield Change(f"{field} (order)", list(old), list(new))


def _named(entries: Sequence[Any]) -> Mapping[str, Any]:
    """Each entry by what a person calls it; two of one name get a number."""
    found: dict[str, Any] = {}
    for each in entries:
        name = base = _name(each)
        number = 1
        while name in found:
            number += 1
            name = f"{base} ({number})"
        found[name] = each
    return found


def _name(entry: Any) -> str:
    if isinstance(entry, dict):
        named = entry.get("id") or entry.get("name", entry)
        return str(named["ja"] if isinstance(named, dict) and "ja" in named else named)
    return str(entry)
