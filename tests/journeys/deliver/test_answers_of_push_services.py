"""What each answer of a push service means for the phone, for the next try and for the counts."""

from __future__ import annotations

import threading

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.push_answers import ACCEPTED, always, answer_by_part, messages
from tests.parts.town import Phone, Town
from todoke.journeys import subscribe
from todoke.journeys.redrive import given_up, redrive
from todoke.journeys.tick import tick
from todoke.ports import PushAnswer, PushMessage, PushTarget

pytestmark = pytest.mark.slow_on_aws


def test_a_browser_that_is_gone_is_removed_and_no_other(town: Town) -> None:
    stays, gone = town.join(area="kita"), town.join(topics=["nursery", "vaccines"], cohorts=[2023])
    for status in (404, 410):
        town.push.answer = answer_by_part(**{gone.endpoint: PushAnswer("gone", status)})
        id = town.send()
        assert town.outcomes(id) == {"accepted": 1, "gone": 1}
        assert town.services.store.get("subscription", gone.id) is None
        assert town.services.store.get("subscription", stays.id) is not None
        assert town.followers("nursery") == {"*|*": 1, "kita|*": 1}
        assert town.followers("vaccines") == {}
        assert town.delivery(id, gone) is None
        before = len(town.pushed())
        town.send()
        assert town.pushed()[before:] == [stays.endpoint]
        shown, _ = subscribe.follow(town.services, {**gone.device(), "topics": ["vaccines"]})
        record = subscribe.subscription_of(town.services, str(shown["token"]))
        subscribe.change(town.services, record, {"topics": ["nursery", "vaccines"]})


def test_a_browser_that_has_just_moved_is_not_removed_for_its_old_endpoint(town: Town) -> None:
    phone = town.join()
    moved = Phone(50)

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == moved.endpoint:
            return ACCEPTED
        record = subscribe.subscription_of(town.services, phone.token)
        subscribe.change(town.services, record, moved.device())
        return PushAnswer("gone", 410)

    town.push.answer = answer
    id = town.send()
    assert town.pushed() == [phone.endpoint, moved.endpoint]
    assert town.outcomes(id) == {"accepted": 1}
    assert town.followers() == {"*|*": 1}


def test_a_service_that_asks_for_patience_gets_it_and_no_try_is_counted(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("later", 429, 600)
    id = town.send()
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["tries"], row["status"]) == ("retry", 0, 429)
    town.clock.turn(599)
    town.settle()
    assert len(town.pushed()) == 1
    town.push.answer = always("accepted", 201)
    town.clock.turn(1 + 600 // 4)
    town.settle()
    assert len(town.pushed()) == 2
    assert town.outcomes(id) == {"accepted": 1}


def test_a_retry_goes_in_the_lane_of_its_notice(town: Town) -> None:
    town.join()
    town.push.answer = always("later", 503, 60)
    town.send(urgency="high")
    town.look_only_once()
    town.clock.turn(600)
    assert tick(town.services)["retries"] == 1
    assert (town.services.queue.waiting("urgent"), town.services.queue.waiting("bulk")) == (1, 0)


def test_theirs_is_tried_again_until_the_notice_ends_and_then_given_up(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("later", 503)
    id = town.send(expires_at=town.clock.unix() + 2 * DAY)
    town.pass_time(3 * DAY, HOUR // 2)
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"], row["tries"]) == ("dead", "ended", 0)
    assert town.outcomes(id) == {"dead": 1}
    assert 10 < len(town.pushed()) < 100
    assert all(message.ttl > 0 for message in messages(town))
    assert messages(town)[-1].ttl < HOUR * 2
    assert redrive(town.services)["deliveries"] == 0, "a notice that has ended was started again"
    sent = len(town.pushed())
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == sent


def test_waits_that_lead_beyond_28_days_end_there(town: Town) -> None:
    town.join()
    town.push.answer = always("later", 503, DAY)
    id = town.send(expires_at=town.clock.unix() + 300 * DAY)
    town.pass_time(40 * DAY, DAY // 2)
    assert town.outcomes(id) == {"dead": 1}
    assert 15 < len(town.pushed()) <= 28


@pytest.mark.parametrize(("outcome", "status"), [("defect", 400), ("defect", 413)])
def test_ours_has_eight_tries_and_a_person_starts_it_again(
    town: Town, outcome: str, status: int
) -> None:
    phone = town.join()
    town.push.answer = always(outcome, status)
    id = town.send()
    town.pass_time(DAY)
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"], row["tries"]) == ("dead", "tries", 8)
    assert len(town.pushed()) == 8
    assert town.outcomes(id) == {"dead": 1}
    assert given_up(town.services).deliveries == {(id, "tries"): 1}
    town.push.answer = always("accepted", 201)
    assert redrive(town.services) == {"jobs": 0, "deliveries": 1}
    assert redrive(town.services) == {"jobs": 0, "deliveries": 0}
    town.settle()
    assert len(town.pushed()) == 9
    assert town.outcomes(id) == {"accepted": 1}
    assert redrive(town.services)["deliveries"] == 0
    assert [each[1] for each in town.desk.acts()].count("redriven") == 3


def test_a_blocked_address_is_dead_with_its_reason_and_nobody_is_removed(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("blocked", 0)
    id = town.send()
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"]) == ("dead", "blocked")
    assert town.followers() == {"*|*": 1}
    town.pass_time(DAY)
    assert len(town.pushed()) == 1


def test_a_sender_that_crashes_on_one_phone_does_not_keep_it_from_the_others(town: Town) -> None:
    phones = town.joined(5)
    poison = phones[2]

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == poison.endpoint:
            raise RuntimeError("a defect of ours")
        return ACCEPTED

    town.push.answer = answer
    id = town.send()
    assert town.outcomes(id) == {"accepted": 4}
    assert town.notice(id).data["state"] == "sent"
    row = town.delivery(id, poison)
    assert row is not None
    assert (row["state"], row["tries"]) == ("retry", 1)


# ------------------------------------------------------------------ a hostile month
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_a_push_service_does_everybody_alive_gets_it_and_the_counts_add_up(
    town: Town, seed: int
) -> None:
    """R5: 5 % 503, 2 % 429, 1 % 410, 5 % accepted with the answer lost, 2 % defects."""
    import random

    luck = random.Random(seed)
    lock = threading.Lock()
    phones = town.joined(120)
    got: dict[str, int] = {}
    gone: set[str] = set()

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        with lock:
            assert target.endpoint not in gone, "pushed to a browser known to be gone"
            draw = luck.random()
            if draw < 0.05:
                return PushAnswer("later", 503)
            if draw < 0.07:
                return PushAnswer("later", 429, luck.choice([0, 60, 86_400]))
            if draw < 0.08:
                gone.add(target.endpoint)
                return PushAnswer("gone", 410)
            if draw < 0.10:
                return PushAnswer("defect", 400)
            got[target.endpoint] = got.get(target.endpoint, 0) + 1
            return PushAnswer("later", 0) if draw < 0.15 else ACCEPTED

    town.push.answer = answer
    id = town.send()
    town.pass_time(4 * DAY)
    assert {each.endpoint for each in phones} - gone <= set(got)
    assert town.outcomes(id) == {"accepted": 120 - len(gone)} | (
        {"gone": len(gone)} if gone else {}
    )
    assert town.followers() == {"*|*": 120 - len(gone)}
    again = [endpoint for endpoint, number in got.items() if number > 1]
    for endpoint in again:  # the phone shows one: the service and the tag replace the copy
        topics = {m.topic for t, m in town.push.sent if t.endpoint == endpoint}
        assert len(topics) == 1
