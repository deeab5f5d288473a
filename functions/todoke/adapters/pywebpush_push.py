"""Push whose messages are sealed by pywebpush and signed by py_vapid, for a small city that wants a
library under its messages. It is slower than our own engine.

The library's own sender is not used: it follows redirects, waits without limit and reads answers of
any length. What it has sealed goes the way of ``GuardedPush``.
"""

from __future__ import annotations

import re

from py_vapid import Vapid02  # type: ignore[import-untyped]
from pywebpush import WebPusher  # type: ignore[import-untyped]

from todoke.adapters.guarded_connection import Reach
from todoke.adapters.webpush import GuardedPush
from todoke.config import Config
from todoke.core.subscription import encode
from todoke.ports import Clock, PushTarget, Secrets

#: what the library takes for a key is not checked by it: RFC 8291 sections 2 and 3.1
_POINT_BYTES, _AUTH_BYTES = 65, 16


class PywebpushPush(GuardedPush):
    """Implements ``ports.Push``."""

    def __init__(
        self, config: Config, secrets: Secrets, clock: Clock, reach: Reach | None = None
    ) -> None:
        super().__init__(config, secrets, clock, reach)
        self._vapid = Vapid02.from_pem(secrets.vapid_private)

    def _seal(self, body: bytes, target: PushTarget, padded: int) -> bytes:
        """Padded with spaces, which mean nothing in JSON: the library does not pad."""
        if len(body) >= padded:
            raise ValueError("plaintext longer than the padded length")
        if (len(target.p256dh), len(target.auth)) != (_POINT_BYTES, _AUTH_BYTES):
            raise ValueError("no keys of a browser")
        keys = {"p256dh": encode(target.p256dh), "auth": encode(target.auth)}
        sealer = WebPusher({"endpoint": target.endpoint, "keys": keys})
        return bytes(sealer.encode(body.ljust(padded - 1))["body"])

    def _sign(self, origin: str, expires_at: int) -> str:
        # a copy for each: the library writes into the claims it is given
        claims = {"aud": origin, "exp": expires_at, "sub": self._settings.contact}
        header = str(self._vapid.sign(claims)["Authorization"])
        return re.sub(r",\s*", ", ", header)
