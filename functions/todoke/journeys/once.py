"""Sent twice, done once: the answer to a key that was seen before is the first answer.

Keys are kept as HMACs bound to the person and the act, so nobody meets another's key, and what
was sent is kept as an HMAC too: enough to tell whether it is the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.ports import Create, Record, Services

#: a browser may try again after a night without network
KEEP_SECONDS = 7 * 24 * 3600
#: made by chance: at least 16 of the characters that a header can carry (RFC 9110)
_KEY = re.compile("[A-Za-z0-9_-]{16,64}")


def key_id(services: Services, who: str, act: str, key: str) -> str:
    """Record id of a person's key for one act. Raises ``bad_request`` for no proper key."""
    if not _KEY.fullmatch(key):
        raise TodokeError("bad_request")
    return sealed.blind(services.secrets.seal_key, "idempotency", f"{who}\0{act}\0{key}")


def fingerprint(services: Services, sent: Any) -> str:
    """An HMAC of anything JSON can say, the order of names apart."""
    text = json.dumps(sent, sort_keys=True, separators=(",", ":"))
    return sealed.blind(services.secrets.seal_key, "sent", text)


def result(services: Services, id: str, body: str) -> str | None:
    """What this key made before, None if nothing. Raises ``sent_differently``."""
    record = services.store.get("idempotency", id)
    if record is None:
        return None
    if record.data["body"] != body:
        raise TodokeError("sent_differently")
    return str(record.data["result"])


def remember(
    services: Services, id: str, body: str, made: str, seconds: int = KEEP_SECONDS
) -> Create:
    """The write that goes into the commit of the act: two at once, and one of them fails."""
    until = services.clock.unix() + seconds
    return Create(Record("idempotency", id, {"body": body, "result": made}, expires_at=until))
