"""The server side of a WebSocket (RFC 6455), as little as a browser's push client needs."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import struct
import threading
from collections.abc import Mapping
from io import BufferedIOBase

#: RFC 6455 section 1.3
_ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_MESSAGE_BYTES = 1 << 20
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class BrokenError(Exception):
    """The other side went away or broke the protocol."""


def wants_upgrade(headers: Mapping[str, str]) -> bool:
    """Whether this request asks to become a WebSocket (RFC 6455 section 4.2.1)."""
    return headers.get("Upgrade", "").lower() == "websocket" and "Sec-WebSocket-Key" in headers


def handshake(headers: Mapping[str, str], subprotocol: str) -> bytes:
    """The 101 answer. The subprotocol is echoed only when it was offered: a browser drops a
    connection that answers with one it did not ask for (RFC 6455 section 4.1)."""
    digest = hashlib.sha1(headers["Sec-WebSocket-Key"].strip().encode() + _ACCEPT_GUID).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
    ]
    offered = [each.strip() for each in headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if subprotocol in offered:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class WebSocket:
    """One open connection; ``receive`` from one thread, ``send`` from any."""

    def __init__(self, connection: socket.socket, incoming: BufferedIOBase) -> None:
        self._connection = connection
        self._incoming = incoming
        self._writing = threading.Lock()

    def receive(self) -> str | None:
        """The next text message, or None when the other side closed in order.

        Raises BrokenError."""
        parts: list[bytes] = []
        while True:
            final, opcode, payload = self._frame()
            if opcode == _CLOSE:
                with contextlib.suppress(BrokenError):
                    self._write(_CLOSE, payload[:2])
                return None
            if opcode == _PING:
                self._write(_PONG, payload)
            elif opcode in (_CONTINUATION, _TEXT, _BINARY):
                parts.append(payload)
                if sum(map(len, parts)) > _MAX_MESSAGE_BYTES:
                    raise BrokenError("message too long")
                if final:
                    return b"".join(parts).decode("utf-8")

    def send(self, text: str) -> None:
        """Sends one text message. Raises BrokenError."""
        self._write(_TEXT, text.encode())

    def drop(self) -> None:
        """Cuts the line without a word, as a lost radio link does."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        if first & 0x70:
            raise BrokenError("extension bits were not agreed")
        if not second & 0x80:
            raise BrokenError("a client must mask (RFC 6455 section 5.1)")
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        if length > _MAX_MESSAGE_BYTES:
            raise BrokenError("frame too long")
        mask = self._exactly(4)
        masked = self._exactly(length)
        payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
        return bool(first & 0x80), first & 0x0F, payload

    def _exactly(self, count: int) -> bytes:
        try:
            found = self._incoming.read(count)
        except (OSError, ValueError) as error:
            raise BrokenError("connection lost") from error
        if len(found) < count:
            raise BrokenError("connection lost")
        return found

    def _write(self, opcode: int, payload: bytes) -> None:
        if len(payload) < 126:
            head = struct.pack("!BB", 0x80 | opcode, len(payload))
        elif len(payload) < 1 << 16:
            head = struct.pack("!BBH", 0x80 | opcode, 126, len(payload))
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 127, len(payload))
        try:
            with self._writing:
                self._connection.sendall(head + payload)
        except OSError as error:
            raise BrokenError("connection lost") from error
