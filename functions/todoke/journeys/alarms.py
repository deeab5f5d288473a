"""Blind alarms: a phone names one instant, the tick wakes it then, and the instant is erased.

What the phone is woken for, it knows itself. No act here is written into the record of acts: that
record lasts for years, and would keep what the alarm itself forgets.

At least once: the tick queues first and puts the alarm off then, so a job that is lost comes again,
and a copy of a job finds nothing or repeats a message under the same tag.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from todoke.core import alarm as rules
from todoke.core.errors import TodokeError
from todoke.journeys import audit, clock_watch, outcomes, sending, subscribe
from todoke.journeys.breaker import Breakers
from todoke.journeys.sending import Sent, Wake
from todoke.ports import (
    Check,
    Delete,
    Json,
    Message,
    Put,
    Range,
    Record,
    Replace,
    Services,
    Write,
)
from todoke.store_schema import LANES

LOG = logging.getLogger("todoke.alarms")
#: of each list so many are read at once; a list that holds more is a backlog
BATCH = 200
#: phones of one job: their alarms are put off in one commit, and it lasts about a second
PHONES = 80
#: an alarm handed to the queue comes again after this, should the queue lose it
LEASE_SECONDS = 900
#: an alarm that nobody could send is erased this long after a push service may have kept it
SPARE_SECONDS = 7 * 24 * 3600


# ------------------------------------------------------------------------- the phone
def wake_at(services: Services, record: Record, body: Mapping[str, object]) -> dict[str, Json]:
    """The phone of this subscription asks to be woken once; what it asked before is forgotten.

    Raises ``unknown_field``, ``missing_field``, ``bad_field``, or ``token_refused`` when the person
    left meanwhile."""
    for name in body:
        if name != "at":
            raise TodokeError("unknown_field", field=name[:40], known="at")
    if "at" not in body:
        raise TodokeError("missing_field", field="at")
    at = rules.check_at(body["at"], services.clock.unix())

    def once() -> None:
        now = services.store.get("subscription", record.id)
        if now is None or now.data["token_hash"] != record.data["token_hash"]:
            raise TodokeError("token_refused")
        # an alarm must not outlive a subscription that is being erased at this moment
        services.store.commit(
            [Put(_stored(record.id, at)), Check("subscription", now.id, now.version)]
        )

    subscribe.until_settled(once)
    return {"ok": True, "at": at}


def forget(services: Services, record: Record) -> None:
    """The phone is not woken any more. Twice is fine."""
    services.store.commit([Delete("alarm", record.id)])


def _stored(subscription: str, at: int, tries: int = 0, due_at: int | None = None) -> Record:
    data: dict[str, Json] = {
        "at": at,
        "tries": tries,
        "shard": rules.shard_of(subscription),
        "due_at": audit.sort_key(at if due_at is None else due_at),
    }
    return Record("alarm", subscription, data, expires_at=_ends_at(at) + SPARE_SECONDS)


def _at(row: Record) -> int:
    return int(cast("int", row.data["at"]))


def _ends_at(at: int) -> int:
    return at + rules.KEEP_SECONDS


# ------------------------------------------------------------------------- the tick
def queue_due(services: Services, seconds: float) -> int:
    """Queues what is due, the lists in turn, and puts it off by the lease; begins no further round
    after so many seconds. How many.

    One round asks once for each list, so a tick on which little is due costs SHARDS requests.
    While the clock is set wrong nobody is woken: every phone would come at once, and the instants
    they ask for next, by clocks of their own, would be refused. (A machine that was off is no such
    case: what became due meanwhile is due.)"""
    done, until = 0, time.monotonic() + seconds
    while True:
        lists = [_due(services, str(shard)) for shard in range(rules.SHARDS)]
        rows = [row for each in lists for row in each]
        if not rows or clock_watch.is_set_wrong(services):
            return done
        # a backlog must not stand before an urgent notice
        lane = LANES[-1] if any(len(each) >= BATCH for each in lists) else LANES[0]
        for first in range(0, len(rows), PHONES):
            some = rows[first : first + PHONES]
            phones: list[Json] = [each.id for each in some]
            services.queue.send(lane, {"act": "ring", "phones": phones})
            _lease(services, some)
        done += len(rows)
        if lane == LANES[0] or time.monotonic() > until:
            return done


def _due(services: Services, shard: str) -> Sequence[Record]:
    until = Range(high=audit.sort_key(services.clock.unix()))
    return services.store.find("alarms_due", shard, until, limit=BATCH).records


def _lease(services: Services, rows: Sequence[Record]) -> None:
    now = services.clock.unix()
    leased = [Replace(replace(each, data=_under_way(each, now))) for each in rows]
    if not _all_unchanged(services, leased):  # a worker or a phone was quicker with one of them
        for each in leased:
            _all_unchanged(services, [each])


def _under_way(row: Record, now: int) -> dict[str, Json]:
    """queued_at stays that of the first time, until a try: a queue nobody works on shows by it."""
    since = row.data.get("queued_at") or now
    return {**row.data, "due_at": audit.sort_key(now + LEASE_SECONDS), "queued_at": since}


def _all_unchanged(services: Services, writes: Sequence[Write]) -> bool:
    """Commits; False when one of them was written or erased meanwhile."""
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        return False
    return True


# ------------------------------------------------------------------------- the worker
def ring(services: Services, job: Message) -> None:
    """Wakes the phones of one job, and erases the alarm of each that a push service took."""
    now = services.clock.unix()
    rows = _put_off(services, _waiting(services, cast("list[str]", job.body["phones"])))
    if not rows:
        return  # done meanwhile, or asked for another time
    breakers = Breakers(services)
    # the Topic made of it (RFC 8030 section 5.4) is another one each day: a service must not see
    # by it that these messages are of one kind
    wake = Wake(f"alarm.{now // 86400}", now, now + rules.KEEP_SECONDS)
    tries = {id: int(cast("int", row.data["tries"])) for id, row in rows.items()}
    sent = sending.attempt_all(services, wake, list(rows), breakers, tries)
    settled = [each for each in sent if not each.gone]
    if not _all_unchanged(services, _settling(services, wake, rows, settled, breakers)):
        for each in settled:  # the tick has put one off since, or its phone asked anew
            again = _waiting(services, [each.subscription])
            _all_unchanged(services, _settling(services, wake, again, [each], breakers))
    for each in sent:
        if each.gone:  # with the subscription goes the alarm
            subscribe.erase(
                services,
                each.subscription,
                "system",
                "subscription_gone",
                only_endpoint=each.endpoint,
            )
    breakers.keep()


def _put_off(services: Services, rows: Mapping[str, Record]) -> dict[str, Record]:
    """The same, put off by the lease before anybody is woken; without those that were asked for
    anew meanwhile. While the store takes no writes (full, throttled) the job comes again every
    few seconds: nothing is kept of whom it woke, and it would wake them each time."""
    if not rows:
        return {}
    now = services.clock.unix()
    leased = {id: replace(row, data=_under_way(row, now)) for id, row in rows.items()}
    if not _all_unchanged(services, [Replace(row) for row in leased.values()]):
        leased = {id: row for id, row in leased.items() if _all_unchanged(services, [Replace(row)])}
    return {id: replace(row, version=row.version + 1) for id, row in leased.items()}


def _waiting(services: Services, ids: Iterable[str]) -> dict[str, Record]:
    """The alarms whose instant has come, by subscription."""
    now = services.clock.unix()
    found = services.store.get_many("alarm", list(ids))
    return {id: row for id, row in found.items() if _at(row) <= now}


def _settling(
    services: Services,
    wake: Wake,
    rows: Mapping[str, Record],
    sent: Sequence[Sent],
    breakers: Breakers,
) -> list[Write]:
    return [
        _after(services, wake, rows[each.subscription], each, breakers)
        for each in sent
        if each.subscription in rows
    ]


def _after(services: Services, wake: Wake, row: Record, sent: Sent, breakers: Breakers) -> Write:
    """What becomes of one alarm: erased, or put off."""
    over = Delete("alarm", row.id, row.version)
    if sent.fate == "left":
        return over
    if sent.fate == "skipped":
        return _paused(services, row) or over
    tries = int(cast("int", row.data["tries"]))
    mine = replace(wake, published_at=_at(row), ends_at=_ends_at(_at(row)))
    standing = outcomes.standing_after(services, mine, sent, tries, breakers)
    if standing.state == "accepted" or standing.reason == "ended":
        return over
    if standing.state == "dead":  # nobody redrives an alarm; a mended defect finds it tomorrow
        LOG.error("alarm_put_off", extra={"reason": standing.reason, "status": standing.status})
        tomorrow = services.clock.unix() + rules.NEXT_DAY_SECONDS
        return Replace(replace(_stored(row.id, _at(row), 0, tomorrow), version=row.version))
    later = _stored(row.id, _at(row), standing.tries, standing.due_at)
    return Replace(replace(later, version=row.version))


def _paused(services: Services, row: Record) -> Write | None:
    """Who has paused is woken when the pause is over: a phone that is never woken would never ask
    for its next alarm."""
    subscription = services.store.get("subscription", row.id)
    until = subscription.data.get("paused_until") if subscription else None
    if not isinstance(until, int):
        return None
    return Replace(replace(_stored(row.id, until), version=row.version))
