"""A detached CMS signature (RFC 5652) over a document of which the bridge was given the hash.

The page never chooses the bytes that the card signs: it gives a hash, and what is signed are
attributes made here (RFC 5652 section 5.4), which say what the hash is, when, by which
certificate (RFC 5035), and for which page, purpose and number of the server's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_DATA, _SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
#: our own attribute: an OCTET STRING of the bytes of ``protocol.signed_bytes``. An arc that a UUID
#: gives to everybody (ITU-T X.667): 5f0c2f6e-7a5d-4c6b-9a5e-1d3b8f4a2c71
CONTEXT = f"2.25.{0x5F0C2F6E7A5D4C6B9A5E1D3B8F4A2C71}"
_SHA256, _SHA384 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2"
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID, _NULL = 0x30, 0x31, 0x02, 0x04, 0x06, 0x05
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
#: [0] of SignedData and of SignerInfo, constructed
_FIRST = 0xA0


@dataclass(frozen=True, slots=True)
class Suite:
    """Hash and signature of one algorithm. hash: name in hashlib. digest, signature: their
    AlgorithmIdentifier in DER (RFC 5754 sections 2 and 3)."""

    hash: str
    digest: bytes
    signature: bytes


def _tlv(tag: int, *parts: bytes) -> bytes:
    """One DER value (ITU-T X.690): definite, shortest length."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(each) for each in dotted.split("."))
    return _tlv(_OID, *(_base128(each) for each in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(0x80 | number & 0x7F)
    return bytes(reversed(digits))


def _integer(number: int) -> bytes:
    return _tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


#: by the names of RFC 7518
SUITES: Mapping[str, Suite] = {
    "RS256": Suite(
        "sha256",
        _tlv(_SEQUENCE, _oid(_SHA256)),
        _tlv(_SEQUENCE, _oid("1.2.840.113549.1.1.11"), _tlv(_NULL)),
    ),
    "ES384": Suite(
        "sha384",
        _tlv(_SEQUENCE, _oid(_SHA384)),
        _tlv(_SEQUENCE, _oid("1.2.840.10045.4.3.3")),
    ),
}


def attributes(
    suite: Suite, digest: bytes, certificate: bytes, context: bytes, now: datetime
) -> bytes:
    """The signed attributes as the card signs them: a SET OF in DER.

    digest: of the document, by the suite's hash. certificate: DER. context: what binds the
    signature to page, purpose and nonce. now: aware."""
    values = [
        _attribute(_CONTENT_TYPE, _oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, _tlv(_OCTETS, digest)),
        _attribute(_SIGNING_TIME, _time(now)),
        _attribute(_SIGNING_CERTIFICATE, _certificate_id(suite, certificate)),
        _attribute(CONTEXT, _tlv(_OCTETS, context)),
    ]
    # X.690 section 11.6: the parts of a SET OF stand in the order of their bytes
    return _tlv(_SET, *sorted(values))


def signed_data(suite: Suite, attributes_set: bytes, certificate: bytes, signature: bytes) -> bytes:
    """The whole message (ContentInfo with SignedData, DER), without the document."""
    parsed = x509.load_der_x509_certificate(certificate)
    signer = _tlv(
        _SEQUENCE,
        _integer(1),
        _tlv(_SEQUENCE, parsed.issuer.public_bytes(Encoding.DER), _integer(parsed.serial_number)),
        suite.digest,
        # the same bytes with the tag that they have in here (RFC 5652 section 5.4)
        bytes([_FIRST]) + attributes_set[1:],
        suite.signature,
        _tlv(_OCTETS, signature),
    )
    data = _tlv(
        _SEQUENCE,
        _integer(1),
        _tlv(_SET, suite.digest),
        _tlv(_SEQUENCE, _oid(_DATA)),
        _tlv(_FIRST, certificate),
        _tlv(_SET, signer),
    )
    return _tlv(_SEQUENCE, _oid(_SIGNED_DATA), _tlv(_FIRST, data))


def _attribute(kind: str, *values: bytes) -> bytes:
    return _tlv(_SEQUENCE, _oid(kind), _tlv(_SET, *values))


def _time(now: datetime) -> bytes:
    """RFC 5652 section 11.3: UTCTime through 2049, GeneralizedTime from 2050."""
    moment = now.astimezone(UTC)
    if moment.year < 2050:
        return _tlv(_UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return _tlv(_GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def _certificate_id(suite: Suite, certificate: bytes) -> bytes:
    """SigningCertificateV2: without it another certificate of this key could take its place."""
    hashed = _tlv(_OCTETS, hashlib.new(suite.hash, certificate).digest())
    # SHA-256 is the default and DER leaves defaults out (RFC 5035 section 4)
    parts: Sequence[bytes] = (hashed,) if suite.hash == "sha256" else (suite.digest, hashed)
    return _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_SEQUENCE, *parts)))
