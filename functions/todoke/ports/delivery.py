"""Jobs that wait, and messages on their way to a phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from todoke.ports.store import Json


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of one queued job. ``tries`` counts this delivery (1 = the first)."""

    id: str
    lane: str
    body: Mapping[str, Json]
    tries: int


class Queue(Protocol):
    """Jobs, at least once, in named lanes (``store_schema.LANES``)."""

    def send(self, lane: str, body: Mapping[str, Json], delay_seconds: int = 0) -> None:
        """Add a job, durable when it returns."""

    def receive(self, lane: str, limit: int = 1, visible_after: int = 60) -> Sequence[Message]:
        """Take jobs; each comes back after ``visible_after`` seconds unless acknowledged."""

    def acknowledge(self, message: Message) -> None:
        """Done: never deliver it again. Absent is fine."""

    def give_back(self, message: Message, delay_seconds: int) -> None:
        """Try again after the delay; from the 8th try it becomes a dead letter instead."""

    def dead_letters(self, limit: int = 100) -> Sequence[Message]:
        """Jobs given up on."""

    def redrive(self, limit: int = 1000) -> int:
        """Put dead letters back in their lanes with no tries; how many."""

    def ready(self, lane: str) -> int:
        """Jobs that ``receive`` would give now."""

    def waiting(self, lane: str) -> int:
        """Jobs not yet acknowledged, dead letters apart."""


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where one message goes. endpoint: URL; p256dh: 65-byte point; auth: 16 bytes."""

    endpoint: str
    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One message on the wire (RFC 8030): plaintext before sealing, TTL in seconds,
    urgency (very-low | low | normal | high), topic (≤ 32 base64url characters)."""

    body: bytes
    ttl: int
    urgency: str
    topic: str


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What became of one message.

    outcome: accepted | gone (404, 410: remove this subscription) | later (theirs: try again
        after ``retry_after`` seconds) | refused (401, 403: our VAPID key; trips the breaker)
        | defect (400, 413 after shrinking: ours) | blocked (the guard refused the address).
    status: the HTTP status, 0 when there was none.
    """

    outcome: str
    status: int = 0
    retry_after: int | None = None
    detail: str = ""


Key = TypeVar("Key")
#: one message of many: a name of the caller's own, where it goes, what it is
Outgoing = tuple[Key, PushTarget, PushMessage]


class Push(Protocol):
    """Seals (RFC 8291), signs (RFC 8292) and sends (RFC 8030) messages."""

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """Never raises for what the network does; every answer becomes an outcome."""

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """Each key with its answer, as the answers come, in any order; a message that cannot even
        be sealed is a defect of its own. A message is taken from
        the iterable only when it is about to go, by the thread that asks for the answers: so
        whoever left or recalled in the last moment is still seen."""
