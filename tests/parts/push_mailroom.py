"""Who is registered and what waits for them: the memory of the local push service.

A message is kept until the browser acknowledges it, its TTL ends, or a newer one with the same
Topic takes its place (RFC 8030 sections 5.2, 5.4 and 6.2).
"""

from __future__ import annotations

import secrets
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.parts.push_rules import RefusedError, Terms


class Line(Protocol):
    """A connection to one browser."""

    def drop(self) -> None:
        """Cuts it."""


@dataclass(slots=True)
class Kept:
    """One accepted message. line: the connection it was last sent over."""

    id: str
    endpoint: str
    body: bytes
    topic: str | None
    expires: float
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One push subscription. key: applicationServerKey it is restricted to, or None."""

    endpoint: str
    channel: str
    browser: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Ack:
    """What a browser said of a message: 100 shown to the worker, 101 could not be decrypted,
    102 not delivered (worker failed, or a repeated id)."""

    message: str
    channel: str
    code: int


@dataclass(slots=True)
class Mailroom:
    """All state, behind one lock. now: unix seconds."""

    now: Callable[[], float]
    channels: dict[str, Channel] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    kept: dict[str, Kept] = field(default_factory=dict)
    lines: dict[str, Line | None] = field(default_factory=dict)
    acks: list[Ack] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dark: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def darken(self) -> Sequence[Line]:
        """From now on no browser gets through; the lines to cut."""
        with self._lock:
            self.dark = True
            return [line for line in self.lines.values() if line is not None]

    def hello(self, browser: str | None, line: Line) -> str | None:
        """The browser's id: the one it came with if it is known, else a new one. None in the
        dark."""
        with self._lock:
            if self.dark:
                return None
            if browser is None or browser not in self.lines:
                browser = uuid.uuid4().hex
                self.counts["new browsers"] += 1
            before, self.lines[browser] = self.lines.get(browser), line
        if before is not None:
            before.drop()
        return browser

    def bye(self, browser: str, line: Line) -> None:
        """The connection ended; what was sent over it and not acknowledged waits again."""
        with self._lock:
            if self.lines.get(browser) is line:
                self.lines[browser] = None

    def register(self, browser: str, channel: str, key: bytes | None) -> str:
        """A new subscription; its endpoint id."""
        with self._lock:
            made = Channel(secrets.token_urlsafe(24), channel, browser, key)
            self.channels[made.endpoint] = made
            self.counts["registered"] += 1
            return made.endpoint

    def unregister(self, browser: str, channel: str) -> None:
        """The browser left this subscription: its endpoint is gone for good (410)."""
        with self._lock:
            for each in self._channels_of(browser):
                if each.channel == channel:
                    self._close(each)
                    self.counts["unregistered"] += 1

    def forget(self, browser: str) -> Line | None:
        """Forgets the browser and all its subscriptions; the line to cut, if it is online."""
        with self._lock:
            for each in self._channels_of(browser):
                self._close(each)
            self.counts["forgotten"] += 1
            return self.lines.pop(browser, None)

    def channel(self, endpoint: str) -> Channel:
        """The subscription behind an endpoint. Raises RefusedError 404 or 410."""
        with self._lock:
            if endpoint in self.gone:
                raise RefusedError(410, "this subscription is gone")
            if endpoint not in self.channels:
                raise RefusedError(404, "no such subscription")
            return self.channels[endpoint]

    def take(self, channel: Channel, terms: Terms, body: bytes) -> str:
        """Accepts a message; its id."""
        with self._lock:
            for old in list(self.kept.values()):
                if old.endpoint == channel.endpoint and old.topic and old.topic == terms.topic:
                    del self.kept[old.id]
                    self.counts["replaced"] += 1
            # TTL 0 means now or never (RFC 8030 section 5.2): never kept for a dark browser, and
            # one second to reach a connected one
            expires = self.now() + max(terms.ttl, 1)
            made = Kept(uuid.uuid4().hex, channel.endpoint, body, terms.topic, expires)
            if terms.ttl > 0 or self.lines.get(channel.browser):
                self.kept[made.id] = made
            self.counts["accepted"] += 1
            return made.id

    def to_send(self, browser: str, line: Line) -> Sequence[tuple[Channel, Kept]]:
        """What waits for this browser and was not yet sent over this connection; marks it."""
        with self._lock:
            if self.lines.get(browser) is not line:
                return []
            self._drop_expired()
            found = [
                (self.channels[each.endpoint], each)
                for each in self.kept.values()
                if self.channels[each.endpoint].browser == browser and each.line is not line
            ]
            for _, each in found:
                each.line = line
            return found

    def acknowledge(self, ack: Ack) -> None:
        """The browser has it (or says it never will): erased."""
        with self._lock:
            self.acks.append(ack)
            self.counts[f"acknowledged {ack.code}"] += 1
            self.kept.pop(ack.message, None)

    def line_of(self, browser: str) -> Line | None:
        """The connection of a browser, None while it is dark."""
        with self._lock:
            return self.lines.get(browser)

    def online(self) -> Sequence[str]:
        """Ids of the browsers connected now."""
        with self._lock:
            return [browser for browser, line in self.lines.items() if line is not None]

    def waiting(self) -> int:
        """Messages accepted, not expired and not acknowledged."""
        with self._lock:
            self._drop_expired()
            return len(self.kept)

    def _drop_expired(self) -> None:
        now = self.now()
        for each in list(self.kept.values()):
            if each.expires <= now:
                del self.kept[each.id]
                self.counts["expired"] += 1

    def _channels_of(self, browser: str) -> Sequence[Channel]:
        return [each for each in self.channels.values() if each.browser == browser]

    def _close(self, channel: Channel) -> None:
        del self.channels[channel.endpoint]
        self.gone.add(channel.endpoint)
        for each in list(self.kept.values()):
            if each.endpoint == channel.endpoint:
                del self.kept[each.id]
