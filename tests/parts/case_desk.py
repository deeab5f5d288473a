"""A desk with case workers, a cashier, the published form and an application to look at.

desk = CaseDesk.open(tmp_path)
record = desk.apply(claimant_name="見本 はなこ")
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.parts.applying import ANSWERS, PROCEDURE
from tests.parts.desk import Desk
from todoke.core import form, sealed
from todoke.core.notice import Person
from todoke.core.procedure_file import procedure
from todoke.core.site_yaml import load
from todoke.journeys import address, audit, residents, staff
from todoke.journeys.residents import Resident
from todoke.ports import Create, Json, Record, Replace, Services

ROOT = Path(__file__).parents[2]


@lru_cache(maxsize=1)
def published_form() -> bytes:
    """The form as the release holds it."""
    path = f"site/procedures/{PROCEDURE}.yaml"
    found = procedure(load(path, (ROOT / path).read_bytes())).form
    assert found is not None
    return json.dumps(form.as_json(found)).encode()


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """worker, other: two case workers. cashier: whose desk the bills are. resident: made up."""

    desk: Desk
    worker: Person
    other: Person
    cashier: Person
    resident: Resident

    @classmethod
    def open(cls, data: Path, **settings: Any) -> CaseDesk:
        """Over an empty folder. settings: as for ``assemble.fake``."""
        desk = Desk.open(data, **settings)
        services = desk.services
        services.blobs.put(f"forms/{PROCEDURE}.json", published_form())
        worker, other, cashier = (
            Person(link.staff, frozenset(link.roles))
            for link in (
                staff.add(services, "見本 わかば", ["caseworker"]),
                staff.add(services, "見本 いずみ", ["caseworker"]),
                staff.add(services, "見本 こずえ", ["cashier"]),
            )
        )
        return cls(desk, worker, other, cashier, residents.demonstration(services))

    @property
    def services(self) -> Services:
        """Store and the rest."""
        return self.desk.services

    def apply(self, files: tuple[bytes, ...] = (), **changes: Any) -> Record:
        """An application as the citizen's side stores it. files: PDF bytes of attachments."""
        services = self.services
        id, now = address.new_number("T"), services.clock.unix()
        names = [self._attach(id, body) for body in files]
        answers = {**ANSWERS, **changes, **({"proofs": names} if names else {})}
        inside = {"answers": answers, "asks": {}, "reason": None}
        record = Record(
            "application",
            id,
            {
                "procedure": PROCEDURE,
                "form_version": "2026-11",
                "resident": self.resident.id,
                "state": "submitted",
                "sealed": self.seal(id, inside),
                "attachments": list(names),
                "case_worker": None,
                "submitted_at": now,
                "changed_at": now,
                "order": f"{audit.sort_key(now)}-{id}",
            },
        )
        services.store.commit([Create(record), self._act("application_submitted", id)])
        return self.get(id)

    def mend(self, id: str, **changes: Any) -> Record:
        """The citizen mends it: the answers changed, submitted again."""
        record = self.get(id)
        inside = self.inside(record)
        inside = {**inside, "answers": {**inside["answers"], **changes}, "asks": {}}
        now = self.services.clock.unix()
        data = {**record.data, "state": "submitted", "changed_at": now}
        data["sealed"] = self.seal(id, inside)
        changed = Record("application", id, data, record.version)
        self.services.store.commit([Replace(changed), self._act("application_mended", id)])
        return self.get(id)

    def get(self, id: str) -> Record:
        """As it is stored now."""
        record = self.services.store.get("application", id)
        assert record is not None
        return record

    def inside(self, record: Record) -> dict[str, Any]:
        """What is sealed in it."""
        key = self.services.secrets.data_key
        return sealed.open_json(key, "application", record.id, record.data["sealed"])

    def seal(self, id: str, inside: dict[str, Any]) -> str:
        """The other way round."""
        return sealed.seal_json(self.services.secrets.data_key, "application", id, inside)

    def letters(self) -> list[address.Letter]:
        """What the resident was sent, newest first."""
        records = address.of_resident(self.services, self.resident.id).records
        return address.letters(self.services, records)

    def history(self) -> list[tuple[str, str]]:
        """(actor, act) of the resident's own history, oldest first."""
        page = self.services.store.find("audit_by_resident", self.resident.id, limit=1000)
        return [(str(each.data["actor"]), str(each.data["act"])) for each in page.records]

    def _act(self, act: str, id: str) -> Create:
        subject, resident = f"application/{id}", self.resident.id
        return audit.entry(self.services, "citizen", act, subject, resident=resident)

    def _attach(self, application: str, body: bytes) -> str:
        services, id = self.services, address.new_number("F")
        kept = sealed.seal(services.secrets.data_key, "attachment", id, body)
        services.private.put(f"attachments/{id}", kept)
        data: dict[str, Json] = {
            "resident": self.resident.id,
            "application": application,
            "media_type": "application/pdf",
            "size": len(body),
            "pages": 1,
            "digest": "0" * 64,
            "created_at": services.clock.unix(),
        }
        services.store.commit([Create(Record("attachment", id, data))])
        return id
