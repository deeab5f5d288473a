"""A phone without a screen: speaks autopush to the local push service and opens what arrives.

It stands where a browser is too heavy (hundreds of phones, crash tests); the real browsers are
driven by ``firefox``. Reads are in step with the test: nothing happens in the background.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.parts.waiting import PATIENCE_SECONDS


def encode(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class Subscription:
    """One push subscription as the phone holds it. channel: its name at the push service."""

    endpoint: str
    channel: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)
    auth: bytes = field(repr=False)

    def as_browser_gives_it(self) -> dict[str, Any]:
        """The shape of ``PushSubscription.toJSON()``."""
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encode(point), "auth": encode(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def open(self, body: bytes) -> bytes:
        """The plaintext of a sealed message (RFC 8291). Raises if it is not for us."""
        opened = http_ece.decrypt(
            body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )
        return bytes(opened)


class Phone:
    """Connects, subscribes, receives. ``id`` is what the push service calls it."""

    def __init__(self, port: int) -> None:
        self.id: str | None = None
        self.subscriptions: dict[str, Subscription] = {}
        self._port = port
        self._socket: socket.socket | None = None

    def connect(self) -> Phone:
        """Opens the line and says hello, with its id when it has one."""
        line = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_SECONDS)
        self._socket, self._incoming = line, line.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        line.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: push-notification\r\n\r\n".encode()
        )
        status = self._incoming.readline()
        while self._incoming.readline() not in (b"\r\n", b""):
            pass  # headers say nothing new
        if b" 101 " not in status:
            self.disconnect()
            raise ConnectionError("nobody there")
        said = {"messageType": "hello", "use_webpush": True}
        self._send({**said, "uaid": self.id} if self.id else said)
        self.id = self._read()["uaid"]
        return self

    def subscribe(self, key: bytes | None = None) -> Subscription:
        """A new subscription, restricted to the VAPID key (65-byte point) when one is given."""
        channel = str(uuid.uuid4())
        said = {"messageType": "register", "channelID": channel}
        self._send({**said, "key": encode(key)} if key else said)
        endpoint = self._read()["pushEndpoint"]
        private = ec.generate_private_key(ec.SECP256R1())
        made = Subscription(endpoint, channel, private, os.urandom(16))
        self.subscriptions[channel] = made
        return made

    def leave(self, subscription: Subscription) -> None:
        """Ends a subscription at the push service."""
        self._send({"messageType": "unregister", "channelID": subscription.channel})
        self._read()

    def next_message(self) -> bytes | None:
        """Plaintext of the next message, acknowledged; None when nothing waits.

        "Nothing waits" is known, not guessed: an answered ping has overtaken nothing."""
        self._send({})
        first = self._read()
        if not first:
            return None
        self._acknowledge(first)
        if self._read():
            raise AssertionError("a second message came before the answer to the ping")
        return self.subscriptions[first["channelID"]].open(_raw(first["data"]))

    def receive(self, acknowledge: bool = True) -> Mapping[str, Any]:
        """The next thing the push service says, as it says it."""
        said = self._read()
        if acknowledge:
            self._acknowledge(said)
        return said

    def disconnect(self) -> None:
        """Hangs up."""
        if self._socket is not None:
            self._incoming.close()
            self._socket.close()
            self._socket = None

    def _acknowledge(self, said: Mapping[str, Any]) -> None:
        update = {"channelID": said["channelID"], "version": said["version"], "code": 100}
        self._send({"messageType": "ack", "updates": [update]})

    def _send(self, said: Mapping[str, Any]) -> None:
        payload = json.dumps(said).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        head = struct.pack("!BBH", 0x81, 0x80 | 126, len(payload))
        if self._socket is None:
            raise ConnectionError("not connected")
        self._socket.sendall(head + mask + masked)

    def _read(self) -> dict[str, Any]:
        head = self._incoming.read(2)
        if len(head) < 2 or head[0] != 0x81:
            raise ConnectionError("the push service hung up")
        length = head[1]
        if length == 126:
            (length,) = struct.unpack("!H", self._incoming.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._incoming.read(8))
        said = json.loads(self._incoming.read(length))
        return dict(said)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
