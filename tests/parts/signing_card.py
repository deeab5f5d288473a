"""A signing certificate with its key, and what the card bridge makes of them for a page."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from card_bridge import cms, pretend_ca, protocol
from todoke.journeys.linking import Asked


@dataclass(frozen=True, slots=True)
class SigningCard:
    """The pretend card's own, by the bridge's own code. issued: certificates and keys."""

    issued: pretend_ca.Issued = field(default_factory=pretend_ca.issue_signing)

    @property
    def der(self) -> bytes:
        """Its certificate."""
        return x509.load_pem_x509_certificate(self.issued.card).public_bytes(Encoding.DER)

    def trusted_in(self, data: Path) -> SigningCard:
        """Puts its authority where the demonstration looks for it."""
        folder = data / "pretend_card"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "sign-ca.pem").write_bytes(self.issued.ca)
        return self

    def answer(
        self,
        asked: Asked,
        origin: str,
        *,
        purpose: str = "sign-document",
        moment: datetime | None = None,
        **changes: Any,
    ) -> dict[str, str]:
        """The body of POST /api/me/link/card. changes: other fields."""
        key = load_pem_private_key(self.issued.card_key, None)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES384"
        suite = cms.SUITES[algorithm]
        digest = hashlib.new(suite.hash, asked.document).digest()
        context = protocol.signed_bytes("fetch", purpose, origin, asked.nonce)  # type: ignore[arg-type]
        now = moment or datetime.now(UTC)
        wanted = cms.attributes(suite, digest, self.der, context, now)
        if isinstance(key, rsa.RSAPrivateKey):
            signature = key.sign(wanted, padding.PKCS1v15(), SHA256())
        else:
            signature = key.sign(wanted, ec.ECDSA(SHA384()))
        message = cms.signed_data(suite, wanted, self.der, signature)
        given = {
            "version": protocol.VERSION,
            "mode": "fetch",
            "format": "cms-detached",
            "cms": base64.b64encode(message).decode("ascii"),
            "certificate": base64.b64encode(self.der).decode("ascii"),
            "signature": base64.b64encode(signature).decode("ascii"),
            "algorithm": algorithm,
            "nonce": asked.nonce,
        }
        return {**given, **changes}
