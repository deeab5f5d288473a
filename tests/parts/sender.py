"""An application server that is not ours: pywebpush seals, py_vapid signs, requests posts.

What it can send and our own sender cannot, or the reverse, is a fault of one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02  # type: ignore[import-untyped]
from pywebpush import WebPusher  # type: ignore[import-untyped]

from tests.parts.push_service import PushService

CONTACT = "mailto:push@minatono.lg.jp"


@dataclass
class Sender:
    """One VAPID key, freshly made."""

    service: PushService
    vapid: Vapid02 = field(default_factory=Vapid02)

    def __post_init__(self) -> None:
        self.vapid.generate_keys()

    @property
    def key(self) -> bytes:
        """applicationServerKey: the 65-byte point."""
        point: bytes = self.vapid.public_key.public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return point

    def authorization(self) -> str:
        """A right ``vapid t=…, k=…`` for this push service."""
        claims = {
            "aud": self.service.origin,
            "exp": int(self.service.now()) + 3600,
            "sub": CONTACT,
        }
        return str(self.vapid.sign(claims)["Authorization"])

    def seal(self, subscription: Mapping[str, Any], data: bytes) -> bytes:
        """The body on the wire (RFC 8291)."""
        return bytes(WebPusher(dict(subscription)).encode(data)["body"])

    def send(
        self,
        subscription: Mapping[str, Any],
        data: bytes,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
    ) -> requests.Response:
        """Posts one message. headers: changes to the right ones, None leaves one out; body:
        these bytes instead of the sealed data."""
        given: dict[str, str | None] = {
            "TTL": "60",
            "Content-Encoding": "aes128gcm",
            "Authorization": self.authorization(),
            **(headers or {}),
        }
        return requests.post(
            subscription["endpoint"],
            data=self.seal(subscription, data) if body is None else body,
            headers={name: value for name, value in given.items() if value is not None},
            timeout=20,
            allow_redirects=False,
        )
