"""A small front before several servers: each connection goes to one of them, and to the next one
only when a server refuses to be connected to. What a server has taken in is its own to answer."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Sequence
from itertools import count
from types import TracebackType

PIECE = 65536
#: longer than any server takes to answer
PATIENCE_SECONDS = 60


class Front:
    """Listens on a free port while the block runs. dropped: connections nobody would take."""

    def __init__(self, servers: Sequence[int]) -> None:
        self.servers, self.dropped = servers, 0
        self._turn = count()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._thread = threading.Thread(target=self._take_in, daemon=True)

    @property
    def port(self) -> int:
        """Where people come."""
        return int(self._door.getsockname()[1])

    def __enter__(self) -> Front:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()

    def _take_in(self) -> None:
        while True:
            try:
                person, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(person,), daemon=True).start()

    def _serve(self, person: socket.socket) -> None:
        with person:
            server = self._server()
            if server is None:
                self.dropped += 1
                return
            with server, contextlib.suppress(OSError):
                _carry(person, server)

    def _server(self) -> socket.socket | None:
        first = next(self._turn)
        for place in range(len(self.servers)):
            port = self.servers[(first + place) % len(self.servers)]
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        return None


def _carry(person: socket.socket, server: socket.socket) -> None:
    """Both ways, until the server has nothing more to say."""
    other = {person: server, server: person}
    open_ways = [person, server]
    while server in open_ways:
        for each in select.select(open_ways, [], [], PATIENCE_SECONDS)[0]:
            piece = each.recv(PIECE)
            if piece:
                other[each].sendall(piece)
                continue
            open_ways.remove(each)
            if each is person:
                server.shutdown(socket.SHUT_WR)
