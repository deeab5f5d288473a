"""One push message: its words, its sealing (RFC 8291), its signature (RFC 8292).

Every message has the same length on the wire, so a push service cannot tell notices apart,
and every one has its own key pair and salt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from todoke.core.subscription import AUTH_BYTES, encode
from todoke.core.words import FALLBACK

#: plaintext with its padding, before the 16-byte tag: one length for every message
PADDED = 1024
#: the one length of the second attempt after 413
PADDED_SMALL = 128
#: RFC 8188 section 2.1: header = salt 16, record size 4, key id length 1, key id 65
RECORD_SIZE = 4096
SALT_BYTES = 16
#: FCM refuses more (28 days); it is also our own longest retry
MAX_TTL = 28 * 24 * 3600
#: RFC 8292 section 2 allows 24 h; half of it survives a clock that is off
VAPID_SECONDS = 12 * 3600
#: no service may put us off for longer (10^9 seconds have been seen)
MAX_RETRY_AFTER = 24 * 3600
#: RFC 8030 section 5.4
TOPIC_CHARACTERS = 32

_CURVE = ec.SECP256R1()
_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
_ECDH = ec.ECDH()
_ES256 = ec.ECDSA(SHA256())


# ------------------------------------------------------------------------- words
@dataclass(frozen=True, slots=True)
class Words:
    """What the phone shows. navigate: absolute URL of the notice in the inbox; tag: the
    notice id, so that a repeated message replaces the first."""

    title: str
    body: str
    navigate: str
    tag: str
    language: str


def payload(words: Words, limit: int = PADDED - 1) -> bytes:
    """The plaintext: Declarative Web Push (an Apple device shows it without a worker; other
    browsers' workers read the same JSON), body shortened so that it fits ``limit`` bytes.

    Raises ValueError when it would not fit even without a body."""
    whole = _json(words, words.body)
    if len(whole) <= limit:
        return whole
    if len(_json(words, "…")) > limit:
        raise ValueError("title or address too long for one message")
    fits, too_long = 0, len(words.body)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if len(_json(words, words.body[:middle] + "…")) <= limit:
            fits = middle
        else:
            too_long = middle
    return _json(words, _whole_characters(words.body, fits) + "…")


def wake(words: Words) -> bytes:
    """The plaintext that wakes a phone: what to say where the phone remembers nothing itself. Not
    declarative: an Apple device would show that without asking the worker what is due."""
    shape = {
        "v": 1,
        "id": words.tag,
        "title": words.title,
        "body": words.body,
        "lang": "en" if words.language == "en" else "ja",
    }
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def _json(words: Words, body: str) -> bytes:
    shape = {
        "web_push": 8030,
        "notification": {
            "title": words.title,
            "body": body,
            "navigate": words.navigate,
            "tag": words.tag,
            "lang": "en" if words.language == "en" else "ja",
            "silent": False,
        },
    }
    # "replace": a lone surrogate is no text, and must not stop everybody's notice
    text = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _whole_characters(text: str, length: int) -> str:
    """The first ``length`` code points, without half of a combined character (が written as
    か + dakuten, emoji joined with ZWJ) and without the space before the "…"."""
    while 0 < length < len(text) and _is_joined(text[length - 1], text[length]):
        length -= 1
    return text[:length].rstrip(" 　")


def _is_joined(left: str, right: str) -> bool:
    joiners = ("\u200d", "\ufe0e", "\ufe0f")
    return left == "\u200d" or right in joiners or unicodedata.combining(right) != 0


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in that language or the next best; Japanese is always there."""
    for each in FALLBACK[language]:
        if texts.get(each):
            return texts[each]
    return texts["ja"]


def shrink(body: bytes) -> bytes:
    """The compact shape for a service that found the message too large (413): the notice id
    alone; the worker then shows its own discreet words. Raises ValueError if unreadable."""
    try:
        whole = json.loads(body)
        tag = whole["notification"]["tag"] if "notification" in whole else whole["id"]
    except (KeyError, TypeError) as error:
        raise ValueError("no tag in the message") from error
    return json.dumps({"v": 1, "id": tag}, separators=(",", ":")).encode()


# ------------------------------------------------------------------------- sealing
def seal(plaintext: bytes, p256dh: bytes, auth: bytes, padded: int = PADDED) -> bytes:
    """The body of the push request: aes128gcm (RFC 8188), one record, for one browser
    (RFC 8291). A fresh P-256 key and salt each time: reusing either would let the service
    link messages, reusing both would break AES-GCM.

    Raises ValueError for a plaintext longer than ``padded`` - 1, a bad public key, or a secret
    of another length: no phone could open it, and the service would take it all the same."""
    if len(auth) != AUTH_BYTES:
        raise ValueError("not the secret of a browser")
    if len(plaintext) >= padded:
        raise ValueError("plaintext longer than the padded length")
    record = plaintext + b"\x02" + bytes(padded - 1 - len(plaintext))
    key = ec.generate_private_key(_CURVE)
    return seal_with(record, p256dh, auth, key=key, salt=secrets.token_bytes(SALT_BYTES))


def seal_with(
    record: bytes, p256dh: bytes, auth: bytes, *, key: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """``seal`` of an already delimited record with a given key and salt: only for the
    published vector (RFC 8291 appendix A). Senders call ``seal``."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p256dh)
    ours = key.public_key().public_bytes(*_POINT)
    # RFC 8291 section 3.4; HKDF (RFC 5869) written out, since every output is one block
    ikm = _expand(
        hmac.digest(auth, key.exchange(_ECDH, theirs), "sha256"),
        b"WebPush: info\0" + p256dh + ours,
    )
    prk = hmac.digest(salt, ikm, "sha256")
    cek = _expand(prk, b"Content-Encoding: aes128gcm\0")[:16]
    nonce = _expand(prk, b"Content-Encoding: nonce\0")[:12]
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(cek).encrypt(nonce, record, None)


def _expand(prk: bytes, info: bytes) -> bytes:
    return hmac.digest(prk, info + b"\x01", "sha256")


# ------------------------------------------------------------------------- headers
class VapidKey:
    """The installation's signing key. ``public``: 65-byte point as base64url, which the
    browser gets as applicationServerKey."""

    __slots__ = ("_private", "public")

    def __init__(self, pem: bytes) -> None:
        """Raises ValueError unless the PEM holds a P-256 private key."""
        private = load_pem_private_key(pem, None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.key_size != 256:
            raise ValueError("the VAPID key must be P-256 (RFC 8292 section 2)")
        self._private = private
        self.public = encode(private.public_key().public_bytes(*_POINT))

    def authorization(self, origin: str, subject: str, expires_at: int) -> str:
        """The Authorization header (RFC 8292 section 3): a signed JWT for one push service.

        expires_at: unix seconds, at most 24 h ahead. subject: mailto: or https: contact."""
        claims = {"aud": origin, "exp": expires_at, "sub": subject}
        signed = ".".join(
            encode(json.dumps(part, separators=(",", ":")).encode())
            for part in ({"typ": "JWT", "alg": "ES256"}, claims)
        )
        r, s = decode_dss_signature(self._private.sign(signed.encode(), _ES256))
        signature = encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))  # RFC 7518 3.4
        return f"vapid t={signed}.{signature}, k={self.public}"


def topic_header(topic_secret: bytes, notice_id: str) -> str:
    """RFC 8030 section 5.4: a waiting message with the same Topic is replaced. It travels in
    clear, so it is a different one for every subscription of the same notice."""
    return encode(hmac.digest(topic_secret, notice_id.encode(), hashlib.sha256))[:TOPIC_CHARACTERS]


def time_to_live(expires_at: int, now: int) -> int:
    """Seconds a push service should keep the message: until the notice expires, 28 days at
    most, 0 when it has."""
    return max(0, min(MAX_TTL, expires_at - now))


def retry_after(header: str | None, now: datetime) -> int | None:
    """Seconds a service asks us to wait (RFC 9110 section 10.2.3: a number or a date),
    between 0 and 24 h; None when it does not say or says nonsense. now: aware."""
    text = (header or "").strip()
    if not text or len(text) > 64:
        return None
    if text.isascii() and text.isdigit():
        return min(int(text), MAX_RETRY_AFTER)
    try:
        then = parsedate_to_datetime(text)
        seconds = int((then - now).total_seconds())  # a date without a zone is nonsense too
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0, min(seconds, MAX_RETRY_AFTER))
