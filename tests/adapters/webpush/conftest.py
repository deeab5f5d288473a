"""A push service over TLS, the wire that leads to it, and two senders: patient and impatient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.hostile_push import Certificates, HostilePush
from tests.parts.push_wire import HOST, Wire, sender_over
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.pywebpush_push import PywebpushPush
from todoke.adapters.webpush import GuardedPush


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[HostilePush]:
    with HostilePush(certificates.serving(HOST, "fcm.googleapis.com")) as running:
        yield running


@pytest.fixture
def wire(server: HostilePush) -> Wire:
    return Wire(server.port)


@pytest.fixture(params=[GuardedPush, PywebpushPush], ids=["ours", "pywebpush"])
def kind(request: pytest.FixtureRequest) -> type[GuardedPush]:
    """What seals and signs; the guard is the same."""
    found: type[GuardedPush] = request.param
    return found


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def push(
    wire: Wire, certificates: Certificates, clock: TurnedClock, kind: type[GuardedPush]
) -> Iterator[GuardedPush]:
    # patient, so that a busy machine is not taken for a busy service
    reach = Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, 20.0)
    sender = sender_over(reach, clock, kind=kind)
    yield sender
    sender.close()


@pytest.fixture
def impatient(
    wire: Wire, certificates: Certificates, clock: TurnedClock, kind: type[GuardedPush]
) -> Iterator[GuardedPush]:
    reach = Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, 1.5)
    sender = sender_over(reach, clock, kind=kind)
    yield sender
    sender.close()
