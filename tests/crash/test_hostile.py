"""Whatever bytes come in: one whole answer in the documented shape, never a 500."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.city import City
from todoke.web.limits import SOURCE

pytestmark = pytest.mark.real

JSON = "application/json"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One city for all of them: nothing sent here may hurt the next."""
    with City.start(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running


def exchange(city: City, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Sends bytes on a fresh connection and reads until the server hangs up."""
    with socket.create_connection(("127.0.0.1", city.port), timeout=20) as line:
        try:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it had answered and hung up before everything was sent
        got = b""
        try:
            while piece := line.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {each.partition(": ")[0].lower(): each.partition(": ")[2] for each in lines[1:]}
    assert lines[0].startswith("HTTP/1."), got[:200]
    assert len(body) == int(headers["content-length"]), "the answer is cut"
    return int(lines[0].split()[1]), headers, body


def refused(city: City, sent: bytes) -> tuple[int, str]:
    """Status and code of an answer that must be in the one error shape."""
    status, headers, body = exchange(city, sent)
    assert headers["content-type"].startswith(JSON), body[:200]
    assert "no-store" in headers["cache-control"]
    said = json.loads(body)
    assert sorted(said) == ["advice", "error", "message", "ok"]
    assert said["ok"] is False
    assert said["message"]
    assert said["advice"]
    assert "{" not in said["message"] + said["advice"], "a name in place of a value"
    return status, said["error"]


def request(
    city: City,
    method: str = "POST",
    path: str = "/api/subscriptions",
    body: bytes = b"{}",
    **changed: str | None,
) -> bytes:
    """A right request but for what is changed (None leaves a header out)."""
    host = f"localhost:{city.port}"
    headers: dict[str, str | None] = {
        "host": host, "origin": f"http://{host}", "content-type": JSON,
        "content-length": str(len(body)), "connection": "close",
    }  # fmt: skip
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost", "localhost:1", "127.0.0.1", "console.localhost", "localhost.evil",
     "[::1]:8080", "", "files.localhost", "a" * 300],
)  # fmt: skip
def test_a_foreign_host_is_misdirected(city: City, host: str) -> None:
    assert refused(city, request(city, "GET", "/", host=host)) == (421, "wrong_host")


def test_a_request_without_a_host_is_misdirected(city: City) -> None:
    assert refused(city, request(city, "GET", "/", host=None)) == (421, "wrong_host")


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://localhost", "http://localhost:1", ""]
)
def test_a_foreign_or_missing_origin_is_refused(city: City, origin: str | None) -> None:
    assert refused(city, request(city, origin=origin)) == (403, "wrong_origin")


def test_the_console_is_no_origin_of_the_portal(city: City) -> None:
    assert refused(city, request(city, origin=city.console_url)) == (403, "wrong_origin")


def test_a_flood_from_one_address_behind_the_front_is_slowed_and_others_are_not(
    city: City,
) -> None:
    flood = request(city, x_forwarded_for="203.0.113.7")
    for _ in range(SOURCE.burst):
        assert refused(city, flood) == (422, "missing_field")
    assert refused(city, flood) == (429, "too_many_requests")
    # the front adds the last address; what stands before it is the caller's own invention
    invented = request(city, x_forwarded_for="198.51.100.1, 203.0.113.7")
    assert refused(city, invented) == (429, "too_many_requests")
    neighbour = request(city, x_forwarded_for="203.0.113.8")
    assert refused(city, neighbour) == (422, "missing_field")


def test_a_front_may_not_name_another_host(city: City) -> None:
    sent = request(city, x_forwarded_host="evil.example", x_forwarded_proto="https")
    assert refused(city, sent) == (422, "missing_field")


@pytest.mark.parametrize("size", [16 * 1024 + 1, 64 * 1024 + 1, 1024 * 1024 + 1, 3 * 1024 * 1024])
def test_an_oversize_body_is_refused(city: City, size: int) -> None:
    body = b'{"a": "' + b"x" * size + b'"}'
    assert refused(city, request(city, body=body)) == (413, "body_too_large")


def test_a_body_that_only_claims_to_be_huge_is_refused(city: City) -> None:
    claimed = request(city, content_length=str(10**12))
    assert refused(city, claimed) == (413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"[]", b'"text"', b"1", b"null", b"true",
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}', b'{"topics": {"b": 1, "b": 1}}',
        b"[" * 100_000, b'{"a":' * 21 + b"1" + b"}" * 21,
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a": "\xff\xfe"}', b'\xff\xfe{\x00}\x00', b'{"a": "\xed\xa0\x80"}', b'{"a": "\xc0\xaf"}',
        b'\xef\xbb\xbf{}', b'{"a": "\x00"}', b'{"a": 1}{"b": 2}', b"{'a': 1}", b'{"a": 01}',
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_no_strict_json_object_is_refused(city: City, body: bytes) -> None:
    status, code = refused(city, request(city, body=body))
    assert (status, code) in ((400, "bad_json"), (413, "body_too_large"))


@pytest.mark.parametrize(
    "body",
    [
        {}, {"unheard": 1}, {"endpoint": 1, "keys": {}, "topics": ["allowance"]},
        {"endpoint": "https://evil.example/x", "keys": [], "topics": "allowance"},
        {"endpoint": "\ud800", "keys": {"p256dh": "\x00", "auth": []}, "topics": [None]},
        {"endpoint": "https://updates.push.services.mozilla.com/x", "topics": ["allowance"],
         "keys": {"p256dh": "AA", "auth": "AA"}, "cohorts": [10**400]},
    ],
)  # fmt: skip
def test_a_body_of_wrong_values_is_refused(city: City, body: object) -> None:
    status, _ = refused(city, request(city, body=json.dumps(body).encode()))
    assert status in (400, 422)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/xml", "multipart/form-data; boundary=x",
             "application/x-www-form-urlencoded", "", "application/json\x80"],
)  # fmt: skip
def test_a_wrong_content_type_is_refused(city: City, kind: str | None) -> None:
    assert refused(city, request(city, content_type=kind)) == (415, "wrong_content_type")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT", "BREW", "PROPFIND", "TRACE"])
def test_an_unknown_method_is_refused(city: City, method: str) -> None:
    assert refused(city, request(city, method, body=b"")) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    ["/api/unheard", "/nothing.html", "/..%2f..%2fkeys%2fseal.key", "/%2e%2e/%2e%2e/todoke.sqlite3",
     "//evil.example/x", "/assets/../../keys/seal.key", "/%00", "/a%ff%fe", "/" + "a" * 5000, "/a%",
     "/current/../../keys/vapid_private.pem", "/.%2e/served_at", "/\\..\\..\\keys"],
)  # fmt: skip
def test_an_unknown_path_is_not_found(city: City, path: str) -> None:
    status, code = refused(city, request(city, "GET", path, body=b""))
    assert (status, code) in ((404, "not_found"), (400, "bad_request"))


@pytest.mark.parametrize("path", ["/api/subscriptions/me", "/api/subscriptions/me/export"])
@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b", "Bearer \x80",
              "Bearer " + "a" * 20_000, "Bearer ../../x.y"],
)  # fmt: skip
def test_a_forged_token_is_refused(city: City, path: str, token: str) -> None:
    sent = request(city, "GET", path, body=b"", authorization=token)
    assert refused(city, sent) == (401, "token_refused")


@pytest.mark.parametrize(
    "path", ["/cases", "/notices/new", "/notices/N-2026-0001/approve", "/audit"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
def test_the_console_does_not_exist_without_a_session(city: City, path: str, method: str) -> None:
    host = f"console.localhost:{city.port}"
    sent = request(city, method, path, body=b"", host=host, origin=f"http://{host}")
    assert refused(city, sent)[0] in (404, 405)


START = b"POST /api/subscriptions HTTP/1.1\r\n"
MALFORMED = [
    b"GET\r\n\r\n", b"GET /\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    b"get / http/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_request_gets_the_shape_and_the_end(city: City, sent: bytes) -> None:
    status, _ = refused(city, sent)
    assert status in (400, 404, 405, 413, 421, 431)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=1, max_size=400).map(lambda raw: raw + b"\r\n\r\n")
    | st.binary(max_size=200).map(lambda raw: START + raw + b"\r\n\r\n")
)
def test_random_bytes_never_cause_a_defect(city: City, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", city.port), timeout=20) as line:
        try:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            got = line.recv(4096)
        except OSError:
            return
    assert not got.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), got[:200]


def test_the_city_is_well_and_nothing_was_a_defect(city: City) -> None:
    status, _, body = exchange(city, request(city, "GET", "/healthz", body=b""))
    assert status == 200, body
    assert '"defect"' not in city.output
    assert "Traceback" not in city.output
    assert len(os.listdir(city.data)) >= 3  # noqa: PTH208 (and nothing was deleted)
