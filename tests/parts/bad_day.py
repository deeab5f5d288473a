"""A push service on its worst day, over HTTP/2: it is busy, forgets, loses answers, cuts lines,
leads astray and babbles; and it keeps a list of all that any phone would have shown."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec

from tests.parts.http2_push import Exchange

#: share of the requests that meet each trouble
SHARES: Mapping[str, float] = {
    "busy": 0.05,
    "throttled": 0.02,
    "forgotten": 0.01,
    "lost": 0.05,
    "reset": 0.01,
    "cut": 0.002,
    "redirected": 0.01,
    "endless": 0.01,
    "slow": 0.01,
}
#: what stands in Retry-After
WAITS = ("30", "Wed, 25 Nov 2026 12:00:00 GMT", "soon", "1000000000", "-5")
WNS = "wns2-par02p.notify.windows.com"
EVIL = "https://evil.example/m"


@dataclass(slots=True)
class BadDay:
    """key, auth: of every phone. kept: endpoint path -> topic -> the message a phone that wakes
    up would get. met: troubles so far. down: hosts that answer nothing but 503."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes
    seed: int
    kept: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    forgotten: set[str] = field(default_factory=set)
    after_farewell: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    down: set[str] = field(default_factory=set)
    calm: bool = False
    _luck: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._luck = random.Random(self.seed)

    def behave(self, exchange: Exchange) -> None:
        """What one request gets."""
        host, path = exchange.request.headers[":authority"], exchange.request.path
        if path in self.forgotten:
            self.after_farewell.append(path)
            exchange.answer(410)
            return
        if host in self.down:
            exchange.answer(503)
            return
        trouble = self._trouble()
        self.met[trouble] += 1
        _TROUBLES[trouble](self, exchange)

    def shown(self) -> dict[str, Counter[str]]:
        """Endpoint path -> notice -> how many messages about it lie there."""
        return {
            path: Counter(self._tag(each) for each in topics.values())
            for path, topics in self.kept.items()
        }

    def _trouble(self) -> str:
        draw = self._luck.random()
        for name, share in SHARES.items() if not self.calm else ():
            draw -= share
            if draw < 0:
                return name
        return "none"

    def _tag(self, body: bytes) -> str:
        text = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return str(json.loads(text)["notification"]["tag"])

    # ------------------------------------------------------------------ troubles
    def _keep(self, exchange: Exchange) -> None:
        request = exchange.request
        self.kept[request.path][request.headers["topic"]] = request.body

    def accept(self, exchange: Exchange) -> None:
        self._keep(exchange)
        exchange.answer(201, location="/m/1")

    def busy(self, exchange: Exchange) -> None:
        exchange.answer(503)

    def throttle(self, exchange: Exchange) -> None:
        wns = exchange.request.headers[":authority"] == WNS
        told = {"retry-after": self._luck.choice(WAITS)}
        exchange.answer(406 if wns else 429, b"", **told)

    def forget(self, exchange: Exchange) -> None:
        self.forgotten.add(exchange.request.path)
        exchange.answer(410)

    def lose(self, exchange: Exchange) -> None:
        """Accepted, and the answer never comes through."""
        self._keep(exchange)
        exchange.reset(2)

    def reset(self, exchange: Exchange) -> None:
        exchange.reset(8)

    def cut(self, exchange: Exchange) -> None:
        """A restart: what was under way on this line may or may not have been seen."""
        self._keep(exchange)
        exchange.line.flush()
        exchange.line.raw.close()
        raise OSError("restarted")

    def redirect(self, exchange: Exchange) -> None:
        exchange.answer(307, location=EVIL)

    def babble(self, exchange: Exchange) -> None:
        """An answer whose body would have no end: all that the window holds, and more to come."""
        self._keep(exchange)
        exchange.line.http.send_headers(exchange.stream, [(":status", "201")])
        room = exchange.line.http.local_flow_control_window(exchange.stream)
        exchange.line.http.send_data(exchange.stream, b"x" * min(room, 16_384))

    def dawdle(self, exchange: Exchange) -> None:
        time.sleep(0.01)
        self.accept(exchange)


_TROUBLES: Mapping[str, Callable[[BadDay, Exchange], None]] = {
    "none": BadDay.accept,
    "busy": BadDay.busy,
    "throttled": BadDay.throttle,
    "forgotten": BadDay.forget,
    "lost": BadDay.lose,
    "reset": BadDay.reset,
    "cut": BadDay.cut,
    "redirected": BadDay.redirect,
    "endless": BadDay.babble,
    "slow": BadDay.dawdle,
}
