"""The days on which allowances are paid: the months of the law, the day of the city, and never one
that nobody has set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_parameters import DECIDED, NATIONAL, refused, with_tables
from todoke.core import closed_days, payment_days
from todoke.core.benefits import PayDay
from todoke.core.catalogue import Catalogue

SET = {"day": 10, **DECIDED}


def city(closed: Mapping[str, Any] | None = None, **days: Any) -> Catalogue:
    tables = {"payment_days": {id: {**SET, **each} for id, each in days.items()}}
    return with_tables(**tables, **({"closed_days": {**DECIDED, **closed}} if closed else {}))


def told(catalogue: Catalogue, id: str, first: str, last: str) -> list[str]:
    found = payment_days.between(catalogue, id, *map(date.fromisoformat, (first, last)))
    return [each.on.isoformat() for each in found]


# ------------------------------------------------------------------------- what is set
def test_where_the_city_has_set_no_day_none_is_invented() -> None:
    assert not [each for each in NATIONAL.benefits.values() if each.pay_day]
    for id in NATIONAL.benefits:
        assert told(NATIONAL, id, "2026-04-01", "2028-03-31") == []
        assert payment_days.coming(NATIONAL, id, date(2026, 11, 24)) == []


def test_a_day_that_was_set_is_that_of_one_benefit_with_its_source() -> None:
    found = city(jidou_teate={}).benefits
    assert found["jidou_teate"].pay_day == PayDay(
        10, "2026-04", {"ja": "条例"}, "https://city.example/"
    )
    assert [id for id, each in found.items() if each.pay_day] == ["jidou_teate"]


@pytest.mark.parametrize(
    ("toml", "field", "rule"),
    [
        ('[payment_days.jidou_teate]\nas_of = "2026-04"\n', "jidou_teate.day", "the day of"),
        ("[payment_days.jidou_teate]\nday = 29\n", "jidou_teate.day", "28"),
        ("[payment_days.jidou_teate]\nday = 0\n", "jidou_teate.day", "1"),
        ('[payment_days.jidou_teate]\nday = "10"\n', "jidou_teate.day", ""),
        ("[payment_days.jidou_teate]\nday = 10\n", "jidou_teate.as_of", "has a date"),
        (
            '[payment_days.jidou_teate]\nday = 10\nas_of = "2026-04"\n',
            "jidou_teate.source",
            "has a source",
        ),
        ("[payment_days.ninpu_shien_kyufu]\nday = 10\n", "ninpu_shien_kyufu", ""),
        ("[payment_days.jido_teate]\nday = 10\n", "jido_teate", ""),
        ("[payment_days]\njidou_teate = 10\n", "jidou_teate", ""),
        ("[payment_days.jidou_teate]\nday = 10\nmonths = [1]\n", "jidou_teate.months", ""),
    ],
)
def test_a_day_that_cannot_be_is_refused_by_name(toml: str, field: str, rule: str) -> None:
    said = refused(toml)
    assert field in str(said["field"])
    assert rule in str(said["rule"])


# ------------------------------------------------------------------------- what is told
def test_it_is_paid_in_the_months_of_the_law_and_before_a_closed_day() -> None:
    """2026-10-10 is a Saturday, 2027-04-10 too, 2027-02-10 a Wednesday."""
    catalogue = city(jidou_teate={})
    assert told(catalogue, "jidou_teate", "2026-10-01", "2027-04-30") == [
        *("2026-10-09", "2026-12-10", "2027-02-10", "2027-04-09"),
    ]
    single = city(jidou_fuyou_teate={"day": 11})
    # 11 January 2027 is 成人の日, a Monday: the Friday before
    assert told(single, "jidou_fuyou_teate", "2026-11-01", "2027-03-31") == [
        *("2026-11-11", "2027-01-08", "2027-03-11"),
    ]


def test_a_day_on_which_the_city_itself_is_closed_moves_it_too() -> None:
    catalogue = city(closed={"days": ["2026-12-10"]}, jidou_teate={})
    assert told(catalogue, "jidou_teate", "2026-12-01", "2026-12-31") == ["2026-12-09"]


def test_what_is_due_at_new_year_is_paid_in_the_year_before() -> None:
    catalogue = city(jidou_fuyou_teate={"day": 1})
    assert told(catalogue, "jidou_fuyou_teate", "2026-12-01", "2026-12-31") == ["2026-12-28"]


def test_nothing_is_told_of_the_time_before_the_decision() -> None:
    catalogue = city(jidou_teate={"as_of": "2026-12"})
    assert told(catalogue, "jidou_teate", "2026-04-01", "2027-02-28") == [
        *("2026-12-10", "2027-02-10"),
    ]
    later = city(jidou_teate={"as_of": "2026-12-11"})
    assert told(later, "jidou_teate", "2026-12-01", "2027-02-28") == ["2027-02-10"]


def test_the_next_three_begin_with_today() -> None:
    catalogue = city(jidou_teate={})
    for today in (date(2026, 12, 1), date(2026, 12, 10)):
        found = [each.on for each in payment_days.coming(catalogue, "jidou_teate", today)]
        assert found == [date(2026, 12, 10), date(2027, 2, 10), date(2027, 4, 9)]
    assert payment_days.coming(catalogue, "jidou_teate", date(2026, 12, 11))[0].on.month == 2


@pytest.mark.parametrize("today", [date(1970, 1, 1), date(2099, 12, 31), date(2150, 1, 1)])
def test_a_clock_far_outside_of_the_known_holidays_tells_nothing_wrong(today: date) -> None:
    catalogue = city(jidou_teate={"as_of": "2000-01"})
    for each in payment_days.coming(catalogue, "jidou_teate", today):
        assert each.on.year <= closed_days.LAST_YEAR


@given(
    day=st.integers(1, 28),
    first=st.dates(date(2026, 4, 1), date(2097, 1, 1)),
    length=st.integers(0, 800),
    id=st.sampled_from([id for id, each in NATIONAL.benefits.items() if each.pay_months]),
)
def test_every_payment_is_once_on_an_open_day_right_before_what_was_set(
    day: int, first: date, length: int, id: str
) -> None:
    catalogue, last = city(**{id: {"day": day}}), first + timedelta(days=length)
    found = payment_days.between(catalogue, id, first, last)
    assert [each.on for each in found] == sorted({each.on for each in found})
    for each in found:
        assert first <= each.on <= last
        assert (each.nominal.day, each.nominal.month in catalogue.benefits[id].pay_months) == (
            day,
            True,
        )
        assert not closed_days.is_closed(each.on)
        between = (each.nominal - each.on).days
        skipped = [each.on + timedelta(days=n) for n in range(1, between + 1)]
        assert all(closed_days.is_closed(one) for one in skipped)
    # none is left out: two spans that meet have what the whole has
    middle = first + timedelta(days=length // 2)
    parts = [
        *payment_days.between(catalogue, id, first, middle),
        *payment_days.between(catalogue, id, middle + timedelta(days=1), last),
    ]
    assert parts == list(found)
