"""What a push service gets from us, and what each of its clear answers means."""

from __future__ import annotations

import json
import socket

import http_ece  # type: ignore[import-untyped]
import pytest

from tests.parts.hostile_push import Certificates, HostilePush, Request, answering
from tests.parts.push_wire import (
    AUTH,
    BODY,
    BROWSER,
    HOST,
    MESSAGE,
    PUBLIC,
    Wire,
    claims_of,
    target,
)
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.webpush import GuardedPush, judge
from todoke.ports import PushAnswer, PushMessage


def _open(body: bytes) -> bytes:
    return bytes(http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH))


# ------------------------------------------------------------------------- the request
def test_the_browser_can_open_what_arrives_and_the_service_has_its_headers(
    push: GuardedPush, server: HostilePush
) -> None:
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)
    (request,) = server.requests
    assert _open(request.body).rstrip(b" ") == BODY  # the library pads with spaces
    assert request.path == "/wpush/secret-part"
    assert request.headers["host"] == HOST
    assert request.headers["ttl"] == "600"
    assert request.headers["urgency"] == "high"
    assert request.headers["topic"] == "T" * 32
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["authorization"].startswith("vapid t=")
    assert "cookie" not in request.headers


def test_the_signature_is_for_this_service_and_made_anew_an_hour_before_it_ends(
    push: GuardedPush, server: HostilePush, clock: TurnedClock
) -> None:
    push.send(target(), MESSAGE)
    started = clock.unix()
    clock.turn(11 * 3600 - 1)
    push.send(target(), MESSAGE)
    clock.turn(1)
    push.send(target(), MESSAGE)
    push.send(target("https://fcm.googleapis.com/wp/x"), MESSAGE)
    tokens = [each.headers["authorization"] for each in server.requests]
    assert tokens[0] == tokens[1] != tokens[2]
    claims = [claims_of(each) for each in server.requests]
    assert claims[0]["exp"] == started + 12 * 3600
    assert [each["aud"] for each in claims[2:]] == [f"https://{HOST}", "https://fcm.googleapis.com"]
    assert {each["sub"] for each in claims} == {"mailto:push@city.example"}


def test_a_clock_turned_back_does_not_keep_a_token_from_the_future(
    push: GuardedPush, server: HostilePush, clock: TurnedClock
) -> None:
    push.send(target(), MESSAGE)
    clock.turn(-48 * 3600)
    push.send(target(), MESSAGE)
    assert claims_of(server.requests[1])["exp"] == clock.unix() + 12 * 3600


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
    answer = push.send(target(), MESSAGE)
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
    assert push.send(target(), MESSAGE) == PushAnswer("later", 429, wait)


def test_a_redirect_is_never_followed(
    push: GuardedPush, server: HostilePush, wire: Wire, certificates: Certificates
) -> None:
    with HostilePush(certificates.serving("fcm.googleapis.com")) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            location = f"Location: https://127.0.0.1:{elsewhere.port}/"
            server.behave = answering(f"{status} Over There", location)
            assert push.send(target(), MESSAGE).outcome == "defect"
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
    assert push.send(target(), MESSAGE) == PushAnswer("accepted", 201)
    assert json.loads(_open(server.requests[1].body)) == {"v": 1, "id": "N-2026-0001"}
    server.behave = answering("413 Too Large")
    assert push.send(target(), MESSAGE).outcome == "defect"
    assert len(server.requests) == 4


def test_a_body_that_is_not_ours_is_not_shrunk(push: GuardedPush, server: HostilePush) -> None:
    server.behave = answering("413 Too Large")
    answer = push.send(target(), PushMessage(b"not ours", 1, "low", "t"))
    assert (answer.outcome, len(server.requests)) == ("defect", 1)


def test_an_old_path_of_fcm_is_asked_at_its_new_place_before_it_counts_as_gone(
    push: GuardedPush, server: HostilePush
) -> None:
    def behave(connection: socket.socket, request: Request) -> bool:
        known = request.path.startswith("/wp/")
        return answering("201 Created" if known else "404 Not Found")(connection, request)

    server.behave = behave
    assert push.send(target("https://fcm.googleapis.com/fcm/send/a:b"), MESSAGE).status == 201
    assert [each.path for each in server.requests] == ["/fcm/send/a:b", "/wp/a:b"]
    server.behave = answering("404 Not Found")
    assert push.send(target("https://fcm.googleapis.com/fcm/send/a:b"), MESSAGE).outcome == "gone"
