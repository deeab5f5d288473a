"""What the push engine has under way: messages, connections, and the services they go to."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from todoke.adapters.guarded_connection import IDLE_SECONDS
from todoke.adapters.http2 import Http2
from todoke.core.endpoint import Endpoint
from todoke.ports import PushMessage, PushTarget


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
    """One connection with its jobs by stream. kept: left by an earlier call, and silent since."""

    raw: ssl.SSLSocket
    http: Http2 = field(default_factory=Http2)
    jobs: dict[int, Job] = field(default_factory=dict)
    used_at: float = field(default_factory=time.monotonic)
    watched: int = 0
    kept: bool = False


@dataclass(eq=False, slots=True)
class Origin:
    """What goes to one push service. failed: why nothing can go there now. plain: it speaks no
    HTTP/2."""

    to: Endpoint
    waiting: deque[Job] = field(default_factory=deque)
    lines: list[Line] = field(default_factory=list)
    dialling: Future[ssl.SSLSocket] | None = None
    failed: str = ""
    plain: bool = False
    under_way: int = 0
    heard_at: float = field(default_factory=time.monotonic)


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
