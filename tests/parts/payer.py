"""A resident with a bill, and a pretend company whose messages are written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.pretend_provider import webhook_secret
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import address, bills, pay, residents
from todoke.ports import Record, Services, Write

HEADER = "宛名番号,請求番号,種別,件名,金額,納期限"
YEN = 12_000
CASHIER = "S-demo-cashier"
AT_THE_COUNTER = Person(CASHIER, frozenset({"cashier"}))


def csv(*rows: str, header: str = HEADER) -> bytes:
    """A file of bills, as UTF-8."""
    return "\n".join([header, *rows, ""]).encode()


def row(reference: str = "A-1", number: str = residents.DEMONSTRATION_NUMBER, **other: Any) -> str:
    """One line of it; other: kind, title, yen, due."""
    cells = {"kind": "保育料", "title": "保育料 見本", "yen": YEN, "due": "2026-12-28", **other}
    return ",".join([number, reference, *(str(cells[n]) for n in ("kind", "title", "yen", "due"))])


def signed(services: Services, **told: Any) -> tuple[bytes, str]:
    """A message of the pretend company, signed now: body and header."""
    body = json.dumps({"created": services.clock.unix(), **told}).encode()
    secret = webhook_secret(services.secrets)
    return body, webhook.sign(secret, body, services.clock.unix())


@dataclass(slots=True)
class Payer:
    """services: with a clock turned by hand. bill: id of her bill."""

    services: Services
    resident: str
    bill: str
    count: int = field(default=0)

    @classmethod
    def open(cls, data: Path) -> Payer:
        """A fresh city with one resident and one bill."""
        services = assemble.fake(data)
        resident = residents.demonstration(services)
        report = bills.import_csv(services, CASHIER, csv(row()))
        return cls(services, resident.id, report.taken[0][1])

    def neighbour(self, number: int) -> Payer:
        """Another resident with a bill of her own in the same city (a new city takes longer)."""
        person, services = f"{number:08d}", self.services
        self.clock.turn(1)
        services.store.commit(residents.new(services, person, "見本 そのた", "みほん"))
        found = residents.find(services, person)
        assert found is not None
        line = row(f"H-{number}", person, due=bills.today(services).isoformat())
        report = bills.import_csv(services, CASHIER, csv(line))
        self.clock.turn(1)
        return replace(self, resident=found.id, bill=report.taken[0][1], count=0)

    @property
    def clock(self) -> TurnedClock:
        """Turned by hand."""
        return cast("TurnedClock", self.services.clock)

    def start(self, language: str = "ja") -> str:
        """Presses the button; the session at the company."""
        url = pay.start_checkout(self.services, self.resident, self.bill, language)
        return url.rsplit("/", 1)[1]

    def tell(self, session: str, kind: str, yen: int = YEN, id: str = "") -> str:
        """The company's message; what it did."""
        self.count += 1
        self.clock.turn(1)  # so that what is sorted by time has an order
        yen = yen if kind == "paid" else 0
        body, header = signed(
            self.services,
            id=id or f"pe_{self.bill}_{self.count}",
            kind=kind,
            session=session,
            yen=yen,
        )
        return pay.settle(self.services, body, header)

    @property
    def shown(self) -> bills.Bill:
        """The bill as it stands."""
        return bills.opened(self.services, bills.own(self.services, self.resident, self.bill))

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Its ledger: what and how much."""
        return [(each.entry, each.yen) for each in bills.ledger(self.services, self.bill)]

    @property
    def letters(self) -> list[str]:
        """Kinds of the notices she got, oldest first."""
        found = address.of_resident(self.services, self.resident).records
        return [str(each.data["kind"]) for each in reversed(found)]

    @property
    def ways(self) -> Sequence[Record]:
        """Her checkouts."""
        record = self.services.store.get("bill", self.bill)
        assert record is not None
        return bills.checkouts(self.services, record)

    @property
    def sessions(self) -> list[str | None]:
        """What the company called each of them; None where it has not answered."""
        answers = [pay.answered(self.services, each) for each in self.ways]
        return [each.session if each else None for each in answers]

    def acts(self) -> list[str]:
        """What was recorded about the bill, oldest first."""
        store, subject = self.services.store, f"bill/{self.bill}"
        return [
            str(each.data["act"])
            for month in ("2026-11", "2026-12")
            for each in store.find("audit_by_month", month, limit=1000).records
            if each.data["subject"] == subject
        ]

    def with_store(self, store: Any) -> Payer:
        """The same over another store."""
        return replace(self, services=replace(self.services, store=store))


class CrashError(Exception):
    """The process ends here."""


@dataclass(slots=True)
class CrashingStore:
    """A store whose next commits end the process: "before" them, or "after" they are durable;
    "full" is refused as a full disk refuses."""

    store: Any
    crashes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.crashes = list(self.crashes)  # of its own: tests with parameters share theirs

    def commit(self, writes: Sequence[Write]) -> None:
        """As ``ports.Store.commit``, or a crash."""
        crash = self.crashes.pop(0) if self.crashes else ""
        if crash == "before":
            raise CrashError
        if crash == "full":
            raise TodokeError("storage_full")
        self.store.commit(writes)
        if crash == "after":
            raise CrashError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)
