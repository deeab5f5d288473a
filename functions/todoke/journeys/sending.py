"""One message to one subscription: checked again right before it goes.

What the store keeps of it is made in ``outcomes``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from todoke.core import delivery, push_message
from todoke.core.notice import Content
from todoke.core.subscription import matches, stored
from todoke.journeys import devices, notices
from todoke.journeys.breaker import Breakers
from todoke.ports import (
    Json,
    Outgoing,
    PushAnswer,
    PushMessage,
    PushTarget,
    Record,
    Services,
)

LOG = logging.getLogger("todoke.deliver")
#: messages that are looked at again together, right before they go
AT_ONCE = 32
#: states of a notice in which its retries go on
GOING_OUT = ("sending", "sent")


@dataclass(frozen=True, slots=True)
class Notice:
    """What sending needs of a notice. ends_at: unix seconds after which nothing is sent."""

    id: str
    content: Content
    published_at: int
    ends_at: int

    @property
    def urgency(self) -> str:
        """RFC 8030 section 5.3."""
        return self.content.urgency

    @property
    def expires_at(self) -> int:
        """Until when a push service may keep the message, unix seconds."""
        return self.content.expires_at


@dataclass(frozen=True, slots=True)
class Addressed:
    """The same of a notice to one resident (id). Its text is not here: it is never pushed."""

    id: str
    resident: str
    urgency: str
    published_at: int
    ends_at: int

    @property
    def expires_at(self) -> int:
        """The inbox keeps it; its message ends with its pushes."""
        return self.ends_at


@dataclass(frozen=True, slots=True)
class Wake:
    """The same of alarms that are due (``alarms``): one message for everybody, about nothing. id:
    of the day on which it goes."""

    id: str
    published_at: int
    ends_at: int

    @property
    def urgency(self) -> str:
        """A phone need not be woken out of its sleep for it (RFC 8030 section 5.3)."""
        return "normal"

    @property
    def expires_at(self) -> int:
        """A phone that was off still has to ask for its next alarm."""
        return self.ends_at


Either = Notice | Addressed | Wake
#: of every message of an alarm, on the phone: a second one replaces the first
ALARM_TAG = "alarm"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one attempt.

    fate: "row" (``answer`` decides the delivery row), "skipped" (paused), "held" (the breaker
    of ``origin`` is open), "left" (no longer a follower of this: no row), "stopped" (recalled
    or ended: no row). endpoint: where it went, so that only that browser is removed.
    """

    subscription: str
    fate: str
    origin: str = ""
    endpoint: str = ""
    answer: PushAnswer | None = None

    @property
    def gone(self) -> bool:
        """Whether the push service has forgotten this browser (404, 410)."""
        return self.answer is not None and self.answer.outcome == "gone"


def notice_of(record: Record) -> Notice:
    """The notice of its record (published, so it has a time)."""
    content = notices.content_of(record)
    published_at = int(cast("int", record.data.get("published_at") or 0))
    return Notice(
        record.id, content, published_at, delivery.ends_at(published_at, content.expires_at)
    )


def addressed_of(record: Record) -> Addressed:
    """The notice to one resident of its record; it is pushed for 28 days at most."""
    data = record.data
    made_at = int(cast("int", data["created_at"]))
    resident, urgency = str(data["resident"]), str(data["urgency"])
    return Addressed(record.id, resident, urgency, made_at, made_at + push_message.MAX_TTL)


def find(services: Services, id: str) -> Either | None:
    """The notice of an id: to the followers of a topic (N-…) or to one resident (A-…)."""
    if id.startswith("A-"):
        record = services.store.get("addressed_notice", id)
        return addressed_of(record) if record else None
    record = services.store.get("notice", id)
    return notice_of(record) if record else None


def stands(services: Services, notice: Either, states: Sequence[str] = GOING_OUT) -> bool:
    """Whether there is still something to tell: not recalled, not read by the resident."""
    if isinstance(notice, Wake):
        return True  # each alarm by itself: ``_still_wants``
    if isinstance(notice, Addressed):
        record = services.store.get("addressed_notice", notice.id)
        return record is not None and record.data.get("opened_at") is None
    record = services.store.get("notice", notice.id)
    return record is not None and record.data["state"] in states


def is_going_out(services: Services, notice: Either, states: Sequence[str] = GOING_OUT) -> bool:
    """Whether the notice may still be pushed: it stands, and has not ended."""
    return services.clock.unix() < notice.ends_at and stands(services, notice, states)


def attempt_all(
    services: Services,
    notice: Either,
    subscriptions: Sequence[str],
    breakers: Breakers,
    tries: Mapping[str, int] = MappingProxyType({}),
) -> list[Sent]:
    """Sends messages, looked at in small groups right before they go: not to whoever left, paused
    or chose otherwise, not if the notice was recalled or ended, not to a push service whose breaker
    is open. Never raises for what one subscription does: a crash in sending it is a defect of that
    delivery alone. tries: by subscription, where it is not the first."""
    found: list[Sent] = []

    def going() -> Iterator[Outgoing[_Ready]]:
        for ready in _Round(services, notice, breakers).looked_at(subscriptions):
            if isinstance(ready, Sent):
                found.append(ready)
            else:
                yield ready, ready.target, ready.message

    for ready, answer in services.push.send_many(going()):
        if answer.outcome == "defect" and not answer.status:  # it never went
            LOG.error("delivery_defect", extra={"notice": notice.id, "kind": answer.detail})
        found.append(_sent(ready, answer, breakers, tries.get(ready.subscription, 0)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A message about to go."""

    subscription: str
    origin: str
    endpoint: str
    target: PushTarget
    message: PushMessage


class _Round:
    """One notice to some phones. What phones of one language and one choice show is made once."""

    def __init__(self, services: Services, notice: Either, breakers: Breakers) -> None:
        self._services, self._notice, self._breakers = services, notice, breakers
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._goes_out, self._now = False, 0

    def looked_at(self, subscriptions: Sequence[str]) -> Iterator[_Ready | Sent]:
        """Each subscription as it stands now: a group is read at once, and what is left of it
        after a second (a slow service holds us up) is read again."""
        store, clock, start = self._services.store, self._services.clock, 0
        while start < len(subscriptions):
            group = subscriptions[start : start + AT_ONCE]
            records = store.get_many("subscription", group)
            self._look_at_the_notice()
            for number, each in enumerate(group):
                if number and clock.unix() != self._now:
                    break
                start += 1
                yield self._judged(each, records.get(each))

    def _look_at_the_notice(self) -> None:
        self._now = self._services.clock.unix()
        self._goes_out = is_going_out(self._services, self._notice)

    def _judged(self, subscription: str, record: Record | None) -> _Ready | Sent:
        if record is None or not _still_wants(self._services, self._notice, record):
            return Sent(subscription, "left")
        if not self._goes_out:
            return Sent(subscription, "stopped")
        data = record.data
        paused_until = data.get("paused_until")
        if isinstance(paused_until, int) and paused_until > self._now:
            return Sent(subscription, "skipped")
        origin, endpoint = str(data["origin"]), str(data["endpoint"])
        if self._breakers.open_until(origin):
            return Sent(subscription, "held", origin)
        try:
            target = PushTarget(endpoint, stored(data["p256dh"]), stored(data["auth"]))
            message = self._message(data)
        except Exception as error:  # one poisonous row must not stop the page
            return Sent(subscription, "row", origin, endpoint, _defect(self._notice, error))
        return _Ready(subscription, origin, endpoint, target, message)

    def _message(self, data: Mapping[str, Json]) -> PushMessage:
        shape = str(data["language"]), str(data["show"])
        body = self._bodies.get(shape)
        if body is None:
            words = words_of(self._services, self._notice, *shape)
            woken = isinstance(self._notice, Wake)
            body = push_message.wake(words) if woken else push_message.payload(words)
            self._bodies[shape] = body
        return PushMessage(
            body=body,
            ttl=push_message.time_to_live(self._notice.expires_at, self._now),
            urgency=self._notice.urgency,
            topic=push_message.topic_header(stored(data["topic_secret"]), self._notice.id),
        )


def _sent(ready: _Ready, answer: PushAnswer, breakers: Breakers, tries: int) -> Sent:
    # a message that was refused alone before says nothing new about our key: without this,
    # one follower with a subscription made for another key could hold up a whole service
    if answer.outcome != "refused" or tries == 0:
        breakers.saw(ready.origin, answer.outcome)
    return Sent(ready.subscription, "row", ready.origin, ready.endpoint, answer)


def _defect(notice: Either, error: Exception) -> PushAnswer:
    LOG.error(
        "delivery_defect", exc_info=error, extra={"notice": notice.id, "kind": type(error).__name__}
    )
    return PushAnswer("defect")


def _still_wants(services: Services, notice: Either, record: Record) -> bool:
    if isinstance(notice, Wake):
        alarm = services.store.get("alarm", record.id)
        return alarm is not None and cast("int", alarm.data["at"]) <= services.clock.unix()
    if isinstance(notice, Addressed):
        return devices.may_be_told(services, record.id, notice.id, notice.resident)
    data, content = record.data, notice.content
    return content.topic in cast("list[str]", data["topics"]) and matches(
        cast("str | None", data.get("area")),
        cast("list[int]", data["cohorts"]),
        to_area=content.area,
        to_cohort=content.cohort,
    )


def words_of(services: Services, notice: Either, language: str, show: str) -> push_message.Words:
    """What one phone shows: by default only that a notice has come, and of a notice to one
    resident never more."""
    city = push_message.in_language(services.config.city.name, language)
    if isinstance(notice, Wake):
        body = services.words.say(language, "push.alarm.body")
    elif show == "title" and isinstance(notice, Notice):
        body = push_message.in_language(notice.content.title, language)
    else:
        body = services.words.say(language, "push.discreet.body")
    folder = "" if language == "ja" else f"{language}/"
    tag = ALARM_TAG if isinstance(notice, Wake) else notice.id
    return push_message.Words(
        title=services.words.say(language, "push.title", city=city),
        body=body,
        navigate=f"{services.config.public_url}/{folder}inbox.html#{tag}",
        tag=tag,
        language=language,
    )
