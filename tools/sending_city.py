"""A city that sends to sinks over TLS instead of to the push services of the world:
``python -m tools.sending_city serve|work|fill FOLDER MORE…``, for tools/bench_deliver.py.

FOLDER holds ``data/``, ``ca.pem`` and ``ports.json`` (host -> port of its sink). Everything else is
the product: store, press, tick, lanes, processes, engine, HTTP/2, verified certificates.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from tests.parts.city import free_port
from tests.parts.push_wire import AUTH, POINT
from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.push_engine import PushEngine
from todoke.core.notice import Content, Person
from todoke.core.subscription import encode
from todoke.entry.commands import work
from todoke.entry.local import City
from todoke.entry.senders import LANE, Senders
from todoke.journeys import announce, publish, staff
from todoke.ports import Count, Create, Json, Record, Services, Write

#: a bulk notice and small ones go to different services, so that their sinks tell them apart
HOSTS = {"nursery": "updates.push.services.mozilla.com", "allowance": "fcm.googleapis.com"}
#: public addresses, one for each host, so that the guard has something to judge
ADDRESSES = {host: f"93.184.215.{14 + n}" for n, host in enumerate(HOSTS.values())}
PATH = "/wpush/v2/"
#: about as long as those of real services
PATH_BYTES = 150
_PER_COMMIT = 40


def services_of(folder: Path) -> Services:
    """The local city in ``folder/data``, its engine's wire leading to the sinks."""
    found = assemble.fake(folder / "data", clock=SystemClock())
    ports = json.loads((folder / "ports.json").read_text("utf-8"))
    leads = {address: int(ports[host]) for host, address in ADDRESSES.items()}
    tls = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    tls.set_alpn_protocols(["h2"])

    def look_up(host: str, port: int) -> Sequence[str]:
        del port
        return [ADDRESSES[host]]

    def dial(address: str, port: int, timeout: float) -> socket.socket:
        del port
        return socket.create_connection(("127.0.0.1", leads[address]), timeout)

    engine = PushEngine(found.config, found.secrets, found.clock, Reach(look_up, dial, tls_h2=tls))
    return replace(found, push=engine)


# ------------------------------------------------------------------------- people
def fill(folder: Path, topic: str, number: int) -> None:
    """So many more followers of a topic, through the store's own door."""
    services = services_of(folder)
    if services.blobs.get("app.json") is None:
        publish.publish_site(services)
    writes = _followers(topic, number, services.clock.unix())
    while some := list(islice(writes, 2 * _PER_COMMIT)):
        services.store.commit([*some, Count("followers", topic, {"*|*": len(some) // 2})])


def _followers(topic: str, number: int, now: int) -> Iterator[Write]:
    for _ in range(number):
        id = secrets.token_urlsafe(32)
        yield Create(Record("subscription", id, subscription(topic, now)))
        follow: dict[str, Json] = {"topic": topic, "subscription": id, "cohorts": [], "since": now}
        yield Create(Record("follow", f"{topic}.{id}", follow))


def subscription(topic: str, now: int) -> dict[str, Json]:
    """A made-up browser that follows one topic."""
    host = HOSTS[topic]
    return {
        "endpoint": f"https://{host}{PATH}{secrets.token_urlsafe(PATH_BYTES)[:PATH_BYTES]}",
        "origin": f"https://{host}",
        "resource": secrets.token_urlsafe(32),
        "p256dh": encode(POINT),
        "auth": encode(AUTH),
        "token_hash": secrets.token_hex(32),
        "topic_secret": secrets.token_urlsafe(32),
        "topics": [topic],
        "area": None,
        "cohorts": [],
        "language": "ja",
        "show": "discreet",
        "paused_until": None,
        "created_at": now,
        "changed_at": now,
    }


# ------------------------------------------------------------------------- the city
def serve(folder: Path) -> None:
    """Runs until its input ends. A line "announce TOPIC" has a notice written and approved and is
    answered with its number and the moment of the approval; "state NUMBER" with its state. The
    last line says what all processes computed."""
    services = services_of(folder)
    words = [sys.executable, "-m", "tools.sending_city", "work", str(folder)]
    city = City(services, free_port(), senders=Senders(services, words))
    clerks = [_person(services, role) for role in ("author", "approver")]
    before = resource.getrusage(resource.RUSAGE_SELF)
    threading.Thread(target=_obey, args=(services, clerks), daemon=True).start()
    _say({"ready": True})
    city.run()
    after, children = (
        resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _say({"core_seconds": ours + children.ru_utime + children.ru_stime})


def _obey(services: Services, clerks: Sequence[Person]) -> None:
    for line in sys.stdin:
        act, _, what = line.strip().partition(" ")
        if act == "announce":
            _say(_announce(services, clerks, what))
        else:
            record = services.store.get("notice", what)
            assert record is not None
            _say({"state": record.data["state"]})
    os.kill(os.getpid(), signal.SIGTERM)


def _person(services: Services, role: str) -> Person:
    link = staff.add(services, f"見本 {role} {secrets.token_hex(2)}", [role])
    return Person(link.staff, frozenset(link.roles))


def _announce(services: Services, clerks: Sequence[Person], topic: str) -> dict[str, Any]:
    author, approver = clerks
    content = Content(
        topic=topic,
        title={"ja": "見本のお知らせ"},
        text={"ja": "これは見本です。"},
        expires_at=services.clock.unix() + 30 * 24 * 3600,
    )
    draft = announce.draft(services, author, content)
    asked = announce.ask(services, author, draft.id)
    shown: Any = asked.data["audience"]
    announce.approve(
        services, approver, draft.id, str(asked.data["snapshot"]), str(shown["number"])
    )
    return {"notice": draft.id, "approved": time.monotonic()}


def _work(folder: Path) -> None:
    ending = threading.Event()
    os.nice(work.NICE)
    threading.Thread(target=work.watch_input, args=(ending,), daemon=True).start()
    work.work_off(services_of(folder), LANE, ending)


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", place]:
            serve(Path(place))
        case ["work", place]:
            _work(Path(place))
        case ["fill", place, wanted, count]:
            fill(Path(place), wanted, int(count))
        case _:
            sys.exit(__doc__)
