"""The Queue on SQS: one queue per lane, each with its dead letters beside it.

    <name>-<lane>        maxReceiveCount 8: a worker that dies silently is counted by SQS itself
    <name>-<lane>-dead   what was given up on

On AWS Lambda, SQS calls the worker (entry/aws.py) and ``receive`` is not used there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from todoke.adapters import aws_client
from todoke.adapters.queue_rules import (
    MAX_DELAY_SECONDS,
    MAX_HIDDEN_SECONDS,
    MAX_TRIES,
    body_text,
    check_lane,
    check_limit,
    check_seconds,
)
from todoke.ports import Clock, Json, Message
from todoke.store_schema import LANES

#: messages of one call of SQS
_BATCH = 10
#: how long dead letters are hidden while they are put back
_REDRIVE_SECONDS = 30
#: calls in a row that show nothing new: then everything has been seen
_QUIET_LOOKS = 3
#: errors of a message that is no longer ours
_GONE = frozenset(
    {
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        "AWS.SimpleQueueService.MessageNotInflight",
        "MessageNotInflight",
    }
)


@dataclass(frozen=True, slots=True)
class Received(Message):
    """receipt: of this one delivery. until: unix seconds when it stops being hidden, and so
    stops being ours."""

    receipt: str = field(default="", repr=False)
    until: int = 0


def jobs_of(event: Mapping[str, Any], lane: str, clock: Clock) -> Sequence[Message]:
    """What SQS hands to a function, as ``receive`` would give it; each can be given back for as
    long as the function runs. One that is no job of ours fails by itself, not with the others."""
    until = clock.unix() + MAX_HIDDEN_SECONDS
    return [
        Received(
            str(each["messageId"]), lane, _body(str(each["body"])),
            int(each["attributes"]["ApproximateReceiveCount"]), str(each["receiptHandle"]), until,
        )
        for each in event["Records"]
    ]  # fmt: skip


class SqsQueue:
    """Implements ``ports.Queue`` on the queues of that name, which must exist (infra/)."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._clock, self._sqs = clock, aws_client.client("sqs")
        with aws_client.said_plainly():
            self._lanes = {lane: self._address(f"{name}-{lane}") for lane in LANES}
            self._dead = {lane: self._address(f"{name}-{lane}-dead") for lane in LANES}

    def send(self, lane: str, body: Mapping[str, Json], delay_seconds: int = 0) -> None:
        """See ``ports.Queue.send``. Raises ``store_misuse`` for an undeclared lane or a delay
        above MAX_DELAY_SECONDS, ``record_too_large`` above MAX_BODY_BYTES."""
        check_lane(lane)
        check_seconds(delay_seconds, MAX_DELAY_SECONDS)
        self._send(self._lanes[lane], body_text(body), delay_seconds)

    def receive(self, lane: str, limit: int = 1, visible_after: int = 60) -> Sequence[Message]:
        """See ``ports.Queue.receive``; in no order."""
        check_lane(lane)
        check_limit(limit)
        check_seconds(visible_after, MAX_HIDDEN_SECONDS)
        until = self._clock.unix() + visible_after
        return [
            Received(
                str(each["MessageId"]), lane, _body(str(each["Body"])), _tries(each),
                each["ReceiptHandle"], until,
            )
            for each in self._take(self._lanes[lane], limit, visible_after)
        ]  # fmt: skip

    def acknowledge(self, message: Message) -> None:
        """See ``ports.Queue.acknowledge``."""
        with _absent_is_fine():
            self._sqs.delete_message(
                QueueUrl=self._lanes[message.lane],
                ReceiptHandle=cast("Received", message).receipt,
            )

    def give_back(self, message: Message, delay_seconds: int) -> None:
        """See ``ports.Queue.give_back``. Nothing happens when its time to be hidden is over:
        somebody else may have it."""
        check_seconds(delay_seconds, MAX_HIDDEN_SECONDS)
        held = cast("Received", message)
        if self._clock.unix() >= held.until:
            return
        if held.tries >= MAX_TRIES:
            text, told = json.dumps(dict(held.body)), {"id": held.id, "tries": str(held.tries)}
            self._send(self._dead[held.lane], text, told=told)
            self.acknowledge(held)
            return
        with _absent_is_fine():
            self._sqs.change_message_visibility(
                QueueUrl=self._lanes[held.lane],
                ReceiptHandle=held.receipt,
                VisibilityTimeout=delay_seconds,
            )

    def dead_letters(self, limit: int = 100) -> Sequence[Message]:
        """See ``ports.Queue.dead_letters``; in no order."""
        check_limit(limit)
        found: list[Message] = []
        for lane, address in self._dead.items():
            for each in self._look(address, limit - len(found)):
                told = _told(each)
                id, tries = told.get("id", each["MessageId"]), told.get("tries", MAX_TRIES)
                found.append(Message(str(id), lane, _body(str(each["Body"])), int(tries)))
            if len(found) >= limit:
                break
        return found

    def redrive(self, limit: int = 1000) -> int:
        """See ``ports.Queue.redrive``: sent to its lane first, then erased here, so a stop in
        between doubles a job and loses none."""
        check_limit(limit)
        moved = 0
        for lane, address in self._dead.items():
            if moved >= limit:
                break
            for each in self._take(address, limit - moved, _REDRIVE_SECONDS):
                self._send(self._lanes[lane], each["Body"])
                with _absent_is_fine():
                    self._sqs.delete_message(QueueUrl=address, ReceiptHandle=each["ReceiptHandle"])
                moved += 1
        return moved

    def ready(self, lane: str) -> int:
        """See ``ports.Queue.ready``; approximate."""
        return self._count(lane, "ApproximateNumberOfMessages")

    def waiting(self, lane: str) -> int:
        """See ``ports.Queue.waiting``; SQS itself calls these numbers approximate."""
        return self._count(
            lane,
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )

    def _count(self, lane: str, *names: str) -> int:
        check_lane(lane)
        with aws_client.said_plainly():
            found = self._sqs.get_queue_attributes(
                QueueUrl=self._lanes[lane], AttributeNames=list(names)
            )["Attributes"]
        return sum(int(found.get(name, 0)) for name in names)

    # ------------------------------------------------------------------ calls
    def _address(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _send(
        self,
        address: str,
        text: str,
        delay_seconds: int = 0,
        told: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in told.items()
        }
        with aws_client.said_plainly():
            self._sqs.send_message(
                QueueUrl=address,
                MessageBody=text,
                DelaySeconds=delay_seconds,
                MessageAttributes=attributes,
            )

    def _take(self, address: str, limit: int, hidden: int) -> Iterator[Any]:
        """SQS gives at most ten at a time, and fewer than there are when it likes."""
        while limit > 0:
            messages = self._received(address, min(limit, _BATCH), hidden)
            yield from messages
            limit -= len(messages)
            if not messages:
                return

    def _look(self, address: str, limit: int) -> Sequence[Any]:
        """Messages without hiding them from anybody: the same may come again, so until nothing new
        does."""
        seen: dict[str, Any] = {}
        quiet = 0
        while len(seen) < limit and quiet < _QUIET_LOOKS:
            before = len(seen)
            seen |= {each["MessageId"]: each for each in self._received(address, _BATCH, 0)}
            quiet = 0 if len(seen) > before else quiet + 1
        return list(seen.values())[:limit]

    def _received(self, address: str, most: int, hidden: int) -> Sequence[Any]:
        with aws_client.said_plainly():
            answer = self._sqs.receive_message(
                QueueUrl=address,
                MaxNumberOfMessages=most,
                VisibilityTimeout=hidden,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
                MessageAttributeNames=["All"],
            )
        found: Sequence[Any] = answer.get("Messages", [])
        return found


@contextlib.contextmanager
def _absent_is_fine() -> Iterator[None]:
    """What was erased, or is somebody else's by now, is left alone."""
    try:
        with aws_client.said_plainly():
            yield
    except Exception as error:
        if aws_client.code_of(error) not in _GONE:
            raise


def _body(text: str) -> Mapping[str, Json]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}


def _tries(message: Any) -> int:
    return int(message["Attributes"]["ApproximateReceiveCount"])


def _told(message: Any) -> Mapping[str, str]:
    attributes = message.get("MessageAttributes", {})
    return {name: str(each["StringValue"]) for name, each in attributes.items()}
