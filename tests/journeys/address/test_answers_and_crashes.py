"""Busy, gone and refusing push services, crashes and copies of jobs, for letters to one person."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.letters import Neighbour, neighbour, rows
from tests.parts.push_answers import always
from tests.parts.town import Phone, Town
from todoke.journeys import address, announce, deliver, devices
from todoke.journeys.redrive import given_up, redrive
from todoke.journeys.tick import tick
from todoke.ports import PushAnswer, PushMessage, PushTarget, Services, Write

pytestmark = pytest.mark.slow_on_aws


def test_a_busy_service_is_tried_again_until_it_takes_it(town: Town, hanako: Neighbour) -> None:
    phone = town.join()
    hanako.joins(phone)
    town.push.answer = always("later", 503, 60)
    id = hanako.is_written_to()
    town.settle()
    assert [(each["state"], each["tries"]) for each in rows(town, id)] == [("retry", 0)]
    town.push.answer = always("accepted", 201)
    town.pass_time(HOUR)
    assert [each["state"] for each in rows(town, id)] == ["accepted"]
    tags = {json.loads(message.body)["notification"]["tag"] for _, message in town.push.sent}
    assert (len(town.pushed()), tags) == (2, {id})


def test_a_letter_read_meanwhile_is_not_told_again(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    town.push.answer = always("later", 503, 60)
    id = hanako.is_written_to()
    town.settle()
    address.open_once(town.services, hanako.resident, id)
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert (len(town.pushed()), rows(town, id)) == (1, [])


def test_after_28_days_it_is_given_up_and_started_by_no_redrive(
    town: Town, hanako: Neighbour
) -> None:
    hanako.joins(town.join())
    town.push.answer = always("later", 503, 20 * HOUR)
    id = hanako.is_written_to()
    town.pass_time(29 * DAY, 12 * HOUR)
    assert [(each["state"], each["reason"]) for each in rows(town, id)] == [("dead", "ended")]
    assert given_up(town.services).deliveries == {(id, "ended"): 1}
    sent = len(town.pushed())
    assert redrive(town.services)["deliveries"] == 0
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == sent
    town.pass_time(8 * DAY, DAY)
    assert rows(town, id) == [], "rows are erased a week after the last possible attempt"


def test_a_defect_has_eight_tries_and_a_redrive_starts_it_again(
    town: Town, hanako: Neighbour
) -> None:
    hanako.joins(town.join())
    town.push.answer = always("defect", 400)
    id = hanako.is_written_to()
    town.pass_time(2 * DAY)
    assert [(each["state"], each["tries"]) for each in rows(town, id)] == [("dead", 8)]
    town.push.answer = always("accepted", 201)
    assert redrive(town.services)["deliveries"] == 1
    town.settle()
    assert [each["state"] for each in rows(town, id)] == ["accepted"]


def test_a_browser_that_is_gone_is_forgotten_and_with_it_that_it_was_hers(
    town: Town, hanako: Neighbour
) -> None:
    stays, gone = town.join(), town.join()
    hanako.joins(stays, gone)
    town.push.answer = lambda target, message: (
        PushAnswer("gone", 410) if target.endpoint == gone.endpoint else PushAnswer("accepted", 201)
    )
    id = hanako.is_written_to()
    town.settle()
    assert town.services.store.get("account_device", gone.id) is None
    assert town.services.store.get("subscription", gone.id) is None
    assert town.delivery(id, gone) is None
    assert [each.id for each in devices.of_account(town.services, hanako.account)] == [stays.id]


def test_while_the_breaker_of_a_service_is_open_letters_are_held(
    town: Town, hanako: Neighbour
) -> None:
    town.joined(40)
    town.push.answer = always("refused", 401)
    town.send()
    phone = town.join()
    hanako.joins(phone)
    before = len(town.pushed())
    id = hanako.is_written_to()
    town.settle()
    assert len(town.pushed()) == before, "a service that refuses our key was asked again"
    assert [(each["state"], each["tries"]) for each in rows(town, id)] == [("retry", 0)]
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert [each["state"] for each in rows(town, id)] == ["accepted"]


def test_letters_that_are_refused_open_the_breaker_like_any_notice(town: Town) -> None:
    people = [neighbour(town, number) for number in range(1, 31)]
    for each in people:
        each.joins(town.join())
    town.push.answer = always("refused", 401)
    for each in people:
        each.is_written_to()
    town.settle()
    assert len(town.pushed()) < len(people)


class _Dying:
    """A store whose commits of delivery rows never happen, as after a SIGKILL before them."""

    def __init__(self, town: Town) -> None:
        self._store = town.services.store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, writes: Sequence[Write]) -> None:
        if any(getattr(getattr(each, "record", each), "kind", "") == "delivery" for each in writes):
            raise RuntimeError("killed")
        self._store.commit(writes)


def test_a_crash_between_sending_and_recording_repeats_the_same_message(
    town: Town, hanako: Neighbour
) -> None:
    phone = town.join()
    hanako.joins(phone)
    id = hanako.is_written_to()
    tick(town.services)
    dying: Services = replace(town.services, store=_Dying(town))
    assert deliver.work(dying, "urgent") == 0
    assert (len(town.pushed()), rows(town, id)) == (1, [])
    town.pass_time(HOUR)
    (first, again) = [message for _, message in town.push.sent]
    assert (first.body, first.topic) == (again.body, again.topic)
    assert [each["state"] for each in rows(town, id)] == ["accepted"]


def test_a_copy_of_the_job_sends_nothing_twice(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join(), town.join())
    id = hanako.is_written_to()
    for _ in range(3):
        town.services.queue.send("urgent", {"act": "push_addressed", "addressed": id})
    town.settle()
    assert len(town.pushed()) == 2


def test_two_workers_with_the_same_job_leave_one_row_per_phone(
    town: Town, hanako: Neighbour
) -> None:
    phones = [town.join() for _ in range(3)]
    hanako.joins(*phones)
    id = hanako.is_written_to()
    job = {"act": "push_addressed", "addressed": id}
    for _ in range(2):
        town.services.queue.send("urgent", job)
    meet = threading.Barrier(2)
    first = threading.local()

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == phones[0].endpoint and not getattr(first, "met", False):
            meet.wait(10)
        return PushAnswer("accepted", 201)

    town.push.answer = answer
    workers = [
        threading.Thread(target=deliver.work, args=(town.services, "urgent")) for _ in range(2)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    town.push.answer = always("accepted", 201)
    town.pass_time(HOUR)
    assert len(rows(town, id)) == 3
    assert town.services.queue.dead_letters() == []


def test_a_job_for_a_letter_that_is_no_more_does_nothing(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    for odd in ("A-00000-00000", "N-2026-0001", "", "A-"):
        town.services.queue.send("urgent", {"act": "push_addressed", "addressed": odd})
    town.settle()
    assert (town.pushed(), town.services.queue.dead_letters()) == ([], [])


@pytest.fixture
def phones(town: Town) -> list[Phone]:
    return [town.join() for _ in range(3)]


def test_the_clerks_recall_of_a_notice_does_not_touch_letters(
    town: Town, hanako: Neighbour, phones: list[Phone]
) -> None:
    hanako.joins(phones[0])
    town.push.answer = always("later", 503, 60)
    notice, letter = town.send(), hanako.is_written_to()
    town.settle()
    announce.recall(town.services, town.desk.approver, notice, "まちがい")
    town.push.answer = always("accepted", 201)
    town.pass_time(HOUR)
    assert [each["state"] for each in rows(town, letter)] == ["accepted"]
    assert rows(town, notice) == []
