"""One crash run: a city that is killed again and again while people use it, and the verdict of
an oracle that knows only what was acknowledged."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from tests.crash.kills import Plan, live_and_die
from tests.crash.witness import Host
from tests.parts.city import City, free_port
from tests.parts.phone import Subscription
from tests.parts.push_service import PushService
from tests.parts.waiting import wait_for
from todoke.adapters.clock import SystemClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.journeys.notices import LATEST
from todoke.ports import Record
from todoke.store_schema import LANES

#: fewer than the floor k, so that the clerk's count never changes
STEADY, RESTLESS = 3, 6
#: nothing moves any more after this long (the fault "no_outbox" acts two seconds late)
QUIET_SECONDS = {"none": 1.0, "deferred": 1.0, "no_outbox": 3.0}


@dataclass(slots=True)
class Scene:
    """What stays while servers come and go."""

    plan: Plan
    data: Path
    push: PushService
    port: int = field(default_factory=free_port)
    browsers: list[Subscription] = field(default_factory=list)

    def start(self, *, wait: bool = True, site: str = "publish") -> City:
        """The city, with the fault of the plan. site: "publish" or "keep"."""
        loopback = [self.push.address]
        return self.plan.start(
            self.data, self.port, wait=wait, site=site, push__allow_loopback=loopback
        )

    def subscribe_browsers(self) -> None:
        """Browsers that lie in a drawer: whatever is sent waits for them."""
        for number in range(STEADY + RESTLESS):
            endpoint = self.push.room.register("drawer", f"channel-{number}", None)
            key = ec.generate_private_key(ec.SECP256R1())
            auth = bytes([number]) * 16
            url = f"{self.push.origin}/push/{endpoint}"
            self.browsers.append(Subscription(url, endpoint, key, auth))

    def visible(self) -> Iterator[tuple[int, str]]:
        """(browser, notice) of every message that a browser taken out of the drawer would
        show; a message replaced through its Topic is not among them."""
        of = {each.channel: number for number, each in enumerate(self.browsers)}
        for kept in list(self.push.room.kept.values()):
            number = of[kept.endpoint]
            said = json.loads(self.browsers[number].open(kept.body))
            yield number, str(said["notification"]["tag"])


def complaints(plan: Plan, data: Path) -> list[str]:
    """Runs the plan; what was lost or doubled, one sentence each. Empty is what we promise."""
    with PushService() as push:
        scene = Scene(plan, data, push)
        scene.subscribe_browsers()
        report = live_and_die(
            plan, scene.start, "tests.crash.witness", lambda city: _told(scene, city)
        )
        found = [f"the witness: {each}" for each in report["faults"]]
        with scene.start(site="keep") as city:
            _wait_until_quiet(scene)
            # a job that was in hand at eight deaths is put aside, not lost: an operator
            # starts it again
            if city.ask("redrive")["jobs"]:
                _wait_until_quiet(scene)
            found += _of_citizens(scene, report["devices"])
            found += _of_notices(scene, report)
        assert city.process.returncode == 0, city.output[-2000:]
        return found + _of_the_store(scene, report)


def _told(scene: Scene, city: City) -> Mapping[str, Any]:
    return {
        "port": scene.port,
        "seed": scene.plan.seed,
        "links": {role: city.link(role) for role in ("author", "approver")},
        "topics": ["allowance", "nursery"],
        "devices": [
            {"subscription": each.as_browser_gives_it(), "steady": number < STEADY}
            for number, each in enumerate(scene.browsers)
        ],
    }


def _wait_until_quiet(scene: Scene) -> None:
    """Until neither outbox nor queue holds anything, and did not for a while."""
    path, clock = scene.data / "todoke.sqlite3", SystemClock()
    with closing(SqliteStore(path, clock)) as store, closing(LocalQueue(path, clock)) as queue:
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal since
            busy = store.find("outbox_due", "waiting", limit=1).records
            retries = store.find("deliveries_due", "retry", limit=1).records
            if busy or retries or any(queue.waiting(lane) for lane in LANES):
                since = time.monotonic()
            return time.monotonic() > since + QUIET_SECONDS[scene.plan.fault]

        wait_for(quiet, "outbox and queue to become empty", seconds=90)


# ------------------------------------------------------------------------- the verdict
def _of_citizens(scene: Scene, devices: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    portal = Host("localhost", scene.port)
    for number, device in enumerate(devices):
        if not device["token"]:
            continue
        bearer = f"Bearer {device['token']}"
        answer = portal.insist("GET", "/api/subscriptions/me", Authorization=bearer)
        if answer.status != 200:
            yield f"device {number}: its acknowledged subscription is lost ({answer.status})"
            continue
        shown = json.loads(answer.body)
        for name, value in device["choices"].items():
            if shown[name] != value:
                yield f"device {number}: its acknowledged {name} is lost"


def _of_notices(scene: Scene, report: Mapping[str, Any]) -> Iterator[str]:
    portal = Host("localhost", scene.port)
    feed = json.loads(portal.insist("GET", "/feeds/all.json").body)
    listed = Counter(item["id"] for item in feed["items"])
    visible = Counter(scene.visible())
    # a feed is short; which of two at its end was published first is nobody's promise
    newest = sorted(made["notice"] for made in report["notices"])[-LATEST // 2 :]
    for made in report["notices"]:
        notice = made["notice"]
        if portal.insist("GET", f"/notices/{notice}.html").status != 200:
            yield f"{notice}: approved, acknowledged, and its page is lost"
        if notice in newest and not listed[notice]:
            yield f"{notice}: approved, acknowledged, and no feed tells of it"
        for number, device in enumerate(report["devices"]):
            times = visible[number, notice]
            if times == 0 and _must_receive(number, device, made):
                yield f"{notice}: its push to device {number} is lost"
            if times and _must_not_receive(device, made):
                yield f"{notice}: pushed to device {number}, which had left"
    yield from (f"{notice}: shown {times} times" for notice, times in listed.items() if times > 1)
    for (number, notice), times in visible.items():
        if times > 1:
            yield f"{notice}: device {number} shows it {times} times"


def _must_receive(number: int, device: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """A steady device follows once and stays."""
    acts = device["acts"]
    return number < STEADY and bool(acts) and bool(acts[0]["acknowledged"] < made["asked"])


def _must_not_receive(device: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """It had left before the approval was asked for, and did not come back."""
    acts = device["acts"]
    return bool(acts) and acts[-1]["what"] == "leave" and acts[-1]["acknowledged"] < made["asked"]


def _of_the_store(scene: Scene, report: Mapping[str, Any]) -> list[str]:
    with closing(SqliteStore(scene.data / "todoke.sqlite3", SystemClock())) as store:
        found = [f"the store: {fault}" for fault in store.integrity()]
        notices = store.find("notices", "all", limit=1000).records
        found += _of_states(notices, report)
        found += _of_counters(store, report)
    return found


def _of_states(notices: Sequence[Record], report: Mapping[str, Any]) -> Iterator[str]:
    states = {each.id: each.data["state"] for each in notices}
    acknowledged = {made["notice"] for made in report["notices"]}
    for notice in sorted(acknowledged):
        if states.get(notice) != "sent":
            yield f"{notice}: approved, acknowledged, and lost on the way ({states.get(notice)})"
    titles = Counter(str(each.data["content"]["title"]["ja"]) for each in notices)  # type: ignore[index,call-overload]
    yield from (f"{title}: doubled" for title, times in titles.items() if times > 1)


def _of_counters(store: SqliteStore, report: Mapping[str, Any]) -> Iterator[str]:
    """Every row belongs to a subscription that was acknowledged and not left, once."""
    wanted = [each["choices"] for each in report["devices"] if each["token"]]
    for topic in ("allowance", "nursery"):
        rows = store.find("follows_by_topic", topic, limit=1000).records
        followers = sum(1 for choices in wanted if topic in choices["topics"])
        counter = store.get("counter.followers", topic)
        counted = counter.data["*|*"] if counter else 0
        if not len(rows) == counted == followers:
            yield f"{topic}: {len(rows)} rows, {counted} counted, {followers} lost or doubled"
