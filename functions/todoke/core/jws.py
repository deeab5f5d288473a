"""Signed tokens (JWS in its compact form, RFC 7515) with one algorithm: ES256 (RFC 7518 section
3.4). Pure.

A token never chooses how it is checked: a header that names another algorithm, or none, is refused
before any key is looked for, and a key that a header brings along is never read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

ALGORITHM = "ES256"
#: letters of a token; an id token with an address in it has about 2,000
MAX_TOKEN = 16 * 1024
#: keys of one provider: two or three while one replaces another
MAX_KEYS = 32
MAX_KID = 256
#: of each coordinate of P-256, and of each half of a signature (RFC 7518 section 6.2.1.2, 3.4)
NUMBER_BYTES = 32


class NoTokenError(ValueError):
    """Not a token that may be believed. The text names the rule, never the token."""


def sign(key: ec.EllipticCurvePrivateKey, claims: Mapping[str, Any]) -> str:
    """The claims, signed. key: P-256."""
    header = {"alg": ALGORITHM, "kid": thumbprint(key.public_key()), "typ": "JWT"}
    signed = ".".join(to_text(_json(each)) for each in (header, claims))
    r, s = decode_dss_signature(key.sign(signed.encode("ascii"), ec.ECDSA(SHA256())))
    halves = r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big")
    return f"{signed}.{to_text(halves)}"


def key_id(token: str) -> str:
    """Which key the token says it was signed with. Raises NoTokenError for whatever is no ES256
    token."""
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    if len(parts) != 3:
        raise NoTokenError("shape")
    header = read_json(to_bytes(parts[0]))
    if header.get("alg") != ALGORITHM:
        raise NoTokenError("algorithm")
    # section 4.1.11: what must be understood and is not known here
    if "crit" in header or str(header.get("typ", "JWT")).upper() != "JWT":
        raise NoTokenError("header")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise NoTokenError("kid")
    return kid


def verified(token: str, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> dict[str, Any]:
    """The claims of a token one of the keys signed: the one it names and no other. Raises
    NoTokenError."""
    kid = key_id(token)
    if kid not in keys:
        raise NoTokenError("unknown_key")
    signed, _, signature = token.rpartition(".")
    raw = to_bytes(signature)
    if len(raw) != 2 * NUMBER_BYTES:
        raise NoTokenError("signature")
    r, s = (int.from_bytes(half, "big") for half in (raw[:NUMBER_BYTES], raw[NUMBER_BYTES:]))
    try:
        der = encode_dss_signature(r, s)
        keys[kid].verify(der, signed.encode("ascii"), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise NoTokenError("signature") from error
    return read_json(to_bytes(signed.split(".")[1]))


def public_keys(document: Mapping[str, Any]) -> Mapping[str, ec.EllipticCurvePublicKey]:
    """The keys of a JWK set (RFC 7517) that may sign here, by their ids; others are passed over.
    Raises NoTokenError for what is no such set, and for one id that stands for two keys."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise NoTokenError("keys")
    found: dict[str, ec.EllipticCurvePublicKey] = {}
    for each in listed:
        if not isinstance(each, dict):
            raise NoTokenError("keys")
        kid = each.get("kid")
        if not _is_for_us(each) or not isinstance(kid, str):
            continue
        if kid in found:
            raise NoTokenError("kid_twice")
        found[kid] = _point(each)
    return found


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """A public key for somebody else's JWK set."""
    return {**_members(key), "kid": thumbprint(key), "use": "sig", "alg": ALGORITHM}


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638: the same name for the same key, wherever it is made."""
    return to_text(hashlib.sha256(_json(dict(sorted(_members(key).items())))).digest())


def to_text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def to_bytes(text: str) -> bytes:
    """The bytes of base64url, written the one way it can be (RFC 4648 section 3.5). Raises
    NoTokenError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoTokenError("base64") from error
    if to_text(raw) != text:
        raise NoTokenError("base64")
    return raw


def read_json(raw: bytes) -> dict[str, Any]:
    """One JSON object, no name twice (two readers would take two different ones). Raises
    NoTokenError."""
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NoTokenError("json") from error
    if not isinstance(found, dict):
        raise NoTokenError("json")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("name twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _is_for_us(jwk: Mapping[str, Any]) -> bool:
    return (
        (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256")
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", ALGORITHM) == ALGORITHM
    )


def _point(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    raw = [to_bytes(str(jwk.get(each, ""))) for each in ("x", "y")]
    if any(len(each) != NUMBER_BYTES for each in raw):
        raise NoTokenError("keys")
    x, y = (int.from_bytes(each, "big") for each in raw)
    try:  # the library refuses a point that is not on the curve
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise NoTokenError("keys") from error


def _members(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (to_text(each.to_bytes(NUMBER_BYTES, "big")) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
