"""One HTTP/1.1 connection that cannot be led elsewhere, held up, or filled up.

``http.client`` speaks the protocol; the socket under it is ours: connected to an address that
was judged first, with a deadline for the whole exchange (a timeout of a socket starts anew
with every byte that drips in) and a limit of bytes.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from todoke.core.endpoint import (
    Endpoint,
    is_city_address,
    is_loopback_address,
    is_public_address,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: name look-up, TCP and TLS handshake each have this long together
CONNECT_SECONDS = 3.0
#: from the first byte sent to the last byte read
EXCHANGE_SECONDS = 5.0
#: status line, headers and what is read of the body; more ends the exchange
MAX_RECEIVED_BYTES = 32 * 1024
#: kept connections: idle ones beyond these are closed (services close after a minute or more)
IDLE_SECONDS = 50.0
IDLE_PER_ORIGIN = 16
_NO_SUCH_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)


class BlockedError(Exception):
    """The name leads to no address that may be contacted."""


class NoSuchNameError(OSError):
    """The name system answers that there is no such name; another failure to ask it is none."""


def look_up(host: str, port: int) -> Sequence[str]:
    """Addresses of a name, from the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def dial(address: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection to an IP address. Raises OSError, TimeoutError."""
    return socket.create_connection((address, port), timeout)


def strict_tls() -> ssl.SSLContext:
    """Certificates and host names are verified, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def strict_tls_h2() -> ssl.SSLContext:
    """The same for whoever speaks HTTP/2 (RFC 9113 section 3.3: by ALPN)."""
    context = strict_tls()
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@dataclass(frozen=True, slots=True)
class Reach:
    """The way out: tests put their own resolver, wire and trust here; the judging of
    addresses is not among what can be replaced."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    dial: Callable[[str, int, float], socket.socket] = dial
    tls: ssl.SSLContext = field(default_factory=strict_tls)
    connect_seconds: float = CONNECT_SECONDS
    exchange_seconds: float = EXCHANGE_SECONDS
    tls_h2: ssl.SSLContext = field(default_factory=strict_tls_h2)


class Pool:
    """Kept connections by origin. Threads may share it."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._lock = threading.Lock()
        self._idle: dict[str, list[Connection]] = {}

    def take(self, to: Endpoint) -> Connection | None:
        """A kept connection that looks alive, or None."""
        while True:
            with self._lock:
                waiting = self._idle.get(to.origin)
                connection = waiting.pop() if waiting else None
            if connection is None or connection.is_fresh():
                return connection
            connection.close()

    def open(self, to: Endpoint) -> Connection:
        """A new connection. Raises BlockedError, TimeoutError, OSError."""
        raw = connect(to, self._reach, self._reach.tls)
        return Connection(to, raw, self._reach.exchange_seconds)

    def give_back(self, to: Endpoint, connection: Connection) -> None:
        """Keep it for the next message to the same origin."""
        with self._lock:
            waiting = self._idle.setdefault(to.origin, [])
            if len(waiting) < IDLE_PER_ORIGIN:
                waiting.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close all that are idle."""
        with self._lock:
            idle = [each for waiting in self._idle.values() for each in waiting]
            self._idle.clear()
        for connection in idle:
            connection.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """status, the Retry-After header as it came, and whether the connection lives on."""

    status: int
    retry_after: str | None
    reusable: bool


class Connection:
    """One open connection to one origin."""

    def __init__(self, to: Endpoint, raw: socket.socket, exchange_seconds: float) -> None:
        self._raw = raw
        self._exchange_seconds = exchange_seconds
        self._http = http.client.HTTPConnection(to.host, to.port)
        plain = 443 if to.inside else to.port
        self._http.default_port = plain if to.scheme == "https" else 80  # plain Host header
        self._http.auto_open = 0  # never connects by itself: only the judged address counts
        self._used_at = time.monotonic()

    def post(self, path: str, headers: Mapping[str, str], body: bytes, read_bytes: int) -> Answer:
        """Sends one request and reads its answer.

        The body of the answer is read up to ``read_bytes`` and thrown away; one that is
        longer or slower costs the connection, not the answer. Raises TimeoutError, OSError,
        http.client.HTTPException."""
        wire = _Wire(self._raw, time.monotonic() + self._exchange_seconds, MAX_RECEIVED_BYTES)
        # http.client needs sendall, makefile and close of a socket, no more
        self._http.sock = cast("socket.socket", wire)
        self._http.request("POST", path, body, dict(headers))
        answer = self._http.getresponse()
        finished = False
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer.read(read_bytes)
            finished = answer.isclosed()
        wait = answer.getheader("Retry-After")
        reusable = finished and not answer.will_close
        answer.close()
        self._used_at = time.monotonic()
        return Answer(answer.status, wait, reusable)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, most: int
    ) -> tuple[int, bytes]:
        """Sends one request; status and body of the answer, which may have ``most`` bytes.

        Follows nothing. Raises TimeoutError, OSError, http.client.HTTPException."""
        deadline = time.monotonic() + self._exchange_seconds
        wire = _Wire(self._raw, deadline, most + MAX_RECEIVED_BYTES)
        self._http.sock = cast("socket.socket", wire)
        self._http.request(method, path, body, dict(headers))
        answer = self._http.getresponse()
        found = answer.read(most + 1)
        if len(found) > most:
            raise http.client.HTTPException("answer too long")
        return answer.status, found

    def is_fresh(self) -> bool:
        """Not idle for long, and nothing came in unasked (bytes, or the end)."""
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            return False
        if isinstance(self._raw, ssl.SSLSocket) and self._raw.pending():
            return False
        watch = select.poll()
        watch.register(self._raw, select.POLLIN)
        return not watch.poll(0)

    def close(self) -> None:
        """Close the socket without a farewell (a farewell could be made to wait)."""
        self._raw.close()


class _Wire(io.RawIOBase):
    """The socket as ``http.client`` sees it for one exchange."""

    def __init__(self, raw: socket.socket, deadline: float, allowance: int) -> None:
        super().__init__()
        self._raw, self._deadline, self._allowance = raw, deadline, allowance

    def sendall(self, data: bytes) -> None:
        """Send everything before the deadline."""
        self._raw.settimeout(self._left())
        self._raw.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the answer is read from."""
        return io.BufferedReader(_Wire(self._raw, self._deadline, self._allowance), 4096)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Some bytes, before the deadline and within the allowance."""
        if self._allowance <= 0:
            raise http.client.HTTPException("answer too long")
        self._raw.settimeout(self._left())
        view = memoryview(buffer)
        count = self._raw.recv_into(view, min(len(view), self._allowance))
        self._allowance -= count
        return count

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("exchange")
        return left


# ------------------------------------------------------------------------- connecting
def connect(to: Endpoint, reach: Reach, tls: ssl.SSLContext) -> socket.socket:
    """A connected (and, for https, verified) socket to a judged address of the host. Raises
    BlockedError, NoSuchNameError, TimeoutError, OSError."""
    deadline = time.monotonic() + reach.connect_seconds
    addresses = _look_up_in_time(to, reach)
    allowed = is_city_address if to.inside else is_public_address
    if to.loopback:
        allowed = is_loopback_address
    judged = [each for each in addresses if allowed(each)]
    for address in judged:
        try:
            return _reach_address(to, address, (reach, tls), deadline)
        except OSError:
            if address == judged[-1]:
                raise
    raise BlockedError


def _reach_address(
    to: Endpoint, address: str, way: tuple[Reach, ssl.SSLContext], deadline: float
) -> socket.socket:
    reach, tls = way
    raw = reach.dial(address, to.port, _left(deadline))
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if to.scheme != "https":
            return raw
        raw.settimeout(_left(deadline))  # Python keeps it for the whole handshake
        return tls.wrap_socket(raw, server_hostname=to.host)
    except BaseException:
        raw.close()
        raise


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("connect")
    return left


def _look_up_in_time(to: Endpoint, reach: Reach) -> Sequence[str]:
    """getaddrinfo knows no timeout, so it runs beside us and may be left behind."""
    answer: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(reach.look_up(to.host, to.port))
        except OSError as error:
            answer.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answer.get(timeout=reach.connect_seconds)
    except queue.Empty:
        raise TimeoutError("look-up") from None
    if isinstance(found, socket.gaierror) and found.errno in _NO_SUCH_NAME:
        raise NoSuchNameError from found
    if isinstance(found, OSError):
        raise found
    return found
