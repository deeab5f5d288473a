"""Days on which a city hall is closed: the law's holidays, and the same on the phone."""

from __future__ import annotations

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import closed_days
from todoke.core.closed_days import is_closed, next_open, previous_open, why_closed

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
#: as 内閣府 published them (国民の祝日について), month-day; 振替休日 and 国民の休日 among them
PUBLISHED = {
    2019: "01-01 01-14 02-11 03-21 04-29 04-30 05-01 05-02 05-03 05-04 05-05 05-06 07-15 08-11 "
    "08-12 09-16 09-23 10-14 10-22 11-03 11-04 11-23",
    2020: "01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-23 07-24 08-10 "
    "09-21 09-22 11-03 11-23",
    2021: "01-01 01-11 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-22 07-23 08-08 08-09 09-20 "
    "09-23 11-03 11-23",
    2024: "01-01 01-08 02-11 02-12 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-15 08-11 08-12 "
    "09-16 09-22 09-23 10-14 11-03 11-04 11-23",
    2025: "01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-21 08-11 09-15 "
    "09-23 10-13 11-03 11-23 11-24",
    2026: "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 "
    "09-23 10-12 11-03 11-23",
    2027: "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 "
    "10-11 11-03 11-23",
}
known_days = st.dates(date(2000, 1, 11), date(2099, 12, 20))
own_days = st.lists(
    st.one_of(
        st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: day.isoformat()),
        st.dates(date(2004, 1, 1), date(2004, 12, 31)).map(lambda day: day.isoformat()[5:]),
    ),
    max_size=4,
)


@pytest.mark.parametrize("year", PUBLISHED)
def test_holidays_are_those_the_state_published(year: int) -> None:
    found = " ".join(each.isoformat()[5:] for each in sorted(closed_days.holidays(year)))
    assert found == PUBLISHED[year]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-22", "sunday"),
        ("2026-11-23", "holiday"),
        ("2026-11-24", ""),
        ("2026-09-22", "holiday"),  # between 敬老の日 and 秋分の日 (3条3項)
        ("2009-05-06", "holiday"),  # 3 May was a Sunday, 4 and 5 May are holidays (3条2項)
        ("2003-05-04", "sunday"),  # a Sunday between two holidays, before 2007
        ("2006-05-04", "holiday"),
        ("2002-07-20", "holiday"),  # 海の日 on its old day
        ("2003-07-20", "sunday"),
        ("2003-07-21", "holiday"),
        ("2015-08-11", ""),  # 山の日 begins in 2016
        ("2018-12-24", "holiday"),  # 天皇誕生日 on a Sunday
        ("2019-12-23", ""),
        ("2020-02-24", "holiday"),
        ("2020-10-12", ""),  # スポーツの日 had moved to July
        ("2021-08-11", ""),
        ("2022-07-18", "holiday"),
        ("2026-12-28", ""),
        ("2026-12-29", "year_end"),
        ("2027-01-03", "year_end"),
        ("2027-01-04", ""),
    ],
)
def test_a_day_is_closed_for_its_reason(day: str, why: str) -> None:
    assert why_closed(date.fromisoformat(day)) == why


def test_a_municipality_adds_days_of_its_own() -> None:
    own = ("2026-08-14", "06-15")
    assert why_closed(date(2026, 8, 14), own) == why_closed(date(2026, 6, 15), own) == "own"
    assert why_closed(date(2027, 6, 15), own) == "own"
    assert not is_closed(date(2028, 8, 14), own)
    # 13 August is a Thursday, 15 and 16 a weekend
    assert next_open(date(2026, 8, 14), own) == date(2026, 8, 17)
    assert previous_open(date(2026, 8, 14), own) == date(2026, 8, 13)


def test_the_longest_way_to_an_open_day() -> None:
    assert next_open(date(2026, 12, 29)) == date(2027, 1, 4)
    assert next_open(date(2024, 12, 28)) == date(2025, 1, 6)  # a weekend on both sides
    assert previous_open(date(2025, 1, 5)) == date(2024, 12, 27)
    assert next_open(date(2019, 4, 27)) == date(2019, 5, 7)  # ten days in 2019


def test_nothing_is_said_of_years_whose_holidays_are_not_known() -> None:
    for day in (date(1999, 12, 31), date(2100, 1, 1)):
        with pytest.raises(ValueError, match="2000 to 2099"):
            is_closed(day)


@given(known_days, own_days)
def test_the_next_open_day_is_open_and_all_before_it_are_closed(day: date, own: list[str]) -> None:
    later, earlier = next_open(day, own), previous_open(day, own)
    assert not is_closed(later, own)
    assert not is_closed(earlier, own)
    assert earlier <= day <= later
    between = (earlier + n * DAY for n in range(1, (later - earlier).days))
    assert all(is_closed(each, own) for each in between)
    assert (later == day) == (earlier == day) == (not is_closed(day, own))


@given(known_days)
def test_no_year_has_fewer_holidays_than_the_law_names(day: date) -> None:
    assert 15 <= len(closed_days.holidays(day.year)) <= 22


def test_the_phone_closes_the_same_days() -> None:
    """Every day of the century, with days of a municipality among them."""
    first, last = date(2000, 1, 11), date(2099, 12, 20)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    own = ["2026-08-14", "06-15", "12-28"]
    done = subprocess.run(
        ["node", "tests/js/closed_days_agree.mjs"],
        cwd=ROOT,
        input=json.dumps({"days": [each.isoformat() for each in days], "own": own}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    here = [
        [
            why_closed(each, own),
            next_open(each, own).isoformat(),
            previous_open(each, own).isoformat(),
        ]
        for each in days
    ]
    there = json.loads(done.stdout)
    assert there == here
    assert len(days) > 36_000
    assert {each[0] for each in here} == {"", *closed_days.REASONS}
