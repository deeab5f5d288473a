"""The pretend certificate authority: made once, on this machine, for demonstrations only.

Its subject says O=TODOKE-PRETEND, so that it can never be mistaken for the real one; a city in
production trusts no such name. The leaf has the profile of a real authentication certificate
(policy 1.2.392.200149.8.5.1.3.30) and, like a real one, names nobody.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "TODOKE-PRETEND"
AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
#: today's cards: RSA with 2,048 bits
_KEY_BITS = 2048
_CA_DAYS, _LEAF_DAYS = 3650, 1826
#: a clock that is a little behind must not find the card "not yet valid"
_BACKDATED = timedelta(days=1)
#: 99999 is no municipality's code; 003A as on real cards
_MUNICIPALITY = "99999003A"
_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Issued:
    """A pretend authority with one card: certificates and keys in PEM."""

    ca: bytes
    ca_key: bytes
    card: bytes
    card_key: bytes


def issue(now: datetime | None = None) -> Issued:
    """A fresh authority and a card by it. now: aware, for tests; the clock otherwise."""
    moment = now or datetime.now(UTC)
    ca_key = rsa.generate_private_key(65537, _KEY_BITS)
    card_key = rsa.generate_private_key(65537, _KEY_BITS)
    ca = _authority(ca_key, moment)
    card = _leaf(card_key.public_key(), ca, ca_key, moment)
    return Issued(
        ca.public_bytes(Encoding.PEM),
        _pem(ca_key),
        card.public_bytes(Encoding.PEM),
        _pem(card_key),
    )


def _authority(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Pretend user authentication"),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _started(name, name, key.public_key(), now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, SHA256())
    )


def _leaf(
    key: rsa.RSAPublicKey, ca: x509.Certificate, ca_key: rsa.RSAPrivateKey, now: datetime
) -> x509.Certificate:
    who = "".join(secrets.choice(_DIGITS) for _ in range(14)) + _MUNICIPALITY
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.COMMON_NAME, who),
        ]
    )
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    policy = x509.PolicyInformation(AUTHENTICATION_POLICY, None)
    return (
        _started(subject, ca.subject, key, now, _LEAF_DAYS)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=True)
        .add_extension(authority, critical=False)
        .sign(ca_key, SHA256())
    )


def _started(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in names})


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
