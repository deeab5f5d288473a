"""A phone asks to be woken, for another time, or no more: the city keeps one instant, no word."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.journeys.deliver.crashing import CrashingStore
from tests.parts.town import Phone, Town
from tests.parts.waking import DAY, HOUR, alarm_of, ask, asleep, woken
from todoke.core.errors import TodokeError
from todoke.journeys import alarms, subscribe
from todoke.ports import Check, Json, Write

pytestmark = pytest.mark.also_late


def test_the_city_keeps_an_instant_and_nothing_it_is_for(town: Town) -> None:
    (phone,) = asleep(town)
    record = alarm_of(town, phone)
    assert record is not None
    assert sorted(record.data) == ["at", "due_at", "shard", "tries"]
    at = int(str(record.data["at"]))
    assert record.data == {
        "at": at,
        "tries": 0,
        "shard": record.data["shard"],
        "due_at": f"{at:012d}",
    }
    assert not [act for _, act, _ in town.desk.acts() if "alarm" in act]


def test_asking_again_replaces_what_was_asked_before(town: Town) -> None:
    (phone,) = asleep(town, seconds=HOUR)
    at = ask(town, phone, 2 * HOUR)
    town.clock.turn(HOUR)
    town.settle()
    assert woken(town) == []
    record = alarm_of(town, phone)
    assert record is not None
    assert record.data["at"] == at
    town.clock.turn(HOUR)
    town.settle()
    assert woken(town) == [phone.endpoint]


def test_a_phone_that_takes_it_back_is_not_woken(town: Town) -> None:
    (phone,) = asleep(town)
    record = subscribe.subscription_of(town.services, phone.token)
    alarms.forget(town.services, record)
    alarms.forget(town.services, record)
    assert alarm_of(town, phone) is None
    town.clock.turn(2 * HOUR)
    town.settle()
    assert woken(town) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"at": "tomorrow"}, "bad_field"),
        ({"at": 60}, "bad_field"),
        ({"at": 60, "why": "a dose"}, "unknown_field"),
        ({"why": "a dose"}, "unknown_field"),
    ],
)
def test_a_reason_is_refused_and_so_is_what_is_no_instant(
    town: Town, body: dict[str, Json], code: str
) -> None:
    phone = town.join(topics=[])
    record = subscribe.subscription_of(town.services, phone.token)
    with pytest.raises(TodokeError) as caught:
        alarms.wake_at(town.services, record, body)
    assert caught.value.code == code
    assert alarm_of(town, phone) is None


def test_with_the_subscription_goes_the_alarm(town: Town) -> None:
    stays, leaves = asleep(town, 2)
    subscribe.leave(town.services, leaves.token)
    assert alarm_of(town, leaves) is None
    assert alarm_of(town, stays) is not None


def test_nobody_asks_for_a_phone_that_has_just_left(town: Town) -> None:
    phone = town.join(topics=[])
    record = subscribe.subscription_of(town.services, phone.token)

    def meanwhile(writes: list[Write]) -> bool:
        if any(isinstance(each, Check) for each in writes):
            subscribe.leave(town.services, phone.token)
        return False

    services = replace(town.services, store=CrashingStore(town.services.store, meanwhile))  # type: ignore[arg-type]
    with pytest.raises(TodokeError, match="token_refused"):
        alarms.wake_at(services, record, {"at": (town.clock.unix() + HOUR) // 60 * 60})
    assert alarm_of(town, phone) is None


def test_who_followed_anew_keeps_the_alarm_and_the_old_token_sets_none(town: Town) -> None:
    (phone,) = asleep(town)
    old = subscribe.subscription_of(town.services, phone.token)
    shown, is_new = subscribe.follow(town.services, {**phone.device(), "topics": ["nursery"]})
    assert not is_new
    assert alarm_of(town, phone) is not None
    with pytest.raises(TodokeError, match="token_refused"):
        alarms.wake_at(town.services, old, {"at": (town.clock.unix() + DAY) // 60 * 60})
    assert shown["id"] == phone.id


def test_the_alarm_moves_with_the_phone_to_another_endpoint(town: Town) -> None:
    (phone,) = asleep(town)
    record = subscribe.subscription_of(town.services, phone.token)
    other = Phone(99)
    subscribe.change(town.services, record, other.device())
    town.clock.turn(HOUR)
    town.settle()
    assert woken(town) == [other.endpoint]


def test_the_export_tells_the_instant(town: Town) -> None:
    (phone,) = asleep(town)
    record = subscribe.subscription_of(town.services, phone.token)
    found = json.loads(json.dumps(subscribe.export(town.services, record)))
    kept = alarm_of(town, phone)
    assert kept is not None
    assert found["woken_at"] == kept.data["at"]
    alarms.forget(town.services, record)
    assert subscribe.export(town.services, record)["woken_at"] is None


def test_a_phone_that_follows_nothing_stands_in_no_count_and_gets_no_notice(town: Town) -> None:
    (phone,) = asleep(town)
    assert town.followers() == {}
    town.send()
    assert town.pushed() == []
    assert alarm_of(town, phone) is not None
