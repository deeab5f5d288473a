"""The whole way with real parts on both sides: our sender over a socket, a strict push
service, and a phone that opens what arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.desk import Desk
from tests.parts.phone import Phone, Subscription
from tests.parts.push_service import PushService, Whim
from tests.parts.town import NoPages, Town
from todoke.adapters.webpush import GuardedPush
from todoke.core.push_message import VapidKey
from todoke.core.subscription import decode
from todoke.journeys import subscribe

pytestmark = pytest.mark.slow_on_aws


@dataclass(slots=True)
class City:
    """town: with the real sender. service: the push service its phones use."""

    town: Town
    service: PushService

    def join(self, phone: Phone, **choices: Any) -> tuple[Subscription, str]:
        """The phone subscribes with our key and follows; its token."""
        key = VapidKey(self.town.services.secrets.vapid_private).public
        made = phone.subscribe(decode(key))
        body = {**made.as_browser_gives_it(), "topics": ["nursery"], **choices}
        shown, _ = subscribe.follow(self.town.services, body)
        return made, str(shown["token"])


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with PushService() as service:
        desk = Desk.open(tmp_path)
        service.now = desk.clock.unix
        config = desk.services.config
        config = replace(config, push=replace(config.push, allow_loopback=(service.address,)))
        push = GuardedPush(config, desk.services.secrets, desk.clock)
        services = replace(desk.services, config=config, push=push, press=NoPages())
        yield City(Town(replace(desk, services=services)), service)
        push.close()


def _tag(message: bytes | None) -> str:
    assert message is not None
    return str(json.loads(message)["notification"]["tag"])


@pytest.mark.real
def test_a_notice_reaches_a_phone_through_a_strict_push_service(city: City) -> None:
    phone = Phone(city.service.port).connect()
    city.join(phone, show="title", language="en")
    id = city.town.send(urgency="high")
    message = phone.next_message()
    assert _tag(message) == id
    assert json.loads(message or b"")["notification"]["title"] == "Minatono City"
    assert phone.next_message() is None
    assert city.town.outcomes(id) == {"accepted": 1}
    phone.disconnect()


@pytest.mark.real
def test_lost_answers_and_busy_hours_end_in_one_message_on_a_dark_phone(city: City) -> None:
    phone = Phone(city.service.port).connect()
    city.join(phone)
    phone.disconnect()
    city.service.next_answers(
        Whim(status=503), Whim(lose_answer=True), Whim(status=429, retry_after="60")
    )
    id = city.town.send()
    city.town.pass_time(6 * 3600, 600)
    assert city.town.outcomes(id) == {"accepted": 1}
    assert len(city.service.arrivals) == 4
    phone.connect()
    assert _tag(phone.next_message()) == id
    assert phone.next_message() is None
    phone.disconnect()


@pytest.mark.real
def test_a_phone_the_service_has_forgotten_is_removed_and_the_others_are_not(city: City) -> None:
    first, second = Phone(city.service.port).connect(), Phone(city.service.port).connect()
    gone, _ = city.join(first)
    city.join(second)
    first.leave(gone)
    id = city.town.send()
    assert city.town.outcomes(id) == {"accepted": 1, "gone": 1}
    assert city.town.followers() == {"*|*": 1}
    assert _tag(second.next_message()) == id
    for each in (first, second):
        each.disconnect()


@pytest.mark.real
def test_a_leaver_gets_nothing(city: City) -> None:
    phone = Phone(city.service.port).connect()
    _, token = city.join(phone)
    subscribe.leave(city.town.services, token)
    city.town.send()
    assert phone.next_message() is None
    assert city.service.arrivals == []
    phone.disconnect()
