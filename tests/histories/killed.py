"""A city in a process of its own that is killed again and again while the clients use it."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from flask.testing import FlaskClient

from tests.histories.baton import Free
from tests.histories.citizen import Citizen
from tests.histories.diary import Diary
from tests.histories.faults import WatchedPush
from tests.histories.official import Official
from tests.histories.run import judged, read_all
from tests.histories.scene import GONE, PlainPress, Scene, publish, write_keys
from tests.histories.start import MESSAGES
from tests.histories.wire import Browser, FiledPush
from tests.parts.applying import ANSWERS
from tests.parts.city import City, free_port
from tests.parts.town import Phone
from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import bills
from todoke.ports import Clock, Services

COMMAND = [sys.executable, "-m", "tests.histories.start"]
#: a server lives so long at most; most of what the clients do takes a hundredth of it
LONGEST_LIFE = 0.6
#: acts of one client, so that a history stays small enough to be judged
MOST_ACTS = 100


class Watch(Free):
    """Free threads and one clock for the order of events in all processes of this machine."""

    def tick(self) -> int:
        """See ``Turns``."""
        return time.monotonic_ns()


def complaints(data: Path, seed: int, kills: int, fault: str = "none") -> list[str]:
    """What is wrong with one run; empty when all is well. fault: of ``tests/crash/start.py``."""
    scene, luck = _opened(data, seed), random.Random(f"kills {seed}")
    port = int(scene.services.config.public_url.rpartition(":")[2])

    def start() -> City:
        return City.start(data, port=port, command=[*COMMAND, fault])

    city = start()
    try:
        for each in scene.clients:
            each.begin()
        city = _lived(scene, city, start, [luck.uniform(0, LONGEST_LIFE) for _ in range(kills)])
        read_all(scene)
    finally:
        city.kill()
    scene.clock = TurnedClock(datetime.now(UTC))
    scene.calm = _services(data, port, scene.clock)
    lost = sum(each.lost for each in scene.diary.acts)
    found = [] if lost else ["every answer came: the kills met nobody"]
    return [f"run {seed}: {each}" for each in (*found, *judged(scene))]


def _opened(data: Path, seed: int) -> Scene:
    """Everybody takes her place before the first server starts."""
    write_keys(data / "keys")
    port = free_port()
    services = _services(data, port, SystemClock())
    publish(services)
    day = (bills.today(services) - timedelta(days=1)).isoformat()
    children = [{**child, "born": day} for child in ANSWERS["children"]]
    turns = Watch(seed)
    scene = Scene(
        services,
        services,
        cast("TurnedClock", services.clock),
        cast("WatchedPush", services.push),
        turns,
        # a browser has as much of a test client as the clients use
        cast("Callable[[], FlaskClient]", lambda: Browser(port)),
        Diary(turns),
        {**ANSWERS, "event_on": day, "children": children},
    )
    scene.settle_people(seed)
    return scene


def _services(data: Path, port: int, clock: Clock) -> Services:
    push = FiledPush(data / MESSAGES, {Phone(GONE).endpoint})
    url = f"http://localhost:{port}"
    return replace(assemble.fake(data, clock=clock, push=push, public_url=url), press=PlainPress())


def _lived(scene: Scene, city: City, start: Callable[[], City], lives: list[float]) -> City:
    """The clients go on while one server after the other dies; the last one stays."""
    ending, running, cities = threading.Event(), threading.Event(), [city]
    running.set()

    def client(who: Citizen | Official) -> None:
        for _ in range(MOST_ACTS):
            running.wait()
            if not ending.is_set():
                who.do_something()
                ending.wait(0.02)

    def killer() -> None:
        try:
            for life in lives:
                time.sleep(life)
                cities[-1].kill()
                running.clear()
                cities.append(start())
                running.set()
        finally:
            ending.set()
            running.set()

    scene.turns.run([*(lambda each=each: client(each) for each in scene.clients), killer])
    return cities[-1]
