"""The pretend certificate authority: made once, on this machine, for demonstrations only.

Its subject says O=TODOKE-PRETEND, so that it can never be mistaken for the real one; a city in
production trusts no such name. The leaves have the profiles of real certificates: the one for
authentication (policy 1.2.392.200149.8.5.1.3.30) names nobody, the one for signing
(1.2.392.200149.8.5.1.1.20) a person who is visibly made up.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "TODOKE-PRETEND"
AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
SIGNING_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20")
_CPS = "http://www.jpki.go.jp/cps.html"
#: names of RFC 7518: today's cards (RSA with 2,048 bits), and the next ones
Kind = Literal["RS256", "ES384"]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
_KEY_BITS = 2048
_CA_DAYS, _LEAF_DAYS = 3650, 1826
#: a clock that is a little behind must not find the card "not yet valid"
_BACKDATED = timedelta(days=1)
#: 99999 is no municipality's code; 003A as on real cards
_MUNICIPALITY = "99999003A"
_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: the person of the signing certificate, as its otherNames 1.2.392.200149.8.5.5.N say it, in the
#: order of a real card: name, birth (era 4 平成, then the year as in the West), sex, address, and
#: which letters stand for ones the certificate cannot hold (none does)
_NAME, _ADDRESS = "見本　はなこ", "見本県みなと野市見本町一丁目１番１号"
_PERSON = (
    (1, _NAME), (4, "419900401"), (3, "2"), (5, _ADDRESS),
    (2, "0" * len(_NAME)), (6, "0" * len(_ADDRESS)),
)  # fmt: skip
_OTHER_NAMES = "1.2.392.200149.8.5.5"


@dataclass(frozen=True, slots=True)
class Issued:
    """A pretend authority with one card: certificates and keys in PEM."""

    ca: bytes
    ca_key: bytes
    card: bytes
    card_key: bytes


def issue(now: datetime | None = None, kind: Kind = "RS256") -> Issued:
    """A fresh authority and an authentication certificate by it. now: aware, for tests; the
    clock otherwise."""
    moment, key, ca_key = now or datetime.now(UTC), _fresh(kind), _fresh(kind)
    ca = _authority("Pretend user authentication", ca_key, moment)
    subject = _name((NameOID.COMMON_NAME, _holder()))
    policy = x509.PolicyInformation(AUTHENTICATION_POLICY, None)
    leaf = (
        _leaf(subject, key, ca, ca_key, moment)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=True)
    )
    return _issued(ca, ca_key, leaf, key)


def issue_signing(now: datetime | None = None, kind: Kind = "RS256") -> Issued:
    """A fresh authority and a signing certificate by it, with the made-up person in it."""
    moment, key, ca_key = now or datetime.now(UTC), _fresh(kind), _fresh(kind)
    ca = _authority("Pretend digital signature", ca_key, moment)
    subject = _name(
        (NameOID.LOCALITY_NAME, "Mihon-ken"),
        (NameOID.LOCALITY_NAME, "Minatono-shi"),
        (NameOID.COMMON_NAME, _holder()),
    )
    policy = x509.PolicyInformation(SIGNING_POLICY, [_CPS])
    person = x509.SubjectAlternativeName(
        [x509.OtherName(x509.ObjectIdentifier(f"{_OTHER_NAMES}.{number}"), _utf8(text))
         for number, text in _PERSON]
    )  # fmt: skip
    leaf = (
        _leaf(subject, key, ca, ca_key, moment)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.CertificatePolicies([policy]), critical=True)
        .add_extension(person, critical=False)
    )
    return _issued(ca, ca_key, leaf, key)


def _fresh(kind: Kind) -> Key:
    if kind == "ES384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, _KEY_BITS)


def _issued(ca: x509.Certificate, ca_key: Key, leaf: x509.CertificateBuilder, key: Key) -> Issued:
    card = leaf.sign(ca_key, _hash(ca_key))
    return Issued(
        ca.public_bytes(Encoding.PEM), _pem(ca_key), card.public_bytes(Encoding.PEM), _pem(key)
    )


def _authority(unit: str, key: Key, now: datetime) -> x509.Certificate:
    name = _name(
        (NameOID.ORGANIZATION_NAME, ORGANISATION), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit)
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _started(name, name, key.public_key(), now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, _hash(key))
    )


def _leaf(
    subject: x509.Name, key: Key, ca: x509.Certificate, ca_key: Key, now: datetime
) -> x509.CertificateBuilder:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return _started(subject, ca.subject, key.public_key(), now, _LEAF_DAYS).add_extension(
        issuer, critical=False
    )


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    country = (NameOID.COUNTRY_NAME, "JP")
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in (country, *parts)])


def _holder() -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(14)) + _MUNICIPALITY


def _utf8(text: str) -> bytes:
    """A UTF8String in DER; the person's texts are short."""
    content = text.encode("utf-8")
    assert len(content) < 0x80
    return bytes([0x0C, len(content)]) + content


def _hash(key: Key) -> SHA256 | SHA384:
    return SHA256() if isinstance(key, rsa.RSAPrivateKey) else SHA384()


def _started(
    subject: x509.Name, issuer: x509.Name, key: _PublicKey, now: datetime, days: int
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


def _pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
