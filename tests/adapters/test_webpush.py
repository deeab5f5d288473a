"""The sender against a real TLS server that misbehaves, and a resolver that lies."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import http_ece  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.parts.hostile_push import (
    Behaviour,
    Certificates,
    HostilePush,
    Request,
    answering,
    raw,
)
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.webpush import GuardedPush, judge
from todoke.config import Config, PushConfig
from todoke.core import push_message
from todoke.core.subscription import decode
from todoke.ports import PushAnswer, PushMessage, PushTarget, Secrets

HOST = "push.example.com"
PUBLIC = "93.184.215.14"
BROWSER = ec.generate_private_key(ec.SECP256R1())
POINT = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = b"an auth secret 1"
SECRETS = Secrets(
    ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    b"s" * 32,
    b"d" * 32,
)
BODY = push_message.payload(
    push_message.Words("みなと野市", "お知らせ", "http://x/inbox.html", "N-2026-0001", "ja")
)
MESSAGE = PushMessage(BODY, 600, "high", "T" * 32)


class Wire:
    """A resolver and a cable: every judged address leads to the test's server, and it writes
    down which addresses were dialled."""

    def __init__(self, port: int) -> None:
        self.addresses: Sequence[str] = [PUBLIC]
        self.dialled: list[tuple[str, int]] = []
        self.asked: list[tuple[str, int]] = []
        self.sockets: list[int] = []  # file numbers: TLS takes the socket object over
        self.port = port

    def look_up(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.addresses

    def dial(self, address: str, port: int, timeout: float) -> socket.socket:
        self.dialled.append((address, port))
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        self.sockets.append(connection.fileno())
        return connection


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


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def push(wire: Wire, certificates: Certificates, clock: TurnedClock) -> Iterator[GuardedPush]:
    # patient, so that a busy machine is not taken for a busy service
    sender = _sender(Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, 20.0), clock)
    yield sender
    sender.close()


@pytest.fixture
def impatient(wire: Wire, certificates: Certificates, clock: TurnedClock) -> Iterator[GuardedPush]:
    sender = _sender(Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, 1.5), clock)
    yield sender
    sender.close()


def _sender(reach: Reach, clock: TurnedClock, loopback: tuple[str, ...] = ()) -> GuardedPush:
    settings = PushConfig("mailto:push@city.example", (HOST, "fcm.googleapis.com"), loopback)
    return GuardedPush(Config(Path(), Path(), push=settings), SECRETS, clock, reach)


def _target(url: str = f"https://{HOST}/wpush/secret-part") -> PushTarget:
    return PushTarget(url, POINT, AUTH)


def _open(body: bytes) -> bytes:
    return bytes(http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH))


# ------------------------------------------------------------------------- the request
def test_the_browser_can_open_what_arrives_and_the_service_has_its_headers(
    push: GuardedPush, server: HostilePush
) -> None:
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)
    (request,) = server.requests
    assert _open(request.body) == BODY
    assert request.path == "/wpush/secret-part"
    assert request.headers["host"] == HOST
    assert request.headers["ttl"] == "600"
    assert request.headers["urgency"] == "high"
    assert request.headers["topic"] == "T" * 32
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["authorization"].startswith("vapid t=")
    assert "cookie" not in request.headers


def _claims(request: Request) -> dict[str, object]:
    token = request.headers["authorization"].removeprefix("vapid t=").split(",")[0]
    claims: dict[str, object] = json.loads(decode(token.split(".")[1]))
    return claims


def test_the_signature_is_for_this_service_and_made_anew_an_hour_before_it_ends(
    push: GuardedPush, server: HostilePush, clock: TurnedClock
) -> None:
    push.send(_target(), MESSAGE)
    started = clock.unix()
    clock.turn(11 * 3600 - 1)
    push.send(_target(), MESSAGE)
    clock.turn(1)
    push.send(_target(), MESSAGE)
    push.send(_target("https://fcm.googleapis.com/wp/x"), MESSAGE)
    tokens = [each.headers["authorization"] for each in server.requests]
    assert tokens[0] == tokens[1] != tokens[2]
    claims = [_claims(each) for each in server.requests]
    assert claims[0]["exp"] == started + 12 * 3600
    assert [each["aud"] for each in claims[2:]] == [f"https://{HOST}", "https://fcm.googleapis.com"]
    assert {each["sub"] for each in claims} == {"mailto:push@city.example"}


def test_a_clock_turned_back_does_not_keep_a_token_from_the_future(
    push: GuardedPush, server: HostilePush, clock: TurnedClock
) -> None:
    push.send(_target(), MESSAGE)
    clock.turn(-48 * 3600)
    push.send(_target(), MESSAGE)
    assert _claims(server.requests[1])["exp"] == clock.unix() + 12 * 3600


# ------------------------------------------------------------------------- answers
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200 OK", "accepted"),
        ("201 Created", "accepted"),
        ("202 Accepted", "accepted"),
        ("204 No Content", "accepted"),
        ("301 Moved", "defect"),
        ("302 Found", "defect"),
        ("307 Temporary Redirect", "defect"),
        ("308 Permanent Redirect", "defect"),
        ("304 Not Modified", "defect"),
        ("400 Bad Request", "defect"),
        ("401 Unauthorized", "refused"),
        ("403 Forbidden", "refused"),
        ("404 Not Found", "gone"),
        ("406 Not Acceptable", "defect"),
        ("408 Request Timeout", "later"),
        ("410 Gone", "gone"),
        ("413 Too Large", "defect"),
        ("418 Teapot", "defect"),
        ("429 Too Many Requests", "later"),
        ("500 Oh", "later"),
        ("502 Bad Gateway", "later"),
        ("503 Busy", "later"),
        ("507 Full", "later"),
        ("599 What", "later"),
        ("799 Odd", "later"),
    ],
)
def test_every_answer_has_its_outcome(
    push: GuardedPush, server: HostilePush, status: str, outcome: str
) -> None:
    server.behave = answering(status)
    answer = push.send(_target(), MESSAGE)
    assert (answer.outcome, answer.status) == (outcome, int(status[:3]))


def test_406_is_throttling_at_windows_and_a_defect_elsewhere() -> None:
    assert judge("wns2-par02p.notify.windows.com", 406, None).outcome == "later"
    assert judge("notify.windows.com.evil.example", 406, None).outcome == "defect"


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120),
        ("1000000000", 86_400),
        ("Tue, 24 Nov 2026 00:10:00 GMT", 600),
        ("soon", None),
        ("", None),
        ("120\r\nRetry-After: 500", None),
    ],
)
def test_how_long_to_wait_is_taken_from_the_answer_and_capped(
    push: GuardedPush, server: HostilePush, header: str, wait: int | None
) -> None:
    server.behave = answering("429 Slow Down", f"Retry-After: {header}")
    assert push.send(_target(), MESSAGE) == PushAnswer("later", 429, wait)


def test_a_redirect_is_never_followed(
    push: GuardedPush, server: HostilePush, wire: Wire, certificates: Certificates
) -> None:
    with HostilePush(certificates.serving("fcm.googleapis.com")) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            location = f"Location: https://127.0.0.1:{elsewhere.port}/"
            server.behave = answering(f"{status} Over There", location)
            assert push.send(_target(), MESSAGE).outcome == "defect"
        assert elsewhere.connections == 0
    assert {name for name, _ in wire.asked} == {HOST}
    assert {address for address, _ in wire.dialled} == {PUBLIC}


def test_a_message_too_large_is_sent_once_more_as_its_bare_number(
    push: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        small = len(request.body) < 1000
        return answering("201 Created" if small else "413 Too Large")(connection, request)

    server.behave = behave
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)
    assert json.loads(_open(server.requests[1].body)) == {"v": 1, "id": "N-2026-0001"}
    server.behave = answering("413 Too Large")
    assert push.send(_target(), MESSAGE).outcome == "defect"
    assert len(server.requests) == 4


def test_a_body_that_is_not_ours_is_not_shrunk(push: GuardedPush, server: HostilePush) -> None:
    server.behave = answering("413 Too Large")
    answer = push.send(_target(), PushMessage(b"not ours", 1, "low", "t"))
    assert (answer.outcome, len(server.requests)) == ("defect", 1)


def test_an_old_path_of_fcm_is_asked_at_its_new_place_before_it_counts_as_gone(
    push: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        known = request.path.startswith("/wp/")
        return answering("201 Created" if known else "404 Not Found")(connection, request)

    server.behave = behave
    assert push.send(_target("https://fcm.googleapis.com/fcm/send/a:b"), MESSAGE).status == 201
    assert [each.path for each in server.requests] == ["/fcm/send/a:b", "/wp/a:b"]
    server.behave = answering("404 Not Found")
    assert push.send(_target("https://fcm.googleapis.com/fcm/send/a:b"), MESSAGE).outcome == "gone"


# ------------------------------------------------------------------------- misbehaviour
def _reset(connection: socket.socket, request: Request) -> bool:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # close with RST
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return False


@pytest.mark.parametrize(
    "behave",
    [
        _reset,
        raw(b""),
        raw(b"\x00\xff\xfe garbage \r\n\r\n"),
        raw(b"HTTP/1.1 abc OK\r\n\r\n"),
        raw(b"HTTP/1.1 99 Low\r\n\r\n"),
        raw(b"HTTP/1.1 2010 High\r\n\r\n"),
        raw(b"HTTP/9.9\r\n\r\n"),
        raw(b"SSH-2.0-OpenSSH\r\n"),
        raw(b"HTTP/1.1 20"),
        raw(b"HTTP/1.1 201 Created\r\nX: " + b"y" * 200_000),
        raw(b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 20_000),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000 + b"HTTP/1.1 201 Created\r\n\r\n"),
        raw(b"HTTP/1.1 201 Created\r\nX: " + b"y" * 60_000 + b"\r\n\r\n"),
    ],
)
def test_an_answer_that_is_none_means_later(
    push: GuardedPush, server: HostilePush, behave: Behaviour
) -> None:
    server.behave = behave
    answer = push.send(_target(), MESSAGE)
    assert (answer.outcome, answer.status) == ("later", 0)


@pytest.mark.parametrize(
    "headers",
    [
        b"\xff\xfe: \x00\r\n",
        b"no colon at all\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: many\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        b"Retry-After: " + b"9" * 5000 + b"\r\n",
        b"Set-Cookie: a=b\r\n folded\r\n",
    ],
)
def test_garbage_behind_a_clear_status_does_not_change_what_it_means(
    push: GuardedPush, server: HostilePush, headers: bytes
) -> None:
    server.behave = raw(b"HTTP/1.1 201 Created\r\n" + headers + b"\r\nxyz")
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)
    server.behave = answering("201 Created")
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)


def test_an_answer_of_50_megabytes_is_not_read(push: GuardedPush, server: HostilePush) -> None:
    taken = 0

    def behave(connection: socket.socket, request: Request) -> bool:
        nonlocal taken
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 52428800\r\n\r\n")
        for _ in range(800):
            connection.sendall(b"x" * 65_536)
            taken += 65_536
        return True

    server.behave = behave
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)
    server.behave = answering("201 Created")
    assert push.send(_target(), MESSAGE) == PushAnswer("accepted", 201)
    assert server.connections == 2  # the flooded one was given up
    assert taken < 40_000_000  # what the kernels' buffers hold, not what was offered


def _drip(data: bytes) -> Behaviour:
    """One byte at a time, for about fifteen seconds; then a good answer after all, so that a
    sender without a deadline sees success and the test sees it."""

    def behave(connection: socket.socket, request: Request) -> bool:
        for _ in range(300):
            connection.sendall(data)
            readable, _, _ = select.select([connection], [], [], 0.05)
            if readable:  # the sender has hung up
                return False
        connection.sendall(b"\r\n\r\n")
        return False

    return behave


def test_an_answer_that_drips_does_not_hold_us(impatient: GuardedPush, server: HostilePush) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nX: ")
        return _drip(b"y")(connection, request)

    server.behave = behave
    assert impatient.send(_target(), MESSAGE) == PushAnswer("later", 0, None, "timeout")


def test_a_body_that_drips_behind_a_clear_status_costs_only_the_connection(
    impatient: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        connection.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 4000\r\n\r\n")
        return _drip(b"z")(connection, request)

    server.behave = behave
    assert impatient.send(_target(), MESSAGE) == PushAnswer("gone", 410)


def test_silence_means_later(impatient: GuardedPush, server: HostilePush) -> None:
    server.behave = lambda connection, request: bool(connection.recv(1))
    assert impatient.send(_target(), MESSAGE) == PushAnswer("later", 0, None, "timeout")


def test_a_service_that_is_down_means_later(certificates: Certificates, clock: TurnedClock) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    wire = Wire(closed.getsockname()[1])
    closed.close()
    sender = _sender(Reach(wire.look_up, wire.dial, certificates.trusting()), clock)
    answer = sender.send(_target(), MESSAGE)
    assert (answer.outcome, answer.status) == ("later", 0)


# ------------------------------------------------------------------------- where it goes
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.0.1", "169.254.169.254", "::1", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0", "localhost", "2130706433"],
)  # fmt: skip
def test_a_name_that_leads_inside_is_blocked_before_connecting(
    push: GuardedPush, server: HostilePush, wire: Wire, address: str
) -> None:
    wire.addresses = [address]
    assert push.send(_target(), MESSAGE).outcome == "blocked"
    assert wire.dialled == []
    assert server.connections == 0


def test_of_a_mixed_answer_only_the_public_address_is_dialled(
    push: GuardedPush, wire: Wire
) -> None:
    wire.addresses = ["10.0.0.5", PUBLIC, "169.254.169.254"]
    assert push.send(_target(), MESSAGE).outcome == "accepted"
    assert wire.dialled == [(PUBLIC, 443)]


def test_a_name_that_changes_its_mind_is_judged_at_each_connection(
    push: GuardedPush, server: HostilePush, wire: Wire
) -> None:
    server.behave = answering("201 Created", "Connection: close")
    assert push.send(_target(), MESSAGE).outcome == "accepted"
    wire.addresses = ["127.0.0.1"]
    assert push.send(_target(), MESSAGE).outcome == "blocked"
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

    sender = _sender(Reach(wire.look_up, dial, certificates.trusting()), clock)
    assert sender.send(_target(), MESSAGE).outcome == "accepted"
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
    assert push.send(_target(url), MESSAGE).outcome == "blocked"
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
        answer = _sender(reach, clock).send(_target(), MESSAGE)
        assert answer == PushAnswer("later", 0, None, detail)
    released.set()
    assert wire.dialled == []


def test_a_handshake_that_never_comes_means_later(
    certificates: Certificates, clock: TurnedClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wire = Wire(silent.getsockname()[1])
        reach = Reach(wire.look_up, wire.dial, certificates.trusting(), connect_seconds=0.3)
        answer = _sender(reach, clock).send(_target(), MESSAGE)
    assert answer == PushAnswer("later", 0, None, "timeout")


def test_a_certificate_for_another_name_gets_no_message(
    push: GuardedPush, wire: Wire, certificates: Certificates
) -> None:
    with HostilePush(certificates.serving("other.example.com")) as impostor:
        wire.port = impostor.port
        assert push.send(_target(), MESSAGE).outcome == "later"
        assert impostor.connections == 1
        assert impostor.requests == []


def test_a_certificate_of_an_unknown_authority_gets_no_message(
    server: HostilePush, wire: Wire, clock: TurnedClock
) -> None:
    sender = _sender(Reach(wire.look_up, wire.dial), clock)
    assert sender.send(_target(), MESSAGE).outcome == "later"
    assert server.connections == 1
    assert server.requests == []


def test_the_server_is_told_the_name_that_was_asked_for(
    push: GuardedPush, server: HostilePush
) -> None:
    push.send(_target(), MESSAGE)
    assert server.names == [HOST]


def test_a_test_service_on_this_machine_is_reached_only_when_named(clock: TurnedClock) -> None:
    with HostilePush() as local:
        url = f"http://127.0.0.1:{local.port}/push/x"
        allowed = _sender(Reach(), clock, (f"127.0.0.1:{local.port}",))
        assert allowed.send(_target(url), MESSAGE) == PushAnswer("accepted", 201)
        assert local.requests[0].headers["host"] == f"127.0.0.1:{local.port}"
        assert _claims(local.requests[0])["aud"] == f"http://127.0.0.1:{local.port}"
        assert _sender(Reach(), clock).send(_target(url), MESSAGE).outcome == "blocked"
        allowed.close()
    assert len(local.requests) == 1


def test_a_loopback_name_that_leads_elsewhere_is_blocked(clock: TurnedClock) -> None:
    wire = Wire(1)
    sender = _sender(Reach(wire.look_up, wire.dial), clock, ("localhost:4321",))
    assert sender.send(_target("http://localhost:4321/x"), MESSAGE).outcome == "blocked"
    assert wire.dialled == []


# ------------------------------------------------------------------------- connections
def test_messages_to_one_service_share_a_connection(push: GuardedPush, server: HostilePush) -> None:
    for _ in range(5):
        assert push.send(_target(), MESSAGE).outcome == "accepted"
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_closed_while_idle_is_opened_once_more(
    push: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        answering("201 Created")(connection, request)
        return False

    server.behave = behave
    for _ in range(3):
        assert push.send(_target(), MESSAGE).outcome == "accepted"
    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_kept_connection_that_dies_under_the_request_is_tried_once_more_only(
    push: GuardedPush, server: HostilePush
) -> None:
    assert push.send(_target(), MESSAGE).outcome == "accepted"
    server.behave = _reset
    assert push.send(_target(), MESSAGE).outcome == "later"
    assert (server.connections, len(server.requests)) == (2, 3)


def test_bytes_nobody_asked_for_are_never_taken_for_the_next_answer(
    push: GuardedPush, server: HostilePush, wire: Wire
) -> None:
    answered = threading.Event()

    def behave(connection: socket.socket, request: Request) -> bool:
        answering("201 Created")(connection, request)
        assert answered.wait(20)
        connection.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
        return True

    server.behave = behave
    assert push.send(_target(), MESSAGE).outcome == "accepted"
    answered.set()
    arrived, _, _ = select.select(wire.sockets, [], [], 20)
    assert arrived
    server.behave = answering("201 Created")
    assert push.send(_target(), MESSAGE).outcome == "accepted"


def test_threads_may_share_the_sender(push: GuardedPush, server: HostilePush) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: push.send(_target(), MESSAGE), range(64)))
    assert {each.outcome for each in answers} == {"accepted"}
    assert len({each.body[:86] for each in server.requests}) == 64
    assert server.connections <= 8


# ------------------------------------------------------------------------- secrecy
@pytest.mark.parametrize(
    "spoil",
    [
        lambda wire, server: setattr(wire, "addresses", ["10.0.0.5"]),
        lambda wire, server: setattr(wire, "addresses", []),
        lambda wire, server: setattr(server, "behave", _reset),
        lambda wire, server: setattr(server, "behave", answering("400 /wpush/secret-part")),
        lambda wire, server: setattr(server, "behave", raw(b"/wpush/secret-part\r\n\r\n")),
        lambda wire, server: setattr(
            server, "behave", answering("302 x", f"Location: https://{HOST}/wpush/secret-part")
        ),
    ],
)
def test_an_answer_tells_nothing_of_the_endpoint(
    push: GuardedPush,
    server: HostilePush,
    wire: Wire,
    spoil: Callable[[Wire, HostilePush], None],
) -> None:
    spoil(wire, server)
    answer = push.send(_target(), MESSAGE)
    assert answer.outcome != "accepted"
    assert "secret-part" not in repr(answer)
    assert HOST not in repr(answer)
