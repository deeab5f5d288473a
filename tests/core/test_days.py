"""Ages and intervals as the law of vaccination counts them: examples of the cities, properties, and
the same on the phone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke.core import cohort, days

ROOT = Path(__file__).parents[2]
BIRTHS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
MONTHS = st.integers(0, 300)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("birth", "months", "reached"),
    [
        ("2013-04-02", 2, "2013-06-01"),  # 清瀬市: from 1 June on
        ("2020-04-01", 12, "2021-03-31"),  # 登米市
        ("2018-04-01", 3, "2018-06-30"),  # 厚木市
        ("2018-12-31", 2, "2019-02-28"),  # 厚木市: February has no 31st
        ("2018-12-31", 3, "2019-03-30"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2023-12-30", 2, "2024-02-29"),
        ("2023-12-29", 2, "2024-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-28"),
        ("2024-03-01", 12, "2025-02-28"),
        ("2024-01-01", 12, "2024-12-31"),
        ("2024-05-31", 1, "2024-06-30"),
        ("2024-05-31", 2, "2024-07-30"),
    ],
)
def test_an_age_is_reached_the_day_before_the_matching_date(
    birth: str, months: int, reached: str
) -> None:
    assert days.age_reached(day(birth), months) == day(reached)
    assert days.from_age(day(birth), months) == days.until_age(day(birth), months) == day(reached)
    assert days.after_age(day(birth), months) == day(reached) + timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "first"),
    [(27, "2026-06-29"), (20, "2026-06-22"), (6, "2026-06-08"), (60, "2026-08-01")],
)
def test_an_interval_of_days_ends_a_day_after_them(number: int, first: str) -> None:
    assert days.after_days(day("2026-06-01"), number) == day(first)


@pytest.mark.parametrize(
    ("previous", "months", "first"),
    [
        ("2026-06-01", 3, "2026-09-01"),
        ("2026-08-31", 6, "2027-03-01"),  # no 31 February: the 1st of the month after
        ("2026-03-31", 1, "2026-05-01"),
        ("2023-08-29", 6, "2024-02-29"),
        ("2024-08-29", 6, "2025-03-01"),
        ("2026-12-31", 2, "2027-03-01"),
    ],
)
def test_an_interval_of_months_ends_on_the_same_day(previous: str, months: int, first: str) -> None:
    assert days.after_months(day(previous), months) == day(first)


@pytest.mark.parametrize(
    ("birth", "entry", "year_of_12"),
    [
        ("2020-04-01", "2026-04-01", 2031),
        ("2020-04-02", "2027-04-01", 2032),
        ("2020-03-31", "2026-04-01", 2031),
        ("2020-02-29", "2026-04-01", 2031),
        ("2019-12-31", "2026-04-01", 2031),
    ],
)
def test_who_is_born_on_the_first_of_april_belongs_with_the_older_children(
    birth: str, entry: str, year_of_12: int
) -> None:
    assert days.school_entry(day(birth)) == day(entry)
    assert days.fiscal_year_of_age(day(birth), 12) == year_of_12


def test_weeks_after_birth_count_from_day_nought() -> None:
    assert days.weeks_after_birth(day("2026-04-01"), 6) == day("2026-05-13")
    assert days.weeks_after_birth(day("2026-04-01"), 14, 6) == day("2026-07-14")


@given(BIRTHS)
def test_a_child_enters_school_with_its_cohort(birth: date) -> None:
    entry = days.school_entry(birth)
    assert entry == date(cohort.of_birth(birth) + 7, 4, 1)
    assert days.age_reached(birth, 72) < entry <= days.age_reached(birth, 84) + timedelta(days=1)


@given(BIRTHS, MONTHS)
def test_an_age_comes_after_every_younger_one(birth: date, months: int) -> None:
    reached, next_one = days.age_reached(birth, months), days.age_reached(birth, months + 1)
    assert 27 <= (next_one - reached).days <= 31
    assert days.after_age(birth, months).day in (birth.day, 1)


@given(BIRTHS, st.integers(1, 400), st.integers(1, 40))
def test_an_interval_is_never_shorter_than_it_says(
    previous: date, number: int, months: int
) -> None:
    assert (days.after_days(previous, number) - previous).days - 1 == number
    assert days.after_months(previous, months) > days.age_reached(previous, months)


@given(BIRTHS)
def test_a_day_lies_in_its_fiscal_year(on: date) -> None:
    year = days.fiscal_year(on)
    assert days.fiscal_first(year) <= on <= days.fiscal_last(year)
    assert days.fiscal_first(year + 1) - days.fiscal_last(year) == timedelta(days=1)


# ------------------------------------------------------------------------- python and node
_ASKED: dict[str, Callable[[date, int], date | int]] = {
    "plus": days.plus,
    "from_age": days.from_age,
    "until_age": days.until_age,
    "after_age": days.after_age,
    "weeks_after_birth": days.weeks_after_birth,
    "after_days": days.after_days,
    "after_months": days.after_months,
    "fiscal_year": lambda on, _: days.fiscal_year(on),
    "fiscal_year_of_age": lambda on, number: days.fiscal_year_of_age(on, number % 30),
    "school_entry": lambda on, _: days.school_entry(on),
}


def _on_the_phone(questions: Sequence[tuple[str, str, int]]) -> list[Any]:
    done = subprocess.run(
        ["node", "tests/js/days_agree.mjs"],
        cwd=ROOT,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def _said(found: date | int) -> str | int:
    return found.isoformat() if isinstance(found, date) else found


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(BIRTHS, st.integers(0, 250)), min_size=300, max_size=400))
def test_the_phone_counts_the_same_days(drawn: list[tuple[date, int]]) -> None:
    edges = [(day(f"20{year}-{each}"), 2) for year in (24, 25) for each in ("02-28", "03-01")]
    edges += [(day("2024-02-29"), number) for number in range(61)]
    asked = [(name, on, number) for name in _ASKED for on, number in [*drawn, *edges]]
    years = [(n, on.isoformat(), m % 30 if n == "fiscal_year_of_age" else m) for n, on, m in asked]
    assert _on_the_phone(years) == [_said(_ASKED[name](on, number)) for name, on, number in asked]
