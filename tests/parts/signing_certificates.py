"""Signing certificates of made-up people, by the pretend authority or by hand, field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ARC = "1.2.392.200149.8.5.5"
#: the person of the pretend card
USUAL = {
    1: "見本　はなこ",
    4: "419900401",
    3: "2",
    5: "見本県みなと野市見本町一丁目１番１号",
    2: "0" * 6,
    6: "0" * 18,
}


def utf8(text: str) -> bytes:
    """A UTF8String in DER."""
    content = text.encode()
    size = len(content)
    long_form = b"\x81" if size < 0x100 else b"\x82"
    length = size.to_bytes(1 if size < 0x100 else 2, "big")
    return b"\x0c" + (b"" if size < 0x80 else long_form) + length + content


def fields(**changed: str | None) -> list[tuple[str, bytes]]:
    """The usual six with some changed (``n1="…"``) or left out (None); marks as long as needed."""
    said = {**USUAL, **{int(each[1:]): text for each, text in changed.items()}}
    for marks, of in ((2, 1), (6, 5)):
        if f"n{marks}" not in changed:
            said[marks] = "0" * len(said[of] or "")
    return [(f"{ARC}.{number}", utf8(text)) for number, text in said.items() if text is not None]


def certificate(names: list[tuple[str, bytes]] | None) -> bytes:
    """A certificate in DER with these otherNames, in this order; None: without the extension."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TODOKE-PRETEND")])
    now = datetime(2026, 11, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    if names is not None:
        others = [x509.OtherName(x509.ObjectIdentifier(oid), value) for oid, value in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
    return builder.sign(_key(), SHA256()).public_bytes(Encoding.DER)


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
