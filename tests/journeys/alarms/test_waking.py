"""When the instant has come: the phone is woken at least once, and the instant is erased."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence

import pytest

from tests.journeys.deliver.crashing import crashing
from tests.parts.push_answers import always, answer_by_part, messages
from tests.parts.town import GOOGLE, Phone, Town
from tests.parts.waking import DAY, HOUR, alarm_of, ask, asleep, woken
from todoke.core.errors import TodokeError
from todoke.core.push_message import PADDED, seal, shrink, topic_header
from todoke.core.subscription import stored
from todoke.journeys import alarms, clock_watch, deliver, subscribe
from todoke.journeys.tick import tick
from todoke.ports import Delete, Message, PushAnswer, PushMessage, PushTarget, Replace, Write

pytestmark = pytest.mark.slow_on_aws


def _due(town: Town, number: int = 1) -> list[str]:
    """Phones whose instant has come; their endpoints."""
    phones = asleep(town, number)
    town.clock.turn(HOUR)
    return [each.endpoint for each in phones]


def _job(town: Town) -> Message:
    """The one job that waits."""
    tick(town.services)
    (job,) = town.services.queue.receive("urgent", limit=10)
    return job


def _erasing(writes: Sequence[Write]) -> bool:
    return any(isinstance(each, Delete) and each.kind == "alarm" for each in writes)


def _leasing(writes: Sequence[Write]) -> bool:
    return any(isinstance(each, Replace) and each.record.kind == "alarm" for each in writes)


# ------------------------------------------------------------------ the usual way
def test_a_phone_is_woken_at_its_instant_and_the_instant_is_erased(town: Town) -> None:
    (phone,) = asleep(town)
    town.clock.turn(HOUR - 120)
    town.settle()
    assert woken(town) == []
    town.clock.turn(120)
    town.settle()
    assert woken(town) == [phone.endpoint]
    assert alarm_of(town, phone) is None
    town.pass_time(DAY)
    assert woken(town) == [phone.endpoint], "once"


def test_the_message_says_the_same_to_everybody_and_nothing_about_anything(town: Town) -> None:
    quiet, open_one = town.join(topics=[]), town.join(topics=[], show="title")
    for each in (quiet, open_one):
        ask(town, each)
    town.clock.turn(HOUR)
    town.settle()
    first, second = messages(town)
    assert first.body == second.body
    assert json.loads(first.body) == {
        "v": 1,
        "id": "alarm",
        "title": "みなと野市",
        "body": "設定したお知らせの時刻です。",
        "lang": "ja",
    }
    assert first.topic != second.topic, "the push service sees it in clear"
    assert json.loads(shrink(first.body)) == {"v": 1, "id": "alarm"}
    device = quiet.device()["keys"]
    sealed = seal(first.body, stored(device["p256dh"]), stored(device["auth"]))
    notice = seal(b"another", stored(device["p256dh"]), stored(device["auth"]))
    assert len(sealed) == len(notice) == PADDED + 16 + 86


def test_the_topic_of_the_next_week_is_another_one(town: Town) -> None:
    phone = town.join(topics=[])
    for _ in range(2):
        ask(town, phone, 7 * DAY)
        town.clock.turn(7 * DAY)
        town.settle()
    first, second = messages(town)
    assert first.topic != second.topic
    record = town.services.store.get("subscription", phone.id)
    assert record is not None
    constant = topic_header(stored(record.data["topic_secret"]), "alarm")
    assert constant not in (first.topic, second.topic)


def test_each_phone_is_told_in_its_language(town: Town) -> None:
    for language in ("ja", "easy", "en"):
        ask(town, town.join(topics=[], language=language))
    town.clock.turn(HOUR)
    town.settle()
    said = sorted(json.loads(each.body)["body"] for each in messages(town))
    assert said == [
        "A reminder you set is due.",
        "おしらせの 時間です。",
        "設定したお知らせの時刻です。",
    ]


def test_a_push_service_keeps_it_for_a_phone_that_is_off_for_weeks(town: Town) -> None:
    _due(town)
    town.settle()
    (message,) = messages(town)
    assert (message.ttl, message.urgency) == (28 * DAY, "normal")


# ------------------------------------------------------------------ refusals and outages
def test_a_browser_that_is_gone_takes_its_alarm_along(town: Town) -> None:
    gone, stays = asleep(town, 2)
    town.push.answer = answer_by_part(**{gone.endpoint: PushAnswer("gone", 410)})
    town.clock.turn(HOUR)
    town.settle()
    assert town.services.store.get("subscription", gone.id) is None
    assert alarm_of(town, gone) is None
    assert town.services.store.get("subscription", stays.id) is not None
    assert ("system", "subscription_gone", "subscription") in town.desk.acts()


def test_a_gone_endpoint_that_was_left_meanwhile_spares_the_new_one(town: Town) -> None:
    (phone,) = asleep(town)
    town.clock.turn(HOUR)
    other = Phone(99)

    def moves(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == other.endpoint:
            return PushAnswer("accepted", 201)
        record = subscribe.subscription_of(town.services, phone.token)
        subscribe.change(town.services, record, other.device())
        return PushAnswer("gone", 410)

    town.push.answer = moves
    town.settle()
    town.pass_time(HOUR, step=600)
    assert woken(town) == [phone.endpoint, other.endpoint]
    assert alarm_of(town, phone) is None


def test_an_outage_is_waited_for_and_nobody_is_forgotten(town: Town) -> None:
    endpoints = _due(town, 7)
    town.push.answer = always("later", 503)
    town.pass_time(HOUR, step=300)
    assert len(town.services.store.find("alarms_due", "0", limit=100).records) <= 7
    town.push.answer = always("accepted", 201)
    before = len(woken(town))
    town.pass_time(2 * HOUR, step=300)
    assert sorted(woken(town)[before:]) == sorted(endpoints)
    assert [alarm_of(town, each) for each in town.phones] == [None] * 7


def test_after_a_month_nobody_is_asked_any_more(town: Town) -> None:
    _due(town)
    town.push.answer = always("later", 503, DAY)
    town.pass_time(30 * DAY, step=DAY)
    assert alarm_of(town, town.phones[0]) is None


def test_what_fails_by_our_fault_comes_again_the_next_day(town: Town) -> None:
    _due(town)
    town.push.answer = always("defect", 400)
    town.pass_time(DAY // 2, step=600)
    tries = len(woken(town))
    assert 8 <= tries < 12
    assert alarm_of(town, town.phones[0]) is not None
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert len(woken(town)) == tries + 1
    assert alarm_of(town, town.phones[0]) is None


def test_a_pause_puts_it_off_and_does_not_lose_it(town: Town) -> None:
    (phone,) = asleep(town)
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.change(town.services, record, {"paused_until": town.clock.unix() + 3 * HOUR})
    town.clock.turn(2 * HOUR)
    town.settle()
    assert woken(town) == []
    town.clock.turn(HOUR)
    town.settle()
    assert woken(town) == [phone.endpoint]


def test_one_service_that_is_down_holds_up_no_other(town: Town) -> None:
    quick, slow = town.join(topics=[]), town.join(origin=GOOGLE, topics=[])
    for each in (quick, slow):
        ask(town, each)
    town.push.answer = answer_by_part(**{GOOGLE: PushAnswer("later", 503, 600)})
    town.clock.turn(HOUR)
    town.settle()
    assert alarm_of(town, quick) is None
    kept = alarm_of(town, slow)
    assert kept is not None
    assert kept.data["tries"] == 0, "theirs, not ours"


# ------------------------------------------------------------------ crashes and copies
@pytest.mark.parametrize("doomed", [_leasing, _erasing])
def test_whoever_dies_before_a_commit_wakes_the_phones_all_the_same(
    town: Town, doomed: Callable[[Sequence[Write]], bool]
) -> None:
    endpoints = _due(town, 3)
    services = crashing(town, doomed)
    for _ in range(2):
        for act in (lambda: tick(services), lambda: deliver.work(services, "urgent")):
            with contextlib.suppress(RuntimeError):
                act()
    town.pass_time(2 * HOUR, step=300)
    assert set(woken(town)) == set(endpoints)
    assert [alarm_of(town, each) for each in town.phones] == [None] * 3


def test_a_lost_job_comes_again_after_the_lease(town: Town) -> None:
    endpoints = _due(town, 2)
    town.services.queue.acknowledge(_job(town))
    town.settle()
    assert woken(town) == []
    town.clock.turn(alarms.LEASE_SECONDS)
    town.settle()
    assert sorted(woken(town)) == sorted(endpoints)


def test_a_copy_of_a_job_wakes_nobody(town: Town) -> None:
    _due(town, 3)
    job = _job(town)
    alarms.ring(town.services, job)
    alarms.ring(town.services, job)
    assert len(woken(town)) == 3


def test_a_phone_that_asks_anew_while_it_is_woken_keeps_what_it_asked(town: Town) -> None:
    """The worker of the phone may be quicker than our own commit."""
    _due(town, 3)
    phone = town.phones[1]
    asked: list[int] = []

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == phone.endpoint:
            asked.append(ask(town, phone, 7 * DAY))
        return PushAnswer("accepted", 201)

    town.push.answer = answer
    town.settle()
    kept = alarm_of(town, phone)
    assert kept is not None
    assert [kept.data["at"]] == asked
    others = [each for each in town.phones if each is not phone]
    assert [alarm_of(town, each) for each in others] == [None, None]


def test_a_phone_that_takes_it_back_in_the_last_moment_is_left_alone(town: Town) -> None:
    _due(town, 2)
    job = _job(town)
    alarms.forget(town.services, subscribe.subscription_of(town.services, town.phones[0].token))
    subscribe.leave(town.services, town.phones[1].token)
    alarms.ring(town.services, job)
    assert woken(town) == []


def test_each_alarm_is_looked_at_again_right_before_it_goes(town: Town) -> None:
    """A job of many takes a while: whoever takes an alarm back meanwhile is still seen."""
    _due(town, 5)

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        for each in town.phones:
            if each.endpoint != target.endpoint:
                record = subscribe.subscription_of(town.services, each.token)
                alarms.forget(town.services, record)
        return PushAnswer("accepted", 201)

    town.push.answer = answer
    town.settle()
    assert len(woken(town)) == 1


def test_a_failure_of_the_store_is_no_conflict(town: Town) -> None:
    _due(town)
    job = _job(town)

    def full(writes: Sequence[Write]) -> bool:
        raise TodokeError("storage_full")

    with pytest.raises(TodokeError, match="storage_full"):
        alarms.ring(crashing(town, full), job)


# ------------------------------------------------------------------ many
def test_a_backlog_goes_behind_and_a_tick_goes_on_until_nothing_is_due(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patches: a real backlog is 200 to a list."""
    monkeypatch.setattr(alarms, "BATCH", 3)
    monkeypatch.setattr(alarms, "PHONES", 4)
    phones = asleep(town, 40)
    town.clock.turn(HOUR)
    assert alarms.queue_due(town.services, 60) == 40
    assert town.services.queue.waiting("bulk") > 0
    town.settle()
    assert sorted(woken(town)) == sorted(each.endpoint for each in phones)


def test_a_few_are_woken_before_any_bulk_notice(town: Town) -> None:
    _due(town, 5)
    tick(town.services)
    assert town.services.queue.waiting("urgent") >= 1
    assert town.services.queue.waiting("bulk") == 0


def test_when_the_time_of_a_tick_is_over_the_next_one_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "BATCH", 1)
    asleep(town, 30)
    town.clock.turn(HOUR)
    done = [alarms.queue_due(town.services, -1) for _ in range(30)]
    assert max(done) <= 8
    assert sum(done) == 30


# ------------------------------------------------------------------ the clock
@pytest.mark.parametrize("jump", [2 * DAY, 400 * DAY])
def test_a_clock_that_was_set_forwards_wakes_nobody(town: Town, jump: int) -> None:
    tick(town.services)
    (phone,) = asleep(town, seconds=30 * HOUR)
    town.clock.jump(jump)
    town.settle()
    assert woken(town) == []
    town.clock.jump(-jump)
    town.settle()
    assert alarm_of(town, phone) is not None
    town.clock.turn(30 * HOUR)
    town.settle()
    assert woken(town) == [phone.endpoint], "though erasing waits for a person to look"


def test_once_a_person_has_confirmed_the_clock_everybody_due_by_it_is_woken(town: Town) -> None:
    tick(town.services)
    (phone,) = asleep(town, seconds=30 * HOUR)
    town.clock.jump(3 * DAY)
    town.settle()
    clock_watch.confirm(town.services)
    town.settle()
    assert woken(town) == [phone.endpoint]


def test_a_machine_that_was_off_wakes_whoever_became_due_meanwhile(town: Town) -> None:
    tick(town.services)
    (phone,) = asleep(town, seconds=30 * HOUR)
    town.clock.switch_off(3 * DAY)
    town.settle()
    assert woken(town) == [phone.endpoint]


def test_a_clock_that_was_set_back_wakes_at_the_instant_all_the_same(town: Town) -> None:
    tick(town.services)
    (phone,) = asleep(town, seconds=HOUR)
    town.clock.jump(-9 * HOUR)
    town.settle()
    assert woken(town) == []
    town.clock.jump(9 * HOUR)
    town.clock.turn(HOUR)
    town.settle()
    assert woken(town) == [phone.endpoint]


def test_a_crash_of_the_push_engine_is_a_try_of_ours(town: Town) -> None:
    _due(town)
    town.push.answer = always("defect", 0)
    assert deliver.did(town.services, _job(town))
    kept = alarm_of(town, town.phones[0])
    assert kept is not None
    assert kept.data["tries"] == 1
