"""One-time codes of an authenticator app: TOTP (RFC 6238) over HOTP (RFC 4226). Pure.

The parameters are those that every app knows and some apps do not let be changed: HMAC-SHA-1, six
digits, thirty seconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
#: RFC 4226 section 4 (R6): 160 bits
SECRET_BYTES = 20
#: RFC 6238 section 5.2: one step for a slow typist or a clock that is a little off, to either side
WINDOW = 1
#: more than any way of writing six digits needs; what is longer is not even looked at
MAX_TYPED = 64
_GROUP = 4


def at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226 section 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_of(unix: int) -> int:
    """The step that a moment falls into."""
    return unix // STEP_SECONDS


def read(typed: str) -> str | None:
    """The six digits of what somebody typed, in any width, with spaces or hyphens between; None
    when it cannot be a code."""
    if len(typed) > MAX_TYPED:
        return None
    wide = unicodedata.normalize("NFKC", typed)
    kept = "".join(each for each in wide if not each.isspace() and each not in "-ー−")
    return kept if len(kept) == DIGITS and kept.isascii() and kept.isdigit() else None


def matching(secret: bytes, code: str, unix: int, after: int) -> int | None:
    """The step whose code it is, None when it is none of now or was used. after: the last step
    that was used; it and all before it are spent (RFC 6238 section 5.2).

    Every step is compared, whatever the first says: how long it takes tells nothing."""
    now, found = step_of(unix), None
    for step in range(max(0, now - WINDOW), now + WINDOW + 1):
        same = hmac.compare_digest(at(secret, step).encode(), code.encode())
        if same and step > after:
            found = step
    return found


def shown(secret: bytes) -> str:
    """The secret as it is typed into an app that cannot see: base32 (RFC 4648) in groups."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def address(secret: bytes, issuer: str, account: str) -> str:
    """What the picture says: the key URI of Google Authenticator's wiki (2018), which other apps
    read too. issuer and account: what the app lists it under."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': text, 'issuer': issuer})}"
