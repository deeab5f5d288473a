"""A phone that follows nothing is woken by a real city through real push, and speaks up for a date
that it alone knows: nothing is replaced but the push service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.push_service import PushService
from tests.parts.waiting import wait_for
from todoke.press.phrases import JST

#: RFC 8188: 86 bytes of header and 16 of tag around 1,024 bytes of padded plaintext
WIRE_BYTES = 86 + 1024 + 16
WEEK, HOUR = 7 * 24 * 3600, 3600
TITLE = "見本ワクチン2回目"
#: one setting of the phone's database (site/assets/js/database.js); written when one is given
SETTING = """const [name, value] = arguments;
return new Promise((resolve, reject) => {
  const opening = indexedDB.open("todoke");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const settings = opening.result.transaction("settings", "readwrite").objectStore("settings");
    if (value) settings.put({ name, value: JSON.parse(value) });
    const request = settings.get(name);
    request.onsuccess = () => {
      opening.result.close();
      resolve(request.result ? JSON.stringify(request.result.value) : "null");
    };
  };
});"""

#: whether the phone is to be woken
ON = SETTING.replace(
    "const [name, value] = arguments;", 'const [name, value] = ["reminders"];'
).replace("JSON.stringify(request.result.value)", "String(request.result.value.on)")


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as started:
        yield started


@pytest.mark.real
def test_a_phone_speaks_up_for_what_it_alone_knows(tmp_path: Path, service: PushService) -> None:
    with (
        City.start(tmp_path / "city", push__allow_loopback=[service.address]) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        _follows(city, firefox)
        held = json.loads(firefox.script(SETTING, "held"))
        _keeps_a_date(firefox)
        at = _asks(city, held["token"])
        (alert,) = wait_for(firefox.alerts, "the notification", seconds=120)
        assert alert.body == TITLE
        assert time.time() >= at
        assert [each["tag"] for each in firefox.notifications()] == ["alarm"]
        next_at = wait_for(lambda: _woken_at(city, held["token"]), "the phone to ask for more")
        assert WEEK - HOUR < next_at - at <= WEEK + HOUR
        kept = json.loads(firefox.script(SETTING, "reminders"))
        assert kept["wakes_at"] == 1000 * next_at
    _nobody_saw_what_for(tmp_path / "city", service)


@pytest.mark.real
def test_the_timeline_asks_and_keeps_its_dates_on_the_phone(
    tmp_path: Path, service: PushService
) -> None:
    born = (datetime.now(JST).date() - timedelta(days=40)).isoformat()
    child = {"name": "見本そら", "facts": {"child.birth_date": born}}
    with (
        City.start(tmp_path / "city", push__allow_loopback=[service.address]) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        firefox.go(f"{city.url}/timeline.html")
        firefox.script(SETTING, "family", json.dumps({"about": "child", "children": [child]}))
        firefox.go(f"{city.url}/timeline.html")
        firefox.press("知らせてもらう")
        firefox.permit()
        wait_for(lambda: firefox.script(ON) == "true", "the phone to be woken")
        held = json.loads(firefox.script(SETTING, "held"))
        assert _woken_at(city, held["token"]) > time.time()
        kept = json.loads(firefox.script(SETTING, "reminders"))
        assert "見本そらさん: B型肝炎 1回目の時期です" in [each["title"] for each in kept["list"]]
        firefox.press("やめるとき")  # folded: not where the finger that began it still is
        firefox.press("知らせるのをやめる")
        wait_for(lambda: firefox.script(ON) == "false", "the phone to be left alone")
    for path in (tmp_path / "city").rglob("*.sqlite3*"):
        assert born.encode() not in path.read_bytes(), path.name


def _follows(city: City, firefox: Firefox) -> None:
    firefox.go(f"{city.url}/topics.html")
    firefox.press("健診・予防接種")
    firefox.press("この内容で届けてもらう")
    firefox.press("知らせてもらう")
    firefox.permit()
    wait_for(lambda: firefox.script(SETTING, "held") != "null", "the city to answer")


def _keeps_a_date(firefox: Firefox) -> None:
    """What js/reminders.js keeps, with this very hour of the week."""
    japan = time.gmtime(time.time() + 9 * HOUR)
    kept: dict[str, Any] = {
        "on": True,
        "slot": {"day": (japan.tm_wday + 1) % 7, "hour": japan.tm_hour},
        "show": "title",
        "language": "ja",
        "words": dict.fromkeys(("city", "discreet", "nothing", "more", "done", "later"), "見本"),
        "wakes_at": None,
        "told_at": None,
        "list": [
            {
                "id": "mihon",
                "at": int(1000 * (time.time() + 2 * 24 * HOUR)),
                "title": {"ja": TITLE},
                "href": "/index.html",
                "done_at": None,
                "snoozed_until": None,
            }
        ],
    }
    firefox.script(SETTING, "reminders", json.dumps(kept))


def _asks(city: City, token: str) -> int:
    """For the next minute there is."""
    at = (int(time.time()) + 62) // 60 * 60
    answer = requests.post(
        f"{city.url}/api/alarms",
        json={"at": at},
        headers={"Origin": city.url, "Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.json() == {"ok": True, "at": at}
    return at


def _woken_at(city: City, token: str) -> int:
    """What the city keeps of the phone's wishes now, when it is another one than before."""
    answer = requests.get(
        f"{city.url}/api/subscriptions/me/export",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    at = answer.json()["woken_at"]
    return int(at) if at is not None and at > time.time() else 0


def _nobody_saw_what_for(data: Path, service: PushService) -> None:
    assert {each.length for each in service.arrivals} == {WIRE_BYTES}
    for path in data.rglob("*.sqlite3*"):
        assert TITLE.encode() not in path.read_bytes(), path.name
