"""Requests to the bridge as raw bytes, right but for what a test changes."""

from __future__ import annotations

import json
import socket
from typing import Any

from card_bridge.errors import RETRIABLE
from tests.parts.bridge import Bridge

NONCE = "todoke-test-nonce-of-43-characters-made-up_"
BODY = {"nonce": NONCE, "purpose": "login", "language": "en"}


def request(
    bridge: Bridge,
    method: str = "POST",
    path: str = "/v1/authenticate",
    body: bytes | None = None,
    more: tuple[str, ...] = (),
    **changed: str | None,
) -> bytes:
    """A request whose headers are what a right page's browser sends; None leaves one out.

    more: header lines besides (a second Origin, say)."""
    content = json.dumps(BODY).encode() if body is None else body
    headers: dict[str, str | None] = {
        "host": f"127.0.0.1:{bridge.port}",
        "origin": bridge.origin,
        "content-type": "application/json",
        "content-length": str(len(content)),
        "todoke-card": "1",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "same-site",
        "sec-fetch-dest": "empty",
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, *more, "", ""])
    return head.encode("latin-1") + content


def exchange(
    bridge: Bridge, sent: bytes, address: str = "127.0.0.1"
) -> tuple[int, dict[str, str], Any]:
    """Sends bytes on a fresh connection; status, headers and JSON (None without content)."""
    with socket.create_connection((address, bridge.port), timeout=30) as line:
        line.sendall(sent)
        return receive(line)


def receive(line: socket.socket) -> tuple[int, dict[str, str], Any]:
    """Reads one whole answer, until the bridge hangs up."""
    got = b""
    while piece := line.recv(65536):
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0].startswith("HTTP/1.1 "), got[:200]
    headers = {each.partition(": ")[0].lower(): each.partition(": ")[2] for each in lines[1:]}
    assert len(body) == int(headers.get("content-length", "0")), "the answer is cut"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["connection"] == "close"
    return int(lines[0].split()[1]), headers, json.loads(body) if body else None


def refused(bridge: Bridge, sent: bytes) -> tuple[int, str]:
    """Status and code of a refusal, which has words and repeats nothing it was sent."""
    status, _headers, said = exchange(bridge, sent)
    assert said["ok"] is False
    assert said["retriable"] is (said["error"] in RETRIABLE)
    assert said["message"]
    assert said["advice"]
    assert "{" not in said["message"] + said["advice"], "a name in place of a value"
    return status, said["error"]
