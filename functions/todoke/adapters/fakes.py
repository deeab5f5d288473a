"""Stand-ins for tests: a clock that is turned by hand, a push service that writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from todoke.adapters.clock import Stamps
from todoke.core.clock_moves import Mark
from todoke.ports import Outgoing, PushAnswer, PushMessage, PushTarget

Key = TypeVar("Key")

#: an ordinary Tuesday morning in Japan
START = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9)))


class TurnedClock:
    """Implements ``ports.Clock``; stands still until somebody turns it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start.astimezone(UTC)
        self._stamps = Stamps()
        self._run, self._steady = 1, 0.0
        self.synchronised = False

    def now(self) -> datetime:
        """Aware datetime in UTC."""
        return self._now

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""
        return int(self._now.timestamp())

    def turn(self, seconds: float) -> None:
        """So much time passes; negative seconds set the clock back."""
        self._now += timedelta(seconds=seconds)
        self._steady += max(0.0, seconds)

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock; no time passes."""
        self._now += timedelta(seconds=seconds)

    def switch_off(self, seconds: float) -> None:
        """The machine is off for so long, and started again."""
        self._now += timedelta(seconds=seconds)
        self._run, self._steady = self._run + 1, 0.0

    def stamp(self) -> int:
        """See ``ports.Clock.stamp``."""
        return self._stamps.next(int(self._now.timestamp() * 1_000_000))

    def not_before(self, stamp: int) -> None:
        """See ``ports.Clock.not_before``."""
        self._stamps.not_before(stamp)

    def mark(self) -> Mark:
        """See ``ports.Clock.mark``."""
        return Mark(self.unix(), f"run-{self._run}", int(self._steady))

    def follows_a_server(self) -> bool:
        """What the test says."""
        return self.synchronised


def accept(target: PushTarget, message: PushMessage) -> PushAnswer:  # noqa: ARG001
    """What a push service that takes everything answers (RFC 8030 section 5: 201)."""
    return PushAnswer("accepted", 201)


class RecordingPush:
    """Implements ``ports.Push``: keeps what was sent and gives the answer it was told to.

    sent: (target, message) in the order of sending. answer: replace it to play a push
    service that refuses, is busy or has forgotten a subscription.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[PushTarget, PushMessage]] = []
        self.answer: Callable[[PushTarget, PushMessage], PushAnswer] = accept

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """Write it down (list.append is atomic: workers may share this) and answer."""
        self.sent.append((target, message))
        return self.answer(target, message)

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """One after the other."""
        for key, target, message in messages:
            try:
                answer = self.send(target, message)
            except Exception as error:
                answer = PushAnswer("defect", detail=type(error).__name__)
            yield key, answer
