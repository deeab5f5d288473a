"""How a card's key signs, chosen by the algorithm of the key in its certificate and by nothing
else: RSA-2048 with SHA-256 on today's cards, P-384 with SHA-384 on the next one.

(個人番号カードの次期カード, final plan of March 2024: ECDSA P-384 and SHA-384. Its commands are
not published as of 2026-11: that the card takes the bare hash and answers ``r || s`` is how
ISO/IEC 7816-8 cards do it, and an assumption here.)

Whoever needs this, or ``cms``, imports it when a card is used and not before: the library for
certificates is a third of the bridge's start and of its memory, and a bridge mostly waits.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from card_bridge.errors import BridgeError

#: DigestInfo of SHA-256 (RFC 8017 section 9.2, note 1), NULL included: without it a strict
#: verifier refuses the signature
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
#: bytes of one number of P-384
_HALF = 48
#: what the library raises over a stranger's bytes; not all of it is a ValueError
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class Algorithm(Protocol):
    """One way of signing. name: in the words of RFC 7518 section 3.1."""

    @property
    def name(self) -> str:
        """``RS256`` or ``ES384``."""
        ...

    def given(self, message: bytes) -> bytes:
        """What the card is given to sign a message."""
        ...

    def signature(self, answer: bytes) -> bytes:
        """The signature as X.509 and CMS write it, from what the card answered; ``card_failed``
        when it cannot be one."""
        ...

    def check(self, certificate: bytes, message: bytes, signature: bytes) -> None:
        """Whether a signature holds under a certificate (DER); ``card_failed`` if not."""
        ...


class _Rs256:
    """RSASSA-PKCS1-v1_5 with SHA-256: the card pads, so it is given a DigestInfo."""

    name = "RS256"

    def given(self, message: bytes) -> bytes:
        return DIGEST_INFO + hashlib.sha256(message).digest()

    def signature(self, answer: bytes) -> bytes:
        return answer

    def check(self, certificate: bytes, message: bytes, signature: bytes) -> None:
        key = _key(certificate)
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            raise BridgeError("card_failed") from None


class _Es384:
    """ECDSA on P-384 with SHA-384: the card is given the bare hash."""

    name = "ES384"

    def given(self, message: bytes) -> bytes:
        return hashlib.sha384(message).digest()

    def signature(self, answer: bytes) -> bytes:
        # r || s, or a card that writes ECDSA-Sig-Value itself (RFC 3279 section 2.2.3)
        if len(answer) != 2 * _HALF:
            return answer
        r, s = (int.from_bytes(each, "big") for each in (answer[:_HALF], answer[_HALF:]))
        return encode_dss_signature(r, s)

    def check(self, certificate: bytes, message: bytes, signature: bytes) -> None:
        key = _key(certificate)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        try:
            key.verify(signature, message, ec.ECDSA(SHA384()))
        except (ValueError, InvalidSignature):
            raise BridgeError("card_failed") from None


RS256: Algorithm = _Rs256()
ES384: Algorithm = _Es384()


def of(certificate: bytes) -> Algorithm:
    """How the key of a certificate (DER) signs.

    Raises ``card_failed`` when it is no certificate, ``card_unknown`` for a key that no card of
    this kind has."""
    key = _key(certificate)
    if isinstance(key, rsa.RSAPublicKey):
        return RS256
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return ES384
    raise BridgeError("card_unknown")


def days(certificate: bytes) -> tuple[datetime, datetime]:
    """The first and the last moment of a certificate (DER), aware; ``card_failed`` when it is
    none."""
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        return parsed.not_valid_before_utc, parsed.not_valid_after_utc
    except UNREADABLE:
        raise BridgeError("card_failed") from None


def _key(certificate: bytes) -> object:
    try:
        return x509.load_der_x509_certificate(certificate).public_key()
    except UNREADABLE:
        raise BridgeError("card_failed") from None
