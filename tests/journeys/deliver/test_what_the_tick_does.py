"""Work that comes due by itself: nothing too early, no bad job in the way, and the old erased."""

from __future__ import annotations

import pytest

from tests.parts.desk import DAY
from tests.parts.push_answers import always
from tests.parts.town import Town
from todoke.journeys import announce
from todoke.journeys.redrive import given_up, redrive
from todoke.journeys.tick import purge, tick

pytestmark = pytest.mark.slow_on_aws


def test_nothing_is_relayed_before_its_time(town: Town) -> None:
    town.join()
    record = announce.draft(
        town.services, town.desk.author, town.desk.content(), town.clock.unix() + 7200
    )
    town.desk.approve(announce.ask(town.services, town.desk.author, record.id))
    town.clock.turn(7199)
    town.settle()
    assert town.pushed() == []
    town.clock.turn(1)
    town.settle()
    assert len(town.pushed()) == 1


def test_a_job_that_cannot_be_done_becomes_a_dead_letter_and_others_go_on(town: Town) -> None:
    town.join()
    town.services.queue.send("urgent", {"act": "no such act"})
    town.services.queue.send("urgent", {})
    town.send()
    assert len(town.pushed()) == 1
    town.pass_time(DAY)
    assert len(town.services.queue.dead_letters()) == 2
    assert given_up(town.services).jobs == {"no such act": 1, "None": 1}
    assert redrive(town.services) == {"jobs": 2, "deliveries": 0}
    assert town.services.queue.waiting("urgent") == 2


def test_what_is_over_is_erased(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("later", 503)
    id = town.send(expires_at=town.clock.unix() + 2 * DAY)
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    row = town.delivery(id, phone)
    assert row is not None
    assert row["state"] == "accepted"
    town.clock.turn(10 * DAY)
    assert purge(town.services) >= 2
    assert town.delivery(id, phone) is None
    assert town.services.store.get("sending", f"{id}.0") is None
    assert town.outcomes(id) == {"accepted": 1}, "the count says nothing about anybody"


def test_care_is_taken_once_a_minute_even_when_the_clock_jumps_back(town: Town) -> None:
    assert "erased" in tick(town.services)
    assert "erased" not in tick(town.services)
    town.clock.turn(60)
    assert "erased" in tick(town.services)
    town.clock.turn(-DAY)
    assert "erased" in tick(town.services)
