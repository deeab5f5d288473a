"""What a card signed: its shape, the chain of its certificate, and its signature. Pure.

Everything is looked at before anything is said: whether a certificate is a stranger's, old, of the
wrong use or not one at all, the same number of signatures is computed, so that how long a refusal
takes tells nobody how near he came.

The signed bytes are ``todoke-card/1 NUL mode NUL purpose NUL origin NUL nonce``. The origin is the
portal's own, from the settings, never what the answer says: a signature that a look-alike site
got carries that site's origin, because the bridge puts in what the browser reports, and fails.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from todoke.core.errors import TodokeError

VERSION = "todoke-card/1"
LOGIN, SIGN_DOCUMENT = "login", "sign-document"
#: how the page reached the bridge: a script's request, whose origin the browser reported, or a
#: visit, whose answer returned to the page of this origin and to no other
FETCH, VISIT = "fetch", "visit"


@dataclass(frozen=True, slots=True)
class Use:
    """What one of a card's two certificates is for (J-LIS certificate profile). policy: its own.
    commits: nonRepudiation, which the one for signing has and the other must not have."""

    policy: x509.ObjectIdentifier
    commits: bool


#: 利用者証明用: opens a session. 署名用: signs documents, and opens none
POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
AUTHENTICATION = Use(POLICY, commits=False)
SIGNING = Use(x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20"), commits=True)
#: a card's certificate has 1,178 to 1,480 bytes (facts of 2026-11); base64 of these
MAX_CERTIFICATE_BYTES = 4096
#: RSA-4096
MAX_SIGNATURE_BYTES = 512
#: 256 bits, base64url without padding
NONCE_LETTERS = 43
RSA_BITS = range(2048, 4097)
#: NIST SP 800-78 and real authorities use 65537. A check costs as much as the exponent is long: one
#: of 3,071 bits, which anybody can make, keeps a processor for fifty times as long
MAX_EXPONENT_BITS = 32
#: today's card does RS256, the next one ES384 (facts of 2026-11); one of P-256 would be no weaker
ACCEPTED = frozenset({"RS256", "ES256", "ES384"})
#: (curve, hash) of an elliptic key -> name of the algorithm (RFC 7518 section 3.4); a curve has
#: one hash, so that nobody chooses. The signature is an ECDSA-Sig-Value (RFC 3279 section 2.2.3)
_CURVES: Mapping[str, tuple[str, SHA256 | SHA384]] = {
    "secp256r1": ("ES256", SHA256()),
    "secp384r1": ("ES384", SHA384()),
}
#: algorithm of a key -> the one it may have signed certificates with; no SHA-1. The certificate's
#: own key may be of another kind: each signature is judged by the key that made it
_SIGNED_WITH: Mapping[str, x509.ObjectIdentifier] = {
    "RS256": SignatureAlgorithmOID.RSA_WITH_SHA256,
    "ES256": SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    "ES384": SignatureAlgorithmOID.ECDSA_WITH_SHA384,
}
#: extensions this file or the chain check gives a meaning to; another critical one means that
#: we do not understand the certificate (RFC 5280 section 4.2)
_UNDERSTOOD = (
    x509.KeyUsage,
    x509.BasicConstraints,
    x509.CertificatePolicies,
    x509.ExtendedKeyUsage,
)
#: what the library raises over a stranger's bytes; not all of it is a ValueError
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_E = TypeVar("_E", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the card bridge answered. certificate: DER. nonce: base64url, 43 letters. mode: fetch
    or visit."""

    certificate: bytes
    signature: bytes
    algorithm: str
    nonce: str
    mode: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A card that proved itself. name: which card it is (issuer's key, serial number, own key);
    never a serial number alone, which two issuers may both give. certificate, issuer: DER."""

    name: str
    certificate: bytes
    issuer: bytes


def read(body: Mapping[str, object]) -> Answer:
    """The fields of a request. Raises ``card_refused`` (rule card_shape or card_version)."""
    fields = ("version", "mode", "certificate", "signature", "algorithm", "nonce")
    if set(body) != set(fields) or not all(isinstance(body[each], str) for each in fields):
        raise _refused("card_shape")
    text = {each: str(body[each]) for each in fields}
    if text["version"] != VERSION:
        raise _refused("card_version")
    if text["mode"] not in (FETCH, VISIT):
        raise _refused("card_shape")
    return Answer(
        certificate=from_base64(text["certificate"], MAX_CERTIFICATE_BYTES),
        signature=from_base64(text["signature"], MAX_SIGNATURE_BYTES),
        algorithm=text["algorithm"],
        nonce=_nonce(text["nonce"]),
        mode=text["mode"],
    )


def signed_bytes(mode: str, purpose: str, origin: str, nonce: str) -> bytes:
    """What the card signs; ASCII, parted by NUL, which none of the parts can hold."""
    parts = (VERSION, mode, purpose, origin, nonce)
    if any("\0" in each or not each.isascii() for each in parts):
        raise _refused("card_shape")
    return "\0".join(parts).encode("ascii")


def verify(
    answer: Answer,
    message: bytes,
    anchors: Sequence[bytes],
    now: datetime,
    use: Use = AUTHENTICATION,
    accepted: frozenset[str] = ACCEPTED,
) -> Proof:
    """Everything that can be told without asking the issuer. anchors: DER. now: aware. use: of the
    certificate that it must be.

    Raises ``card_refused`` with a rule for the record of acts: the first that does not hold."""
    trusted = [each for each in map(_anchor, anchors) if each is not None]
    known = _parsed(answer.certificate)
    if not trusted:
        raise _refused("card_issuer")
    leaf = known or trusted[0]
    # Names do not choose: three generations of the real authority share one, and a stranger may
    # take it. And all are tried, also after the one that fits
    issuers = [each for each in trusted if _is_signed_by(leaf, each)]
    # a weak key, or one of another kind, is refused below; the work is that of a sound one
    usable = known is not None and _algorithm(leaf) in accepted
    signed = _is_signature(leaf if usable else trusted[0], answer.signature, message)
    if known is None:
        raise _refused("card_shape")
    if not issuers:
        raise _refused("card_issuer")
    _check_times(leaf, issuers[0], now)
    _check_use(leaf, use)
    if _algorithm(leaf) not in accepted or answer.algorithm != _algorithm(leaf):
        raise _refused("card_algorithm")
    if not signed:
        raise _refused("card_signature")
    name = f"{_key_hash(issuers[0])}|{leaf.serial_number:x}|{_key_hash(leaf)}"
    return Proof(name, answer.certificate, issuers[0].public_bytes(Encoding.DER))


#: what is looked at where a body cannot be read: the same work, and nothing it could prove
NOTHING = Answer(b"-", bytes(256), "RS256", "", FETCH)


def _refused(rule: str) -> TodokeError:
    return TodokeError("card_refused", rule=rule)


def from_base64(text: str, most: int) -> bytes:
    """Bytes, at most so many, written the one way they can be. Raises ``card_refused``."""
    if len(text) > 4 * -(-most // 3):
        raise _refused("card_shape")
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("card_shape") from error
    # one way of writing only: no stray bits in the last letter
    if not 0 < len(found) <= most or base64.b64encode(found).decode("ascii") != text:
        raise _refused("card_shape")
    return found


def _nonce(text: str) -> str:
    letters = text.replace("-", "A").replace("_", "A")
    if len(text) != NONCE_LETTERS or not (letters.isascii() and letters.isalnum()):
        raise _refused("card_shape")
    return text


# --------------------------------------------------------------------------- the chain
def _parsed(der: bytes) -> x509.Certificate | None:
    """None unless it is one whole certificate in DER (the library takes no BER and no more bytes
    than one certificate has)."""
    try:
        found = x509.load_der_x509_certificate(der)
        list(found.extensions)
        found.subject, found.issuer, found.signature_algorithm_parameters  # noqa: B018 (parsed lazily)
    except _UNREADABLE:
        return None
    # RFC 5280 section 4.1.2.2: a serial number is positive; the library only warns. A signature
    # that ends with zero bits may be written as one with unused bits: the same certificate twice
    whole = der.endswith(b"\0" + found.signature)
    return found if whole and found.serial_number > 0 else None


@lru_cache(maxsize=16)
def _anchor(der: bytes) -> x509.Certificate | None:
    """An anchor that may issue: CA:TRUE and keyCertSign (RFC 5280 section 6.1.4 k, n)."""
    found = _parsed(der)
    if found is None or _algorithm(found) is None:
        return None
    constraints, usage = _extension(found, x509.BasicConstraints), _extension(found, x509.KeyUsage)
    may = constraints is not None and constraints.ca and usage is not None and usage.key_cert_sign
    return found if may else None


def _is_signed_by(leaf: x509.Certificate, anchor: x509.Certificate) -> bool:
    holds = _is_signature(anchor, leaf.signature, leaf.tbs_certificate_bytes)
    if leaf.signature_algorithm_oid != _SIGNED_WITH[_algorithm(anchor) or ""] or not holds:
        return False
    try:
        # also compares the two algorithm fields, and the names (RFC 5280 section 6.1.3 a 4)
        leaf.verify_directly_issued_by(anchor)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _check_times(leaf: x509.Certificate, anchor: x509.Certificate, now: datetime) -> None:
    if now > leaf.not_valid_after_utc:
        raise _refused("card_expired")
    if now < leaf.not_valid_before_utc:
        raise _refused("card_not_yet")
    if not anchor.not_valid_before_utc <= now <= anchor.not_valid_after_utc:
        raise _refused("card_issuer")


def _check_use(leaf: x509.Certificate, use: Use) -> None:
    """That it is the card's certificate for this use and for nothing more."""
    usage, constraints = _extension(leaf, x509.KeyUsage), _extension(leaf, x509.BasicConstraints)
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    policies = _extension(leaf, x509.CertificatePolicies) or ()
    allowed = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    sound = (
        usage is not None
        and usage.digital_signature
        and not usage.key_cert_sign
        and usage.content_commitment == use.commits
        and not (constraints is not None and constraints.ca)
        and (extended is None or bool(allowed & set(extended)))
        and use.policy in {each.policy_identifier for each in policies}
        and all(isinstance(each.value, _UNDERSTOOD) for each in leaf.extensions if each.critical)
    )
    if not sound:
        raise _refused("card_kind")


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _algorithm(certificate: x509.Certificate) -> str | None:
    """How a key like this one signs; None for a key that is too weak, too slow to check or of
    another kind."""
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
        quick = key.public_numbers().e.bit_length() <= MAX_EXPONENT_BITS
        return "RS256" if quick else None
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name][0]
    return None


def _is_signature(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Whether the key of a certificate signed these bytes, with the hash that goes with it."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_CURVES[key.curve.name][1]))
    except InvalidSignature:
        return False
    return True


def _key_hash(certificate: x509.Certificate) -> str:
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
