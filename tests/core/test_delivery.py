"""What becomes of a delivery: theirs waits, ours counts, and both end with the notice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from todoke.core import delivery
from todoke.core.delivery import Moment

DAY = 86_400
NOON = Moment(now=1_000_000, published_at=1_000_000, ends_at=1_000_000 + 10 * DAY, luck=0.0)
MOMENTS = st.builds(
    lambda waited, left, luck: Moment(5_000_000, 5_000_000 - waited, 5_000_000 + left, luck),
    st.integers(0, 28 * DAY),
    st.integers(1, 28 * DAY),
    st.floats(0, 0.999),
)


@given(MOMENTS, st.none() | st.integers(0, 10**9), st.integers(0, 7))
def test_theirs_is_never_a_try_and_comes_again_within_a_day_and_a_quarter_or_ends(
    moment: Moment, wait: int | None, tries: int
) -> None:
    after = delivery.later(tries, 503, wait, moment)
    assert after.tries == tries
    if after.state == "dead":
        assert after.reason == "ended"
        return
    assert after.state == "retry"
    assert after.due_at < moment.ends_at
    pause = after.due_at - moment.now
    assert max(30, min(wait or 0, DAY)) <= pause <= 1.25 * DAY


@given(MOMENTS, st.integers(0, 7))
def test_ours_counts_one_try_and_the_eighth_is_the_last(moment: Moment, tries: int) -> None:
    after = delivery.ours(tries, 400, moment)
    assert after.tries == tries + 1
    assert (after.state == "dead" and after.reason == "tries") == (tries == 7)
    if after.state == "retry":
        assert moment.now + 30 <= after.due_at < moment.ends_at
        assert after.due_at <= moment.now + 30 + 3600


def test_what_would_come_after_the_end_is_given_up_at_once() -> None:
    late = replace(NOON, ends_at=NOON.now + 600)
    for after in (delivery.later(0, 429, 600, late), delivery.later(0, 429, DAY, late)):
        assert (after.state, after.reason) == ("dead", "ended")
    assert delivery.later(0, 429, 599, late).state == "retry"
    assert delivery.ours(6, 400, replace(late, luck=0.9)).reason == "ended"


def test_without_a_word_from_the_service_the_wait_doubles_up_to_an_hour_after_a_short_outage() -> (
    None
):
    waits = []
    moment = NOON
    for _ in range(40):
        due = delivery.later(0, 503, None, moment).due_at
        waits.append(due - moment.now)
        moment = replace(moment, now=due)
    assert waits[:30] == [30] * 30  # whoever is back within a quarter of an hour is noticed at once
    assert waits[30:32] == [900, 1800]
    assert waits[-1] == 3600
    assert sorted(waits) == waits


def test_luck_spreads_retries() -> None:
    dues = {
        delivery.later(0, 429, 1000, replace(NOON, luck=luck / 10)).due_at for luck in range(10)
    }
    assert len(dues) == 10
    dues = {delivery.ours(3, 400, replace(NOON, luck=luck / 10)).due_at for luck in range(10)}
    assert len(dues) == 10


def test_a_delivery_ends_with_its_notice_and_after_28_days() -> None:
    assert delivery.ends_at(1000, 5000) == 5000
    assert delivery.ends_at(1000, 10**9) == 1000 + 28 * DAY
