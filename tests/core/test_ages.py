"""What belongs to an age is said by the rules: written here by hand from the cited laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from todoke.adapters.site_folder import read
from todoke.core import ages, catalogue, facts
from todoke.core.catalogue import Catalogue
from todoke.core.site_yaml import Value

ON = date(2026, 11, 24)


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return catalogue.parse(read(Path(__file__).parents[2] / "site"))


@pytest.fixture(scope="module")
def found(city: Catalogue) -> Mapping[str, Sequence[str]]:
    return {age: [each.id for each in items] for age, items in ages.by_age(city, ON).items()}


@pytest.mark.parametrize(
    ("procedure", "wanted"),
    [
        # 戸籍法49条: within 14 days of the birth
        ("ko-shussho", {"age_0"}),
        # 母子保健法15条: who became pregnant
        ("bo-ninshin", {"pregnant"}),
        # 児童福祉法 乳児等通園支援事業: from six months to under three
        ("ho-daredemo", {"age_0", "age_1", "age_2"}),
        # 学校保健安全法11条: the year before school
        ("ky-kenshin", {"before_school"}),
        # 児童福祉法6条の3第2項: pupils of primary school, and who will be one in April
        ("ky-gakudo", {"before_school", "elementary"}),
        # 児童手当法4条: to the end of the school year of 18
        ("jt-nintei", set(ages.IDS) - {"pregnant", "after_school"}),
        # 児童手当法: children up to 22 who are counted
        ("jt-kakunin", {"after_school"}),
        # open to everybody whatever the age of the child
        ("jt-koza", set()),
        # 母子保健法12条, 13条: up to the check at five
        ("bo-nyuyoji", {"age_0", "age_1", "age_2", "before_school"}),
        # 予防接種法施行令3条: to the end of the school year of 16
        ("bo-yobou", set(ages.IDS) - {"pregnant", "after_school"}),
        # it has ended
        ("si-bukka", set()),
    ],
)
def test_a_procedure_belongs_to_its_ages(
    found: Mapping[str, Sequence[str]], procedure: str, wanted: set[str]
) -> None:
    assert {age for age, items in found.items() if procedure in items} == wanted


def test_every_age_has_something(found: Mapping[str, Sequence[str]]) -> None:
    assert tuple(found) == ages.IDS
    assert all(len(items) > 5 for items in found.values())


def test_what_is_urgent_comes_first(found: Mapping[str, Sequence[str]]) -> None:
    assert found["pregnant"][0] == "bo-ninshin"
    assert found["age_0"][:2] == ["ko-shussho", "jt-nintei"]  # 14 and 15 days


def test_a_rule_that_changes_moves_its_procedure(city: Catalogue) -> None:
    item = city.procedures["ky-gakudo"]
    rule: Value = {"fact": "child.age_years", "op": "lt", "value": 1}
    changed = replace(city, procedures={item.id: replace(item, eligibility=rule)})
    found = ages.by_age(changed, ON)
    assert [age for age, items in found.items() if items] == ["age_0"]


def test_every_child_of_every_day_is_of_one_age_at_most() -> None:
    for on in (ON, date(2026, 4, 1), date(2026, 4, 2), date(2028, 2, 29), date(2027, 3, 31)):
        for birth in ages.births(on):
            held = [band.id for band in ages.BANDS if band.holds(birth, on)]
            grade = facts.school_grade(birth, on)
            assert len(held) == (1 if grade <= 16 else 0), (on, birth, held)


def test_every_age_has_a_child_on_every_day() -> None:
    for on in (ON, date(2026, 4, 1), date(2026, 4, 2), date(2028, 2, 29), date(2027, 3, 31)):
        held = {
            band.id for birth in ages.births(on) for band in ages.BANDS if band.holds(birth, on)
        }
        assert held == {band.id for band in ages.BANDS}, on


def test_a_city_without_facts_has_no_ages(city: Catalogue) -> None:
    assert ages.by_age(replace(city, facts={}), ON) == {}
