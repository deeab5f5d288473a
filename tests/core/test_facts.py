"""What follows from a birthday, as the law counts; and facts that cannot be taken."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.eligibility_world import city, on_the_phone
from todoke.core import cohort, facts
from todoke.core.errors import TodokeError


def of(birth: str, on: str) -> dict[str, facts.FactValue]:
    known = facts.known(city().facts, {"child.birth_date": birth}, date.fromisoformat(on))
    return {name.removeprefix("child."): value for name, value in known.values.items()}


@pytest.mark.parametrize(
    ("birth", "on", "years", "months"),
    [
        ("2020-11-22", "2026-11-21", 5, 71),  # reached at the end of this day
        ("2020-11-22", "2026-11-22", 6, 72),
        ("2024-02-29", "2026-02-28", 1, 23),
        ("2024-02-29", "2026-03-01", 2, 24),  # 民法143条2項: the month had no 29th
        ("2024-02-29", "2028-02-28", 3, 47),
        ("2024-02-29", "2028-02-29", 4, 48),
        ("2026-01-31", "2026-02-28", 0, 0),
        ("2026-01-31", "2026-03-01", 0, 1),
        ("2026-11-22", "2026-11-22", 0, 0),
    ],
)
def test_an_age_is_reached_when_the_day_before_ends(
    birth: str, on: str, years: int, months: int
) -> None:
    found = of(birth, on)
    assert (found["age_years"], found["age_months"]) == (years, months)


@pytest.mark.parametrize(
    ("birth", "on", "name", "wanted"),
    [
        ("2020-04-01", "2026-03-31", "before_school_entry", True),
        ("2020-04-01", "2026-04-01", "elementary_school", True),
        ("2020-04-02", "2026-04-01", "elementary_school", False),
        ("2020-04-02", "2026-04-01", "enters_school_next_april", True),
        ("2020-04-01", "2025-04-01", "enters_school_next_april", True),
        ("2020-04-01", "2025-03-31", "enters_school_next_april", False),
        ("2020-04-01", "2032-03-31", "elementary_school", True),
        ("2020-04-01", "2032-04-01", "elementary_school", False),
        ("2020-04-01", "2035-03-31", "compulsory_school_age", True),
        ("2020-04-01", "2035-04-01", "compulsory_school_age", False),
        ("2020-04-01", "2035-03-31", "high_school", False),
        ("2020-04-01", "2035-04-01", "high_school", True),
        ("2020-04-01", "2038-03-31", "before_fy_end_of_18", True),
        ("2020-04-01", "2038-04-01", "before_fy_end_of_18", False),
        ("2020-04-02", "2039-03-31", "before_fy_end_of_18", True),
        ("2020-04-01", "2038-03-31", "between_18fy_and_22fy", False),
        ("2020-04-01", "2038-04-01", "between_18fy_and_22fy", True),
        ("2020-04-01", "2042-03-31", "between_18fy_and_22fy", True),
        ("2020-04-01", "2042-04-01", "between_18fy_and_22fy", False),
        ("2026-10-25", "2026-11-21", "newborn", True),
        ("2026-10-25", "2026-11-22", "newborn", False),
        ("2024-02-29", "2026-11-22", "third_birthday_minus_2_days", "2027-02-27"),
        ("2024-03-01", "2026-11-22", "third_birthday_minus_2_days", "2027-02-27"),
        ("2023-11-22", "2026-11-22", "third_birthday_minus_2_days", "2026-11-20"),
        ("2020-04-01", "2026-04-01", "grade_or_below", "elementary_1"),
        ("2020-04-01", "2026-03-31", "grade_or_below", "before_school"),
        ("2020-04-01", "2032-04-01", "grade_or_below", "junior_high_1"),
        ("2020-04-01", "2038-03-31", "grade_or_below", "high_school_3"),
        ("2020-04-01", "2038-04-01", "grade_or_below", "after_high_school"),
    ],
)
def test_school_years_follow_the_law(birth: str, on: str, name: str, wanted: object) -> None:
    assert of(birth, on)[name] == wanted


def test_after_the_usual_age_only_the_family_knows_who_goes_to_high_school() -> None:
    assert "high_school" not in of("2020-04-01", "2038-04-01")


@given(birth=st.dates(date(2000, 1, 1), date(2026, 1, 1)), days=st.integers(0, facts.OLDEST * 365))
def test_school_years_say_the_same_as_the_cohorts(birth: date, days: int) -> None:
    on = birth + timedelta(days=days)
    found = facts.derived(birth, on)
    school = cohort.cohort(cohort.of_birth(birth)).last.year + 6
    assert found["child.before_school_entry"] == (on < date(school, 4, 1))
    assert found["child.before_fy_end_of_18"] == (on < date(school + 12, 4, 1))
    years = found["child.age_years"]
    assert isinstance(years, int)
    assert facts.birthday(birth, years) <= on < facts.birthday(birth, years + 1)


def test_every_derived_fact_fits_its_entry_in_the_vocabulary() -> None:
    known = facts.derived(date(2020, 2, 29), date(2026, 11, 22))
    assert {each for each, fact in city().facts.items() if fact.derived_from} == facts.DERIVED
    assert not [name for name, value in known.items() if city().facts[name].wrong(value)]


def test_what_a_person_states_beats_what_is_derived() -> None:
    given = {"child.birth_date": "2007-01-01", "child.high_school": True, "child.exists": None}
    known = facts.known(city().facts, given, date(2026, 11, 22)).values
    assert known["child.high_school"] is True
    assert known["child.exists"] is True  # null is not answered, so it is derived
    left_school = {"child.birth_date": "2009-09-09", "child.high_school": False}
    known = facts.known(city().facts, left_school, date(2026, 11, 22)).values
    assert known["child.high_school"] is False


BAD = [
    ({"child.age": 3}, "child.age", "fact_unknown"),
    ({"": 3}, "", "fact_unknown"),
    ({"__proto__": True}, "__proto__", "fact_unknown"),
    ({"child.insured": 1}, "child.insured", "fact_bool"),
    ({"child.insured": "true"}, "child.insured", "fact_bool"),
    ({"child.age_days": True}, "child.age_days", "fact_whole"),
    ({"child.age_days": -1}, "child.age_days", "fact_whole"),
    ({"child.age_days": 1.5}, "child.age_days", "fact_whole"),
    ({"person.pension_category": 4}, "person.pension_category", "fact_whole"),
    ({"child.birth_date": "2026-02-30"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "2025-02-29"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "2026-2-3"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "20260203"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "２０２６-02-03"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "2026-02-03\n"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "0001-01-01"}, "child.birth_date", "fact_day"),
    ({"child.birth_date": 20260203}, "child.birth_date", "fact_day"),
    ({"child.birth_date": "2026-11-23"}, "child.birth_date", "fact_not_born"),
    ({"child.birth_date": "2001-11-22"}, "child.birth_date", "fact_too_old"),
    ({"today": "2026-11-21"}, "today", "fact_today"),
    ({"parent.need_for_care": "sleep"}, "parent.need_for_care", "fact_choice"),
    ({"parent.need_for_care": ["work"]}, "parent.need_for_care", "fact_choice"),
    ({"resident.prefecture": "東京"}, "resident.prefecture", "fact_choice"),
    ({"person.pregnancy_week_day": "28w7d"}, "person.pregnancy_week_day", "fact_weeks"),
]


@pytest.mark.parametrize(("given_", "field", "rule"), BAD)
def test_a_fact_that_cannot_be_taken_is_named(
    given_: dict[str, object], field: str, rule: str
) -> None:
    with pytest.raises(TodokeError) as caught:
        facts.known(city().facts, given_, date(2026, 11, 22))
    assert caught.value.code == "bad_field"
    assert (caught.value.details["field"], caught.value.details["rule"]) == (field, rule)


def test_the_phone_refuses_the_same_facts() -> None:
    cases = [{"procedures": [], "facts": each, "on": "2026-11-22"} for each, _, _ in BAD]
    assert on_the_phone(cases) == [{"field": field, "rule": rule} for _, field, rule in BAD]


def test_a_child_one_day_younger_is_taken() -> None:
    assert of("2001-11-23", "2026-11-22")["age_years"] == 24


def test_every_rule_has_words_in_three_languages() -> None:
    from tests.parts.eligibility_world import ROOT
    from todoke.adapters.site_folder import read
    from todoke.core import words

    said = words.parse(read(ROOT / "site"))
    rules = {rule for _, _, rule in BAD} | {"fact_text", "fact_json"}
    for language in words.LANGUAGES:
        for rule in sorted(rules):
            assert said.has(language, f"errors.rule.{rule}"), (language, rule)


@pytest.mark.parametrize(
    ("given", "name", "follows"),
    [
        ({"person.pregnant": True}, "person.pregnant_or_postpartum", True),
        ({"person.pregnant": False}, "person.pregnant_or_postpartum", None),
        ({"person.pregnant_or_postpartum": False}, "person.pregnant", False),
        ({"person.pregnant_or_postpartum": True}, "person.pregnant", None),
        # what she states herself beats what would follow
        (
            {"person.pregnant": True, "person.pregnant_or_postpartum": False},
            "person.pregnant_or_postpartum",
            False,
        ),
        ({"claimant.divorce_pending": False}, "claimant.divorce_pending_separated", False),
    ],
)
def test_the_wider_fact_follows_from_the_narrower_one(
    given: dict[str, object], name: str, follows: bool | None
) -> None:
    known = facts.known(city().facts, given, date(2026, 11, 24))
    assert known.values.get(name) is follows


def test_every_implication_is_between_yes_or_no_facts_about_the_same_one() -> None:
    for narrow, wide in facts.IMPLIES:
        one, other = city().facts[narrow], city().facts[wide]
        assert one.type == other.type == "bool"
        assert one.who == other.who
