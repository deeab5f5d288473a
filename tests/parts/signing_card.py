"""A signing certificate with its key, and what the card bridge makes of them for a page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from card_bridge import cms, pretend_ca, protocol
from tests.parts.pretend_signer import Authority, Card, algorithm_of, p256_key
from tests.parts.signing_certificates import fields
from todoke.core import token
from todoke.journeys.linking import Asked

#: SHA-256 and ecdsa-with-SHA256 (RFC 5758 section 3.2) as AlgorithmIdentifiers: the bridge knows no
#: card with such a key, and another one may come
ES256 = cms.Suite(
    "sha256",
    bytes.fromhex("300b0609608648016503040201"),
    bytes.fromhex("300a06082a8648ce3d040302"),
)


def on_p256(
    usages: Sequence[str] = ("digital_signature", "content_commitment"),
    policy: str = token.SIGNING.policy.dotted_string,
) -> SigningCard:
    """A signing certificate of the person of the pretend card on P-256, or one for another use, by
    an authority on P-256."""
    authority = Authority(key=p256_key("signing authority"))
    others = [x509.OtherName(x509.ObjectIdentifier(oid), value) for oid, value in fields()]
    person = (x509.SubjectAlternativeName(others), False)
    key = p256_key("signing card")
    card = Card(authority, key, usages=usages, policy=policy, more=(person,))
    pem = x509.load_der_x509_certificate(card.der).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ca = authority.certificate.public_bytes(Encoding.PEM)
    return SigningCard(pretend_ca.Issued(ca, b"", pem, secret))


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
        algorithm = algorithm_of(key)
        suite = ES256 if algorithm == "ES256" else cms.SUITES[algorithm]
        digest = hashlib.new(suite.hash, asked.document).digest()
        context = protocol.signed_bytes("fetch", purpose, origin, asked.nonce)  # type: ignore[arg-type]
        now = moment or datetime.now(UTC)
        wanted = cms.attributes(suite, digest, self.der, context, now)
        if isinstance(key, rsa.RSAPrivateKey):
            signature = key.sign(wanted, padding.PKCS1v15(), SHA256())
        else:
            hashed = SHA256() if algorithm == "ES256" else SHA384()
            signature = key.sign(wanted, ec.ECDSA(hashed))
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
