"""A town for tests: a desk, phones that follow, and the work that happens by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.parts.desk import Desk
from todoke.adapters.fakes import RecordingPush, TurnedClock
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.core.subscription import encode
from todoke.journeys import deliver, subscribe
from todoke.journeys.tick import tick
from todoke.ports import Delete, Printing, Record, Served, Services
from todoke.store_schema import LANES

MOZILLA = "https://updates.push.services.mozilla.com"
GOOGLE = "https://fcm.googleapis.com"


@dataclass(slots=True)
class Phone:
    """A made-up browser: the same number is the same browser, with the same keys."""

    number: int
    origin: str = MOZILLA
    id: str = ""
    token: str = ""

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """Its key."""
        return ec.derive_private_key(1_000_003 * self.number, ec.SECP256R1())

    @property
    def endpoint(self) -> str:
        """Its push endpoint."""
        return f"{self.origin}/wpush/v2/phone-{self.number}"

    def device(self) -> dict[str, Any]:
        """endpoint and keys, as the browser gives them."""
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        auth = self.number.to_bytes(16, "big")
        return {
            "endpoint": self.endpoint,
            "keys": {"p256dh": encode(point), "auth": encode(auth)},
        }


class NoPages:
    """A press that prints nothing: pages have their own tests, and take time."""

    def site(self, catalogue: Catalogue, today: date) -> Mapping[str, bytes]:
        """No page."""
        return {}

    def printing(
        self, catalogue: Catalogue, today: date, plan: bytes | None, served: Served
    ) -> Printing:
        """Nobody asks for it."""
        raise NotImplementedError

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """No page, no feed."""
        return {}

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> bytes:
        """An empty page."""
        return b""

    def furigana(self, text: str) -> str:
        """No reading."""
        return text

    def asset(self, name: str) -> str:
        """Where it would be."""
        return f"/assets/{name}"


@dataclass(slots=True)
class Town:
    """desk: the clerks' side. phones: everybody who ever joined."""

    desk: Desk
    phones: list[Phone] = field(default_factory=list)

    @classmethod
    def open(cls, data: Path) -> Town:
        """A town over an empty folder, nobody following yet."""
        desk = Desk.open(data)
        return cls(replace(desk, services=replace(desk.services, press=NoPages())))

    @property
    def services(self) -> Services:
        """Store, queue and the rest."""
        return self.desk.services

    @property
    def clock(self) -> TurnedClock:
        """Turned by hand."""
        return self.desk.clock

    @property
    def push(self) -> RecordingPush:
        """What was pushed, and what is answered."""
        return self.desk.push

    def join(self, origin: str = MOZILLA, **choices: Any) -> Phone:
        """One more phone follows (the nursery, unless told otherwise)."""
        phone = Phone(len(self.phones) + 1, origin)
        shown, _ = subscribe.follow(
            self.services, {**phone.device(), "topics": ["nursery"], **choices}
        )
        phone.id, phone.token = str(shown["id"]), str(shown["token"])
        self.phones.append(phone)
        return phone

    def joined(self, number: int, **choices: Any) -> list[Phone]:
        """So many phones, in the order in which pages are sent."""
        return sorted((self.join(**choices) for _ in range(number)), key=lambda each: each.id)

    def announce(self, **changes: Any) -> str:
        """An approved notice that has begun to go out: its page is waiting in a lane."""
        id = self.desk.approved(**changes).id
        tick(self.services)
        self.work_once()
        return id

    def work_once(self) -> int:
        """Each lane does one job if it has one."""
        return sum(deliver.work(self.services, lane) for lane in LANES)

    def settle(self) -> None:
        """Goes on until nothing more is due at this moment."""
        idle = 0
        while idle < 3:  # a job that failed counts as nothing done, but others wait behind it
            done = sum(tick(self.services).values()) + self.work_once()
            idle = 0 if done else idle + 1

    def send(self, **changes: Any) -> str:
        """A notice, sent to everybody whom it reaches now."""
        id = self.announce(**changes)
        self.settle()
        return id

    def look_only_once(self) -> None:
        """Nobody looks again at a list that may have been late: for tests that count jobs."""
        waiting = self.services.store.find("outbox_due", "waiting", limit=1000).records
        late = [Delete(each.kind, each.id) for each in waiting if each.id.startswith("late.")]
        self.services.store.commit(late)

    def pass_time(self, seconds: int, step: int = 3600) -> None:
        """Turns the clock in steps and lets happen what becomes due."""
        for _ in range(seconds // step):
            self.clock.turn(step)
            self.settle()

    def pushed(self) -> list[str]:
        """Endpoints pushed to, in order."""
        return [target.endpoint for target, _ in self.push.sent]

    def delivery(self, notice: str, phone: Phone) -> Mapping[str, Any] | None:
        """The row of this notice and this phone."""
        row = self.services.store.get("delivery", f"{notice}.{phone.id}")
        return row.data if row else None

    def outcomes(self, notice: str) -> dict[str, Any]:
        """The counter of the notice, without zeros."""
        found = self.services.store.get("counter.delivery", notice)
        return {cell: number for cell, number in found.data.items() if number} if found else {}

    def followers(self, topic: str = "nursery") -> dict[str, Any]:
        """The counter of the topic, without zeros."""
        found = self.services.store.get("counter.followers", topic)
        return {cell: number for cell, number in found.data.items() if number} if found else {}

    def notice(self, id: str) -> Record:
        """The notice as it stands."""
        found = self.services.store.get("notice", id)
        assert found is not None
        return found
