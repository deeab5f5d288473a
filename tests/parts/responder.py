"""An OCSP responder on a real socket that can be made to say anything, in any way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.parts.pretend_signer import Authority, Card, Key


@dataclass
class Responder:
    """What it says. revoked: serial numbers. signer: of answers, the authority itself if none.
    raw: sent instead of an answer. drops: seconds between two bytes of it."""

    authority: Authority
    now: datetime
    revoked: set[int] = field(default_factory=set)
    signer: tuple[x509.Certificate, Key] | None = None
    life: timedelta | None = timedelta(hours=1)
    begins: timedelta = timedelta(0)
    nonce: bytes | None = None
    with_nonce: bool = True
    about: Card | None = None
    unknown: bool = False
    hash: HashAlgorithm = field(default_factory=SHA256)
    status: int = 200
    raw: bytes | None = None
    drops: float = 0
    asked: int = 0
    url: str = ""

    def answer(self, asked: bytes) -> bytes:
        """DER of an answer to a request."""
        request = ocsp.load_der_ocsp_request(asked)
        card = self.about or Card(serial=request.serial_number, authority=self.authority)
        said = ocsp.OCSPCertStatus.GOOD
        if card.serial in self.revoked:
            said = ocsp.OCSPCertStatus.REVOKED
        if self.unknown:
            said = ocsp.OCSPCertStatus.UNKNOWN
        begins = self.now + self.begins
        signer, key = self.signer or (self.authority.certificate, self.authority.key)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=x509.load_der_x509_certificate(card.der),
            issuer=self.authority.certificate,
            algorithm=SHA256(),
            cert_status=said,
            this_update=begins,
            next_update=None if self.life is None else begins + self.life,
            revocation_time=begins if said is ocsp.OCSPCertStatus.REVOKED else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        if self.signer is not None:
            builder = builder.certificates([signer])
        if self.with_nonce:
            sent = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
            builder = builder.add_extension(x509.OCSPNonce(self.nonce or sent), critical=False)
        return builder.sign(key, self.hash).public_bytes(Encoding.DER)


@contextmanager
def answering(responder: Responder) -> Iterator[Responder]:
    """The responder behind a socket; its url is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            responder.asked += 1
            given = self.rfile.read(int(self.headers["Content-Length"]))
            body = responder.raw if responder.raw is not None else responder.answer(given)
            self.send_response(responder.status)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Location", responder.url)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for byte in body if responder.drops else [body]:
                    self.wfile.write(bytes([byte]) if isinstance(byte, int) else byte)
                    time.sleep(responder.drops)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    responder.url = f"http://127.0.0.1:{server.server_port}/ocsp"
    try:
        yield responder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def delegate(
    authority: Authority, key: Key, *, named: bool = True, end: datetime | None = None
) -> tuple[x509.Certificate, Key]:
    """A certificate of the authority for somebody who answers for it, and its key. named: whether
    it says that it may."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "responder")]))
        .issuer_name(authority.name)
        .public_key(key.public_key())
        .serial_number(99)
        .not_valid_before(authority.start)
        .not_valid_after(end or authority.end)
    )
    usage = ExtendedKeyUsageOID.OCSP_SIGNING if named else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(authority.key, SHA256()), key
