"""When the years of keeping are over: by hand, by properties; and what a rule must say."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.keeping import rule, rules
from todoke import config
from todoke.core import keeping
from todoke.core.errors import TodokeError
from todoke.core.keeping import Rule

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
YEARS = st.integers(1, keeping.MOST_YEARS)
COUNTED = st.sampled_from(keeping.COUNTED)


def a_rule(years: int, counted: str = "day") -> Rule:
    return Rule(years, counted, {"ja": "規程"}, "2026-04", {"ja": "規程"}, None)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("since", "years", "over"),
    [
        ("2021-03-10", 5, "2026-03-11"),  # the day itself does not count: the last day is the 10th
        ("2021-12-31", 1, "2023-01-01"),
        ("2024-02-28", 1, "2025-03-01"),  # begins on 29 February: ends with February
        ("2024-02-28", 4, "2028-02-29"),
        ("2024-02-29", 1, "2025-03-01"),
        ("2024-02-29", 4, "2028-03-01"),
        ("2023-02-28", 1, "2024-03-01"),  # 29 February 2024 is its last day
        ("2026-11-24", 30, "2056-11-25"),
    ],
)
def test_years_from_a_day_begin_with_the_next_one(since: str, years: int, over: str) -> None:
    assert keeping.over_on(a_rule(years), day(since)) == day(over)


@pytest.mark.parametrize(
    ("since", "years", "over"),
    [
        ("2026-04-01", 5, "2032-04-01"),
        ("2027-03-31", 5, "2032-04-01"),
        ("2027-04-01", 5, "2033-04-01"),
        ("2024-02-29", 1, "2025-04-01"),
    ],
)
def test_fiscal_years_begin_with_the_april_after(since: str, years: int, over: str) -> None:
    assert keeping.over_on(a_rule(years, "fiscal_year"), day(since)) == day(over)


@given(DAYS, YEARS)
def test_years_from_a_day_are_those_of_the_calendar(since: date, years: int) -> None:
    first = since + timedelta(days=1)
    try:
        expected = first.replace(year=first.year + years)
    except ValueError:
        expected = date(first.year + years, 3, 1)
    assert keeping.over_on(a_rule(years), since) == expected


@given(DAYS, DAYS, YEARS, COUNTED)
def test_what_is_older_is_never_kept_longer(
    one: date, other: date, years: int, counted: str
) -> None:
    older, younger = sorted((one, other))
    found = a_rule(years, counted)
    assert keeping.over_on(found, older) <= keeping.over_on(found, younger)


@given(DAYS, YEARS, COUNTED, st.integers(-3, 3))
def test_a_search_may_end_where_nothing_can_be_over(
    since: date, years: int, counted: str, around: int
) -> None:
    found = a_rule(years, counted)
    today = keeping.over_on(found, since) + timedelta(days=around)
    if keeping.over_on(found, since) <= today:
        assert since <= keeping.no_later(found, today)


@given(DAYS, YEARS, COUNTED)
def test_at_least_so_many_years_hold_where_a_rule_has_fewer(
    since: date, years: int, counted: str
) -> None:
    found = keeping.over_on(a_rule(years, counted), since, keeping.CLAIM_YEARS)
    longer = max(years, keeping.CLAIM_YEARS)
    assert found == keeping.over_on(a_rule(longer, counted), since)


def test_every_kind_goes_with_one_rule() -> None:
    kinds = [kind for each in keeping.KINDS.values() for kind in each]
    assert len(kinds) == len(set(kinds)) == len(keeping.RULE_OF)
    assert all(kind in each for kind, each in keeping.KINDS.items())


# ------------------------------------------------------------------------------ the settings
def build(keep: Any) -> config.Config:
    return config.build({"keep": keep}, Path(), Path())


def test_the_rules_are_read_as_they_stand() -> None:
    found = build(rules(7, counted="fiscal_year")).keep
    assert found.keys() == keeping.KINDS.keys()
    assert (found["bill"].years, found["bill"].counted) == (7, "fiscal_year")
    assert found["bill"].basis["en"] == "Rules on documents of Shiken City"
    assert not found["bill"].is_example
    assert build({"audit": rule()}).keep["audit"].counted == "day"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"years": 0}, "years"),
        ({"years": 31}, "years"),
        ({"years": "forever"}, "years"),
        ({"years": True}, "years"),
        ({"years": None}, "years"),
        ({"counted": "month"}, "counted"),
        ({"basis": None}, "basis"),
        ({"basis": {"en": "a rule"}}, "basis"),
        ({"as_of": "2026"}, "as_of"),
        ({"as_of": "2026-13"}, "as_of"),
        ({"as_of": 2026}, "as_of"),
        ({"source": None}, "source"),
        ({"source": "規程"}, "source"),
        ({"source": {"title": "規程", "url": "ftp://x"}}, "source.url"),
        ({"reason": "x"}, ""),
    ],
)
def test_a_rule_that_is_not_whole_is_named(changed: dict[str, Any], field: str) -> None:
    table = {name: each for name, each in {**rule(), **changed}.items() if each is not None}
    with pytest.raises(TodokeError) as caught:
        build({"application": table})
    assert caught.value.code == "setting_invalid"
    assert caught.value.details["field"] == f"keep.application{'.' if field else ''}{field}"


def test_a_kind_that_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(TodokeError) as caught:
        build({"bills": rule()})
    assert caught.value.details["field"] == "keep"
    assert "bill" in str(caught.value.details["rule"])
