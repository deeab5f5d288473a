"""A document of ours that a card signed: what the bridge makes of it is made here once more, and
the signature must be over exactly that. Pure.

The bridge signs the signed attributes of a CMS message (RFC 5652 section 5.4): what the document's
hash is, when, by which certificate (RFC 5035), and for which page, purpose and number. All of it is
known here but the moment, which is taken from the message; nothing else of the message is read,
so there is no parser that a stranger could lead astray.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from todoke.core import token
from todoke.core.errors import TodokeError
from todoke.core.token import ACCEPTED, SIGNING, Answer, Proof

FORMAT = "cms-detached"
#: a certificate, its signature, and what stands around them
MAX_MESSAGE_BYTES = 8192
_SEQUENCE, _SET, _OCTETS = 0x30, 0x31, 0x04
#: object identifiers in DER: contentType with its value data, messageDigest, signingTime,
#: signingCertificateV2, and the bridge's own attribute (card_bridge/cms.py)
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_DATA = bytes.fromhex("06092a864886f70d010701")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_CONTEXT = bytes.fromhex("06146981be8c97dbcfa5eab1d79aaf87a7b8faa8d871")
#: SHA-384 as AlgorithmIdentifier; SHA-256 is the default, which DER leaves out (RFC 5035 section 4)
_SHA384 = bytes.fromhex("300b0609608648016503040202")
_HASHES: Mapping[str, str] = {"RS256": "sha256", "ES256": "sha256", "ES384": "sha384"}
#: the attribute with a UTCTime or a GeneralizedTime (RFC 5652 section 11.3)
_TIME = re.compile(
    re.escape(_SIGNING_TIME) + rb"\x31(?:\x0f(\x17\x0d[0-9]{12}Z)|\x11(\x18\x0f[0-9]{14}Z))"
)


def read(body: Mapping[str, object]) -> tuple[Answer, bytes]:
    """(answer, message) of a request. Raises ``card_refused`` (rule card_shape or card_version)."""
    rest = dict(body)
    form, message = rest.pop("format", None), rest.pop("cms", None)
    answer = token.read(rest)
    if form != FORMAT or not isinstance(message, str) or answer.mode != token.FETCH:
        raise TodokeError("card_refused", rule="card_shape")
    return answer, token.from_base64(message, MAX_MESSAGE_BYTES)


def verify(
    answer: Answer,
    message: bytes,
    document: bytes,
    context: bytes,
    anchors: Sequence[bytes],
    now: datetime,
    accepted: frozenset[str] = ACCEPTED,
) -> Proof:
    """The card that signed this document for this context (``token.signed_bytes``).

    message: CMS in DER, as the bridge made it. Raises ``card_refused`` (rule)."""
    attributes = _attributes(answer, message, document, context)
    return token.verify(answer, attributes, anchors, now, SIGNING, accepted)


def _attributes(answer: Answer, message: bytes, document: bytes, context: bytes) -> bytes:
    """The signed attributes as the card signs them: a SET OF, in the order of their bytes (X.690
    section 11.6). Empty where the message tells no moment: no card ever signs nothing."""
    times = [each[1] or each[2] for each in _TIME.finditer(message)]
    hashed = _HASHES.get(answer.algorithm)
    if len(times) != 1 or hashed is None:
        return b""
    certificate = _der(_OCTETS, hashlib.new(hashed, answer.certificate).digest())
    algorithm = b"" if hashed == "sha256" else _SHA384
    named = _der(_SEQUENCE, _der(_SEQUENCE, _der(_SEQUENCE, algorithm, certificate)))
    values = [
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, _der(_OCTETS, hashlib.new(hashed, document).digest())),
        _attribute(_SIGNING_TIME, times[0]),
        _attribute(_CERTIFICATE_V2, named),
        _attribute(_CONTEXT, _der(_OCTETS, context)),
    ]
    return _der(_SET, *sorted(values))


def _attribute(kind: bytes, value: bytes) -> bytes:
    return _der(_SEQUENCE, kind, _der(_SET, value))


def _der(tag: int, *parts: bytes) -> bytes:
    """One value in DER: definite, shortest length (ITU-T X.690 section 10.1)."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body
