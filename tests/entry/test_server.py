"""The moment between open and closed: nobody is let in and then cut off."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from todoke.entry import server

#: far longer than a busy machine would hold the process up between two calls
HELD_UP_SECONDS = 0.3


class SlowDoor(socket.socket):
    """A listening socket whose process is held up right before it closes."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.closing = threading.Event()
        self.bind(("127.0.0.1", 0))
        self.listen(16)
        self.setblocking(False)

    def close(self) -> None:
        self.closing.set()
        time.sleep(HELD_UP_SECONDS)
        super().close()


def visit(door: SlowDoor, address: tuple[str, int], seen: list[str]) -> None:
    """Comes while the door is closing."""
    door.closing.wait(10)
    try:
        line = socket.create_connection(address, timeout=10)
    except OSError:
        seen.append("refused")
        return
    with line:
        try:
            line.sendall(b"hello")
            seen.append("answered" if line.recv(10) else "cut")
        except OSError:
            seen.append("cut")


def test_whoever_comes_while_the_door_closes_is_refused_and_never_cut_off() -> None:
    door, seen = SlowDoor(), list[str]()
    address = door.getsockname()
    early = socket.create_connection(address, timeout=10)
    visitor = threading.Thread(target=visit, args=(door, address, seen))
    visitor.start()
    taken = server._close_door(door)
    for connection, _ in taken:
        with contextlib.suppress(OSError), connection:
            connection.sendall(b"hello")
    visitor.join()
    with early:
        assert early.recv(10) == b"hello", "whoever was in the queue is served"
    assert len(taken) == 1
    assert seen == ["refused"]
