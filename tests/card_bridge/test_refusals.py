"""Every way to ask wrongly is refused, in the one order, by the real daemon over real sockets."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card_bridge.checks import MARK
from card_bridge.server import MOST_CONNECTIONS
from card_bridge.wire import HEAD_SECONDS
from tests.card_bridge.asking import BODY, NONCE, exchange, receive, refused, request
from tests.parts.bridge import Bridge
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """One bridge for all refusals; at the end no dialog was ever opened and no try spent."""
    folder = tmp_path_factory.mktemp("refusals") / "card"
    with Bridge.start(folder, ORIGIN, pin="!crash") as running:
        yield running
        assert "GETPIN" not in running.asked
        assert "defect" not in running.output
        assert "Traceback" not in running.output
        assert running.status()[1]["tries_left"] == 3


@pytest.mark.parametrize(
    "host",
    ["evil.test:{port}", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "",
     "127.0.0.1:{port}.evil", "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}",
     "[::ffff:127.0.0.1]:{port}"],
)  # fmt: skip
def test_a_page_whose_name_was_rebound_to_this_machine_is_misdirected(
    bridge: Bridge, host: str
) -> None:
    sent = request(bridge, host=host.format(port=bridge.port))
    assert refused(bridge, sent) == (421, "host_refused")


def test_no_host_or_two_hosts_are_misdirected(bridge: Bridge) -> None:
    assert refused(bridge, request(bridge, host=None)) == (421, "host_refused")
    twice = request(bridge, more=(f"Host: 127.0.0.1:{bridge.port}",))
    assert refused(bridge, twice) == (421, "host_refused")


def test_the_other_loopback_address_is_served_by_its_own_name_only(bridge: Bridge) -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no ::1")
    sent = request(
        bridge, "GET", "/v1/status", b"", host=f"[::1]:{bridge.port}", content_length=None
    )
    assert exchange(bridge, sent, "::1")[0] == 200


def test_only_loopback_is_bound(bridge: Bridge) -> None:
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    table = [line for each in tables if each.exists() for line in each.read_text().splitlines()]
    bound = {
        line.split()[1].split(":")[0]
        for line in table
        if line.split()[1].endswith(f":{bridge.port:04X}") and line.split()[3] == "0A"
    }
    assert bound <= {"0100007F", "00000000000000000000000001000000"}
    assert "0100007F" in bound


@pytest.mark.parametrize(
    "origin",
    [None, "null", "", "https://evil.example", "http://localhost", "http://localhost:80801",
     "https://localhost:8080", "http://evil.localhost:8080", "http://localhost:8080/",
     "HTTP://LOCALHOST:8080", "http://localhost:8080 http://evil.example", "http://127.0.0.1:8080"],
)  # fmt: skip
def test_a_missing_null_or_foreign_origin_is_refused_and_shared_with_nobody(
    bridge: Bridge, origin: str | None
) -> None:
    status, headers, said = exchange(bridge, request(bridge, origin=origin))
    assert (status, said["error"]) == (403, "origin_refused")
    assert "access-control-allow-origin" not in headers


def test_two_origins_are_refused(bridge: Bridge) -> None:
    twice = request(bridge, more=("Origin: https://evil.example",))
    assert refused(bridge, twice) == (403, "origin_refused")
    assert refused(bridge, request(bridge, more=(f"oRiGiN: {ORIGIN}",))) == (403, "origin_refused")


@pytest.mark.parametrize("mode", ["navigate", "no-cors", "websocket", "same-origin", ""])
def test_a_navigation_an_image_and_a_socket_are_refused(bridge: Bridge, mode: str) -> None:
    assert refused(bridge, request(bridge, sec_fetch_mode=mode)) == (403, "mode_refused")
    assert refused(bridge, request(bridge, sec_fetch_dest="document")) == (403, "mode_refused")


def test_a_websocket_is_refused_before_101(bridge: Bridge) -> None:
    wanted: dict[str, Any] = {
        "upgrade": "websocket", "connection": "Upgrade", "sec_websocket_version": "13",
        "sec_websocket_key": "AAAAAAAAAAAAAAAAAAAAAA==", "content_length": None,
        "content_type": None, "todoke_card": None, "sec_fetch_mode": None, "sec_fetch_dest": None,
    }  # fmt: skip
    sent = request(bridge, "GET", body=b"", **wanted)
    assert refused(bridge, sent) == (400, "upgrade_refused")
    foreign = request(bridge, "GET", body=b"", **{**wanted, "origin": "https://evil.example"})
    assert refused(bridge, foreign) == (403, "origin_refused")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/authenticate/", "/v1/authenticate?x=1", "/v1//status", "/v1/sign/",
             "/V1/STATUS", "*", "http://127.0.0.1/v1/status", "/v1/%73tatus"],
)  # fmt: skip
def test_another_path_is_not_there(bridge: Bridge, path: str) -> None:
    assert refused(bridge, request(bridge, path=path)) == (404, "not_found")


def test_the_state_is_read_and_never_posted(bridge: Bridge) -> None:
    bare: dict[str, Any] = {"content_type": None, "content_length": None, "todoke_card": None}
    assert exchange(bridge, request(bridge, "GET", "/v1/status", b"", **bare))[0] == 200
    assert refused(bridge, request(bridge, path="/v1/status", body=b"{}")) == (
        405,
        "method_refused",
    )
    heavy = request(bridge, "GET", "/v1/status", b"{}", content_type=None)
    assert refused(bridge, heavy) == (400, "bad_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_another_method_is_refused(bridge: Bridge, method: str) -> None:
    assert refused(bridge, request(bridge, method)) == (405, "method_refused")


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=shift_jis", "application/jsonp", "text/plain, application/json"],
)  # fmt: skip
def test_a_form_that_a_foreign_page_can_post_is_refused(bridge: Bridge, kind: str | None) -> None:
    assert refused(bridge, request(bridge, content_type=kind)) == (415, "type_refused")


@pytest.mark.parametrize("mark", [None, "", "0", "true", "1, 1"])
def test_without_the_header_that_forces_a_preflight_nothing_is_done(
    bridge: Bridge, mark: str | None
) -> None:
    assert refused(bridge, request(bridge, todoke_card=mark)) == (403, "header_missing")


def test_a_body_may_have_8_kb_and_not_a_byte_more(bridge: Bridge) -> None:
    full = json.dumps({"x": ""}).encode()
    full = full[:-2] + b"a" * (8192 - len(full)) + full[-2:]
    assert len(full) == 8192
    assert refused(bridge, request(bridge, body=full)) == (400, "bad_request")
    assert refused(bridge, request(bridge, body=full + b" ")) == (413, "too_large")
    claimed = request(bridge, body=b"{}", content_length="99999999")
    assert refused(bridge, claimed) == (413, "too_large")


def test_a_length_that_can_be_read_in_two_ways_is_refused(bridge: Bridge) -> None:
    assert refused(bridge, request(bridge, content_length=None)) == (411, "length_needed")
    chunked = request(bridge, transfer_encoding="chunked")
    assert refused(bridge, chunked) == (411, "length_needed")
    for length in ("-1", "+2", "0x2", "2,2", "", "２", "12345678901"):
        sent = request(bridge, body=b"{}", content_length=length.encode().decode("latin-1"))
        assert refused(bridge, sent) == (400, "bad_request")
    twice = request(bridge, body=b"{}", more=("Content-Length: 2",))
    assert refused(bridge, twice) == (400, "bad_request")


#: one violation of each check, in the order in which they are looked at
_VIOLATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("host_refused", {"host": "evil.test"}),
    ("origin_refused", {"origin": "https://evil.example"}),
    ("mode_refused", {"sec_fetch_mode": "navigate"}),
    ("upgrade_refused", {"upgrade": "websocket"}),
    ("not_found", {"path": "/nowhere"}),
    ("method_refused", {"method": "PUT"}),
    ("type_refused", {"content_type": "text/plain"}),
    ("header_missing", {"todoke_card": None}),
    ("too_large", {"content_length": "8193"}),
    ("bad_request", {"body": b"[]"}),
)


def test_each_check_stands_before_the_next(bridge: Bridge) -> None:
    for (first, one), (_second, other) in itertools.combinations(_VIOLATIONS, 2):
        assert refused(bridge, request(bridge, **{**other, **one}))[1] == first


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"), (b"[]", "body"), (b"null", "body"), (b'"x"', "body"), (b"{", "body"),
        (b"\xff\xfe{}", "body"), (b"[" * 8000, "body"), (b'{"a":' * 1600, "body"),
        (b'{"nonce": "a", "nonce": "b"}', "body"), (b'{"nonce": NaN}', "body"),
        (b"{}", "nonce"),
    ],
)  # fmt: skip
def test_what_is_no_strict_json_object_is_refused(bridge: Bridge, body: bytes, field: str) -> None:
    status, _headers, said = exchange(bridge, request(bridge, body=body))
    assert (status, said["error"], said["field"]) == (400, "bad_request", field)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"nonce": "A" * 42}, "nonce"), ({"nonce": "A" * 44}, "nonce"), ({"nonce": ""}, "nonce"),
        ({"nonce": "A" * 42 + "="}, "nonce"), ({"nonce": "A" * 42 + "+"}, "nonce"),
        ({"nonce": "A" * 43 + "\n"}, "nonce"), ({"nonce": "A" * 42 + "\0"}, "nonce"),
        ({"nonce": "Ａ" * 43}, "nonce"), ({"nonce": 5}, "nonce"), ({"nonce": ["A" * 43]}, "nonce"),
        ({"purpose": "sign"}, "purpose"), ({"purpose": "login\0"}, "purpose"),
        ({"purpose": ["login"]}, "purpose"), ({"purpose": {}}, "purpose"),
        ({"language": "fr"}, "language"), ({"language": None}, "language"),
        ({"language": {}}, "language"),
        ({"pin": "1234"}, "unknown"), ({"origin": "https://bank.example"}, "unknown"),
        ({"hash": "00"}, "unknown"),
    ],
)  # fmt: skip
def test_a_wrong_or_unknown_field_is_refused_and_never_repeated(
    bridge: Bridge, changed: dict[str, object], field: str
) -> None:
    sent = request(bridge, body=json.dumps({**BODY, **changed}).encode())
    status, _headers, said = exchange(bridge, sent)
    assert (status, said["error"], said["field"]) == (400, "bad_request", field)
    assert "1234" not in json.dumps(said)
    assert "1234" not in bridge.output


def test_a_preflight_allows_the_right_page_what_it_needs_and_nobody_else(bridge: Bridge) -> None:
    asked: dict[str, Any] = {
        "access_control_request_method": "POST",
        "access_control_request_headers": f"content-type,{MARK}",
        "content_type": None, "content_length": None, "todoke_card": None,
    }  # fmt: skip
    status, headers, said = exchange(bridge, request(bridge, "OPTIONS", body=b"", **asked))
    assert (status, said) == (204, None)
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["vary"] == "Origin"
    assert headers["access-control-allow-headers"] == f"content-type, {MARK}"
    assert headers["access-control-allow-methods"] == "POST"
    assert "access-control-allow-credentials" not in headers
    foreign = {**asked, "origin": "https://evil.example"}
    status, headers, _said = exchange(bridge, request(bridge, "OPTIONS", body=b"", **foreign))
    assert status == 403
    assert "access-control-allow-origin" not in headers
    for name, value in (("method", "DELETE"), ("headers", "content-type, authorization")):
        wrong = {**asked, f"access_control_request_{name}": value}
        assert exchange(bridge, request(bridge, "OPTIONS", body=b"", **wrong))[0] in (403, 405)


def test_a_refusal_of_the_right_page_may_be_read_by_it(bridge: Bridge) -> None:
    sent = request(bridge, body=b"[]", accept_language="en-US,en;q=0.5")
    _status, headers, said = exchange(bridge, sent)
    assert headers["access-control-allow-origin"] == ORIGIN
    assert said["message"].startswith("The request")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n",
        b"POST  /v1/status HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\rOrigin: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 65 + b"\r\n",
    ],
)  # fmt: skip
def test_what_is_no_clear_request_is_refused(bridge: Bridge, sent: bytes) -> None:
    assert refused(bridge, sent) == (400, "bad_request")


def test_a_huge_head_is_refused(bridge: Bridge) -> None:
    assert refused(bridge, request(bridge, x_long="a" * 9000)) == (431, "headers_too_large")
    assert refused(bridge, b"G" * 30000) == (431, "headers_too_large")


def test_a_slow_head_and_a_slow_body_end_after_their_time(bridge: Bridge) -> None:
    started = time.monotonic()
    with (
        socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as head,
        socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as body,
    ):
        head.sendall(b"POST /v1/status HTTP/1.1\r\n")
        body.sendall(request(bridge)[:-1])
        for each in (head, body):
            status, _headers, said = receive(each)
            assert (status, said["error"]) == (408, "too_slow")
    assert time.monotonic() - started < 12


def test_idle_connections_keep_nobody_out(bridge: Bridge) -> None:
    with contextlib.ExitStack() as crowd:
        started = time.monotonic()
        idle = []
        for _ in range(MOST_CONNECTIONS + 20):
            line = socket.create_connection(("127.0.0.1", bridge.port), timeout=30)
            crowd.enter_context(line).sendall(b"P")
            idle.append(line)
        assert bridge.status()[0] == 200
        with contextlib.suppress(ConnectionResetError):
            assert idle[0].recv(1) == b"", "the oldest makes room"
        # it had to go before its time was over; the newest still has its own
        assert time.monotonic() - started < HEAD_SECONDS
        idle[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            idle[-1].recv(1)


def test_a_caller_that_hangs_up_at_any_byte_hurts_nobody(bridge: Bridge) -> None:
    whole = request(bridge)[:-1]
    for cut in range(0, len(whole), 7):
        with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as line:
            line.sendall(whole[:cut])
    ready = wait_for(lambda: bridge.status()[0] == 200, "the bridge to be free")
    assert ready


_heads = st.lists(
    st.sampled_from(
        [b"POST ", b"/v1/status", b" HTTP/1.1", b"\r\n", b"\r\n\r\n", b"Host: ", b"127.0.0.1", b":",
         b"Origin: ", ORIGIN.encode(), b"Content-Length: 2\r\n", b"{}", b"\0", b"\n", b"\xff", b" "]
    ) | st.binary(max_size=30),
    max_size=25,
).map(b"".join)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=_heads)
def test_random_bytes_get_one_refusal_or_none(bridge: Bridge, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := line.recv(65536):
                got += piece
    assert got == b"" or got.startswith((b"HTTP/1.1 4", b"HTTP/1.1 2"))
    assert got.count(b"HTTP/1.1 ") <= 1
    assert NONCE.encode() not in got
