"""The oracle of the crash tests, a process of its own: citizens who follow and leave, and two
clerks who announce. It knows only what the socket acknowledged, and keeps asking for what was
not answered, as a phone does.

Reads one JSON line (port, devices, links, topics), says "ready", works until it reads another
line, finishes what is under way and prints what was acknowledged.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

TIMEOUT_SECONDS = 10
PAUSE_SECONDS = 0.02
#: fewer than k follow, so the count to be typed is always k
TYPED_COUNT = "10"


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer. cookies: its Set-Cookie lines."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str] = ()


@dataclass(slots=True)
class Host:
    """One host of the city. cookie: value of the Cookie header."""

    name: str
    port: int
    cookie: str = ""

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer | None:
        """None when there was no whole answer: then nothing is known."""
        netloc = f"{self.name}:{self.port}"
        sent = {"Host": netloc, "Origin": f"http://{netloc}", "Connection": "close", **headers}
        if self.cookie:
            sent["Cookie"] = self.cookie
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            line.request(method, path, body, sent)
            got = line.getresponse()
            cookies = got.headers.get_all("Set-Cookie") or []
            return Answer(got.status, dict(got.headers), got.read(), cookies)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()

    def insist(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Asks until there is an answer that is not "try again later"."""
        while True:
            answer = self.call(method, path, body, **headers)
            if answer is not None and answer.status not in (429, 503, 507):
                return answer
            time.sleep(PAUSE_SECONDS)

    def form(self, path: str, **fields: str) -> Answer:
        """A form as a browser sends it."""
        kind = "application/x-www-form-urlencoded"
        return self.insist("POST", path, urlencode(fields).encode(), **{"Content-Type": kind})


# ------------------------------------------------------------------------- citizens
@dataclass(slots=True)
class Device:
    """One browser. acts: (what, asked at, acknowledged at, topics), in order."""

    subscription: Mapping[str, Any]
    steady: bool
    token: str = ""
    choices: dict[str, Any] = field(default_factory=dict)
    acts: list[dict[str, Any]] = field(default_factory=list)


def live(device: Device, portal: Host, topics: list[str], luck: random.Random) -> None:
    """One act of a person, until it is acknowledged."""
    asked = time.time()
    if not device.token:
        chosen = [topics[0]] if device.steady else luck.choice([topics[:1], topics[:2]])
        body = {**device.subscription, "topics": chosen, "show": "discreet"}
        answer = _json(portal, "POST", "/api/subscriptions", body)
        assert answer.status in (200, 201), answer.body
        found = json.loads(answer.body)
        device.token, what = found["token"], "follow"
        device.choices = {name: found[name] for name in ("id", "topics", "show")}
    elif device.steady or luck.random() < 0.5:
        body = {"show": luck.choice(["discreet", "title"])}
        answer = _json(portal, "PUT", "/api/subscriptions/me", body, device.token)
        assert answer.status == 200, answer.body
        device.choices["show"], what = json.loads(answer.body)["show"], "change"
    else:
        answer = _json(portal, "DELETE", "/api/subscriptions/me", {}, device.token)
        assert answer.status == 200, answer.body
        device.token, what = "", "leave"
    device.acts.append({"what": what, "asked": asked, "acknowledged": time.time()})


def _json(host: Host, method: str, path: str, body: Mapping[str, Any], token: str = "") -> Answer:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return host.insist(method, path, json.dumps(body).encode(), **headers)


# ------------------------------------------------------------------------- clerks
def enter(console: Host, link: str) -> Host:
    """Spends a one-time link."""
    answer = console.form("/" + link.split("/", 3)[3])
    assert answer.status == 303, answer.status
    return Host(console.name, console.port, answer.headers["Set-Cookie"].split(";")[0])


def announce(author: Host, approver: Host, topic: str, number: int) -> dict[str, Any]:
    """One notice from form to approval; every step is asked again until it is answered."""
    end = datetime.now(UTC) + timedelta(days=30)
    date = {"expires-year": end.year, "expires-month": end.month, "expires-day": end.day}
    words = {"title-ja": f"見本のお知らせ {number}", "text-ja": "試験のお知らせです。"}
    form = {"form": secrets.token_urlsafe(24), "topic": topic, "urgency": "normal", "when": "now"}
    made = author.form("/notices/new", **form, **words, **{k: str(v) for k, v in date.items()})
    assert made.status == 303, made.body[-2000:]
    notice = made.headers["Location"].split("/")[-1].split("?")[0]
    asked = author.form(f"/notices/{notice}/ask")
    assert asked.status == 303, asked.status
    page = approver.insist("GET", f"/notices/{notice}/approve")
    seal = re.search(rb'name="snapshot" value="([0-9a-f]{64})"', page.body)
    assert seal, page.status
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    started = time.time()
    fields = {"act": "approve", "snapshot": seal[1].decode(), "count": TYPED_COUNT, **ticks}
    done = approver.form(f"/notices/{notice}/approve", **fields)
    assert done.status == 303, done.body[-2000:]
    return {"notice": notice, "asked": started, "acknowledged": time.time()}


# ------------------------------------------------------------------------- all of them
@dataclass(slots=True)
class Works:
    """Threads that live until the process that started us says so. faults: what a thread
    ended with, if it ended by itself."""

    faults: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Says "ready", works until a line comes, finishes what is under way."""
        threads = [threading.Thread(target=self._guarded, args=(each,)) for each in works]
        for each in threads:
            each.start()
        print("ready", flush=True)
        sys.stdin.readline()
        self.ending.set()
        for each in threads:
            each.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}")


class Witness:
    """Citizens in three groups, and two clerks."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.portal = Host("localhost", told["port"])
        console = Host("console.localhost", told["port"])
        self.author = enter(console, told["links"]["author"])
        self.approver = enter(console, told["links"]["approver"])
        self.devices = [Device(each["subscription"], each["steady"]) for each in told["devices"]]
        self.topics: list[str] = told["topics"]
        self.seed: int = told["seed"]
        self.notices: list[dict[str, Any]] = []
        self.works = Works()

    def run(self) -> None:
        groups = [self.devices[place::3] for place in range(3)]
        citizens = [partial(self._citizens, each, number) for number, each in enumerate(groups)]
        self.works.run([*citizens, self._clerks])

    def _citizens(self, group: list[Device], number: int) -> None:
        luck = random.Random(self.seed * 10 + number)
        while not self.works.ending.is_set():
            live(luck.choice(group), self.portal, self.topics, luck)
            self.works.ending.wait(luck.uniform(0, 0.05))

    def _clerks(self) -> None:
        number = 0
        while not self.works.ending.is_set():
            number += 1
            made = announce(self.author, self.approver, self.topics[0], number)
            self.notices.append(made)
            self.works.ending.wait(0.1)

    def report(self) -> dict[str, Any]:
        devices = [
            {"token": each.token, "choices": each.choices, "acts": each.acts}
            for each in self.devices
        ]
        return {"devices": devices, "notices": self.notices, "faults": self.works.faults}


if __name__ == "__main__":
    witness = Witness(json.loads(sys.stdin.readline()))
    witness.run()
    print(json.dumps(witness.report()), flush=True)
