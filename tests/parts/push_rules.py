"""What a strict push service demands of an application server: RFC 8030, 8188, 8291, 8292.

Each rule refuses with the status the RFC names, so that a sender that is only nearly right
fails here and not at a browser maker's service.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

#: RFC 8030 section 7.2: a push service must take at least this much; the real ones take no more
MAX_BODY_BYTES = 4096
#: RFC 8292 section 2: "exp" no more than 24 hours from the time of the request
MAX_TOKEN_SECONDS = 24 * 3600
URGENCIES = ("very-low", "low", "normal", "high")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
#: RFC 8188 section 2.1 header with a P-256 point as key id (RFC 8291 section 4): 16+4+1+65
_SEALED_HEADER_BYTES = 86
_AEAD_TAG_BYTES = 16


class RefusedError(Exception):
    """status: HTTP status of the answer; why: words for the log."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}")
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sender asked for. ttl: seconds; topic None: replaces nothing."""

    ttl: int
    urgency: str
    topic: str | None


def check_headers(headers: Mapping[str, str]) -> Terms:
    """TTL (section 5.2), Urgency (5.3), Topic (5.4) of RFC 8030. Raises RefusedError 400."""
    ttl = headers.get("TTL")
    if ttl is None or not re.fullmatch(r"[0-9]{1,10}", ttl):
        raise RefusedError(400, "TTL must be given in seconds")
    urgency = headers.get("Urgency", "normal")
    if urgency not in URGENCIES:
        raise RefusedError(400, "unknown Urgency")
    topic = headers.get("Topic")
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise RefusedError(400, "Topic is 1 to 32 characters of base64url")
    return Terms(int(ttl), urgency, topic)


def check_body(headers: Mapping[str, str], body: bytes) -> None:
    """A body sealed as RFC 8291 says, as far as it shows from outside. Raises RefusedError."""
    if len(body) > MAX_BODY_BYTES:
        raise RefusedError(413, "body over 4,096 bytes")
    if headers.get("Content-Encoding") != "aes128gcm":
        raise RefusedError(400, "Content-Encoding must be aes128gcm")
    if len(body) < _SEALED_HEADER_BYTES + _AEAD_TAG_BYTES + 1:
        raise RefusedError(400, "shorter than any sealed message")
    record_size = int.from_bytes(body[16:20], "big")
    if record_size <= len(body) - _SEALED_HEADER_BYTES:
        raise RefusedError(400, "one record only, and rs greater than it (RFC 8291 section 4)")
    if body[20] != 65 or not _is_point(body[21:86]):
        raise RefusedError(400, "the key id is not a P-256 point")


def check_vapid(
    authorization: str | None, origin: str, registered: bytes | None, now: float
) -> None:
    """``vapid t=…, k=…`` (RFC 8292 section 3). registered: the key the subscription is
    restricted to, None when it is not. Raises RefusedError 401 or 403."""
    token, key = _credentials(authorization)
    if not _is_point(key):
        raise RefusedError(401, "k is not an uncompressed P-256 point")
    if registered is not None and key != registered:
        raise RefusedError(403, "the subscription is restricted to another key")
    claims = _verified_claims(token, key)
    if claims.get("aud") != origin:
        raise RefusedError(403, "aud is not this push service")
    exp = claims.get("exp")
    if not isinstance(exp, int) or isinstance(exp, bool):
        raise RefusedError(403, "exp is not a number of seconds")
    if not now < exp <= now + MAX_TOKEN_SECONDS:
        raise RefusedError(403, "exp is past, or more than 24 hours ahead")
    _check_contact(claims.get("sub"))


def decode(text: str) -> bytes:
    """Bytes of unpadded base64url. Raises ValueError."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _credentials(authorization: str | None) -> tuple[str, bytes]:
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() != "vapid":
        raise RefusedError(401, "Authorization: vapid is missing")
    found: dict[str, str] = {}
    for each in rest.split(","):
        name, sign, value = each.strip().partition("=")
        if not sign or name in found:
            raise RefusedError(401, "malformed vapid parameters")
        found[name] = value.strip().strip('"')
    try:
        return found["t"], decode(found["k"])
    except (KeyError, ValueError) as error:
        raise RefusedError(401, "vapid needs t and k") from error


def _verified_claims(token: str, key: bytes) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        head, claims = (json.loads(decode(part)) for part in parts[:2])
        signature = decode(parts[2])
    except (ValueError, IndexError) as error:
        raise RefusedError(403, "t is no JWT") from error
    if len(parts) != 3 or not isinstance(head, dict) or not isinstance(claims, dict):
        raise RefusedError(403, "t is no JWT")
    if head.get("alg") != "ES256" or head.get("typ", "JWT") != "JWT":
        raise RefusedError(403, "alg must be ES256 (RFC 8292 section 2)")
    if len(signature) != 64:
        raise RefusedError(403, "an ES256 signature is 64 bytes, r and s (RFC 7518 section 3.4)")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    try:
        signed = f"{parts[0]}.{parts[1]}".encode()
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise RefusedError(403, "the signature does not fit k") from error
    return claims


def _check_contact(sub: object) -> None:
    """RFC 8292 section 2.1: mailto: or https:; services refuse one nobody can answer."""
    if not isinstance(sub, str):
        raise RefusedError(403, "sub is missing")
    parts = urlsplit(sub)
    if parts.scheme == "mailto" and re.fullmatch(r"[^@\s]+@[^@\s]+", parts.path):
        where = parts.path.rpartition("@")[2]
    elif parts.scheme == "https" and parts.hostname:
        where = parts.hostname
    else:
        raise RefusedError(403, "sub must be mailto: or https:")
    if where == "localhost" or where.endswith(".localhost"):
        raise RefusedError(403, "sub must reach somebody")


def _is_point(key: bytes) -> bool:
    if len(key) != 65 or key[0] != 4:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return False
    return True
