"""A push service over real TLS that misbehaves in whatever way a test asks for."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came over the wire; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


#: gets the connection and the request; returns whether the connection stays open
Behaviour = Callable[[socket.socket, Request], bool]


def answering(status: str, *headers: str, body: bytes = b"") -> Behaviour:
    """A polite answer that keeps the connection."""

    def behave(connection: socket.socket, request: Request) -> bool:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        return True

    return behave


def raw(data: bytes) -> Behaviour:
    """These bytes, then the end."""

    def behave(connection: socket.socket, request: Request) -> bool:
        connection.sendall(data)
        return False

    return behave


@dataclass(slots=True)
class Certificates:
    """A certificate authority of the test, and what it signs."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def trusting(self) -> ssl.SSLContext:
        """A client's context that trusts this authority and nobody else."""
        context = ssl.create_default_context(cadata=self._authority().public_bytes(_PEM).decode())
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @property
    def authority_pem(self) -> bytes:
        """The authority itself, for a client that reads a file."""
        return self._authority().public_bytes(_PEM)

    def serving(self, *names: str) -> ssl.SSLContext:
        """A server's context with a certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = _builder(names[0], "test authority", key.public_key()).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False
        )
        path = self.folder / f"{names[0]}.pem"
        path.write_bytes(
            key.private_bytes(_PEM, PrivateFormat.PKCS8, NoEncryption())
            + built.sign(self.key, SHA256()).public_bytes(_PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _authority(self) -> x509.Certificate:
        built = _builder("test authority", "test authority", self.key.public_key())
        ca = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(*[name in (5, 6) for name in range(9)])
        return (
            built.add_extension(ca, critical=True)
            .add_extension(usage, critical=True)
            .sign(self.key, SHA256())
        )


_PEM = Encoding.PEM


def _builder(name: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


class HostilePush:
    """Listens on 127.0.0.1; plain HTTP without a TLS context.

    behave: what each request gets. requests, connections, names: what came, in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.behave: Behaviour = answering("201 Created")
        self.requests: list[Request] = []
        self.connections = 0
        self.names: list[str | None] = []
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)

    def __enter__(self) -> HostilePush:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()

    def _start(self, act: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=act, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(plain)
            self._start(self._serve, plain)

    def _serve(self, plain: socket.socket) -> None:
        with plain, contextlib.suppress(OSError, ssl.SSLError):
            connection: socket.socket = plain
            if self._tls is not None:
                connection = self._tls.wrap_socket(plain, server_side=True)
                self._open.append(connection)
            with connection:
                while (request := _read(connection)) is not None:
                    self.requests.append(request)
                    if not self.behave(connection, request):
                        return


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        some = connection.recv(65536)
        if not some:
            return None
        data += some
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in _split(lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return Request(first.split(" ")[1], headers, body)


def _split(lines: Sequence[str]) -> list[tuple[str, str, str]]:
    return [each.partition(":") for each in lines]
