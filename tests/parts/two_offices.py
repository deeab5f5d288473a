"""A city with two offices: a clerk with every role at work in each, and a thing of each kind that
belongs to the first.

city = TwoOffices.open(tmp_path)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.applying import PROCEDURE
from tests.parts.case_desk import CaseDesk
from tests.parts.payer import csv, row
from todoke.core.desk_roles import AT_WORK
from todoke.core.notice import Person
from todoke.journeys import announce, bills, staff
from todoke.ports import Record, Services

OFFICES: dict[str, Any] = {
    "kodomo": {
        "name": {"ja": "見本こども課", "en": "Sample Children Office"},
        "procedures": [PROCEDURE],
        "topics": ["nursery"],
        "bills": ["nursery_fee"],
    },
    "kenko": {
        "name": {"ja": "見本けんこう課", "en": "Sample Health Office"},
        "topics": ["vaccines"],
        "bills": ["school_lunch"],
        "rest": True,
    },
}
#: stands on every page, as an example of what can be looked for: no proof of anything
EXAMPLE = "N-2026-0001"
#: in every text of the first office's things
CANARY = "金糸雀zqx"


@dataclass(frozen=True, slots=True)
class TwoOffices:
    """inside, outside: clerks of the first and of the second office. case, file, bill, batch,
    notice, asked: ids of what is the first one's (asked waits for a second person)."""

    desk: CaseDesk
    inside: Person
    outside: Person
    case: str
    file: str
    bill: str
    batch: str
    notice: str
    asked: str

    @classmethod
    def open(cls, data: Path, offices: dict[str, Any] = OFFICES) -> TwoOffices:
        """Over an empty folder."""
        desk = CaseDesk.open(data, offices=offices)
        services = desk.services
        inside, outside = (person(services, code) for code in ("kodomo", "kenko"))
        case = desk.apply((b"%PDF a page",), claimant_name=f"見本 {CANARY}")
        found = services.store.get("application", case.id)
        assert found is not None
        files = found.data["attachments"]
        assert isinstance(files, list)
        body = csv(row("KANARIA-1", title=f"保育料 {CANARY}"))
        report = bills.import_csv(services, inside.id, body)
        waiting, _ = bills.keep_csv(services, inside.id, csv(row("KANARIA-2")))
        content = desk.desk.content(title={"ja": f"見本のお知らせ {CANARY}"})
        _, *drafts = [announce.draft(services, inside, content).id for _ in range(3)]
        announce.ask(services, inside, drafts[1])
        bill = report.taken[0][1]
        return cls(desk, inside, outside, case.id, str(files[0]), bill, waiting.id, *drafts)

    @property
    def services(self) -> Services:
        """Store and the rest."""
        return self.desk.services

    @property
    def ids(self) -> tuple[str, ...]:
        """Of everything that is the first office's."""
        return (self.case, self.file, self.bill, self.batch, self.notice, self.asked)

    def kept(self) -> dict[tuple[str, str], Record]:
        """Everything of these kinds, as it is stored."""
        kinds = ("application", "attachment", "bill", "batch", "notice", "outbox", "checkout")
        found = (each for kind in kinds for each in self.services.store.walk(kind, 1000).records)
        return {(each.kind, each.id): each for each in found}


def person(services: Services, *offices: str, roles: tuple[str, ...] = AT_WORK) -> Person:
    """A clerk of these offices."""
    link = staff.add(services, f"見本 {'と'.join(offices) or 'なし'}", roles, offices=offices)
    return staff.person(staff.here(services, link.staff))
