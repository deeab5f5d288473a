"""A card without a bridge: an authority, certificates of every kind, and their signatures."""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from todoke.core import token

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
PRETEND = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TODOKE-PRETEND"),
    ]
)


@functools.cache
def rsa_key(which: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same key for the same name all through a test run: making one takes time."""
    assert which
    return rsa.generate_private_key(65537, bits)


@functools.cache
def p384_key(which: str) -> ec.EllipticCurvePrivateKey:
    """The same for the card to come."""
    assert which
    return ec.generate_private_key(ec.SECP384R1())


@functools.cache
def p256_key(which: str) -> ec.EllipticCurvePrivateKey:
    """And for one of the smaller curve."""
    assert which
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def p521_key(which: str) -> ec.EllipticCurvePrivateKey:
    """Of a curve that no card has."""
    assert which
    return ec.generate_private_key(ec.SECP521R1())


@functools.cache
def slow_key(which: str) -> rsa.RSAPrivateKey:
    """With an exponent of as many bits as the modulus: a check takes fifty times as long."""
    numbers = rsa_key(which, 3072).private_numbers()
    p, q = numbers.p, numbers.q
    order = math.lcm(p - 1, q - 1)
    e = next(each for each in range(order - 2, 0, -1) if math.gcd(each, order) == 1)
    d = pow(e, -1, order)
    public = rsa.RSAPublicNumbers(e, p * q)
    iqmp = rsa.rsa_crt_iqmp(p, q)
    parts = (p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), iqmp, public)
    return rsa.RSAPrivateNumbers(*parts).private_key()


@functools.cache
def usage(*allowed: str) -> x509.KeyUsage:
    """keyUsage with these bits: digital_signature, key_cert_sign …"""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in allowed for name in names})


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs certificates. ca, usages: what its own certificate allows it."""

    key: Key = field(default_factory=lambda: rsa_key("authority"))
    name: x509.Name = PRETEND
    ca: bool = True
    usages: Sequence[str] = ("key_cert_sign", "crl_sign")
    start: datetime = START
    end: datetime = END

    @property
    def certificate(self) -> x509.Certificate:
        """Self-signed."""
        builder = _builder(self.name, self.name, self.key, self.start, self.end).serial_number(1)
        builder = builder.add_extension(x509.BasicConstraints(self.ca, None), critical=True)
        builder = builder.add_extension(usage(*self.usages), critical=True)
        return builder.sign(self.key, _hash(self.key))

    @property
    def der(self) -> bytes:
        """DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def trusted_in(self, data: Path) -> Authority:
        """Puts it where the demonstration looks for the authority of its pretend card."""
        folder = data / "pretend_card"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "ca.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return self


@dataclass(frozen=True, slots=True)
class Card:
    """A card. Everything about its certificate can be made wrong."""

    authority: Authority = field(default_factory=Authority)
    key: Key = field(default_factory=lambda: rsa_key("card"))
    serial: int = 4711
    start: datetime = START
    end: datetime = END
    usages: Sequence[str] = ("digital_signature",)
    policy: str | None = token.POLICY.dotted_string
    more: Sequence[tuple[x509.ExtensionType, bool]] = ()

    @property
    def der(self) -> bytes:
        """Its certificate."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"見本{self.serial}")])
        builder = _builder(subject, self.authority.name, self.key, self.start, self.end)
        builder = builder.serial_number(self.serial)
        if self.usages:
            builder = builder.add_extension(usage(*self.usages), critical=True)
        if self.policy:
            policy = x509.PolicyInformation(x509.ObjectIdentifier(self.policy), None)
            builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=True)
        for extension, critical in self.more:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.authority.key, _hash(self.authority.key)).public_bytes(
            Encoding.DER
        )

    def answer(self, nonce: str, origin: str, **changes: Any) -> Mapping[str, str]:
        """The body of POST /api/login. changes: other fields, or ``signed=`` other bytes."""
        message = changes.pop("signed", token.signed_bytes(token.FETCH, token.LOGIN, origin, nonce))
        given = {
            "version": token.VERSION,
            "mode": token.FETCH,
            "certificate": base64.b64encode(self.der).decode(),
            "signature": base64.b64encode(self.sign(message)).decode(),
            "algorithm": algorithm_of(self.key),
            "nonce": nonce,
        }
        return {**given, **changes}

    def sign(self, message: bytes) -> bytes:
        """What the chip does."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), SHA256())
        return self.key.sign(message, ec.ECDSA(_hash(self.key)))


def _hash(key: Key) -> SHA256 | SHA384:
    return SHA256() if algorithm_of(key) in ("RS256", "ES256") else SHA384()


def algorithm_of(key: Key) -> str:
    """By the names of RFC 7518."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    return "ES256" if isinstance(key.curve, ec.SECP256R1) else "ES384"


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.public_key(key.public_key())
    return builder.not_valid_before(start).not_valid_after(end)
