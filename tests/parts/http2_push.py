"""A push service over HTTP/2 and TLS, spoken by another implementation (the library ``h2``), which
may misbehave in whatever way a test asks for."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.parts.hostile_push import Request


class Exchange:
    """One request, and the means to answer it."""

    def __init__(self, line: Line, stream: int, request: Request) -> None:
        self.line, self.stream, self.request = line, stream, request

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """As h2 writes it: Huffman code, and whatever table we allow."""
        fields = [(":status", str(status)), *headers.items()]
        self.line.http.send_headers(self.stream, fields, end_stream=not body)
        if body:
            self.line.http.send_data(self.stream, body, end_stream=True)

    def reset(self, code: int) -> None:
        self.line.http.reset_stream(self.stream, code)


Behaviour = Callable[[Exchange], None]


class Line(threading.Thread):
    """One connection."""

    def __init__(self, server: Http2Push, raw: ssl.SSLSocket, behave: Behaviour) -> None:
        super().__init__(daemon=True)
        self.server, self.raw, self.behave = server, raw, behave
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.http = h2.connection.H2Connection(config)
        self.streams: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.count = 0

    def run(self) -> None:
        with contextlib.suppress(OSError), self.raw:
            self.http.initiate_connection()
            self.http.update_settings(self.server.settings)
            self.flush()
            while data := self.raw.recv(65536):
                try:
                    events = self.http.receive_data(data)
                except h2.exceptions.ProtocolError as error:
                    self.server.faults.append(repr(error))
                    raise OSError from error
                for event in events:
                    self._take(event)
                self.flush()

    def flush(self) -> None:
        self.raw.sendall(self.http.data_to_send())

    def _take(self, event: Any) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self.streams[event.stream_id] = (
                {str(k): str(v) for k, v in event.headers},
                bytearray(),
            )
        elif isinstance(event, h2.events.DataReceived):
            self.streams[event.stream_id][1].extend(event.data)
            if self.server.gives_room:
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            headers, body = self.streams.pop(event.stream_id)
            self.count += 1
            request = Request(headers[":path"], headers, bytes(body))
            self.server.requests.append(request)
            self.behave(Exchange(self, event.stream_id, request))
        elif isinstance(event, h2.events.StreamReset):
            self.server.resets.append(event.stream_id)


class Http2Push:
    """Listens on 127.0.0.1. behave: what each request gets; may be changed at any time."""

    def __init__(self, tls: ssl.SSLContext, settings: Mapping[int, int] | None = None) -> None:
        tls.set_alpn_protocols(["h2"])
        self._tls = tls
        self.settings = dict(settings or {})
        self.requests: list[Request] = []
        self.resets: list[int] = []
        self.faults: list[str] = []  # what the client may not do
        self.lines: list[Line] = []
        self.gives_room = True
        self.behave: Behaviour = lambda exchange: exchange.answer(201, location="/m/1")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Http2Push:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.raw.shutdown(socket.SHUT_RDWR)
            line.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    wrapped = self._tls.wrap_socket(raw, server_side=True)
                except OSError:
                    raw.close()
                    continue
                line = Line(self, wrapped, lambda exchange: self.behave(exchange))
                self.lines.append(line)
                line.start()
