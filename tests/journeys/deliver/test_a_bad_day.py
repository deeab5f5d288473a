"""Many notices through the whole pipeline, while the push services have their worst day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.parts.bad_day import SHARES, WNS, BadDay
from tests.parts.desk import DAY, Desk
from tests.parts.hostile_push import Certificates
from tests.parts.http2_push import Http2Push
from tests.parts.push_wire import AUTH, BROWSER, POINT, Wire
from tests.parts.town import GOOGLE, MOZILLA, NoPages, Phone, Town
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.push_engine import PushEngine
from todoke.core.subscription import encode
from todoke.journeys import outcomes, subscribe

pytestmark = [pytest.mark.real, pytest.mark.looks_into_files]
ORIGINS = (MOZILLA, GOOGLE, f"https://{WNS}")
HOSTS = tuple(each.removeprefix("https://") for each in ORIGINS)


@dataclass(slots=True)
class City:
    """town: with the engine over TLS. day: what the services do. wire: where it dialled."""

    town: Town
    day: BadDay
    wire: Wire
    server: Http2Push

    def join(self, number: int) -> Phone:
        phone = Phone(number, ORIGINS[number % len(ORIGINS)])
        keys = {"p256dh": encode(POINT), "auth": encode(AUTH)}
        shown, _ = subscribe.follow(
            self.town.services,
            {"endpoint": phone.endpoint, "keys": keys, "topics": ["nursery"]},
        )
        phone.id = str(shown["id"])
        return phone


Make = Callable[[int], City]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Cities by the seed of their bad day."""
    open_ones: list[tuple[Http2Push, PushEngine]] = []

    def made(seed: int) -> City:
        certificates = Certificates(tmp_path)
        server = Http2Push(certificates.serving(*HOSTS))
        server.__enter__()
        wire, tls = Wire(server.port), certificates.trusting()
        tls.set_alpn_protocols(["h2"])
        desk = Desk.open(tmp_path / f"data{seed}")
        reach = Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, 20.0, tls)
        engine = PushEngine(desk.services.config, desk.services.secrets, desk.clock, reach)
        open_ones.append((server, engine))
        day = BadDay(BROWSER, AUTH, seed)
        server.behave = day.behave
        services = replace(desk.services, push=engine, press=NoPages())
        return City(Town(replace(desk, services=services)), day, wire, server)

    yield made
    for server, engine in open_ones:
        engine.close()
        server.__exit__(None, None, None)


def _endure(city: City, notices: int, phones: int, days: int = 6, *, refill: bool = False) -> None:
    """Sends so many notices to so many phones, and waits until nothing more is to come.

    refill: somebody new joins for every phone that was forgotten, so that the last notice has as
    many readers as the first."""
    made = [city.join(number) for number in range(phones)]
    first = dict.fromkeys(range(phones), 0)
    ids: list[str] = []
    for _ in range(notices):
        ids.append(city.town.send())
        while refill and len(made) - len(city.day.forgotten) < phones:
            first[len(made)] = len(ids)
            made.append(city.join(len(made)))
    city.town.pass_time(days * DAY, 3 * 3600)
    city.day.calm = True
    city.town.pass_time(2 * DAY, 3 * 3600)
    _judge(city, made, ids, first)


def _judge(
    city: City, phones: list[Phone], ids: list[str], first: Mapping[int, int] | None = None
) -> None:
    """first: by number of a phone the place in ``ids`` of the first notice it follows."""
    shown, day = city.day.shown(), city.day
    for phone in phones:
        path = _path(phone)
        if path in day.forgotten:
            continue
        follows = ids[first[phone.number] if first else 0 :]
        assert dict(shown[path]) == dict.fromkeys(follows, 1), f"phone {phone.number}"
    assert day.after_farewell == [], "a message to a browser that was forgotten"
    assert {host for host, _ in city.wire.asked} <= set(HOSTS), "led elsewhere"
    assert city.server.faults == []
    services = city.town.services
    assert services.store.find("deliveries_due", "retry", limit=10).records == []
    assert services.store.find("outbox_due", "waiting", limit=10).records == []
    left = sum(_path(each) not in day.forgotten for each in phones)
    assert city.town.followers().get("*|*", 0) == left
    for id in ids:
        assert city.town.notice(id).data["state"] == "sent"


def _path(phone: Phone) -> str:
    return "/" + phone.endpoint.split("/", 3)[3]


def test_every_phone_gets_every_notice_once_on_the_services_worst_day(make: Make) -> None:
    city = make(1)
    _endure(city, 40, 40)
    assert set(city.day.met) == {"none", *SHARES}, city.day.met


def test_who_joins_on_the_worst_day_gets_what_comes_after(make: Make) -> None:
    city = make(4)
    _endure(city, 30, 12, days=2, refill=True)
    assert city.day.forgotten, "nobody had to be replaced"


@pytest.mark.soak
def test_ten_thousand_notices_on_the_services_worst_day(make: Make) -> None:
    city = make(2)
    _endure(city, 10_000, 12, refill=True)
    print({"notices": 10_000, "phones": 12, "troubles": dict(city.day.met)})


def test_a_service_that_is_down_keeps_no_other_waiting(make: Make) -> None:
    city = make(3)
    city.day.calm = True
    phones = [city.join(number) for number in range(60)]
    city.day.down = {HOSTS[0]}
    id = city.town.send()  # no time passes: whatever is put off stays undone
    reached = {path for path, notices in city.day.shown().items() if notices[id]}
    up = [each for each in phones if each.origin != ORIGINS[0]]
    assert reached == {_path(each) for each in up}
    city.day.down = set()
    city.town.pass_time(2 * 3600, 600)
    _judge(city, phones, [id])


def test_an_engine_that_would_send_again_what_was_forgotten_is_noticed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a browser that is gone is kept."""
    monkeypatch.setattr(outcomes, "remove", lambda *_: None)
    city = make(1)
    with pytest.raises(AssertionError, match="forgotten"):
        _endure(city, 10, 40, days=0)
