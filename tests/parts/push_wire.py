"""Our own sender on a wire of the test: whatever host it asks for, it reaches the test's server."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.parts.hostile_push import Request
from tests.parts.sealing_keys import ONE_KEY
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.webpush import GuardedPush
from todoke.config import Config, PushConfig
from todoke.core import push_message
from todoke.core.subscription import decode
from todoke.ports import PushMessage, PushTarget, Secrets

HOST = "push.example.com"
HOSTS = (HOST, "fcm.googleapis.com", "*.anybody.example.com")
PUBLIC = "93.184.215.14"
BROWSER = ec.generate_private_key(ec.SECP256R1())
POINT = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = b"an auth secret 1"
SECRETS = Secrets(
    ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    b"s" * 32,
    ONE_KEY,
)
BODY = push_message.payload(
    push_message.Words("みなと野市", "お知らせ", "http://x/inbox.html", "N-2026-0001", "ja")
)
MESSAGE = PushMessage(BODY, 600, "high", "T" * 32)


class Wire:
    """A resolver and a cable: every judged address leads to the test's server, and it writes
    down which addresses were dialled."""

    def __init__(self, port: int) -> None:
        self.addresses: Sequence[str] = [PUBLIC]
        self.dialled: list[tuple[str, int]] = []
        self.asked: list[tuple[str, int]] = []
        self.sockets: list[int] = []  # file numbers: TLS takes the socket object over
        self.port = port

    def look_up(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.addresses

    def dial(self, address: str, port: int, timeout: float) -> socket.socket:
        self.dialled.append((address, port))
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        self.sockets.append(connection.fileno())
        return connection


def sender_over(
    reach: Reach,
    clock: TurnedClock,
    loopback: tuple[str, ...] = (),
    kind: type[GuardedPush] = GuardedPush,
) -> GuardedPush:
    settings = PushConfig("mailto:push@city.example", HOSTS, loopback)
    return kind(Config(Path(), Path(), push=settings), SECRETS, clock, reach)


def target(url: str = f"https://{HOST}/wpush/secret-part") -> PushTarget:
    return PushTarget(url, POINT, AUTH)


def claims_of(request: Request) -> dict[str, object]:
    token = request.headers["authorization"].removeprefix("vapid t=").split(",")[0]
    claims: dict[str, object] = json.loads(decode(token.split(".")[1]))
    return claims
