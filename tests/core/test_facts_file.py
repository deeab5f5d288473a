"""facts.yaml and the rules that speak it: what does not fit does not publish."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.parts.eligibility_world import ROOT, city
from todoke.adapters.site_folder import read
from todoke.core.catalogue import parse
from todoke.core.errors import TodokeError
from todoke.press.house import read_readings

SITE = read(ROOT / "site")
RULE = "procedures/si-houmon.yaml"
NAMED = b"fact: resident.in_municipality\n      op: eq\n      value: true"


def refusal(path: str, old: bytes, new: bytes) -> Mapping[str, object]:
    assert old in SITE[path]
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, path: SITE[path].replace(old, new, 1)})
    assert caught.value.code == "site_file_invalid"
    return caught.value.details


def condition(text: str) -> Mapping[str, object]:
    """The error of a procedure whose only condition is this one, in YAML's short form."""
    fact, op, value = text.split(" ", 2)
    return refusal(RULE, NAMED, f"fact: {fact}\n      op: {op}\n      value: {value}".encode())


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("resident.in_municipalty eq true", "eligibility.all[1].fact", "no fact"),
        ("resident.in_municipality lt true", "eligibility.all[1].op", "no order"),
        ("resident.in_municipality in [true]", "eligibility.all[1].op", "eq or ne"),
        ("resident.in_municipality eq 1", "eligibility.all[1].value", "no value"),
        ("resident.in_municipality eq 'true'", "eligibility.all[1].value", "no value"),
        ("resident.prefecture eq 東京", "eligibility.all[1].value", "no value"),
        ("resident.prefecture between [東京都, 大阪府]", "eligibility.all[1].op", "no order"),
        ("child.age_years lt '3'", "eligibility.all[1].value", "no value"),
        ("child.age_years in []", "eligibility.all[1].value", "a list"),
        ("child.age_years in 3", "eligibility.all[1].value", "a list"),
        ("child.age_years in [child.age_days]", "eligibility.all[1].value", "no value"),
        ("child.age_years between [5, 3]", "eligibility.all[1].value", "after the last"),
        ("child.age_years between [1, 2, 3]", "eligibility.all[1].value", "two values"),
        ("child.birth_date lt '2026-02-30'", "eligibility.all[1].value", "no value"),
        ("child.birth_date lt child.age_days", "eligibility.all[1].value", "another type"),
        ("child.grade_or_below le elementary_7", "eligibility.all[1].value", "no value"),
        ("person.pregnancy_week_day between [36w6d, 28w0d]", "eligibility.all[1].value", "after"),
    ],
)
def test_a_rule_that_nobody_can_answer_is_not_published(text: str, field: str, rule: str) -> None:
    details = condition(text)
    assert details["file"] == f"site/{RULE}"
    assert details["field"] == field
    assert rule in str(details["rule"])
    assert details["next"]


def test_the_nearest_fact_is_named() -> None:
    assert condition("child.age_year lt 3")["next"] == "did you mean child.age_years?"


@pytest.mark.parametrize("tree", [b"all: []", b"not: []", b"any:\n    - all: []"])
def test_a_rule_has_conditions(tree: bytes) -> None:
    before = SITE[RULE]
    start = before.index(b"eligibility:\n")
    end = before.index(b"deadline:")
    details = refusal(RULE, before[start:end], b"eligibility:\n  " + tree + b"\n")
    assert "condition" in str(details["rule"])


def test_a_region_is_a_prefecture() -> None:
    details = refusal(
        "procedures/si-ikusei-tokyo.yaml", "region:\n  ja: 東京都".encode(), b"region:\n  ja: Tokyo"
    )
    assert str(details["field"]).startswith("region")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("type: date", "type: day", "type"),
        ("who: day", "who: sun", "who"),
        ("name: today", "name: To-day", "name"),
        ("    derived_from: today\n", "", "derived_from"),
        ("    derived_from: child.birth_date\n", "", "derived_from"),
        ("name: resident.in_municipality\n", "name: child.exists\n", ""),
        ('      en: "What is the date today?"\n', "", "question"),
        ("    most: 9999\n", "    most: 9999\n    ordered: true\n", "ordered"),
        ("type: choice", "type: text", "choices"),
    ],
)
def test_a_wrong_entry_of_the_vocabulary_is_not_published(old: str, new: str, field: str) -> None:
    details = refusal("facts.yaml", old.encode(), new.encode())
    assert details["file"] == "site/facts.yaml"
    assert field in str(details["field"])


def test_without_the_vocabulary_no_rule_is_published() -> None:
    with pytest.raises(TodokeError, match="no fact of site/facts"):
        parse({path: body for path, body in SITE.items() if path != "facts.yaml"})


def test_every_kanji_of_an_easy_question_has_a_reading() -> None:
    readings = read_readings(SITE)
    for fact in city().facts.values():
        for words in (fact.question, *(each.label for each in fact.choices)):
            assert readings.uncovered(words["easy"]) == [], fact.name
            assert set(words) == {"ja", "easy", "en"}
