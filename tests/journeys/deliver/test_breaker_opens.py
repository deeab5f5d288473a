"""Answers that make us leave a push service alone for a while, which removes nobody."""

from __future__ import annotations

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.push_answers import always, answer_by_part
from tests.parts.town import GOOGLE, MOZILLA, Town
from todoke.journeys import breaker
from todoke.ports import PushAnswer, Record

pytestmark = pytest.mark.slow_on_aws
#: messages that may be under way when something changes
AT_ONCE = 8


def _breaker(town: Town, origin: str = MOZILLA) -> Record | None:
    return town.services.store.get("breaker", origin)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wave_of_refusals_opens_the_breaker_and_removes_nobody(town: Town, status: int) -> None:
    phones = town.joined(30)
    others = town.joined(5, origin=GOOGLE)
    town.push.answer = answer_by_part(mozilla=PushAnswer("refused", status))
    id = town.send()
    asked = [each for each in town.pushed() if each.startswith(MOZILLA)]
    assert len(asked) <= AT_ONCE, "the breaker did not open"
    assert town.outcomes(id) == {"accepted": 5}, "another service was held too"
    assert town.followers() == {"*|*": 35}
    for phone in phones:
        row = town.delivery(id, phone)
        assert row is not None
        assert (row["state"], row["tries"]) == ("retry", 0)
    breaker = _breaker(town)
    assert breaker is not None
    assert (breaker.data["reason"], breaker.data["open_until"]) == (
        "vapid",
        town.clock.unix() + 600,
    )
    town.push.answer = always("accepted", 201)
    town.clock.turn(590)
    town.settle()
    assert len(town.pushed()) == len(asked) + 5, "asked while the breaker was open"
    town.pass_time(2 * HOUR, 300)
    assert town.outcomes(id) == {"accepted": 35}
    assert {each.endpoint for each in others} < set(town.pushed())


def test_refusals_that_are_the_first_answers_of_a_service_open_it_at_once(town: Town) -> None:
    phones = town.joined(3)
    town.push.answer = always("refused", 403)
    id = town.send()
    breaker = _breaker(town)
    assert breaker is not None
    assert breaker.data["open_until"] == town.clock.unix() + 600
    for phone in phones:
        row = town.delivery(id, phone)
        assert row is not None
        assert (row["state"], row["tries"]) == ("retry", 0)


def test_a_wave_that_lasts_for_days_removes_nobody_and_spends_no_tries(town: Town) -> None:
    town.joined(20)
    town.push.answer = always("refused", 403)
    id = town.send()
    town.pass_time(3 * DAY)
    assert town.outcomes(id) == {}
    assert town.followers() == {"*|*": 20}
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert town.outcomes(id) == {"accepted": 20}


def test_twenty_refusals_in_a_row_after_accepted_messages_open_it_too(town: Town) -> None:
    town.joined(40)
    town.send()
    assert len(town.pushed()) == 40
    town.push.answer = always("refused", 403)
    id = town.send()
    assert len(town.pushed()) - 40 < breaker.REFUSED_IN_A_ROW + AT_ONCE
    town.push.answer = always("accepted", 201)
    town.pass_time(2 * HOUR, 300)
    assert town.outcomes(id) == {"accepted": 40}


def test_one_refused_phone_among_accepted_ones_holds_nobody_up(town: Town) -> None:
    """Anybody can follow with a browser subscription made for another city's key."""
    town.joined(20)
    town.send()
    stranger = town.phones[7]
    town.push.answer = answer_by_part(**{stranger.endpoint: PushAnswer("refused", 403)})
    id = town.send()
    assert town.outcomes(id) == {"accepted": 19}
    row = town.delivery(id, stranger)
    assert row is not None
    assert (row["state"], row["tries"]) == ("retry", 1)
    town.pass_time(DAY, 600)
    assert town.outcomes(id) == {"accepted": 19, "dead": 1}
    assert town.services.store.get("subscription", stranger.id) is not None


def test_a_service_that_fails_everything_is_left_alone_for_a_minute(town: Town) -> None:
    town.joined(60)
    town.push.answer = always("later", 503)
    id = town.send()
    assert len(town.pushed()) < 5 + AT_ONCE
    breaker = _breaker(town)
    assert breaker is not None
    assert breaker.data["reason"] == "unavailable"
    town.push.answer = always("accepted", 201)
    town.pass_time(HOUR, 60)
    assert town.outcomes(id) == {"accepted": 60}
