"""People's requests against a city that is told to stop, each noted with the moment its last
byte was sent and with the whole answer, if there was one."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: a person who waits longer has gone
PATIENCE_SECONDS = 30
#: what is only looked at
PATHS = {"get": "/healthz", "read": "/api/openapi.json"}
_KEY = ec.derive_private_key(4321, ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Note:
    """kind: of request. sent: when its last byte had been handed to the kernel. status: of the
    whole answer, None when it was missing or cut."""

    kind: str
    sent: float
    status: int | None


@dataclass(slots=True)
class Load:
    """Threads of people. open_at: the last moment at which the door was known to be open."""

    port: int
    push: str
    notes: list[Note] = field(default_factory=list)
    open_at: float = 0.0
    _ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, people: int) -> Load:
        """Half of them keep their connection; some post; one looks whether the door is open."""
        works: list[Callable[[], None]] = [self._look_at_the_door]
        for number in range(people):
            works.append(self._keep_alive if number % 2 else self._come_and_go)
        self._threads = [threading.Thread(target=work) for work in works]
        for each in self._threads:
            each.start()
        return self

    def rush(self, people: int) -> None:
        """So many fresh connections, every request sent before this returns."""
        lines = [self._connect() for _ in range(people)]
        begun = threading.Barrier(people + 1)

        def one(line: socket.socket, number: int) -> None:
            kind = "post" if number % 2 else "get"
            line.sendall(self.request(kind, "close"))
            sent = time.monotonic()
            begun.wait(PATIENCE_SECONDS)
            self._note(kind, sent, line)

        more = [
            threading.Thread(target=one, args=(line, number)) for number, line in enumerate(lines)
        ]
        for each in more:
            each.start()
        self._threads += more
        begun.wait(PATIENCE_SECONDS)

    def end(self) -> list[Note]:
        """Everybody finishes; what they noted."""
        self._ending.set()
        for each in self._threads:
            each.join()
        return self.notes

    def dropped(self) -> list[Note]:
        """Requests that were on their way while the door was open and got no whole answer."""
        return [each for each in self.notes if each.sent < self.open_at and each.status is None]

    def request(self, kind: str, connection: str) -> bytes:
        """The bytes of a request."""
        head = f"Host: localhost:{self.port}\r\nConnection: {connection}\r\n"
        if kind in PATHS:
            return f"GET {PATHS[kind]} HTTP/1.1\r\n{head}\r\n".encode()
        body = json.dumps(self._subscription()).encode()
        head += f"Origin: http://localhost:{self.port}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n"
        return f"POST /api/subscriptions HTTP/1.1\r\n{head}\r\n".encode() + body

    def _subscription(self) -> dict[str, object]:
        point = _KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _text(point), "auth": _text(os.urandom(16))}
        endpoint = f"http://{self.push}/push/{_text(os.urandom(18))}"
        return {"endpoint": endpoint, "keys": keys, "topics": ["allowance"]}

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def _look_at_the_door(self) -> None:
        while not self._ending.is_set():
            before = time.monotonic()
            try:
                self._connect().close()
            except OSError:
                return
            self.open_at = before
            self._ending.wait(0.004)

    def _come_and_go(self) -> None:
        kinds = ("get", "post", "get")
        number = 0
        while not self._ending.is_set():
            kind = kinds[number % len(kinds)]
            number += 1
            try:
                line = self._connect()
            except OSError:
                return  # the door is closed: nothing was sent
            with suppress(OSError):
                line.sendall(self.request(kind, "close"))
                self._note(kind, time.monotonic(), line)
            self._ending.wait(0.02)

    def _keep_alive(self) -> None:
        line = None
        while not self._ending.is_set():
            try:
                line = line or self._connect()
                line.sendall(self.request("get", "keep-alive"))
            except OSError:
                return
            if not self._note("kept", time.monotonic(), line, last=False):
                line = None  # told to go elsewhere
            self._ending.wait(0.02)
        if line is not None:
            line.close()

    def _note(self, kind: str, sent: float, line: socket.socket, last: bool = True) -> bool:
        """Reads one answer; whether the connection stays open."""
        status, stays = None, False
        with suppress(OSError, ValueError):
            status, stays = answer_of(line)
        self.notes.append(Note(kind, sent, status))
        if last or not stays:
            line.close()
        return stays and not last


def answer_of(line: socket.socket) -> tuple[int, bool]:
    """Status of a whole answer, and whether more may follow. Raises ValueError if it is cut."""
    held = b""
    while b"\r\n\r\n" not in held:
        held += _some(line)
    head, _, body = held.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(each.split(": ", 1) for each in lines[1:])
    while len(body) < int(headers["content-length"]):
        body += _some(line)
    if len(body) > int(headers["content-length"]) or not json.loads(body)["ok"]:
        raise ValueError("not one whole answer")
    return int(lines[0].split()[1]), headers.get("connection") != "close"


def _some(line: socket.socket) -> bytes:
    got = line.recv(65536)
    if not got:
        raise ValueError("cut")
    return got


def _text(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")
