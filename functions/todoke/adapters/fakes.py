"""Stand-ins for tests: a clock that is turned by hand, a push service that writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from todoke.ports import Outgoing, PushAnswer, PushMessage, PushTarget

Key = TypeVar("Key")

#: an ordinary Tuesday morning in Japan
START = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9)))


class TurnedClock:
    """Implements ``ports.Clock``; stands still until somebody turns it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Aware datetime in UTC."""
        return self._now

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""
        return int(self._now.timestamp())

    def turn(self, seconds: float) -> None:
        """Move the time; negative seconds turn it back."""
        self._now += timedelta(seconds=seconds)


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
