"""What the push engine has under way: messages, connections, and the services they go to."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from todoke.adapters.guarded_connection import IDLE_SECONDS
from todoke.adapters.http2 import Http2
from todoke.core.endpoint import Endpoint
from todoke.ports import PushAnswer, PushMessage, PushTarget

#: connections to one origin; each has up to a hundred messages under way
MOST_LINES = 2
#: connections kept for the next call, all origins together: anybody can name an origin
MOST_KEPT = 64
#: streams whose answer came and whose end did not: with a hundred of them nothing would go any more
MOST_HALF_OPEN = 20


@dataclass(slots=True)
class Job:
    """One message. seconds: times it may still go again (another path, a smaller shape, a
    connection that ended before it was looked at)."""

    key: Any
    to: Endpoint
    target: PushTarget
    message: PushMessage
    sealed: bytes = b""
    due: float = 0.0
    seconds: int = 2
    small: bool = False


@dataclass(eq=False, slots=True)
class Line:
    """One connection with its jobs by stream. kept: left by an earlier call, and silent since.
    suspect: it let a message wait for its whole time; nothing more goes over it, and it is not kept
    (a path that died without a word would be taken again and again)."""

    raw: ssl.SSLSocket
    http: Http2 = field(default_factory=Http2)
    jobs: dict[int, Job] = field(default_factory=dict)
    used_at: float = field(default_factory=time.monotonic)
    watched: int = 0
    kept: bool = False
    suspect: bool = False

    def has_room(self, body_bytes: int) -> bool:
        """Whether a message may go over it now."""
        return not self.suspect and self.http.has_room(body_bytes)

    @property
    def worth_keeping(self) -> bool:
        """Nothing is under way, and nothing speaks against it."""
        http = self.http
        sound = http.ready and not http.closing and not self.suspect
        return sound and not http.waiting and http.half_open <= MOST_HALF_OPEN


@dataclass(eq=False, slots=True)
class Origin:
    """What goes to one push service. failed: what is answered while nothing can go there. plain: it
    speaks no HTTP/2."""

    to: Endpoint
    waiting: deque[Job] = field(default_factory=deque)
    lines: list[Line] = field(default_factory=list)
    dialling: Future[ssl.SSLSocket] | None = None
    failed: PushAnswer | None = None
    plain: bool = False
    under_way: int = 0
    heard_at: float = field(default_factory=time.monotonic)


class Kept:
    """Connections left by one call for the next. Threads may share it."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Line]] = {}
        self._lock = threading.Lock()

    def take(self, origin: str) -> list[Line]:
        """Those to an origin that look alive."""
        with self._lock:
            kept = self._lines.pop(origin, [])
        return [line for line in kept if is_fresh(line)]

    def keep(self, origin: str, line: Line) -> None:
        """For the next call, if there is room."""
        with self._lock:
            self._forget_old()
            kept = self._lines.setdefault(origin, [])
            if len(kept) < MOST_LINES and sum(map(len, self._lines.values())) < MOST_KEPT:
                line.used_at, line.kept = time.monotonic(), True
                kept.append(line)
                return
        line.raw.close()

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            lines = [line for kept in self._lines.values() for line in kept]
            self._lines.clear()
        for line in lines:
            line.raw.close()

    def _forget_old(self) -> None:
        """Those of an origin that nobody asks for any more are closed too."""
        for origin in list(self._lines):
            self._lines[origin] = [line for line in self._lines[origin] if is_fresh(line)]
            if not self._lines[origin]:
                del self._lines[origin]


def is_fresh(line: Line) -> bool:
    """Not idle for long; closed where it is."""
    if time.monotonic() - line.used_at < IDLE_SECONDS and not line.http.closing:
        return True
    line.raw.close()
    return False


def hang_up(dialling: Future[ssl.SSLSocket]) -> None:
    """Nobody needs it any more."""
    with contextlib.suppress(Exception):
        dialling.result().close()
