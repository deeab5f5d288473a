"""Retries of one notice go together, and each of them is settled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.deliver.crashing import CrashingStore
from tests.parts.push_answers import ACCEPTED, always, answer_by_part
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import announce, breaker, deliver, subscribe, tick
from todoke.ports import Message, PushAnswer, PushMessage, PushTarget, Replace, Write

pytestmark = pytest.mark.slow_on_aws


def _put_off(town: Town, number: int) -> tuple[str, list[Phone]]:
    """A notice that its push service has put off for all its phones; by now each is due again, and
    the service takes everything."""
    phones = town.joined(number)
    town.push.answer = always("later", 503, 60)
    id = town.send()
    town.look_only_once()
    town.push.answer = always("accepted", 201)
    town.clock.turn(120)
    return id, phones


def _taken(town: Town) -> Message:
    """The one job that waits."""
    tick.tick(town.services)
    (job,) = town.services.queue.receive("urgent", limit=10)
    return job


def _states(town: Town, id: str, phones: Sequence[Phone]) -> set[str]:
    rows = [town.delivery(id, each) or {} for each in phones]
    return {str(each.get("state")) for each in rows}


def test_what_is_due_of_a_notice_is_one_job(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "BATCH", 10)
    first, phones = _put_off(town, 12)
    before = len(town.pushed())
    assert tick.tick(town.services)["retries"] == 12, "one tick goes on until nothing is due"
    assert town.services.queue.waiting("urgent") == 2, "ten, and two"
    town.settle()
    assert sorted(town.pushed()[before:]) == sorted(each.endpoint for each in phones)
    assert town.outcomes(first) == {"accepted": 12}


def test_notices_do_not_mix(town: Town) -> None:
    town.joined(3)
    town.push.answer = always("later", 503, 60)
    ids = [town.send(), town.send()]
    town.look_only_once()
    town.push.answer = always("accepted", 201)
    town.clock.turn(120)
    before = len(town.push.sent)
    tick.tick(town.services)
    assert town.services.queue.waiting("urgent") == 2
    town.settle()
    tags = sorted(message.body.count(ids[0].encode()) for _, message in town.push.sent[before:])
    assert tags.count(0) == 3, "three of each"
    assert [town.outcomes(each) for each in ids] == [{"accepted": 3}] * 2


def test_in_one_job_each_has_a_fate_of_its_own(town: Town) -> None:
    id, phones = _put_off(town, 6)
    town.clock.turn(breaker.STILL_DOWN_SECONDS)  # one busy answer says nothing of the service
    job = _taken(town)
    _, gone, defect, busy, left, paused = phones
    subscribe.leave(town.services, left.token)
    record = subscribe.subscription_of(town.services, paused.token)
    subscribe.change(town.services, record, {"paused_until": town.clock.unix() + 3600})
    town.push.answer = answer_by_part(
        **{
            gone.endpoint: PushAnswer("gone", 410),
            defect.endpoint: PushAnswer("defect", 400),
            busy.endpoint: PushAnswer("later", 503, 600),
        }
    )
    deliver.retry(town.services, job)
    assert town.outcomes(id) == {"accepted": 1, "gone": 1, "skipped": 1}
    rows = [town.delivery(id, each) for each in phones]
    assert [row and (row["state"], row["tries"]) for row in rows] == [
        ("accepted", 0), None, ("retry", 1), ("retry", 0), None, ("skipped", 0),
    ]  # fmt: skip
    assert town.services.store.get("subscription", gone.id) is None


def test_a_copy_of_the_job_sends_nothing(town: Town) -> None:
    id, _ = _put_off(town, 4)
    job = _taken(town)
    deliver.retry(town.services, job)
    before = len(town.pushed())
    deliver.retry(town.services, job)
    assert len(town.pushed()) == before
    assert town.outcomes(id) == {"accepted": 4}


def test_a_copy_that_runs_in_between_counts_nobody_twice(town: Town) -> None:
    id, phones = _put_off(town, 4)
    job, copies = _taken(town), [1]

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if copies:
            copies.pop()
            deliver.retry(town.services, job)
        return ACCEPTED

    town.push.answer = answer
    deliver.retry(town.services, job)
    assert town.outcomes(id) == {"accepted": 4}
    assert _states(town, id, phones) == {"accepted"}


def test_what_the_tick_puts_off_meanwhile_is_settled_all_the_same(town: Town) -> None:
    """The tick queues first and puts off then, so a quick worker reads rows in between."""
    id, phones = _put_off(town, 4)
    job, store = _taken(town), town.services.store

    rows = [f"{id}.{phones[2].id}"]

    def meanwhile(writes: Sequence[Write]) -> bool:
        if rows and any(isinstance(each, Replace) for each in writes):
            put_off = store.get("delivery", rows.pop())
            assert put_off
            store.commit([Replace(put_off)])
        return False

    services = replace(town.services, store=CrashingStore(store, meanwhile))
    deliver.retry(services, job)
    assert town.outcomes(id) == {"accepted": 4}
    assert len(town.pushed()) - len(phones) == 4


def test_a_worker_that_is_quicker_than_the_tick_is_not_covered_up(town: Town) -> None:
    id, phones = _put_off(town, 4)
    queue = town.services.queue

    class Quick:
        """Does each job before the tick goes on."""

        def __getattr__(self, name: str) -> Any:
            return getattr(queue, name)

        def send(self, lane: str, body: Any, delay_seconds: int = 0) -> None:
            deliver.retry(town.services, Message("1", lane, body, 1))

    tick.due_retries(replace(town.services, queue=Quick()))
    assert _states(town, id, phones) == {"accepted"}
    assert town.outcomes(id) == {"accepted": 4}


def test_after_a_recall_all_of_them_are_forgotten(town: Town) -> None:
    id, phones = _put_off(town, 4)
    job, before = _taken(town), len(town.pushed())
    announce.recall(town.services, town.desk.approver, id, "見本")
    deliver.retry(town.services, job)
    assert len(town.pushed()) == before
    assert [town.delivery(id, each) for each in phones] == [None] * 4


def test_a_failure_of_the_store_is_no_conflict(town: Town) -> None:
    _put_off(town, 2)
    job = _taken(town)

    def full(writes: Sequence[Write]) -> bool:
        raise TodokeError("storage_full")

    services = replace(town.services, store=CrashingStore(town.services.store, full))
    with pytest.raises(TodokeError) as error:
        deliver.retry(services, job)
    assert error.value.code == "storage_full"
