"""One message to one subscription: checked again right before it goes.

What happens to the row afterwards is decided in ``core.delivery``; ``deliver`` commits it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from todoke.core import delivery, push_message
from todoke.core.delivery import Moment, Standing
from todoke.core.notice import Content
from todoke.core.subscription import decode, matches
from todoke.journeys import audit, devices, notices
from todoke.journeys.breaker import Breakers
from todoke.ports import (
    Count,
    Json,
    Outgoing,
    PushAnswer,
    PushMessage,
    PushTarget,
    Record,
    Services,
    Write,
)

LOG = logging.getLogger("todoke.deliver")
#: rows are kept for a week after the last possible attempt, then erased
KEEP_SECONDS = 7 * 24 * 3600
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


Either = Notice | Addressed


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
    if isinstance(notice, Addressed):
        record = services.store.get("addressed_notice", notice.id)
        return record is not None and record.data.get("opened_at") is None
    record = services.store.get("notice", notice.id)
    return record is not None and record.data["state"] in states


def is_going_out(services: Services, notice: Either, states: Sequence[str] = GOING_OUT) -> bool:
    """Whether the notice may still be pushed: it stands, and has not ended."""
    return services.clock.unix() < notice.ends_at and stands(services, notice, states)


def attempt(
    services: Services, notice: Either, subscription_id: str, breakers: Breakers, tries: int = 0
) -> Sent:
    """Sends one message, unless the person left, paused or chose otherwise, the notice was
    recalled or ended, or the push service's breaker is open. Never raises for what one
    subscription does: a crash in sending it is a defect of that delivery alone."""
    ready = _ready(services, notice, subscription_id, breakers)
    if isinstance(ready, Sent):
        return ready
    try:
        answer = services.push.send(ready.target, ready.message)
    except Exception as error:
        answer = _defect(notice, error)
    return _sent(ready, answer, breakers, tries)


def attempt_all(
    services: Services, notice: Either, subscriptions: Iterable[str], breakers: Breakers
) -> list[Sent]:
    """The same for many, each looked at again right before its message goes."""
    found: list[Sent] = []

    def going() -> Iterator[Outgoing[_Ready]]:
        for each in subscriptions:
            ready = _ready(services, notice, each, breakers)
            if isinstance(ready, Sent):
                found.append(ready)
            else:
                yield ready, ready.target, ready.message

    for ready, answer in services.push.send_many(going()):
        if answer.outcome == "defect" and not answer.status:  # it never went
            LOG.error("delivery_defect", extra={"notice": notice.id, "kind": answer.detail})
        found.append(_sent(ready, answer, breakers, 0))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A message about to go."""

    subscription: str
    origin: str
    endpoint: str
    target: PushTarget
    message: PushMessage


def _ready(
    services: Services, notice: Either, subscription_id: str, breakers: Breakers
) -> _Ready | Sent:
    record = services.store.get("subscription", subscription_id)
    if record is None or not _still_wants(services, notice, record):
        return Sent(subscription_id, "left")
    if not is_going_out(services, notice):
        return Sent(subscription_id, "stopped")
    paused_until = record.data.get("paused_until")
    if isinstance(paused_until, int) and paused_until > services.clock.unix():
        return Sent(subscription_id, "skipped")
    origin, endpoint = str(record.data["origin"]), str(record.data["endpoint"])
    if breakers.open_until(origin):
        return Sent(subscription_id, "held", origin)
    try:
        keys = [decode(record.data[name]) for name in ("p256dh", "auth")]
        target, message = PushTarget(endpoint, *keys), _message(services, notice, record)
    except Exception as error:  # one poisonous row must not stop the page
        return Sent(subscription_id, "row", origin, endpoint, _defect(notice, error))
    return _Ready(subscription_id, origin, endpoint, target, message)


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
    if isinstance(notice, Addressed):
        return devices.resident_of(services, record.id) == notice.resident
    data, content = record.data, notice.content
    return content.topic in cast("list[str]", data["topics"]) and matches(
        cast("str | None", data.get("area")),
        cast("list[int]", data["cohorts"]),
        to_area=content.area,
        to_cohort=content.cohort,
    )


def _message(services: Services, notice: Either, record: Record) -> PushMessage:
    language = str(record.data["language"])
    return PushMessage(
        body=push_message.payload(words_of(services, notice, language, str(record.data["show"]))),
        ttl=push_message.time_to_live(notice.expires_at, services.clock.unix()),
        urgency=notice.urgency,
        topic=push_message.topic_header(decode(record.data["topic_secret"]), notice.id),
    )


def words_of(services: Services, notice: Either, language: str, show: str) -> push_message.Words:
    """What one phone shows: by default only that a notice has come, and of a notice to one
    resident never more."""
    city = push_message.in_language(services.config.city.name, language)
    if show == "title" and isinstance(notice, Notice):
        body = push_message.in_language(notice.content.title, language)
    else:
        body = services.words.say(language, "push.discreet.body")
    folder = "" if language == "ja" else f"{language}/"
    return push_message.Words(
        title=services.words.say(language, "push.title", city=city),
        body=body,
        navigate=f"{services.config.public_url}/{folder}inbox.html#{notice.id}",
        tag=notice.id,
        language=language,
    )


# ------------------------------------------------------------------------- rows
def standing_after(
    services: Services, notice: Either, sent: Sent, tries: int, breakers: Breakers
) -> Standing:
    """Where the delivery stands after this attempt ("gone" is not asked: no row remains)."""
    moment = moment_of(services, notice)
    held_until = breakers.open_until(sent.origin) if sent.origin else 0
    if sent.fate == "skipped":
        return delivery.skipped(tries)
    outcome = sent.answer.outcome if sent.answer else "held"
    status = sent.answer.status if sent.answer else 0
    if outcome == "held" or (held_until and outcome in ("refused", "later")):
        return delivery.later(tries, status, max(held_until - moment.now, 0), moment)
    match outcome:
        case "accepted":
            return delivery.accepted(tries, status)
        case "later":
            wait = sent.answer.retry_after if sent.answer else None
            return delivery.later(tries, status, wait, moment)
        case "blocked":
            return delivery.blocked(tries, status)
        case _:  # defect; or refused for this one message while others are accepted
            return delivery.ours(tries, status, moment)


def moment_of(services: Services, notice: Either) -> Moment:
    """Now, for the rules, with the luck that spreads retries."""
    luck = random.random()  # noqa: S311 (spreads load, keeps no secret)
    return Moment(services.clock.unix(), notice.published_at, notice.ends_at, luck)


def row(notice: Either, subscription: str, standing: Standing, version: int = 0) -> Record:
    """The one row of this notice and this subscription; version: of the row it replaces."""
    waiting = standing.state in ("retry", "dead")
    data: dict[str, Json] = {
        "notice": notice.id,
        "subscription": subscription,
        "state": standing.state,
        "tries": standing.tries,
        "status": standing.status,
        "reason": standing.reason,
        "due_lane": standing.state if waiting else None,
        "due_at": audit.sort_key(standing.due_at) if waiting else None,
    }
    expires_at = notice.ends_at + KEEP_SECONDS
    return Record("delivery", f"{notice.id}.{subscription}", data, version, expires_at)


def counted(notice: Either, cells: Mapping[str, int]) -> list[Write]:
    """The outcomes of a notice for the clerks' figures. Of a notice to one resident nothing is
    counted: "one accepted, one gone" would be said of a person."""
    if isinstance(notice, Addressed) or not any(cells.values()):
        return []
    return [Count("delivery", notice.id, cells)]
