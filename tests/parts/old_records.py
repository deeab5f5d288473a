"""A city whose records grow old: an application with a file, a bill that is paid, letters, acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from tests.parts.applying import PROCEDURE, QuickCleaner, answers, city
from tests.parts.keeping import rules
from tests.parts.payer import CASHIER, Payer, csv, row
from tests.parts.snapshots import work
from todoke import config
from todoke.adapters.fakes import TurnedClock
from todoke.core.notice import Person
from todoke.journeys import (
    apply,
    attachments,
    audit,
    bills,
    cases,
    chain,
    clock_watch,
    keeping,
    residents,
    tick,
    verify,
)
from todoke.ports import MAX_PAGE, Record, Services

WORKER = Person("S-1", frozenset({"caseworker"}))
FIVE = 5


@dataclass(slots=True)
class OldRecords:
    """payer: the resident, whose bill it is."""

    payer: Payer
    sent: int = 0

    @classmethod
    def open(cls, data: Path, keep: Any = None) -> OldRecords:
        """A fresh one. keep: the table of the settings; without one five years from the day after,
        for every kind."""
        made = replace(city(data), cleaner=QuickCleaner())
        found = config.build({"keep": rules(FIVE) if keep is None else keep}, data, data).keep
        services = replace(made, config=replace(made.config, keep=found))
        resident = residents.demonstration(services)
        report = bills.import_csv(services, CASHIER, csv(row()))
        return cls(Payer(services, resident.id, report.taken[0][1]))

    @property
    def services(self) -> Services:
        """Store and the rest."""
        return self.payer.services

    @property
    def clock(self) -> TurnedClock:
        """Turned by hand."""
        return cast("TurnedClock", self.services.clock)

    @property
    def today(self) -> date:
        """In Japan."""
        return self.services.clock.now().astimezone(audit.JST).date()

    def wait_until(self, day: date | str, hour: int = 12) -> None:
        """So much time passes, and everything is in the chain."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        moment = datetime.combine(day, time(hour), audit.JST)
        work(self.services)
        chain.lengthen(self.services, 60.0)
        self.clock.turn(moment.timestamp() - self.clock.unix())

    def years_later(self, years: int = FIVE, days: int = 0) -> date:
        """The day so many years after this one, and so many days."""
        today = self.today
        return date.fromordinal(today.replace(year=today.year + years).toordinal() + days)

    def file(self) -> tuple[str, str]:
        """An application with one file; both ids."""
        self.sent += 1
        held = attachments.take(self.services, self.payer.resident, b"proof %d" % self.sent)
        sent = apply.Sent(
            PROCEDURE, "2026-11", answers(proofs=[held.id], claimant_name=f"見本 {self.sent}")
        )
        key = f"a-key-made-by-chance-{self.sent}"
        return apply.submit(self.services, self.payer.resident, sent, key), held.id

    def decide(self, id: str) -> None:
        """It is accepted."""
        record = self.services.store.get("application", id)
        assert record is not None
        cases.decide(self.services, WORKER, id, record.version, "accepted")

    def decided(self) -> tuple[str, str]:
        """An application with one file, decided today."""
        id, file = self.file()
        self.decide(id)
        return id, file

    def pay(self) -> None:
        """Her bill is paid."""
        self.payer.tell(self.payer.start(), "paid")

    def care(self) -> None:
        """What the tick's care does today, to its end."""
        assert clock_watch.may_erase(self.services)
        tick.erase(self.services)

    def has(self, kind: str, id: str) -> bool:
        """Whether it is there."""
        return self.services.store.get(kind, id) is not None

    def has_file(self, id: str) -> bool:
        """Whether the sealed bytes of an attachment are there."""
        return self.services.private.get(attachments.file_key(id)) is not None

    def letters(self) -> list[Record]:
        """Hers, oldest first."""
        found = self.services.store.find(
            "addressed_by_resident", self.payer.resident, limit=MAX_PAGE
        )
        return list(found.records)

    def money(self) -> dict[str, int]:
        """How many records there are of her bill, by kind."""
        store, bill = self.services.store, self.payer.bill
        ways = store.walk("checkout", MAX_PAGE).records
        return {
            "bill": int(self.has("bill", bill)),
            "checkout": sum(each.data["bill"] == bill for each in ways),
            "payment_event": len(store.find("payment_events_by_bill", bill).records),
            "ledger": len(store.find("ledger_by_bill", bill).records),
        }

    def acts(self) -> list[Record]:
        """Every entry of the record of acts."""
        return list(self.services.store.walk("audit", MAX_PAGE).records)

    def findings(self) -> list[tuple[str, str]]:
        """What ``todoke verify`` finds wrong."""
        return [(each.what, each.id) for each in verify.verify(self.services).findings]

    def progress(self) -> int:
        """How often the care noted how far it is."""
        found = self.services.store.get("setting", keeping.PROGRESS)
        return found.version if found else 0
