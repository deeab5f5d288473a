"""How often strangers may write, so that a cheap flood fills neither the disk nor the lists of
followers.

Kept in the memory of one process and nowhere else: an address is personal data. Sources are
hashed under a key that ends with the process, and only so many are remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import math
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from todoke.core.errors import TodokeError
from todoke.ports import Clock

#: keys remembered per bucket; the one used longest ago is forgotten first
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """burst: calls at once after a rest. every: seconds until one more is allowed."""

    burst: int
    every: float


#: a school or a mobile carrier puts many people behind one address
SOURCE = Rate(burst=60, every=10)
#: a city hall behind one address, at half past eight: 200 clerks, two calls each by passkey or by
#: the city's provider, and both once more. Only the burst is wider than a citizen's address has:
#: over a day hardly more codes are tried from one place, and each clerk's are counted besides
#: (journeys/desk_tries.py)
DESK = Rate(burst=800, every=10)
#: bits of an IPv6 address that all networks of one home have in common (RFC 6177)
IPV6_LINE = 56
#: a whole city on the day it hears of the service: 36,000 an hour
EVERYBODY = Rate(burst=2000, every=0.1)
#: of one line, to log in while others use up what everybody has: ask, answer, and both once more
SPARED = Rate(burst=6, every=30)
#: of one browser that somebody came in with before, where others use up what its address or
#: everybody has: ask, answer, and both once more
KNOWN = Rate(burst=6, every=30)
#: browsers that are marked as known, of one address: each mark has calls of its own, and who opens
#: accounts to gather marks is to gather few. Whoever gets none today gets one at her next login
MARKED = Rate(burst=60, every=300)
#: of one PC that waits for a phone; the quickest that it is told to ask is each two seconds
WAITING = Rate(burst=5, every=2)
#: changes of one subscription; each leaves a line in the record of acts
DEVICE = Rate(burst=60, every=60)


class Bucket:
    """A token bucket per key, as the one moment at which it is full again (GCRA, the algorithm
    of ITU-T I.371). Threads may share it."""

    def __init__(self, clock: Clock, rate: Rate, most: int = MOST) -> None:
        self._clock, self._rate, self._most = clock, rate, most
        self._full_at: OrderedDict[bytes, float] = OrderedDict()
        self._salt = secrets.token_bytes(16)
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """One call of ``key``. Raises ``too_many_requests`` with the seconds to wait."""
        name = hashlib.blake2b(key.encode("utf-8", "replace"), key=self._salt).digest()
        whole = self._rate.burst * self._rate.every
        with self._lock:
            now = float(self._clock.unix())
            full_at = max(self._full_at.get(name, now), now)
            if full_at > now + whole:  # the clock was turned back: nobody waits for it
                full_at = now
            after = full_at + self._rate.every
            if after > now + whole:
                wait = max(1, math.ceil(after - now - whole))
                raise TodokeError("too_many_requests", retry_after=wait)
            self._full_at[name] = after
            self._full_at.move_to_end(name)
            while len(self._full_at) > self._most:
                self._full_at.popitem(last=False)


class Turns:
    """Work that holds a thread: one at a time for each key, and so many in all that the other
    threads stay free. Whoever comes meanwhile is not kept waiting."""

    def __init__(self, most: int, retry_after: int = 5) -> None:
        self._most, self._retry_after = most, retry_after
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """For as long as the block runs. Raises ``too_many_requests``."""
        with self._lock:
            if key in self._busy or len(self._busy) >= self._most:
                raise TodokeError("too_many_requests", retry_after=self._retry_after)
            self._busy.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(key)


class Limits:
    """The buckets of one process. source: what one address has."""

    def __init__(self, clock: Clock, source: Rate = SOURCE) -> None:
        self._sources = Bucket(clock, source)
        self._everybody = Bucket(clock, EVERYBODY, most=1)
        self._spared = Bucket(clock, SPARED)
        self._known = Bucket(clock, KNOWN)
        self._marked = Bucket(clock, MARKED)
        self._waiting = Bucket(clock, WAITING)
        self._devices = Bucket(clock, DEVICE)

    def stranger(self, address: str | None) -> None:
        """A call that shows no token. address: where it comes from.

        Raises ``too_many_requests``. Whoever is over her own limit spends nothing of all."""
        self._one(address)
        self._everybody.take("")

    def login(self, address: str | None, known: str = "") -> None:
        """The same for a step of a login. known: which browser it is, where somebody came in with
        it before (``web/known.py``): a neighbour behind the same address, or a flood, never keeps
        this one out."""
        try:
            self._step(address)
        except TodokeError:
            if not known:
                raise
            self._known.take(known)

    def _step(self, address: str | None) -> None:
        """A flood from many addresses shuts nobody out: whoever comes from a line that has hardly
        asked is let through all the same, and what a login writes is gone within minutes."""
        self._one(address)
        try:
            self._everybody.take("")
        except TodokeError:
            line = source_of(address, IPV6_LINE)
            if line is None:
                raise
            self._spared.take(line)

    def _one(self, address: str | None) -> None:
        source = source_of(address)
        if source is not None:
            self._sources.take(source)

    def may_mark(self, address: str | None) -> bool:
        """Whether one more browser of this address becomes a known one."""
        source = source_of(address)
        try:
            if source is not None:
                self._marked.take(source)
        except TodokeError:
            return False
        return True

    def waiting(self, code: str) -> None:
        """A PC asks whether its phone has answered: at a pace of its own, and its address has
        paid for the question once. Raises ``too_many_requests``."""
        self._waiting.take(code)

    def device(self, subscription: str) -> None:
        """A change by whoever holds the token. Raises ``too_many_requests``."""
        self._devices.take(subscription)


def source_of(address: str | None, ipv6: int = 64) -> str | None:
    """What counts as one source: an IPv4 address, or the /64 that one line of IPv6 gets (RFC
    6177). None when it says nothing: behind a front that does not tell addresses everybody
    comes from this machine, and one neighbour must not use up everybody's calls. ipv6: bits of it
    that count."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.IPv6Network((int(parsed), ipv6), strict=False))
