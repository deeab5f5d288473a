"""A city at rest: what its store holds and what was acknowledged, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from tests.histories.linear import Act
from tests.histories.scene import Scene
from todoke.journeys import audit
from todoke.ports import Record

OK, MAYBE = ("ok",), ("ok", "unknown")


@dataclass(frozen=True)
class Rest:
    """Looked at only when nothing moves any more."""

    scene: Scene

    def acts(self, kind: str, *whats: str, results: Iterable[str] = OK) -> list[Act]:
        """Of one kind of object, in the order of their answers."""
        wanted = set(results)
        return [
            each
            for each in self.scene.diary.acts
            if each.kind == kind and each.what in whats and each.result in wanted
        ]

    def count(self, thing: str, *whats: str, results: Iterable[str] = OK) -> int:
        """How many such acts there were on one object."""
        kind = thing.partition(" ")[0]
        return sum(each.thing == thing for each in self.acts(kind, *whats, results=results))

    def found(self, index: str, partition: str) -> Iterator[Record]:
        """All records of one partition."""
        store, cursor = self.scene.calm.store, None
        while True:
            page = store.find(index, partition, limit=1000, cursor=cursor)
            yield from page.records
            cursor = page.cursor
            if cursor is None:
                return

    def get(self, kind: str, id: str) -> Record | None:
        """As it stands."""
        return self.scene.calm.store.get(kind, id)

    def counter(self, name: str, key: str) -> dict[str, object]:
        """Its cells, without zeros."""
        record = self.get(f"counter.{name}", key)
        return {cell: n for cell, n in record.data.items() if n} if record else {}

    @property
    def months(self) -> list[str]:
        """In which the run and its end can lie."""
        now = self.scene.clock.now()
        return sorted({audit.month_of(now - timedelta(days=days)) for days in range(4)})

    @property
    def year(self) -> str:
        """Of the notices' numbers."""
        return self.months[0][:4]

    @cached_property
    def recorded(self) -> Counter[tuple[str, str]]:
        """(act, subject) -> entries in the record of acts."""
        return Counter(
            (str(each.data["act"]), str(each.data["subject"]))
            for month in self.months
            for each in self.found("audit_by_month", month)
        )

    @cached_property
    def letters(self) -> Counter[tuple[str, str]]:
        """(kind, about) -> letters to the residents."""
        return Counter((str(e.data["kind"]), str(e.data["about"])) for e in self.all_letters)

    @cached_property
    def all_letters(self) -> list[Record]:
        """To both residents."""
        people = sorted({each.session.resident for each in self.scene.citizens})
        return [each for who in people for each in self.found("addressed_by_resident", who)]


def equal(what: str, found: object, expected: object) -> Iterator[str]:
    """A complaint unless they are the same."""
    if found != expected:
        yield f"{what}: {found!r}, not {expected!r}"


def within(what: str, found: int, least: int, most: int) -> Iterator[str]:
    """A complaint unless it is a number from least to most."""
    if not least <= found <= most:
        yield f"{what}: {found}, not {least} to {most}"
