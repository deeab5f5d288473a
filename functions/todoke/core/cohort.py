"""School-year cohorts (年度): children who enter school together.

年齢計算ニ関する法律 counts the day of birth, so a child reaches an age at the end of the day
before the birthday: one born on 1 April is six on 31 March and enters school that April. With
学校教育法 17 and 学校教育法施行規則 59 a cohort is therefore born from 2 April to 1 April.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: from birth to the end of the school year in which a child becomes 18
COHORTS = 19


@dataclass(frozen=True, slots=True)
class Cohort:
    """id: the year Y of 2 April Y to 1 April Y+1. first and last: birth dates, both included."""

    id: int
    first: date
    last: date


def of_birth(birth: date) -> int:
    """Cohort of a child born that day."""
    return birth.year if (birth.month, birth.day) >= (4, 2) else birth.year - 1


def cohort(id: int) -> Cohort:
    """The cohort with its first and last birth date."""
    return Cohort(id, date(id, 4, 2), date(id + 1, 4, 1))


def current(today: date) -> tuple[Cohort, ...]:
    """The cohorts a person may choose today, newest first.

    ``today`` (Japanese calendar date) may itself be a birth date, so the newest cohort is the
    one a child born today belongs to."""
    newest = of_birth(today)
    return tuple(cohort(newest - back) for back in range(COHORTS))
