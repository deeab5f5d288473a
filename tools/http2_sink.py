"""A push service that takes everything over TLS and HTTP/2 (or HTTP/1.1 for who offers no h2), as
quickly as it can, in a process of its own: what stands beside a measured sender.

``python -m tools.http2_sink CERTIFICATE_AND_KEY.pem`` prints its port, ends with its input; a line
is answered with the moment (``time.monotonic``) of the first message since the last one.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import sys
import threading
import time

_PREFACE = 24
#: when the first message came since somebody asked
_ARRIVED: list[float] = []
_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">HBBBI", 0, len(payload), kind, flags, stream) + payload


def _serve(raw: ssl.SSLSocket) -> None:
    with raw, contextlib.suppress(OSError):
        (_speak_2 if raw.selected_alpn_protocol() == "h2" else _speak_1)(raw)


def _speak_2(raw: ssl.SSLSocket) -> None:
    """Answers each DATA frame with END_STREAM; gives all the room that was taken."""
    room = struct.pack(">I", 2**30)
    raw.sendall(_frame(4, 0, 0, struct.pack(">HI", 3, 1000)) + _frame(8, 0, 0, room))
    unread, begun = bytearray(), False
    while data := raw.recv(65536):
        unread += data
        at, out, taken = 0, bytearray(), 0
        if not begun:
            if len(unread) < _PREFACE:
                continue
            at, begun = _PREFACE, True
        while len(unread) - at >= 9:
            length = int.from_bytes(unread[at : at + 3], "big")
            if len(unread) - at < 9 + length:
                break
            kind, flags = unread[at + 3], unread[at + 4]
            if kind == 4 and not flags & 1:
                out += _frame(4, 1, 0)
            elif kind == 0 and flags & 1:
                stream = int.from_bytes(unread[at + 5 : at + 9], "big")
                out += _frame(1, 5, stream, b"\x48\x82\x10\x03")  # :status 201
                taken += length
                if not _ARRIVED:
                    _ARRIVED.append(time.monotonic())
            at += 9 + length
        del unread[:at]
        if taken:
            out += _frame(8, 0, 0, struct.pack(">I", taken))
        raw.sendall(out)


def _speak_1(raw: ssl.SSLSocket) -> None:
    unread = bytearray()
    while data := raw.recv(65536):
        unread += data
        while True:
            end = unread.find(b"\r\n\r\n")
            if end < 0:
                break
            head = bytes(unread[:end]).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(unread) < end + 4 + length:
                break
            del unread[: end + 4 + length]
            raw.sendall(_ANSWER)


def main(certificate: str) -> None:
    """Serve until the standard input ends."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            if not sys.stdin.readline():
                return
            print(_ARRIVED[0] if _ARRIVED else 0.0, flush=True)
            _ARRIVED.clear()
            continue
        raw, _ = listener.accept()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            wrapped = tls.wrap_socket(raw, server_side=True)
        except OSError:
            continue
        threading.Thread(target=_serve, args=(wrapped,), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
