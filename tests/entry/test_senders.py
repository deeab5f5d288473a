"""What many follow is sent by processes beside the city, which end with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.parts import announcing
from tests.parts.city import City
from tests.parts.push_service import PushService, Whim
from tests.parts.waiting import wait_for
from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.core.subscription import encode
from todoke.entry import senders
from todoke.journeys import publish, subscribe
from todoke.journeys.announce import URGENT_AUDIENCE

pytestmark = pytest.mark.real
#: one more than what the city sends by itself
FOLLOWERS = URGENT_AUDIENCE + 1


@pytest.fixture
def push() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose site is published: that takes the longest."""
    data = tmp_path_factory.mktemp("senders") / "data"
    publish.publish_site(assemble.fake(data, clock=SystemClock()))
    return data


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    shutil.copytree(published, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def _follow(data: Path, push: PushService) -> list[str]:
    """So many browsers in a drawer; their endpoints."""
    services = assemble.fake(data, clock=SystemClock())
    settings = replace(services.config.push, allow_loopback=(push.address,))
    services = replace(services, config=replace(services.config, push=settings))
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    endpoints = []
    for number in range(FOLLOWERS):
        endpoints.append(push.room.register("drawer", f"channel-{number}", None))
        keys = {"p256dh": encode(point), "auth": encode(number.to_bytes(16, "big"))}
        device = {"endpoint": f"{push.origin}/push/{endpoints[-1]}", "keys": keys}
        subscribe.follow(services, {**device, "topics": ["nursery"]})
    return endpoints


def _city(data: Path, push: PushService) -> City:
    return City.start(data, push__allow_loopback=[push.address], push__processes=1)


def _senders(parent: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            stat, words = (each / "stat").read_text(), (each / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent and b"\0work\0" in words:
            found.append(int(each.name))
    return found


def _is_gone(process: int) -> bool:
    try:
        return "Z" in (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return True


def test_a_sender_takes_a_large_notice_ends_with_the_city_and_the_next_one_goes_on(
    data: Path, push: PushService
) -> None:
    endpoints = _follow(data, push)
    push.always(Whim(delay_seconds=0.12))  # slow enough to be stopped in the middle
    with _city(data, push) as city:
        notice = announcing.announce(city, "nursery", "保育園の申込", "見本の文です。")
        (sender,) = wait_for(lambda: _senders(city.process.pid), "a process that sends")
        wait_for(lambda: len(push.arrivals) > 10, "the first messages")
        city.process.send_signal(signal.SIGTERM)
        assert city.process.wait(60) == 0
        assert _is_gone(sender)
    before = len(push.arrivals)
    assert before < FOLLOWERS
    push.always(None)
    with _city(data, push) as city:
        wait_for(lambda: announcing.state(city, notice) == "sent", "the rest", 120)
        assert {each.endpoint for each in push.arrivals} == set(endpoints)
        assert len(push.arrivals) == FOLLOWERS, "an orderly stop sends nothing twice"


def test_a_sender_without_work_ends_by_itself_and_in_order(data: Path) -> None:
    words = senders.command(data)
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    said = child.stderr.read()  # its input stays open: the city lives on
    assert (child.wait(60), said) == (0, "")
    child.communicate()


@pytest.mark.soak
def test_a_killed_city_leaves_no_sender_behind(data: Path, push: PushService) -> None:
    _follow(data, push)
    push.always(Whim(delay_seconds=0.02))
    city = _city(data, push)
    announcing.announce(city, "nursery", "保育園の申込", "見本の文です。")
    (sender,) = wait_for(lambda: _senders(city.process.pid), "a process that sends")
    os.kill(city.process.pid, signal.SIGKILL)
    city.process.wait()
    wait_for(lambda: _is_gone(sender), "the sender to end by itself")
    city.kill()


@pytest.mark.soak
def test_a_killed_sender_is_followed_by_another(data: Path, push: PushService) -> None:
    endpoints = _follow(data, push)
    push.always(Whim(delay_seconds=0.02))
    with _city(data, push) as city:
        notice = announcing.announce(city, "nursery", "保育園の申込", "見本の文です。")
        (sender,) = wait_for(lambda: _senders(city.process.pid), "a process that sends")
        wait_for(lambda: len(push.arrivals) > 10, "the first messages")
        os.kill(sender, signal.SIGKILL)
        push.always(None)
        wait_for(lambda: announcing.state(city, notice) == "sent", "somebody to go on", 180)
        assert {each.endpoint for each in push.arrivals} == set(endpoints)
