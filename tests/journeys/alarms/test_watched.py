"""Who looks after the city sees how many phones wait to be woken, since when, whether late."""

from __future__ import annotations

import pytest

from tests.parts import aws_service
from tests.parts.push_answers import always
from tests.parts.town import Town
from tests.parts.waking import DAY, HOUR, ask, asleep
from todoke.core.alarm import SHARDS
from todoke.journeys import alarms, health
from todoke.journeys.health import LATE_SECONDS, Waiting
from todoke.journeys.tick import tick


def test_what_lies_ahead_does_not_wait(town: Town) -> None:
    asleep(town, 3)
    assert health.alarms_waiting(town.services) == Waiting()


def test_a_city_that_stands_still_is_late_after_a_few_ticks(town: Town) -> None:
    phones = asleep(town, 3, HOUR)
    first = min(ask(town, each, HOUR + 60 * n) for n, each in enumerate(phones))
    town.clock.turn(first - town.clock.unix() + LATE_SECONDS - 1)
    assert health.alarms_waiting(town.services) == Waiting(1, first, late=False)
    town.clock.turn(2)
    assert health.alarms_waiting(town.services) == Waiting(2, first, late=True)
    town.settle()
    assert health.alarms_waiting(town.services) == Waiting()


def test_jobs_that_nobody_does_are_late_however_often_they_are_queued(town: Town) -> None:
    """The tick works, and no worker does."""
    asleep(town, 2)
    town.clock.turn(HOUR)
    queued = town.clock.unix()
    tick(town.services)
    assert health.alarms_waiting(town.services) == Waiting(2, queued, late=False)
    for _ in range(3):
        town.clock.turn(alarms.LEASE_SECONDS)
        tick(town.services)
    assert health.alarms_waiting(town.services) == Waiting(2, queued, late=True)
    town.settle()
    assert health.alarms_waiting(town.services) == Waiting()


@pytest.mark.parametrize(("kind", "status"), [("later", 503), ("defect", 400)])
def test_what_waits_for_its_next_try_is_not_late(town: Town, kind: str, status: int) -> None:
    """Of a push service that is down another line tells, and its alarms are no backlog of ours."""
    asleep(town)
    town.push.answer = always(kind, status)
    town.clock.turn(HOUR)
    for _ in range(DAY // HOUR):
        town.settle()
        assert not health.alarms_waiting(town.services).late
        town.clock.turn(HOUR - LATE_SECONDS)
        town.settle()
        town.clock.turn(LATE_SECONDS)


def test_a_phone_that_asks_anew_has_waited_for_nothing(town: Town) -> None:
    (phone,) = asleep(town)
    town.clock.turn(HOUR)
    tick(town.services)
    ask(town, phone, DAY)
    assert health.alarms_waiting(town.services) == Waiting()


def test_of_a_backlog_a_page_of_each_list_is_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patch: a real backlog is 200 to a list."""
    monkeypatch.setattr(alarms, "BATCH", 1)
    asleep(town, 40)
    town.clock.turn(2 * HOUR)
    found = health.alarms_waiting(town.services)
    assert found.late
    assert found.phones <= SHARDS


@pytest.mark.only_on_aws
@pytest.mark.real
@pytest.mark.parametrize("phones", [0, 30])
def test_looking_costs_one_request_for_each_list_and_one_for_what_it_names(
    town: Town, cloud: aws_service.Aws, phones: int
) -> None:
    cloud.faults()
    asleep(town, phones)
    town.clock.turn(2 * HOUR)
    before = cloud.calls()
    health.alarms_waiting(town.services)
    after = cloud.calls()
    asked = {name: after[name] - before.get(name, 0) for name in after}
    assert asked["Query"] == SHARDS
    assert asked.get("BatchGetItem", 0) <= (SHARDS if phones else 0)
    assert {name for name, number in asked.items() if number} <= {"Query", "BatchGetItem"}
