"""A passkey authenticator in software: what a phone does behind ``navigator.credentials``.

    phone = Authenticator()
    body = phone.create(options, "http://localhost:8080")
    body = phone.get(options, "http://localhost:8080")

It follows WebAuthn level 3 (section 6.1 authenticator data, 6.5 attestation "none") and does on
demand what a good one never does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

UP, UV, AT = 0x01, 0x04, 0x40


@dataclass(slots=True)
class Authenticator:
    """One passkey. verified: whether it asked for a finger or a PIN. count: signature counter, 0
    for phones that keep none."""

    verified: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: str = ""

    def create(
        self, options: dict[str, Any], origin: str, client: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """The answer to options for a new passkey. client: what its client data say otherwise."""
        self.handle = options["user"]["id"]
        data = self._data(options["rp"]["id"], AT) + bytes(16)
        data += len(self.id).to_bytes(2, "big") + self.id + self._cose()
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = _client("webauthn.create", options["challenge"], origin, client)
        return {"id": b64(self.id), "clientDataJSON": b64(said), "attestationObject": b64(made)}

    def get(
        self, options: dict[str, Any], origin: str, client: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """The answer to options for a login."""
        if self.count:
            self.count += 1
        data = self._data(options["rpId"])
        said = _client("webauthn.get", options["challenge"], origin, client)
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return {
            "id": b64(self.id),
            "clientDataJSON": b64(said),
            "authenticatorData": b64(data),
            "signature": b64(signed),
            "userHandle": self.handle,
        }

    def _data(self, rp_id: str, flags: int = 0) -> bytes:
        flags |= UP | (UV if self.verified else 0)
        counter = self.count.to_bytes(4, "big")
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter

    def _cose(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return bytes(cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y}))


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _client(kind: str, challenge: str, origin: str, changed: dict[str, Any] | None) -> bytes:
    said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    said |= changed or {}
    return json.dumps(said).encode()
