"""Whether a card's certificate was stopped: asked of a responder (OCSP, RFC 6960) or looked up in
lists (CRL, RFC 5280 section 5).

Which of them there is stands in the settings: J-LIS tells certified verifiers only
(公的個人認証法 17 条), so a city brings the way it was given, and nothing here is that
authority's own. Whatever cannot be read, is not signed by the card's own issuer, is too old, or
does not come in time is "unknown", and a login fails closed on it. An answer is kept for as long
as it says itself, and not a second more.
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from todoke.ports import Clock

GOOD, REVOKED, UNKNOWN = "good", "revoked", "unknown"
#: a responder that is slower keeps a person waiting before a screen
TIMEOUT_SECONDS = 3.0
#: after a failure nobody is kept waiting for so long
REST_SECONDS = 10
#: an answer about one certificate, with the responder's own certificate in it
MAX_ANSWER_BYTES = 16 * 1024
#: lists of a whole country are large; a larger one is no list
MAX_LIST_BYTES = 64 * 1024 * 1024
#: clocks of two machines
LEEWAY = timedelta(minutes=5)
#: answers kept at the same time
MOST = 4096
_HASHES = (SHA256, SHA384, SHA512)
#: what the library raises over a stranger's bytes
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature)
_LOST = (OSError, http.client.HTTPException, *_UNREADABLE)


class Checker(Protocol):
    """Says what is known of a certificate."""

    def status(self, leaf: x509.Certificate, issuer: x509.Certificate) -> str:
        """ "good" | "revoked" | "unknown"; never raises."""


@dataclass(frozen=True, slots=True)
class _Known:
    said: str
    until: datetime


class Ocsp:
    """Asks one responder, over HTTP (RFC 6960 appendix A). url: from the settings; what a
    certificate itself says about where to ask is not followed."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url, self._clock = urlsplit(url), clock
        self._known: OrderedDict[tuple[bytes, int], _Known] = OrderedDict()
        self._rests_until = 0
        self._lock = threading.Lock()

    def status(self, leaf: x509.Certificate, issuer: x509.Certificate) -> str:
        """See ``Checker.status``."""
        key, now = (_key(issuer), leaf.serial_number), self._clock.now()
        with self._lock:
            known = self._known.get(key)
            resting = self._clock.unix() < self._rests_until
        if known is not None and now < known.until:
            return known.said
        if resting:
            return UNKNOWN
        try:
            found = self._asked(leaf, issuer, now)
        except _LOST:
            with self._lock:
                self._rests_until = self._clock.unix() + REST_SECONDS
            return UNKNOWN
        if found is None:
            return UNKNOWN
        with self._lock:
            self._known[key] = found
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return found.said

    def _asked(
        self, leaf: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> _Known | None:
        nonce = x509.OCSPNonce(secrets.token_bytes(32))  # RFC 9654 section 2.1
        builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, SHA256())
        request = builder.add_extension(nonce, critical=False).build()
        body = _posted(self._url.geturl(), request.public_bytes(Encoding.DER))
        return _read(ocsp.load_der_ocsp_response(body), request, nonce, issuer, now)


def _posted(url: str, body: bytes) -> bytes:
    """The answer to one POST: no redirect, no more bytes and no more time than allowed. Raises one
    of _LOST."""
    parts = urlsplit(url)
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        line = http.client.HTTPSConnection(
            parts.netloc, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:  # the answer is signed
        line = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    line.connect()
    watch = threading.Timer(TIMEOUT_SECONDS, _hang_up, [line.sock])
    watch.start()
    try:
        line.request("POST", parts.path or "/", body, {"Content-Type": "application/ocsp-request"})
        answer = line.getresponse()
        found = answer.read(MAX_ANSWER_BYTES + 1)
    finally:
        watch.cancel()
        line.close()
    if answer.status != 200 or len(found) > MAX_ANSWER_BYTES:
        raise ValueError("no answer")
    return found


def _hang_up(line: socket.socket) -> None:
    """Ends what comes in drops: each of them would be in time."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _read(
    answer: ocsp.OCSPResponse,
    request: ocsp.OCSPRequest,
    nonce: x509.OCSPNonce,
    issuer: x509.Certificate,
    now: datetime,
) -> _Known | None:
    """What a responder said; None when that is worth nothing. Raises one of _UNREADABLE."""
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return None
    (said,) = tuple(answer.responses)  # one was asked for
    same = (
        said.serial_number == request.serial_number
        and said.issuer_key_hash == request.issuer_key_hash
        and said.issuer_name_hash == request.issuer_name_hash
    )
    if not same or not _has_nonce(answer, nonce) or not _is_by(answer, issuer, now):
        return None
    begins, ends = said.this_update_utc, said.next_update_utc
    if ends is None or begins > now + LEEWAY or now >= ends:
        return None
    words = {ocsp.OCSPCertStatus.GOOD: GOOD, ocsp.OCSPCertStatus.REVOKED: REVOKED}
    found = words.get(said.certificate_status)
    return None if found is None else _Known(found, ends)


def _has_nonce(answer: ocsp.OCSPResponse, nonce: x509.OCSPNonce) -> bool:
    """A responder that repeats the nonce repeats ours; one that makes its answers beforehand has
    none (RFC 6960 section 4.4.1), and its dates are looked at all the same."""
    try:
        found = answer.extensions.get_extension_for_class(x509.OCSPNonce)
    except x509.ExtensionNotFound:
        return True
    return found.value.nonce == nonce.nonce


def _is_by(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Whether the issuer signed, or somebody it named for that (RFC 6960 section 4.2.2.2)."""
    for signer in (issuer, *answer.certificates):
        if signer != issuer and not _is_delegated(signer, issuer, now):
            continue
        if _signed(
            signer, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm
        ):
            return True
    return False


def _is_delegated(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        signer.verify_directly_issued_by(issuer)
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    if signer.signature_hash_algorithm is None or not _is_sound(signer.signature_hash_algorithm):
        return False
    valid = signer.not_valid_before_utc <= now <= signer.not_valid_after_utc
    return valid and ExtendedKeyUsageOID.OCSP_SIGNING in usage


class Lists:
    """Looks into lists that somebody brings into these files; a file is read again when it has
    changed. Every list of the issuer must still hold, and there must be one. A list that says, as a
    critical extension, that it is a part of the whole (RFC 5280 section 5.2.5) is not taken:
    whoever is missing in it may stand in another."""

    def __init__(self, paths: Sequence[Path], clock: Clock) -> None:
        self._paths, self._clock = tuple(paths), clock
        self._read: dict[Path, tuple[tuple[int, int], x509.CertificateRevocationList]] = {}
        self._lock = threading.Lock()

    def status(self, leaf: x509.Certificate, issuer: x509.Certificate) -> str:
        """See ``Checker.status``."""
        try:
            lists = [self._list(each) for each in self._paths]
            mine = [each for each in lists if _is_its_own(each, issuer)]
            if any(_names(each, leaf) for each in mine):
                return REVOKED
            now = self._clock.now()
            return GOOD if mine and all(_holds(each, now) for each in mine) else UNKNOWN
        except (OSError, *_UNREADABLE):
            return UNKNOWN

    def _list(self, path: Path) -> x509.CertificateRevocationList:
        stat = path.stat()
        seen = (stat.st_mtime_ns, stat.st_size)
        with self._lock:
            kept = self._read.get(path)
            if kept is None or kept[0] != seen:
                if stat.st_size > MAX_LIST_BYTES:
                    raise ValueError("too large")
                kept = self._read[path] = (seen, _parsed(path.read_bytes()))
            return kept[1]


def _parsed(raw: bytes) -> x509.CertificateRevocationList:
    pem = raw.lstrip().startswith(b"-----")
    return x509.load_pem_x509_crl(raw) if pem else x509.load_der_x509_crl(raw)


def _is_its_own(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether the issuer signed it and it tells all it is about: a list of changes, or of some
    reasons only, leaves out what would be good or bad to know (RFC 5280 section 5.2)."""
    kind = found.signature_hash_algorithm
    if found.issuer != issuer.subject or kind is None or not _is_sound(kind):
        return False
    understood = (x509.CRLNumber, x509.AuthorityKeyIdentifier)
    if not all(isinstance(each.value, understood) for each in found.extensions if each.critical):
        return False
    return found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]


def _names(found: x509.CertificateRevocationList, leaf: x509.Certificate) -> bool:
    return found.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None


def _holds(found: x509.CertificateRevocationList, now: datetime) -> bool:
    ends = found.next_update_utc
    return ends is not None and found.last_update_utc <= now + LEEWAY and now < ends


def _is_sound(kind: HashAlgorithm) -> bool:
    return isinstance(kind, _HASHES)


def _signed(
    signer: x509.Certificate, signature: bytes, message: bytes, kind: HashAlgorithm | None
) -> bool:
    key = signer.public_key()
    if kind is None or not _is_sound(kind):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            key.verify(signature, message, padding.PKCS1v15(), kind)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(kind))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
