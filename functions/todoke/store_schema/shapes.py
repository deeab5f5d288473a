"""What a declaration is made of: record types, indexes and counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One field: JSON type ("str", "int", "bool", "list", "dict"; "?" suffix: may be absent
    or null), what it means, and whether it says something about a person. sealed: it holds what
    core/sealed.py:seal_json made under the kind and the id of its record."""

    type: str
    meaning: str
    personal: bool = False
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class RecordType:
    """kind: name. purpose and keep: sentences for the privacy notice (keys of the locales:
    ``records.<kind>.purpose`` / ``.keep``). fields: name -> Field."""

    kind: str
    fields: Mapping[str, Field]
    about_a_person: bool = False

    @property
    def sealed(self) -> tuple[str, ...]:
        """Names of the fields that are sealed."""
        return tuple(name for name, field in self.fields.items() if field.sealed)


@dataclass(frozen=True, slots=True)
class Index:
    """find("name", partition value, range over the sort field). A record that lacks the
    partition field (or holds null) is not in the index."""

    name: str
    kind: str
    partition: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Cells of integers under a key, moved inside commit."""

    name: str
    meaning: str
    cells: str
