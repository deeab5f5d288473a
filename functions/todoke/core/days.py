"""Ages, windows and intervals as the rules of routine vaccination and health checks count them.

年齢計算ニ関スル法律 counts the day of birth and 民法143条 ends a period with the day before the
one that corresponds, so an age is reached at 24:00 of the day before the matching date. What may
be done from an age may be done on that day already, and what must be done before an age may still
be done on it (予防接種実施規則 and 定期接種実施要領, as the ministry explained them to the cities).
Only vaccination reads 「未満」 this way: 「満3歳未満」 of こども誰でも通園制度 ends a day earlier.

``site/assets/js/days.js`` is the same with days as text; tests/core/test_days.py holds both to it.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

_DAY = timedelta(days=1)
#: years of age at which the duty to go to school begins (学校教育法17条)
SCHOOL_AGE = 6


def exists(day: str) -> bool:
    """Whether the calendar has this month or day, "YYYY-MM" or "YYYY-MM-DD"."""
    try:
        date.fromisoformat(day if len(day) > len("YYYY-MM") else f"{day}-01")
    except ValueError:
        return False
    return True


def plus(day: date, days: int) -> date:
    """So many days later."""
    return day + timedelta(days=days)


def age_reached(birth: date, months: int) -> date:
    """The day at whose end an age is reached: the day before the matching date. A month without
    that day ends the period on its own last day (民法143条2項ただし書)."""
    year, month = _month(birth, months)
    last = calendar.monthrange(year, month)[1]
    return date(year, month, birth.day) - _DAY if birth.day <= last else date(year, month, last)


def from_age(birth: date, months: int) -> date:
    """First day of a window 「生後…月から」「…歳以上」."""
    return age_reached(birth, months)


def until_age(birth: date, months: int) -> date:
    """Last day of a window 「…月に至るまで」「…歳未満」, itself included."""
    return age_reached(birth, months)


def after_age(birth: date, months: int) -> date:
    """First day of a window 「…月に至った日の翌日から」: the matching date itself."""
    return age_reached(birth, months) + _DAY


def weeks_after_birth(birth: date, weeks: int, days: int = 0) -> date:
    """「出生w週d日後」: the day of birth is 0 weeks 0 days; both ends include the day."""
    return plus(birth, 7 * weeks + days)


def after_days(previous: date, days: int) -> date:
    """First day after an interval of 「n日以上」: 27 days are the same weekday four weeks later."""
    return plus(previous, days + 1)


def after_months(previous: date, months: int) -> date:
    """First day after an interval of 「n月以上」: the same day, or the 1st of the month after one
    that has no such day."""
    return age_reached(previous, months) + _DAY


def fiscal_year(day: date) -> int:
    """The 年度 of a day: 2026 is 1 April 2026 to 31 March 2027."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_first(year: int) -> date:
    """First day of a fiscal year."""
    return date(year, 4, 1)


def fiscal_last(year: int) -> date:
    """Last day of a fiscal year."""
    return date(year + 1, 3, 31)


def fiscal_year_of_age(birth: date, years: int) -> int:
    """「…歳となる日の属する年度」: who is born on 1 April belongs with the older children."""
    return fiscal_year(age_reached(birth, 12 * years))


def school_entry(birth: date) -> date:
    """The 1 April on which a child enters school: the first one on or after the day that follows
    the day six years are reached (学校教育法17条1項)."""
    day = after_age(birth, 12 * SCHOOL_AGE)
    return fiscal_first(day.year if (day.month, day.day) <= (4, 1) else day.year + 1)


def _month(day: date, months: int) -> tuple[int, int]:
    """Year and month so many months later."""
    whole = day.year * 12 + day.month - 1 + months
    return whole // 12, whole % 12 + 1
