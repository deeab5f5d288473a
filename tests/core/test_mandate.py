"""A mandate holds on the days somebody named, and never longer than a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import mandate
from todoke.core.errors import TodokeError
from todoke.core.mandate import READ, Term

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def refused(scope: list[str], first: date, last: date) -> object:
    with pytest.raises(TodokeError) as error:
        mandate.term(scope, first, last, TODAY)
    return error.value.details["field"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 11, 23), date(2027, 11, 22)),
        (date(2027, 2, 28), date(2028, 2, 27)),
        (date(2028, 2, 29), date(2029, 2, 28)),  # 民法143条2項ただし書
        (date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_year_ends_with_the_day_before_the_matching_date(first: date, last: date) -> None:
    assert mandate.latest(first) == last


def test_what_cannot_be_given_is_refused_by_its_field() -> None:
    day = timedelta(days=1)
    assert refused([], TODAY, TODAY) == "scope"
    assert refused(["everything"], TODAY, TODAY) == "scope"
    assert refused([READ, "vote"], TODAY, TODAY) == "scope"
    assert refused([READ], TODAY - day, TODAY) == "first"
    assert refused([READ], TODAY + 32 * day, TODAY + 40 * day) == "first"
    assert refused([READ], TODAY + day, TODAY) == "last"
    assert refused([READ], TODAY, mandate.latest(TODAY) + day) == "last"
    assert mandate.term([READ, READ], TODAY, TODAY, TODAY) == Term((READ,), TODAY, TODAY)


@given(DAYS, st.integers(0, 364), DAYS)
def test_it_holds_on_its_days_alone(first: date, length: int, later: date) -> None:
    last = first + timedelta(days=length)
    made = mandate.term([READ], first, last, first)
    assert made.holds(READ, later) == (first <= later <= last)
    assert not made.holds("pay", later)


@given(DAYS, st.integers(0, 31), st.integers(-3, 400))
def test_every_term_up_to_a_year_can_be_given(today: date, ahead: int, length: int) -> None:
    first = today + timedelta(days=ahead)
    last = first + timedelta(days=length)
    fits = first <= last <= mandate.latest(first)
    if fits:
        assert mandate.term([READ], first, last, today).holds(READ, last)
        return
    with pytest.raises(TodokeError) as refusal:
        mandate.term([READ], first, last, today)
    assert refusal.value.details["field"] == "last"
