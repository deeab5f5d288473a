"""Rotten rows among many: nobody else waits for them, each is put aside with its reason, and once
mended each gets its message, once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.parts.desk import Desk
from tests.parts.phone import Subscription
from tests.parts.push_service import PushService
from tests.parts.town import NoPages, Town
from todoke.adapters.push_engine import PushEngine
from todoke.journeys import subscribe
from todoke.journeys.redrive import given_up, redrive
from todoke.ports import Json, Record, Replace

pytestmark = pytest.mark.real

#: what may have happened to a row: a field, what stands there now, and why its message is given up
ROT: tuple[tuple[str, Json, str], ...] = (
    ("p256dh", "no base64 at all!", "tries"),
    ("p256dh", "B" + "A" * 86, "tries"),  # 65 bytes, and no point of the curve
    ("auth", "", "tries"),
    ("endpoint", "", "tries|blocked"),
    ("endpoint", "https://[half an address", "tries|blocked"),
    ("endpoint", "http://169.254.169.254/latest", "blocked"),
    ("endpoint", "\u2028\x00", "tries|blocked"),
    ("topic_secret", "!", "tries"),
)


@dataclass(slots=True)
class Crowd:
    """Browsers at one push service. rotten: subscription -> as it was before."""

    town: Town
    service: PushService
    ids: dict[str, str] = field(default_factory=dict)
    rotten: dict[str, Record] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def join(self, many: int) -> None:
        """So many follow; each keeps the name the service knows it by."""
        key = ec.generate_private_key(ec.SECP256R1())  # one for all: making them takes the time
        for number in range(many):
            name = self.service.room.register("drawer", f"channel-{number}", None)
            url = f"{self.service.origin}/push/{name}"
            body = Subscription(url, name, key, os.urandom(16)).as_browser_gives_it()
            shown, _ = subscribe.follow(self.town.services, {**body, "topics": ["nursery"]})
            self.ids[str(shown["id"])] = name

    def rot(self, many: int) -> None:
        """The rows of some, anywhere among the others, become unusable."""
        for number, id in enumerate(sorted(self.ids)[:: len(self.ids) // many][:many]):
            name, value, reason = ROT[number % len(ROT)]
            record = self._row(id)
            self.rotten[id], self.reasons[id] = record, reason
            after = replace(record, data={**record.data, name: value})
            self.town.services.store.commit([Replace(after)])

    def mend(self) -> None:
        """A person has put the rows right."""
        for id, before in self.rotten.items():
            after = replace(self._row(id), data=before.data)
            self.town.services.store.commit([Replace(after)])

    def received(self) -> Counter[str]:
        """subscription -> messages the push service took for it."""
        of = {name: id for id, name in self.ids.items()}
        taken = (each.endpoint for each in self.service.arrivals if each.status == 201)
        return Counter(of[name] for name in taken)

    def _row(self, id: str) -> Record:
        found = self.town.services.store.get("subscription", id)
        assert found is not None
        return found


@contextmanager
def crowd(data: Path) -> Iterator[Crowd]:
    """With our own sender and a strict push service over sockets."""
    with PushService() as service:
        desk = Desk.open(data)
        service.now = desk.clock.unix
        config = desk.services.config
        config = replace(config, push=replace(config.push, allow_loopback=(service.address,)))
        push = PushEngine(config, desk.services.secrets, desk.clock)
        services = replace(desk.services, config=config, push=push, press=NoPages())
        try:
            yield Crowd(Town(replace(desk, services=services)), service)
        finally:
            push.close()


def look(data: Path, many: int, rotten: int) -> None:
    with crowd(data) as all:
        all.join(many)
        all.rot(rotten)
        id = all.town.send()
        sound = Counter(set(all.ids) - set(all.rotten))
        assert all.received() == sound, "somebody waits for a rotten row, or got it twice"

        all.town.pass_time(3 * 3600, step=300)
        assert all.received() == sound
        assert all.town.outcomes(id) == {"accepted": many - rotten, "dead": rotten}
        rows = {
            each: all.town.services.store.get("delivery", f"{id}.{each}") for each in all.rotten
        }
        for each, row in rows.items():
            assert row is not None
            assert row.data["state"] == "dead"
            assert str(row.data["reason"]) in all.reasons[each].split("|")
        assert sum(given_up(all.town.services).deliveries.values()) == rotten
        assert not given_up(all.town.services).jobs

        all.mend()
        assert redrive(all.town.services)["deliveries"] == rotten
        all.town.settle()
        assert all.received() == Counter(set(all.ids)), "each once, the mended ones too"
        assert all.town.outcomes(id) == {"accepted": many}
        assert redrive(all.town.services) == {"jobs": 0, "deliveries": 0}
        all.town.settle()
        assert all.received() == Counter(set(all.ids))


def test_a_hundred_rotten_rows_among_a_thousand_hold_up_nobody(tmp_path: Path) -> None:
    look(tmp_path, many=1_000, rotten=100)


@pytest.mark.soak
def test_a_thousand_rotten_rows_among_ten_thousand_hold_up_nobody(tmp_path: Path) -> None:
    look(tmp_path, many=10_000, rotten=1_000)
