"""Answers that are none, that flood or drip, connections that die, and what no answer tells."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parts.hostile_push import Behaviour, Certificates, HostilePush, Request, answering, raw
from tests.parts.push_wire import HOST, MESSAGE, Wire, sender_over, target
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.webpush import GuardedPush
from todoke.ports import PushAnswer


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
    answer = push.send(target(), MESSAGE)
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
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)
    server.behave = answering("201 Created")
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)


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
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)
    server.behave = answering("201 Created")
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)
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
    assert impatient.send(target(), MESSAGE) == PushAnswer("later", 0, None, "timeout")


def test_a_body_that_drips_behind_a_clear_status_costs_only_the_connection(
    impatient: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        connection.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 4000\r\n\r\n")
        return _drip(b"z")(connection, request)

    server.behave = behave
    assert impatient.send(target(), MESSAGE) == PushAnswer("gone", 410)


def test_silence_means_later(impatient: GuardedPush, server: HostilePush) -> None:
    server.behave = lambda connection, request: bool(connection.recv(1))
    assert impatient.send(target(), MESSAGE) == PushAnswer("later", 0, None, "timeout")


def test_a_service_that_is_down_means_later(certificates: Certificates, clock: TurnedClock) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    wire = Wire(closed.getsockname()[1])
    closed.close()
    sender = sender_over(Reach(wire.look_up, wire.dial, certificates.trusting()), clock)
    answer = sender.send(target(), MESSAGE)
    assert (answer.outcome, answer.status) == ("later", 0)


# ------------------------------------------------------------------------- connections
def test_messages_to_one_service_share_a_connection(push: GuardedPush, server: HostilePush) -> None:
    for _ in range(5):
        assert push.send(target(), MESSAGE).outcome == "accepted"
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_closed_while_idle_is_opened_once_more(
    push: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        answering("201 Created")(connection, request)
        return False

    server.behave = behave
    for _ in range(3):
        assert push.send(target(), MESSAGE).outcome == "accepted"
    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_kept_connection_that_dies_under_the_request_is_tried_once_more_only(
    push: GuardedPush, server: HostilePush
) -> None:
    assert push.send(target(), MESSAGE).outcome == "accepted"
    server.behave = _reset
    assert push.send(target(), MESSAGE).outcome == "later"
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
    assert push.send(target(), MESSAGE).outcome == "accepted"
    answered.set()
    arrived, _, _ = select.select(wire.sockets, [], [], 20)
    assert arrived
    server.behave = answering("201 Created")
    assert push.send(target(), MESSAGE).outcome == "accepted"


def test_threads_may_share_the_sender(push: GuardedPush, server: HostilePush) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: push.send(target(), MESSAGE), range(64)))
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
    answer = push.send(target(), MESSAGE)
    assert answer.outcome != "accepted"
    assert "secret-part" not in repr(answer)
    assert HOST not in repr(answer)
