"""The web server of one machine: waitress, made to stop without dropping a request.

Waitress reads headers and bodies in one event loop, so slow clients hold a socket and no
thread. What it lacks is a graceful stop: on SIGTERM it drops what is in flight. Here a stop
means: answer what has arrived (each answer says ``Connection: close``, RFC 9112 section 9.6),
take in what the kernel had already accepted, close the listening sockets, wait for the last
answer, then end. New connections are refused at once, so a front can go elsewhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import socket
import struct
import time
import weakref
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask, WSGITask

LOG = logging.getLogger("todoke.server")
THREADS = 8
#: one socket each; ulimit is usually 1,024 and SQLite, logs and pushes need some
CONNECTIONS = 900
#: a sender of one byte a minute is let go after this many seconds without progress
IDLE_SECONDS = 30
#: elsewhere nothing is larger; each route has a limit of its own (web/guard.py)
MAX_SMALL_BODY_BYTES = 1024 * 1024
#: a form with three attachments of 5 MB, or a list of bills carried in a form. A file that is
#: too large should still come in, so that the page can say so and keep the answers: a browser
#: shows a refusal in mid-sending as a broken line
MAX_BODY_BYTES = 16 * 1024 * 1024
LARGE_BODIES = ("/apply/", "/applications/", "/api/attachments", "/bills/import")
#: bodies above the small limit lie in temporary files, which may be memory: so much at once
MAX_LARGE_AT_ONCE = 256 * 1024 * 1024
#: who has waited for so long behind so many is refused at once, so that the others need not wait:
#: a queue that only grows serves nobody. Without a crowd people wait as long as it takes.
OVERDUE_SECONDS = 1.0
CROWD = 64
#: a crowd is told to the log so often
TELL_SECONDS = 10.0
#: how long a stop may take (systemd's default TimeoutStopSec is 90)
DRAIN_SECONDS = 20.0
#: a request that was on the wire when the stop came has arrived by then
ARRIVAL_SECONDS = 0.5
#: Linux: SO_ATTACH_FILTER with a program of one instruction, "return 0" (no byte of the packet)
_ATTACH_FILTER = 26
_PROGRAM = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_DROP_ALL = struct.pack("HL", 1, ctypes.addressof(_PROGRAM))
#: what waitress itself refuses -> our codes (501: a transfer coding nobody knows)
_CODES = {400: "bad_request", 413: "body_too_large", 431: "headers_too_large", 501: "bad_request"}
#: code, largest body in bytes -> (status, headers, body)
Refusal = Callable[[str, int], tuple[int, list[tuple[str, str]], bytes]]


class _Small:
    """The settings of the server with the small limit of a body. busy: a larger one might
    come in another time."""

    max_request_body_size = MAX_SMALL_BODY_BYTES

    def __init__(self, adjustments: Any, *, busy: bool) -> None:
        self._adjustments, self.busy = adjustments, busy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adjustments, name)


class _Parser(HTTPRequestParser):
    """Knows after the headers how large the body may be, before any of it is kept."""

    claimed = 0
    arrived_at = 0.0

    def received(self, data: bytes) -> int:
        """See waitress; notes when the last byte was there."""
        taken = int(super().received(data))
        if self.completed:
            self.arrived_at = time.monotonic()
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """See waitress; ``self.adj`` is asked for the limit right after this."""
        super().parse_header(header_plus)
        parsed: Any = self
        if not parsed.path.startswith(LARGE_BODIES):
            parsed.adj = _Small(parsed.adj, busy=False)
            return
        self.claimed = MAX_BODY_BYTES if parsed.chunked else parsed.content_length
        if self.claimed <= MAX_SMALL_BODY_BYTES:
            return
        # only the event loop adds; a request that is over vanishes by itself
        if sum(each.claimed for each in list(_LARGE)) + self.claimed > MAX_LARGE_AT_ONCE:
            parsed.adj = _Small(parsed.adj, busy=True)
            LOG.warning("large_bodies_refused", extra={"count": len(_LARGE)})
        else:
            _LARGE.add(self)


class _Task(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        """See waitress; ``web/app.py`` refuses what is overdue, in the caller's language."""
        environ: dict[str, Any] = super().get_environment()
        request: Any = self.request
        environ["todoke.overdue"] = _is_overdue(self.channel.server, request.arrived_at)
        return environ

    def build_response_header(self) -> bytes:
        server: Any = self.channel.server
        if server.stopping:
            request: Any = self.request
            request.headers["CONNECTION"] = "close"
        return bytes(super().build_response_header())


def _is_overdue(server: Any, arrived_at: float) -> bool:
    waited = time.monotonic() - arrived_at
    waiting = len(server.task_dispatcher.queue)
    if waited < OVERDUE_SECONDS or waiting < CROWD or server.stopping:
        return False
    if server.told_at < time.monotonic() - TELL_SECONDS:
        server.told_at = time.monotonic()
        LOG.warning("overloaded", extra={"count": waiting})
    return True


class _Refusal(ErrorTask):
    """What cannot even be read as a request gets the one error shape too."""

    def execute(self) -> None:
        """One whole answer, then the end: what follows on this connection is anybody's guess."""
        request: Any = self.request
        server: Any = self.channel.server
        code = _CODES.get(request.error.code, "internal")
        if code == "body_too_large" and getattr(request.adj, "busy", False):
            code = "storage_unavailable"
        status, headers, body = server.refusal(code, request.adj.max_request_body_size)
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers = headers
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


_LARGE: weakref.WeakSet[_Parser] = weakref.WeakSet()


class _Channel(HTTPChannel):
    parser_class = _Parser
    task_class = _Task
    error_task_class = _Refusal

    def busy(self) -> bool:
        """Whether anything of a request or an answer is still on its way."""
        return bool(self.requests or self.request or self.total_outbufs_len)


class Server:
    """``run()`` serves until ``stop()``; ``stop`` may be called from a signal handler."""

    def __init__(
        self,
        application: Any,
        port: int,
        refusal: Refusal,
        hosts: tuple[str, ...] = ("127.0.0.1", "::1"),
    ) -> None:
        self.stopping = False
        self._map: dict[int, Any] = {}
        self._listeners: list[Any] = []
        self._server = create_server(
            application,
            map=self._map,
            sockets=_listen(hosts, port),
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            max_request_body_size=MAX_BODY_BYTES,
            max_request_header_size=32 * 1024,
            # only the address of the caller, for web/limits.py, and only from a front on this
            # machine; the host stays what ``Host`` says
            trusted_proxy="127.0.0.1",
            trusted_proxy_count=1,
            trusted_proxy_headers={"x-forwarded-for"},
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        for listener in list(self._map.values()):
            if isinstance(listener, BaseWSGIServer):
                self._listeners.append(listener)
        for listener in self._listeners:
            listener.channel_class = _Channel
            listener.stopping = False
            listener.told_at = -TELL_SECONDS
            listener.refusal = refusal

    @property
    def port(self) -> int:
        """The port really bound (asked for 0: any free one)."""
        return int(self._listeners[0].socket.getsockname()[1])

    def stop(self) -> None:
        """Begin the graceful stop."""
        self.stopping = True
        self._listeners[0].pull_trigger()

    def run(self) -> None:
        """Serve, then drain. Returns when the last answer has left."""
        while not self.stopping:
            self._turn(0.5)
        self._drain()

    def _turn(self, seconds: float) -> None:
        # poll, not select: select cannot look at file descriptors above 1,023
        wasyncore.loop(timeout=seconds, map=self._map, count=1, use_poll=True)

    def _drain(self) -> None:
        for listener in self._listeners:
            listener.stopping = True
            for connection, address in _close_door(listener.socket):
                listener.set_socket_options(connection)
                channel = listener.channel_class
                channel(listener, connection, listener.fix_addr(address), listener.adj, self._map)
            listener.del_channel(self._map)
        start = time.monotonic()
        while time.monotonic() < start + DRAIN_SECONDS:
            self._turn(0.05)
            if time.monotonic() > start + ARRIVAL_SECONDS and not self._busy():
                # on a busy machine those seconds may have passed in one turn: what lies in
                # the kernel's buffers by now has arrived as well
                self._turn(0)
                if not self._busy():
                    break
        self._listeners[0].task_dispatcher.shutdown(cancel_pending=False, timeout=5)
        for channel in self._channels():
            channel.handle_close()

    def _busy(self) -> bool:
        return any(channel.busy() for channel in self._channels())

    def _channels(self) -> list[_Channel]:
        return [each for each in list(self._map.values()) if isinstance(each, _Channel)]


def _close_door(door: socket.socket) -> list[tuple[socket.socket, Any]]:
    """Closes a listening socket; what the kernel took in before is ours to answer.

    Whoever connects between the last accept and the close would be cut off in the middle, and
    on a busy machine that moment can last. So the kernel is first told to drop what arrives
    for this socket (a client then tries again by itself, and is refused)."""
    with contextlib.suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, _DROP_ALL)
    taken = []
    while True:
        try:
            taken.append(door.accept())
        except BlockingIOError:
            door.close()
            return taken
        except OSError:  # that one has already gone
            continue


def _listen(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    """Listening sockets on one port for every address this machine has."""
    sockets: list[socket.socket] = []
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            each = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue  # no IPv6 here
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            each.bind((host, port or (sockets[0].getsockname()[1] if sockets else 0)))
            each.listen(1024)
        except OSError as error:
            each.close()
            if family == socket.AF_INET6:
                LOG.info("no_ipv6", extra={"code": error.errno})
                continue
            raise
        each.setblocking(False)
        sockets.append(each)
    return sockets
