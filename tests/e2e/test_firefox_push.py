"""From a clerk to a phone, with nothing replaced: a real Firefox follows a topic at a real city.

The push service is ours (``tests.parts.push_service``) but speaks what Mozilla's speaks and is
stricter; the browser is driven only by what a person sees: labels, the browser's own question,
the notification on the screen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.parts import announcing
from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.phone import Phone, encode
from tests.parts.push_service import PushService, Whim
from tests.parts.waiting import wait_for
from todoke import assemble

TOPIC, TOPIC_NAME = "health", "健診・予防接種"
#: RFC 8188: 86 bytes of header and 16 of tag around 1,024 bytes of padded plaintext
WIRE_BYTES = 86 + 1024 + 16
#: what the phone keeps of its subscription (site/assets/js/database.js)
HELD = """return new Promise((resolve, reject) => {
  const opening = indexedDB.open("todoke");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const store = opening.result.transaction("settings").objectStore("settings");
    const request = store.get("held");
    request.onsuccess = () => {
      opening.result.close();
      resolve(request.result ? request.result.value.endpoint_hash : null);
    };
  };
});"""


@dataclass
class World:
    """A city, its push service, and one person's browser."""

    city: City
    service: PushService
    firefox: Firefox

    def say(self, name: str) -> str:
        """Words of the pages, as a person reads them."""
        return assemble.dictionary().say("ja", f"phone.{name}")

    def announce(self, title: str) -> str:
        return announcing.announce(self.city, TOPIC, title, f"{title}の本文です。")

    def tags(self) -> list[str]:
        return [each["tag"] for each in self.firefox.notifications()]

    def acks(self) -> list[int]:
        return [ack.code for ack in self.service.acks]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with (
        PushService() as service,
        City.start(tmp_path / "city", push__allow_loopback=[service.address]) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        yield World(city, service, firefox)


@pytest.mark.real
def test_a_notice_reaches_a_real_browser_and_only_whoever_follows(world: World) -> None:
    _follows_by_labels(world)
    _is_shown_and_a_press_opens_it(world)
    _comes_back_from_darkness_and_sees_one(world)
    _is_forgotten_and_subscribes_again_by_itself(world)
    _leaves_and_gets_nothing(world)


def _follows_by_labels(world: World) -> None:
    firefox = world.firefox
    firefox.go(f"{world.city.url}/topics.html")
    firefox.press(TOPIC_NAME)
    firefox.press(world.say("topics.submit"))
    firefox.press(world.say("ask.agree"))
    firefox.permit()
    wait_for(lambda: world.say("following.headline") in firefox.text(), "the page to say so")


def _is_shown_and_a_press_opens_it(world: World) -> None:
    firefox = world.firefox
    notice = world.announce("麻しん風しん予防接種の期間")
    (alert,) = wait_for(firefox.alerts, "the notification")
    assert "予防接種" not in alert.title + alert.body  # a lock screen is read by others too
    assert world.tags() == [notice]
    firefox.press_alert(alert.body)
    assert firefox.page("/inbox.html").endswith(f"#{notice}")
    wait_for(lambda: "麻しん風しん予防接種の期間" in firefox.text(), "the notice to be open")
    wait_for(lambda: world.tags() == [], "the notification to be gone")
    assert world.acks() == [100]


def _comes_back_from_darkness_and_sees_one(world: World) -> None:
    """The phone is switched off. The answer to the first attempt is lost, so the city must
    send twice; the Topic makes the push service keep one."""
    firefox, service = world.firefox, world.service
    before = len(service.arrivals)
    firefox.switch_off()
    service.go_dark()
    service.next_answers(Whim(lose_answer=True))
    notice = world.announce("三歳児健診の日程")
    wait_for(lambda: len(service.arrivals) == before + 2, "the second attempt", seconds=120)
    topics = {each.headers["Topic"] for each in service.arrivals[before:]}
    assert len(topics) == 1
    assert service.room.waiting() == 1

    firefox.start()
    firefox.go(f"{world.city.url}/inbox.html")
    assert world.tags() == []
    service.light()
    wait_for(lambda: world.tags() == [notice], "the phone to come back and show it")
    wait_for(lambda: service.room.waiting() == 0, "the acknowledgement")
    assert world.acks() == [100, 100]


def _is_forgotten_and_subscribes_again_by_itself(world: World) -> None:
    service = world.service
    service.forget_all()
    wait_for(lambda: _city_was_told(world), "the worker to subscribe again and tell the city")
    notice = world.announce("歯科健診のお知らせ")
    wait_for(lambda: notice in world.tags(), "the notification at the new address")
    assert service.room.counts["new browsers"] == 2


def _leaves_and_gets_nothing(world: World) -> None:
    """Somebody else who follows the same topic proves that the notice really went out."""
    firefox, service = world.firefox, world.service
    firefox.go(f"{world.city.url}/topics.html")
    firefox.press(world.say("following.leave"))
    wait_for(lambda: world.say("left.headline") in firefox.text(), "the page to say so")
    sent = len(service.arrivals)

    somebody_else = Phone(service.port).connect()
    try:
        endpoint = _follow_by_api(world, somebody_else)
        notice = world.announce("離乳食教室のお知らせ")
        wait_for(lambda: announcing.state(world.city, notice) == "sent", "the notice to be sent")
        assert notice.encode() in (somebody_else.next_message() or b"")
    finally:
        somebody_else.disconnect()
    assert [each.endpoint for each in service.arrivals[sent:]] == [endpoint.rpartition("/")[2]]
    assert notice not in world.tags()  # the older ones leave the screen by themselves
    assert service.room.online()  # it could have been reached
    _nothing_tells_a_watcher_anything(service, notice)


def _nothing_tells_a_watcher_anything(service: PushService, notice: str) -> None:
    assert {each.length for each in service.arrivals} == {WIRE_BYTES}
    for each in service.arrivals:
        assert len(each.headers["Topic"]) == 32
        assert notice not in str(each.headers)
    # two attempts of one notice share a Topic; nothing else does
    assert len({each.headers["Topic"] for each in service.arrivals}) == 4


def _city_was_told(world: World) -> bool:
    held = world.firefox.script(HELD)
    endpoints = [f"{world.service.origin}/push/{each}" for each in world.service.room.channels]
    return held in [encode(hashlib.sha256(each.encode()).digest()) for each in endpoints]


def _follow_by_api(world: World, phone: Phone) -> str:
    facts: dict[str, Any] = requests.get(f"{world.city.url}/app.json", timeout=60).json()
    subscription = phone.subscribe(base64.urlsafe_b64decode(facts["vapid"] + "=="))
    answer = requests.post(
        f"{world.city.url}/api/subscriptions",
        json={**subscription.as_browser_gives_it(), "topics": [TOPIC]},
        headers={"Origin": world.city.url},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return subscription.endpoint
