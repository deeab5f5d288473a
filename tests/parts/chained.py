"""A city whose record of acts is a chain, and somebody who writes into its store by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core.audit_chain import Anchor
from todoke.core.audit_report import Report
from todoke.journeys import audit, chain, verify
from todoke.ports import Create, Delete, Put, Record, Services

CLERK = "S-demo-author"
DAY = 86_400


@dataclass(slots=True)
class Chained:
    """A city; acts are written as journeys write them."""

    services: Services

    @classmethod
    def open(cls, data: Path) -> Chained:
        """A fresh one."""
        return cls(assemble.fake(data))

    @property
    def clock(self) -> TurnedClock:
        """Turned by hand."""
        return cast("TurnedClock", self.services.clock)

    def act(self, what: str = "drafted", subject: str = "notice/N-1", **detail: Any) -> str:
        """One act; its id."""
        written = audit.entry(self.services, CLERK, what, subject, detail, resident="R-1")
        self.services.store.commit([written])
        return written.record.id

    def acts(self, count: int) -> list[str]:
        """So many, a second apart."""
        ids = []
        for number in range(count):
            self.clock.turn(1)
            ids.append(self.act(number=number))
        return ids

    def link(self) -> int:
        """As the tick does; how many entries."""
        return chain.lengthen(self.services, 60.0)

    def link_each(self, *counts: int) -> list[str]:
        """One link for each count of acts."""
        ids = []
        for count in counts:
            ids += self.acts(count)
            assert self.link() == count
        return ids

    def anchor(self) -> Anchor:
        """The next day's, as it was published."""
        self.clock.turn(DAY)
        assert chain.anchor(self.services) == 1
        found = chain.published_anchors(self.services)
        assert found
        return found[-1]

    def verify(self, *handed_in: Anchor) -> Report:
        """What ``todoke verify`` finds."""
        return verify.verify(self.services, handed_in)

    def found(self, *handed_in: Anchor) -> list[tuple[str, str]]:
        """(what, id or numbers) of the findings."""
        report = self.verify(*handed_in)
        return [(each.what, each.id or f"{each.first}-{each.last}") for each in report.findings]

    # ---------------------------------------------------------------- by hand
    def get(self, kind: str, id: str) -> Record:
        """As it is stored."""
        record = self.services.store.get(kind, id)
        assert record is not None, (kind, id)
        return record

    def rewrite(self, kind: str, id: str, data: Mapping[str, Any]) -> None:
        """Puts other data into a record, as who has the store but not the keys."""
        self.services.store.commit([Put(replace(self.get(kind, id), data=data))])

    def change(self, kind: str, id: str, **fields: Any) -> None:
        """The same for a few fields."""
        self.rewrite(kind, id, {**self.get(kind, id).data, **fields})

    def remove(self, kind: str, *ids: str) -> None:
        """Takes records out."""
        for id in ids:
            self.services.store.commit([Delete(kind, id)])

    def bare(self, id: str, **fields: Any) -> Record:
        """An entry as a program from before the chain wrote it."""
        now = self.services.clock.unix()
        data = {
            "actor": CLERK, "act": "edited", "subject": "notice/N-1", "detail": {},
            "resident": None, "at": now, "month": "2026-11", "order": id, **fields,
        }  # fmt: skip
        return Record("audit", id, data)

    def write_bare(self, *ids: str) -> None:
        """Several of them."""
        for id in ids:
            self.services.store.commit([Create(self.bare(id))])

    def file(self, key: str) -> Any:
        """A public file."""
        blob = self.services.blobs.get(key)
        return None if blob is None else json.loads(blob.body)
