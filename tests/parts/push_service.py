"""A push service of our own, on this machine, for real browsers and real senders.

Browsers (Firefox) connect by WebSocket and speak autopush; application servers POST to
``/push/<id>`` as RFC 8030 says and are checked strictly (``push_rules``). One port for both.

In a test:      with PushService() as service: … service.origin, service.arrivals, service.acks
By itself:      python -m tests.parts.push_service --port 4321
                GET /control shows the counters; POST /control {"act": "go_dark"} and so on
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

from tests.parts.autopush import SUBPROTOCOL, Conversation
from tests.parts.push_mailroom import Ack, Mailroom
from tests.parts.push_rules import RefusedError, check_body, check_headers, check_vapid
from tests.parts.websocket import WebSocket, handshake, wants_upgrade

_CHUNK = b"x" * 65536
#: bodies up to here are read before they are refused, so that the sender sees the answer
_MAX_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Whim:
    """How one answer to an application server turns out.

    status: this answer instead of the right one, and nothing is accepted. retry_after and
    location: headers that go with it. body_bytes: length of the answer's body.
    delay_seconds: before the answer. lose_answer: cut the connection after the work is done.
    """

    status: int | None = None
    retry_after: str | None = None
    location: str | None = None
    body_bytes: int = 0
    delay_seconds: float = 0
    lose_answer: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of an application server. length: bytes of body; status: our answer."""

    endpoint: str
    headers: Mapping[str, str]
    length: int
    status: int


class PushService:
    """Starts with ``start()`` or ``with``; every thread and socket is gone after ``stop()``."""

    def __init__(self, port: int = 0, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.room = Mailroom(now)
        self.arrivals: list[Arrival] = []
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._whims: deque[Whim] = deque()
        self._always: Whim | None = None
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ life
    def start(self) -> PushService:
        """Listens on 127.0.0.1."""
        self._server = _Server(("127.0.0.1", self._wanted_port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cuts every connection and waits for every thread."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.cut_all()
        self._server.server_close()
        self._server = None

    def __enter__(self) -> PushService:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("not started")
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """host:port, as ``[push] allow_loopback`` wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """What "aud" must say (RFC 8292 section 2)."""
        return f"http://{self.address}"

    # ------------------------------------------------------------------ what a test may see
    @property
    def acks(self) -> list[Ack]:
        """What the browsers said of their messages, in order."""
        return self.room.acks

    @property
    def accepted(self) -> int:
        """Messages taken so far."""
        return self.room.counts["accepted"]

    def report(self) -> dict[str, Any]:
        """Counters and the last arrivals, for /control."""
        return {
            "counts": dict(self.room.counts),
            "online": len(self.room.online()),
            "waiting": self.room.waiting(),
            "arrivals": [asdict(each) for each in self.arrivals[-100:]],
        }

    # ------------------------------------------------------------------ what a test may do
    def next_answers(self, *whims: Whim) -> None:
        """The next answers turn out like this, one each."""
        with self._lock:
            self._whims.extend(whims)

    def always(self, whim: Whim | None) -> None:
        """Every answer turns out like this (None: right again)."""
        with self._lock:
            self._always = whim

    def go_dark(self) -> None:
        """Every browser loses its connection and gets none until ``light``."""
        for line in self.room.darken():
            line.drop()

    def light(self) -> None:
        """Browsers may connect again (each comes back by itself)."""
        self.room.dark = False

    def forget_all(self) -> None:
        """Forgets every browser: each gets a new id and must subscribe again."""
        for browser in list(self.room.lines):
            line = self.room.forget(browser)
            if line is not None:
                line.drop()

    # ------------------------------------------------------------------ for the handler below
    def whim(self) -> Whim:
        """How the answer being made now turns out."""
        with self._lock:
            return self._whims.popleft() if self._whims else self._always or Whim()

    def push(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> str:
        """Checks and takes one message; its id. Raises RefusedError."""
        channel = self.room.channel(endpoint)
        check_vapid(headers.get("Authorization"), self.origin, channel.key, self.now())
        terms = check_headers(headers)
        check_body(headers, body)
        message = self.room.take(channel, terms, body)
        line = self.room.line_of(channel.browser)
        if isinstance(line, Conversation):
            line.deliver()
        return message


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that it can cut them and join their threads."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], service: PushService) -> None:
        self.service = service
        self.ending = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection cut on purpose is no news."""

    def cut_all(self) -> None:
        self.ending.set()
        with self._guard:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # one write per answer is enough for Nagle, but keep-alive clients wait without this
    disable_nagle_algorithm = True

    @property
    def service(self) -> PushService:
        return cast(_Server, self.server).service

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: endpoints are credentials of sorts."""

    def do_GET(self) -> None:
        if wants_upgrade(self._given):
            self._converse()
        elif self.path == "/control":
            self._reply(200, json.dumps(self.service.report()).encode())
        else:
            self._reply(404)

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path.startswith("/push/"):
            self._push(self.path.removeprefix("/push/"), body)
        elif self.path == "/control":
            self._control(json.loads(body))
        else:
            self._reply(404)

    @property
    def _given(self) -> Mapping[str, str]:
        # http.client's message finds names whatever their case; a dict would not
        return cast(Mapping[str, str], self.headers)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._reply(411, close=True)
            return None
        if int(length) > _MAX_READ_BYTES:
            self._reply(413, close=True)
            return None
        return self.rfile.read(int(length))

    def _push(self, endpoint: str, body: bytes) -> None:
        whim = self.service.whim()
        if whim.delay_seconds:
            cast(_Server, self.server).ending.wait(whim.delay_seconds)
        status, headers = whim.status or 201, {}
        if whim.status is None:
            try:
                message = self.service.push(endpoint, self._given, body)
                headers = {"Location": f"{self.service.origin}/message/{message}"}
                headers["TTL"] = self.headers["TTL"]
            except RefusedError as refused:
                status = refused.status
                headers = {"X-Why": refused.why}
        elif whim.location:
            headers = {"Location": whim.location}
        if whim.retry_after is not None:
            headers["Retry-After"] = whim.retry_after
        seen = {name: value for name, value in self.headers.items() if name != "Authorization"}
        self.service.arrivals.append(Arrival(endpoint, seen, len(body), status))
        if whim.lose_answer:
            self.close_connection = True
            return
        self._reply(status, b"", headers, long=whim.body_bytes)

    def _control(self, said: Mapping[str, Any]) -> None:
        service = self.service
        acts: Mapping[str, Callable[[], None]] = {
            "go_dark": service.go_dark,
            "light": service.light,
            "forget_all": service.forget_all,
            "next_answers": lambda: service.next_answers(*(Whim(**w) for w in said["whims"])),
            "always": lambda: service.always(Whim(**said["whim"]) if said["whim"] else None),
        }
        acts[said["act"]]()
        self._reply(200, b"{}")

    def _converse(self) -> None:
        self.close_connection = True
        if self.service.room.dark:
            return
        self.connection.sendall(handshake(self._given, SUBPROTOCOL))
        line = WebSocket(self.connection, self.rfile)
        Conversation(line, self.service.room, self.service.origin).run()

    def _reply(
        self,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        long: int = 0,
        close: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + long))
        if close:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        while long > 0:
            self.wfile.write(_CHUNK[:long])
            long -= len(_CHUNK)


def main() -> None:
    """Runs until SIGTERM or Ctrl-C."""
    words = argparse.ArgumentParser(description="A push service on this machine, for tests.")
    words.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: any)")
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    with PushService(words.parse_args().port) as service:
        print(f"push service: {service.origin}  (browsers: ws://{service.address}/)", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
