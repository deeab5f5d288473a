"""Which addresses are dialled, which are blocked before that, and whose certificate is believed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.parts.hostile_push import Certificates, HostilePush, answering
from tests.parts.push_wire import (
    HOST,
    HOSTS,
    MESSAGE,
    PUBLIC,
    SECRETS,
    Wire,
    claims_of,
    sender_over,
    target,
)
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.push_engine import PushEngine
from todoke.adapters.webpush import GuardedPush
from todoke.config import Config, PushConfig
from todoke.ports import PushAnswer


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.0.1", "169.254.169.254", "::1", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0", "localhost", "2130706433"],
)  # fmt: skip
def test_a_name_that_leads_inside_is_blocked_before_connecting(
    push: GuardedPush, server: HostilePush, wire: Wire, address: str
) -> None:
    wire.addresses = [address]
    assert push.send(target(), MESSAGE).outcome == "blocked"
    assert wire.dialled == []
    assert server.connections == 0


def test_of_a_mixed_answer_only_the_public_address_is_dialled(
    push: GuardedPush, wire: Wire
) -> None:
    wire.addresses = ["10.0.0.5", PUBLIC, "169.254.169.254"]
    assert push.send(target(), MESSAGE).outcome == "accepted"
    assert wire.dialled == [(PUBLIC, 443)]


def test_a_name_that_changes_its_mind_is_judged_at_each_connection(
    push: GuardedPush, server: HostilePush, wire: Wire
) -> None:
    server.behave = answering("201 Created", "Connection: close")
    assert push.send(target(), MESSAGE).outcome == "accepted"
    wire.addresses = ["127.0.0.1"]
    assert push.send(target(), MESSAGE).outcome == "blocked"
    assert wire.asked == [(HOST, 443)] * 2  # one look-up per connection: no second opinion
    assert wire.dialled == [(PUBLIC, 443)]


def test_a_dead_address_gives_way_to_the_next(
    server: HostilePush, certificates: Certificates, clock: TurnedClock
) -> None:
    wire = Wire(server.port)
    wire.addresses = ["2606:4700::1", PUBLIC]

    def dial(address: str, port: int, timeout: float) -> socket.socket:
        if ":" in address:
            raise ConnectionRefusedError
        return wire.dial(address, port, timeout)

    sender = sender_over(Reach(wire.look_up, dial, certificates.trusting()), clock)
    assert sender.send(target(), MESSAGE).outcome == "accepted"
    sender.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example.com/x",
        "https://evil.example/x",
        "https://push.example.com:8443/x",
        "https://push.example.com@evil.example/x",
        "http://127.0.0.1:80/x",
    ],
)
def test_an_endpoint_that_is_no_longer_allowed_is_blocked_without_a_look_up(
    push: GuardedPush, wire: Wire, url: str
) -> None:
    assert push.send(target(url), MESSAGE).outcome == "blocked"
    assert wire.asked == []


def test_a_resolver_that_fails_or_hangs_means_later(
    server: HostilePush, certificates: Certificates, clock: TurnedClock
) -> None:
    wire = Wire(server.port)
    released = threading.Event()

    def fail(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")

    def hang(host: str, port: int) -> Sequence[str]:
        released.wait(20)
        return [PUBLIC]

    for look_up, detail in ((fail, "gaierror"), (hang, "timeout")):
        reach = Reach(look_up, wire.dial, certificates.trusting(), connect_seconds=0.2)
        answer = sender_over(reach, clock).send(target(), MESSAGE)
        assert answer == PushAnswer("later", 0, None, detail)
    released.set()
    assert wire.dialled == []


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_name_that_anybody_could_invent_has_eight_tries_and_a_known_one_a_month(
    server: HostilePush, certificates: Certificates, clock: TurnedClock, code: int
) -> None:
    def look_up(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(code, "no such name")

    reach = Reach(look_up, Wire(server.port).dial, certificates.trusting())
    config = Config(Path(), Path(), push=PushConfig("mailto:push@city.example", HOSTS))
    alone, many = sender_over(reach, clock), PushEngine(config, SECRETS, clock, reach)
    invented = target("https://no-such-region.anybody.example.com/w")
    for sender in (alone, many):
        assert sender.send(invented, MESSAGE) == PushAnswer("defect", detail="no such name")
        assert sender.send(target(), MESSAGE) == PushAnswer("later", detail="no such name")


def test_a_handshake_that_never_comes_means_later(
    certificates: Certificates, clock: TurnedClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wire = Wire(silent.getsockname()[1])
        reach = Reach(wire.look_up, wire.dial, certificates.trusting(), connect_seconds=0.3)
        answer = sender_over(reach, clock).send(target(), MESSAGE)
    assert answer == PushAnswer("later", 0, None, "timeout")


def test_a_certificate_for_another_name_gets_no_message(
    push: GuardedPush, wire: Wire, certificates: Certificates
) -> None:
    with HostilePush(certificates.serving("other.example.com")) as impostor:
        wire.port = impostor.port
        assert push.send(target(), MESSAGE).outcome == "later"
        assert impostor.connections == 1
        assert impostor.requests == []


def test_a_certificate_of_an_unknown_authority_gets_no_message(
    server: HostilePush, wire: Wire, clock: TurnedClock
) -> None:
    sender = sender_over(Reach(wire.look_up, wire.dial), clock)
    assert sender.send(target(), MESSAGE).outcome == "later"
    assert server.connections == 1
    assert server.requests == []


def test_the_server_is_told_the_name_that_was_asked_for(
    push: GuardedPush, server: HostilePush
) -> None:
    push.send(target(), MESSAGE)
    assert server.names == [HOST]


def test_a_test_service_on_this_machine_is_reached_only_when_named(clock: TurnedClock) -> None:
    with HostilePush() as local:
        url = f"http://127.0.0.1:{local.port}/push/x"
        allowed = sender_over(Reach(), clock, (f"127.0.0.1:{local.port}",))
        assert allowed.send(target(url), MESSAGE) == PushAnswer("accepted", 201)
        assert local.requests[0].headers["host"] == f"127.0.0.1:{local.port}"
        assert claims_of(local.requests[0])["aud"] == f"http://127.0.0.1:{local.port}"
        assert sender_over(Reach(), clock).send(target(url), MESSAGE).outcome == "blocked"
        allowed.close()
    assert len(local.requests) == 1


def test_a_loopback_name_that_leads_elsewhere_is_blocked(clock: TurnedClock) -> None:
    wire = Wire(1)
    sender = sender_over(Reach(wire.look_up, wire.dial), clock, ("localhost:4321",))
    assert sender.send(target("http://localhost:4321/x"), MESSAGE).outcome == "blocked"
    assert wire.dialled == []
