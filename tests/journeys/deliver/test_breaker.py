"""What a push service's answers say about our key, and what one stranger cannot make them say."""

from __future__ import annotations

from tests.parts.town import MOZILLA, Town
from todoke.journeys.breaker import REFUSED_IN_A_ROW, UNAVAILABLE_SECONDS, Breakers


def _open_until(town: Town) -> int:
    """As the next page reads it from the store."""
    return Breakers(town.services).open_until(MOZILLA)


def test_a_message_accepted_after_a_refusal_closes_the_breaker(town: Town) -> None:
    breakers = Breakers(town.services)
    breakers.saw(MOZILLA, "refused")
    assert breakers.open_until(MOZILLA) == town.clock.unix() + 600
    breakers.saw(MOZILLA, "accepted")
    assert breakers.open_until(MOZILLA) == 0
    breakers.keep()
    assert _open_until(town) == 0


def test_a_message_accepted_long_before_does_not_excuse_a_wave_of_refusals(town: Town) -> None:
    breakers = Breakers(town.services)
    breakers.saw(MOZILLA, "accepted")
    for _ in range(REFUSED_IN_A_ROW - 1):
        breakers.saw(MOZILLA, "refused")
    assert _open_until(town) == 0
    breakers.saw(MOZILLA, "refused")
    assert _open_until(town) == town.clock.unix() + 600


def test_an_outage_is_not_ended_by_a_late_acceptance(town: Town) -> None:
    breakers = Breakers(town.services)
    for _ in range(5):
        breakers.saw(MOZILLA, "later")
    breakers.saw(MOZILLA, "accepted")
    assert breakers.open_until(MOZILLA) == town.clock.unix() + UNAVAILABLE_SECONDS


def test_after_the_pause_of_an_outage_one_failure_is_enough_and_one_answer_ends_it(
    town: Town,
) -> None:
    breakers = Breakers(town.services)
    for _ in range(5):
        breakers.saw(MOZILLA, "later")
    town.clock.turn(UNAVAILABLE_SECONDS)
    assert breakers.open_until(MOZILLA) == 0
    again = Breakers(town.services)
    again.saw(MOZILLA, "later")
    assert again.open_until(MOZILLA) == town.clock.unix() + UNAVAILABLE_SECONDS
    town.clock.turn(UNAVAILABLE_SECONDS)
    again.saw(MOZILLA, "accepted")
    again.keep()
    after = Breakers(town.services)
    after.saw(MOZILLA, "later")
    assert after.open_until(MOZILLA) == 0
