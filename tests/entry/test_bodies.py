"""How much the server takes in: a form with a file where one is sent, little elsewhere."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.parts.waiting import wait_for
from todoke.entry import server
from todoke.entry.server import (
    MAX_BODY_BYTES,
    MAX_LARGE_AT_ONCE,
    MAX_SMALL_BODY_BYTES,
    Server,
)


def _count(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """A page that says how many bytes it was sent."""
    size = len(environ["wsgi.input"].read())
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(size).encode()]


def _refusal(code: str, limit: int) -> tuple[int, list[tuple[str, str]], bytes]:
    return (
        (413 if code == "body_too_large" else 503),
        [],
        json.dumps({"error": code, "limit": limit}).encode(),
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    serving = Server(_count, 0, _refusal, hosts=("127.0.0.1",))
    thread = threading.Thread(target=serving.run)
    thread.start()
    yield serving.port
    serving.stop()
    thread.join()
    serving._server.close()  # its own pipe; a process that ends needs no such care


def _ask(port: int, path: str, size: int, *, chunked: bool = False) -> tuple[int, str]:
    """(status, body). Nothing is sent after the server has answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\n{how}\r\nConnection: close\r\n\r\n".encode()
        )
        try:
            for _ in range(-(-size // 65536)):
                part = b"x" * 65536
                line.sendall(b"10000\r\n" + part + b"\r\n" if chunked else part)
            line.sendall(b"0\r\n\r\n" if chunked else b"")
        except OSError:
            pass  # it has said no already
        said = b""
        try:
            while part := line.recv(65536):
                said += part
        except OSError:
            pass
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body.decode()


@pytest.mark.real
@pytest.mark.parametrize("path", ["/apply/jt-nintei", "/api/attachments", "/applications/T-1/mend"])
def test_a_form_with_a_file_is_taken_in(port: int, path: str) -> None:
    size = 5 * 1024 * 1024
    assert _ask(port, path, size) == (200, str(size))
    assert _ask(port, path, size, chunked=True) == (200, str(size))


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/attachments", MAX_BODY_BYTES),
        ("/api/subscriptions", MAX_SMALL_BODY_BYTES),
        ("/", MAX_SMALL_BODY_BYTES),
        ("/x/apply/", MAX_SMALL_BODY_BYTES),
        ("//apply/", MAX_SMALL_BODY_BYTES),
    ],
)
def test_what_is_larger_than_a_route_takes_is_refused_before_it_has_come(
    port: int, path: str, limit: int
) -> None:
    for chunked in (False, True):
        status, body = _ask(port, path, limit + 65536, chunked=chunked)
        assert status in (413, 0)  # 0: the line was cut while we were still sending
        if body:
            assert json.loads(body) == {"error": "body_too_large", "limit": limit}


@pytest.mark.real
def test_so_many_large_bodies_at_once_and_the_small_ones_go_on(port: int) -> None:
    """Whoever opens many and sends nothing fills neither disk nor memory, and hinders no
    small form."""
    most = MAX_LARGE_AT_ONCE // (MAX_BODY_BYTES - 1)
    claim = f"POST /apply/x HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY_BYTES - 1}\r\n\r\n"
    with contextlib.ExitStack() as lines:
        for _ in range(most):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.sendall(claim.encode())
        wait_for(lambda: len(server._LARGE) == most, "all of them to be held")
        size = 5 * 1024 * 1024
        status, body = _ask(port, "/apply/x", size, chunked=True)
        assert (status, body) in (
            (0, ""),
            (503, _refusal("storage_unavailable", 2**20)[2].decode()),
        )
        assert _ask(port, "/apply/x", 65536) == (200, "65536")
    wait_for(lambda: len(server._LARGE) == 0, "all of them to go")
    assert _ask(port, "/apply/x", size) == (200, str(size))
