"""A signed message from another server: "t=<unix seconds>,v1=<HMAC-SHA-256, hex>".

The scheme is Stripe's (docs.stripe.com/webhooks, "Verify manually"); the pretend provider uses
it too. Checked here with the standard library, because Stripe's own check takes any timestamp of
the future and lets other errors out for signed junk.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from todoke.core.errors import TodokeError

#: a message older or newer than this is no news, seconds either way
TOLERANCE_SECONDS = 300
#: during a change of the secret there are two; more is not looked at
MOST_SIGNATURES = 8
MAX_HEADER = 2048


def sign(secret: str, body: bytes, now: int) -> str:
    """The header for a body. now: unix seconds."""
    return f"t={now},v1={_mac(secret, str(now), body)}"


def read(secrets: Sequence[str], header: str, body: bytes, now: int) -> dict[str, Any]:
    """The message, when one of the secrets signed these very bytes about now.

    secrets: two while one replaces the other. Raises ``webhook_refused`` for anything else, and
    for signed bytes that are no JSON object."""
    time, signatures = _parts(header)
    matches = [
        hmac.compare_digest(_mac(secret, time, body), each)
        for secret in secrets
        if secret
        for each in signatures
    ]
    if not any(matches):
        raise TodokeError("webhook_refused", rule="signature")
    if abs(int(time) - now) > TOLERANCE_SECONDS:
        raise TodokeError("webhook_refused", rule="timestamp")
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TodokeError("webhook_refused", rule="json") from error
    if not isinstance(found, dict):
        raise TodokeError("webhook_refused", rule="json")
    return found


def _parts(header: str) -> tuple[str, list[str]]:
    if len(header) > MAX_HEADER:
        raise TodokeError("webhook_refused", rule="signature")
    pairs = [each.strip().partition("=") for each in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    # the very text of the time is signed, so it must be one and plain
    if len(times) != 1 or not re.fullmatch(r"[0-9]{1,12}", times[0]):
        raise TodokeError("webhook_refused", rule="signature")
    plain = [each for each in signatures if re.fullmatch(r"[0-9a-f]{64}", each)]
    return times[0], plain[:MOST_SIGNATURES]


def _mac(secret: str, time: str, body: bytes) -> str:
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
