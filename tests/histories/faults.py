"""A bad day: a store, a queue, a push service and a clock that do what real ones do at their worst.

Nothing here says anything untrue. A commit fails before it is done, or is done and its answer is
lost; a process dies between two calls; a job comes twice, late, or again after it was done.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from tests.histories.baton import Turns
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import (
    Blobs,
    Check,
    Delete,
    Json,
    Message,
    Outgoing,
    Page,
    PushAnswer,
    PushMessage,
    PushTarget,
    Queue,
    Record,
    Replace,
    Store,
    Write,
)

Key = TypeVar("Key")


class DiedError(BaseException):
    """The process of this thread ends here: nothing after it is done, nothing is tidied up."""


#: kinds whose journeys try again after a conflict; of the others a conflict is an answer, and a
#: made-up one would be untrue
TRIED_AGAIN = frozenset({"subscription", "bill", "checkout", "delivery", "sending", "outbox"})


@dataclass(slots=True)
class Weather:
    """How bad the day is, in per mille of calls. luck: draws each of them."""

    luck: random.Random
    before: int = 15
    lost: int = 15
    died: int = 10
    conflict: int = 20
    reading: int = 5
    twice: int = 80
    late: int = 80
    again: int = 40
    busy: int = 200
    on: bool = True

    def meets(self, per_mille: int) -> bool:
        """Whether it happens now."""
        return self.on and self.luck.randrange(1000) < per_mille


@dataclass(slots=True)
class BadStore:
    """Implements ``ports.Store`` over a real one."""

    real: Store
    weather: Weather
    turns: Turns

    def get(self, kind: str, id: str) -> Record | None:
        """As the real one, or not now."""
        self._look()
        return self.real.get(kind, id)

    @property
    def lag(self) -> int:
        """As the real one."""
        return self.real.lag

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """As the real one, or not now."""
        self._look()
        return self.real.get_many(kind, ids)

    def walk(self, *asked: Any, **more: Any) -> Page:
        """As the real one, or not now."""
        self._look()
        return self.real.walk(*asked, **more)

    def rows_of(self, batch: str, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """As the real one, or not now."""
        self._look()
        return self.real.rows_of(batch, keys)

    def find(self, *asked: Any, **more: Any) -> Page:
        """As the real one, or not now."""
        self._look()
        return self.real.find(*asked, **more)

    def commit(self, writes: Sequence[Write]) -> None:
        """Done; refused; or done and not told."""
        self.turns.pause()
        weather = self.weather
        if weather.meets(weather.conflict):
            _conflict(writes)
        if weather.meets(weather.before):
            raise TodokeError("storage_unavailable", reason="busy")
        if weather.meets(weather.died):
            raise DiedError
        self.real.commit(writes)
        self.turns.pause()
        if weather.meets(weather.lost):
            raise TodokeError("storage_unavailable", reason="input/output error")
        if weather.meets(weather.died):
            raise DiedError

    def purge(self, limit: int = 1000) -> int:
        """As the real one."""
        return self.real.purge(limit)

    def _look(self) -> None:
        self.turns.pause()
        if self.weather.meets(self.weather.reading):
            raise TodokeError("storage_unavailable", reason="busy")


def _conflict(writes: Sequence[Write]) -> None:
    """As if somebody had been quicker and it had made no difference."""
    named = [_version_of(each) for each in writes]
    versioned = [each for each in named if each is not None]
    if versioned and all(kind in TRIED_AGAIN for kind, _ in versioned):
        raise TodokeError("version_conflict", kind=versioned[0][0], id=versioned[0][1])


def _version_of(write: Write) -> tuple[str, str] | None:
    if isinstance(write, Replace):
        return write.record.kind, write.record.id
    conditional = isinstance(write, Check) or (isinstance(write, Delete) and write.version)
    return (write.kind, write.id) if conditional and isinstance(write, Check | Delete) else None


@dataclass(slots=True)
class BadQueue:
    """Implements ``ports.Queue`` over a real one."""

    real: Queue
    weather: Weather
    turns: Turns

    def send(self, lane: str, body: Mapping[str, Json], delay_seconds: int = 0) -> None:
        """Once or twice, now or a little later."""
        self.turns.pause()
        weather = self.weather
        for _ in range(2 if weather.meets(weather.twice) else 1):
            late = weather.luck.randrange(1, 30) if weather.meets(weather.late) else 0
            self.real.send(lane, body, delay_seconds + late)

    def receive(self, lane: str, limit: int = 1, visible_after: int = 60) -> Sequence[Message]:
        """As the real one."""
        self.turns.pause()
        return self.real.receive(lane, limit, visible_after)

    def acknowledge(self, message: Message) -> None:
        """Now and then it comes again all the same."""
        self.turns.pause()
        if not self.weather.meets(self.weather.again):
            self.real.acknowledge(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@dataclass(slots=True)
class BadBlobs:
    """Implements ``ports.Blobs`` over a real one."""

    real: Blobs
    weather: Weather
    turns: Turns

    def put(self, key: str, body: bytes) -> None:
        """Written; or not; or written by a process that then ends."""
        self.turns.pause()
        if self.weather.meets(self.weather.before):
            raise TodokeError("storage_unavailable", reason="input/output error")
        self.real.put(key, body)
        self.turns.pause()
        if self.weather.meets(self.weather.died):
            raise DiedError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Pushed(NamedTuple):
    """A message that reached the push service. at: place in the order of events. worker: who
    sent it. tag, topic: what makes a second copy replace the first."""

    at: int
    endpoint: str
    tag: str
    topic: str
    worker: str
    taken: bool


@dataclass(slots=True)
class WatchedPush:
    """Implements ``ports.Push``: writes down what comes; now and then it is busy. gone:
    endpoints it has forgotten."""

    weather: Weather
    turns: Turns
    gone: set[str] = field(default_factory=set)
    sent: list[Pushed] = field(default_factory=list)

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """One message."""
        self.turns.pause()
        busy = self.weather.meets(self.weather.busy)
        lost = self.weather.meets(self.weather.lost)
        tag = json.loads(message.body)["notification"]["tag"]
        worker, at = threading.current_thread().name, self.turns.tick()
        taken = target.endpoint not in self.gone and not busy
        self.sent.append(Pushed(at, target.endpoint, tag, message.topic, worker, taken))
        self.turns.pause()
        if target.endpoint in self.gone:
            return PushAnswer("gone", 410)
        if busy or lost:
            return PushAnswer("later", 503 if busy else 0)
        return PushAnswer("accepted", 201)

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """One after the other, each taken only when it goes."""
        for key, target, message in messages:
            yield key, self.send(target, message)


def small_steps(clock: TurnedClock, weather: Weather, until: int) -> None:
    """Turns the clock as clocks go: a little on, now and then a little back, sometimes far
    enough for a retry to come due; not beyond ``until`` (unix seconds)."""
    far = weather.luck.randrange(20) == 0
    step = 35 if far else weather.luck.choice((0, 1, 1, 2, 3, -1, -2))
    clock.turn(min(step, until - clock.unix()))
