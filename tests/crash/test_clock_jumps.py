"""Somebody sets the clock of a running city: it goes on serving, keeps what it keeps until a person
has confirmed the clock, and says so in plain words."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.crash.load import Load
from tests.crash.witness import Host
from tests.parts.city import City
from tests.parts.set_clock import SetClock
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
DAY = 24 * 3600
JSON = {"Content-Type": "application/json"}
#: a row that is over whatever the clock says, another only after a jump forwards
OVER, SOON = "over", "soon"


def start(data: Path, clock: SetClock, fault: str = "none") -> City:
    words = clock.command(sys.executable, "-m", "tests.crash.start", fault, "publish")
    city = City.start(data, command=words, push__allow_loopback=[PUSH])
    city.environment = {**city.environment, **clock.environment}  # for the commands beside it
    # the last act of a first care: one still under way would erase what is planted next
    wait_for(lambda: is_known(data, "chain.published"), "the end of the first care")
    return city


def on_disk(data: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What the file itself holds: the store hides what is over."""
    with closing(sqlite3.connect(data / "todoke.sqlite3", timeout=20)) as db:
        found = db.execute(statement, values).fetchall()
        db.commit()
        return found


def care_at(data: Path) -> int:
    """When the care was taken last, by the clock of the city."""
    find = "SELECT data FROM record WHERE kind = 'setting' AND id = 'tick.care'"
    return max((int(json.loads(row[0])["value"]) for row in on_disk(data, find)), default=0)


def wait_for_care(data: Path, clock_is: int) -> None:
    """Until a care has begun and ended after the clock was set."""
    wait_for(lambda: abs(care_at(data) - clock_is) < DAY / 2, "a care after the jump")
    wait_for(lambda: is_known(data, "clock.held"), "the jump to be noted")


def is_known(data: Path, setting: str) -> bool:
    """Whether the city has written this down."""
    find = "SELECT 1 FROM record WHERE kind = 'setting' AND id = ?"
    return bool(on_disk(data, find, setting))


def plant(data: Path, now: int) -> None:
    """Rows whose time is over: now, and within two days."""
    insert = "INSERT INTO record (kind, id, version, expires_at, data) VALUES ('form', ?, 1, ?, ?)"
    for id, ends in ((OVER, now - 10 * DAY), (SOON, now + 2 * DAY)):
        on_disk(data, insert, id, ends, json.dumps({"notice": "N"}))


def planted(data: Path) -> set[str]:
    return {row[0] for row in on_disk(data, "SELECT id FROM record WHERE kind = 'form'")}


def follow(city: City) -> str:
    """The token of a new subscription."""
    _, _, body = Load(city.port, PUSH).request("post", "close").partition(b"\r\n\r\n")
    answer = Host("localhost", city.port).insist("POST", "/api/subscriptions", body, **JSON)
    assert answer.status == 201
    return str(json.loads(answer.body)["token"])


def is_there(city: City, token: str) -> bool:
    bearer = f"Bearer {token}"
    answer = Host("localhost", city.port).insist(
        "GET", "/api/subscriptions/me", Authorization=bearer
    )
    return answer.status == 200


@pytest.mark.parametrize("days", [3, -3, pytest.param(400, marks=pytest.mark.soak)])
def test_a_city_whose_clock_is_set_erases_nothing_until_a_person_confirms(
    tmp_path: Path, days: int
) -> None:
    data, clock = tmp_path / "data", SetClock.right(tmp_path)
    with start(data, clock) as city:
        before = follow(city)
        plant(data, int(time.time()))
        clock.set(days * DAY)
        wait_for_care(data, int(time.time()) + days * DAY)
        assert planted(data) == {OVER, SOON}
        assert "erasing_held" in city.output

        assert is_there(city, before)
        assert is_there(city, follow(city))
        told = city.run("doctor", "--json")
        assert told.returncode == 1, told.stdout
        (found,) = [
            each for each in json.loads(told.stdout)["checks"] if each["check"] == "erasing"
        ]
        assert found["ok"] is False
        assert abs(found["hours"] - days * 24) <= 1

        assert city.ask("clock", "confirm")["confirmed"] is True
        clock.set(days * DAY + 120)  # two minutes later the care comes again
        left = {SOON} if days < 0 else set()
        wait_for(lambda: planted(data) == left, "what is over to be erased")
        assert city.run("clock", "show").returncode == 0
    assert city.process.returncode == 0


def test_a_restart_with_a_jump_is_noticed_too(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", SetClock.right(tmp_path)
    with start(data, clock) as city:
        city.kill()
    plant(data, int(time.time()))
    clock.set(3 * DAY)
    with start(data, clock) as city:
        wait_for_care(data, int(time.time()) + 3 * DAY)
        assert planted(data) == {OVER, SOON}


def test_a_city_that_believes_any_clock_is_noticed(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", SetClock.right(tmp_path)
    with start(data, clock, "any_clock"):
        plant(data, int(time.time()))
        clock.set(3 * DAY)
        wait_for(lambda: planted(data) == set(), "rows to be erased by a wrong clock")
