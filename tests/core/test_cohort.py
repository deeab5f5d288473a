"""School years by 年齢計算ニ関する法律."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import cohort

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("birth", "id"),
    [
        (date(2020, 4, 1), 2019),  # 早生まれ: six on 31 March 2026, enters school 1 April 2026
        (date(2020, 4, 2), 2020),
        (date(2020, 1, 1), 2019),
        (date(2020, 12, 31), 2020),
        (date(2024, 2, 29), 2023),
        (date(2024, 3, 31), 2023),
    ],
)
def test_second_april_begins_a_school_year(birth: date, id: int) -> None:
    assert cohort.of_birth(birth) == id


def years_old_by_law(birth: date, day: date) -> int:
    """Age at the end of a day: it is reached on the eve of the birthday (明治35年法律50号)."""
    tomorrow = day + timedelta(days=1)
    had = (tomorrow.month, tomorrow.day) >= (birth.month, birth.day)
    return tomorrow.year - birth.year - (not had)


@given(DAYS)
def test_a_cohort_enters_school_on_the_first_april_after_becoming_six(birth: date) -> None:
    # 学校教育法 17条: from the first school year after the day one becomes six
    first_school_year = cohort.of_birth(birth) + 7
    assert years_old_by_law(birth, date(first_school_year, 3, 31)) == 6


@given(DAYS)
def test_every_birth_lies_inside_its_own_cohort(birth: date) -> None:
    found = cohort.cohort(cohort.of_birth(birth))
    assert found.first <= birth <= found.last


@given(st.integers(1990, 2090))
def test_cohorts_touch_and_do_not_overlap(id: int) -> None:
    assert cohort.cohort(id).last + timedelta(days=1) == cohort.cohort(id + 1).first


@given(DAYS)
def test_the_list_begins_with_children_born_today_and_goes_on_to_eighteen(today: date) -> None:
    found = cohort.current(today)
    assert len(found) == cohort.COHORTS == 19
    assert found[0].first <= today <= found[0].last
    assert [each.id for each in found] == list(range(found[0].id, found[0].id - 19, -1))


def test_the_oldest_cohort_is_in_its_last_year_of_high_school() -> None:
    oldest = cohort.current(date(2026, 11, 24))[-1]
    assert oldest.id == 2008
    assert years_old_by_law(oldest.first, date(2026, 11, 24)) == 18
    assert years_old_by_law(oldest.last, date(2027, 3, 31)) == 18
