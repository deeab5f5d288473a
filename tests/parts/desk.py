"""A desk for tests: the real store and files, two made-up clerks, and a small published offer.

desk = Desk.open(tmp_path)
record = announce.draft(desk.services, desk.author, desk.content())
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from todoke import assemble
from todoke.adapters.fakes import RecordingPush, TurnedClock
from todoke.core.notice import Content, Person
from todoke.journeys import announce, staff
from todoke.ports import Count, Record, Services

TOPICS = [
    {"id": "nursery", "name": {"ja": "保育園", "easy": "ほいくえん", "en": "Nursery"}},
    {"id": "vaccines", "name": {"ja": "予防接種", "en": "Vaccination"}},
]
AREAS = [
    {"id": "kita", "name": {"ja": "北区", "en": "Kita"}},
    {"id": "minato", "name": {"ja": "港区"}},
]
COHORTS = [
    {"id": year, "from": f"{year}-04-02", "to": f"{year + 1}-04-01"} for year in (2024, 2023)
]
PROCEDURES = [{"id": "jt-nintei", "name": {"ja": "児童手当 認定請求"}}]
HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True)
class Desk:
    """author, approver: made-up clerks with one role each; both: one with two roles."""

    services: Services
    clock: TurnedClock
    push: RecordingPush
    author: Person
    approver: Person
    both: Person

    @classmethod
    def open(cls, data: Path, **settings: Any) -> Desk:
        """A desk over an empty folder. settings: as for ``assemble.fake``."""
        clock, push = TurnedClock(), RecordingPush()
        settings.setdefault("notices", {"link_hosts": ["minatono.example"]})
        services = assemble.fake(data, clock=clock, push=push, **settings)
        offer = {"topics": TOPICS, "areas": AREAS, "cohorts": COHORTS}
        services.blobs.put("app.json", json.dumps(offer).encode())
        services.blobs.put("catalogue.json", json.dumps({"procedures": PROCEDURES}).encode())
        people = [
            cls._person(services, name, roles)
            for name, roles in (
                ("見本 あおい", ["author"]),
                ("見本 みどり", ["approver"]),
                ("見本 ふたば", ["author", "approver"]),
            )
        ]
        return cls(services, clock, push, *people)

    @staticmethod
    def _person(services: Services, name: str, roles: list[str]) -> Person:
        link = staff.add(services, name, roles)
        return Person(link.staff, frozenset(link.roles))

    def content(self, **changes: Any) -> Content:
        """A notice with nothing to mend, changed as told."""
        good = Content(
            topic="nursery",
            title={"ja": "保育園の申込は12月4日(金)まで"},
            text={"ja": "一次申込の締切は12月4日(金)です。\n電話 000-000-1234"},
            expires_at=self.clock.unix() + 30 * DAY,
        )
        return replace(good, **changes)

    def followers(self, topic: str = "nursery", **cells: int) -> None:
        """Adds to the counter: ``followers(whole=40, kita=12, kita_2023=9)``."""
        names = {"whole": "*|*"}
        moved = {}
        for name, number in cells.items():
            area, _, cohort = name.partition("_")
            moved[names.get(name, f"{area.replace('any', '*')}|{cohort or '*'}")] = number
        self.services.store.commit([Count("followers", topic, moved)])

    def asked(self, **changes: Any) -> Record:
        """A notice that waits for a second person."""
        record = announce.draft(self.services, self.author, self.content(**changes))
        return announce.ask(self.services, self.author, record.id)

    def approved(self, **changes: Any) -> Record:
        """A notice that a second person approved."""
        record = self.asked(**changes)
        return self.approve(record)

    def approve(self, record: Record) -> Record:
        """The approver approves what she sees."""
        shown = record.data["audience"]
        assert isinstance(shown, dict)
        seal, number = str(record.data["snapshot"]), str(shown["number"])
        return announce.approve(self.services, self.approver, record.id, seal, number)

    def acts(self) -> list[tuple[str, str, str]]:
        """(actor, act, subject) of the record of acts, oldest first."""
        page = self.services.store.find("audit_by_month", "2026-11", limit=1000)
        return [
            (str(each.data["actor"]), str(each.data["act"]), str(each.data["subject"]))
            for each in page.records
        ]

    def outbox(self) -> list[Record]:
        """What waits to be done, but for the second look where a list may be late."""
        waiting = self.services.store.find("outbox_due", "waiting", limit=1000).records
        return [each for each in waiting if not each.id.startswith("late.")]
