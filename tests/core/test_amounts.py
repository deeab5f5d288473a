"""What a benefit comes to: the vectors, the file of amounts, and the same in the browser."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke.core import amounts, benefits, catalogue, words
from todoke.core.benefits import Benefit
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]


def _files() -> dict[str, bytes]:
    site = ROOT / "site"
    return {each.relative_to(site).as_posix(): each.read_bytes() for each in site.rglob("*.yaml")}


FILES = _files()
BENEFITS = catalogue.parse(FILES).benefits
WORDS = words.parse(FILES)
VECTORS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/amounts.jsonl").read_text("utf-8").splitlines()
]


def _answer(benefit: str, facts: object) -> dict[str, Any]:
    """The amount, or the refusal, in one shape that node gives too."""
    try:
        return dict(amounts.compute(BENEFITS, benefit, facts).as_json())
    except TodokeError as error:
        rule = str(error.details.get("rule", ""))
        return {"refused": {"code": error.code, "field": error.details["field"], "rule": rule}}


def _yen(benefit: str, facts: object) -> int:
    return amounts.compute(BENEFITS, benefit, facts).yen


# ------------------------------------------------------------------------- the vectors
@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['id']} {each['working'][:40]}")
def test_amounts_are_what_the_vectors_worked_out_by_hand(vector: dict[str, Any]) -> None:
    answer = _answer(vector["benefit"], vector["facts"])
    if "refused" in vector:
        assert answer == {"refused": vector["refused"]}
        return
    once = vector["benefit"] == "ninpu_shien_kyufu"
    assert answer["yen" if once else "yen_per_month"] == vector["yen"], answer["steps"]
    said = {step["key"] for step in answer["steps"]}
    assert set(vector["says"]) <= said
    assert not set(vector.get("silent", ())) & said


def test_every_benefit_has_many_vectors_and_every_step_is_among_them() -> None:
    count = Counter(each["benefit"] for each in VECTORS)
    assert all(count[id] >= 25 for id in amounts.CALCULATORS)
    said = {
        step["key"]
        for each in VECTORS
        for step in _answer(each["benefit"], each["facts"]).get("steps", [])
    }
    assert said == set(amounts.STEPS)


def test_the_steps_add_up_to_the_amount() -> None:
    for vector in VECTORS:
        if "yen" in vector:
            steps = amounts.compute(BENEFITS, vector["benefit"], vector["facts"]).steps
            parts = [each.figures.get("yen", 0) for each in steps if "total" not in each.key]
            assert sum(int(each) for each in parts) == vector["yen"]


def test_every_step_has_words_in_three_languages_for_all_its_figures() -> None:
    for language in words.LANGUAGES:
        for vector in VECTORS:
            for step in _answer(vector["benefit"], vector["facts"]).get("steps", []):
                said = WORDS.say(language, f"amounts.step.{step['key']}", **step["figures"])
                assert "{" not in said, (language, step)


# ------------------------------------------------------------------------- python and node
def _ask_node(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = json.dumps({"file": benefits.as_json(BENEFITS), "questions": questions})
    done = subprocess.run(
        ["node", "tests/js/amounts_agree.mjs"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_browser_says_the_same_step_by_step() -> None:
    questions = [{"benefit": each["benefit"], "facts": each["facts"]} for each in VECTORS]
    here = [_answer(each["benefit"], each["facts"]) for each in VECTORS]
    assert _ask_node(questions) == here


_MONTHS = st.builds(
    lambda year, month: f"{year}-{month:02d}", st.integers(2022, 2028), st.integers(1, 12)
)
_BIRTHS = st.dates(
    min_value=date(2000, 1, 1),
    max_value=date(2028, 12, 31),
).map(str)
_PEOPLE = st.integers(0, 8)
_LIMITS = sorted(
    {
        yen
        for benefit in BENEFITS.values()
        for period in benefit.limits
        for limit in period.tables.values()
        for yen in (*limit.by_dependents, limit.of(6), limit.of(8))
    }
)
_YEN = st.integers(0, 12_000_000) | st.builds(
    lambda limit, more: limit + more, st.sampled_from(_LIMITS), st.integers(-1, 1)
)
_GUARDIAN = {"guardian_income": _YEN, "guardian_dependents": _PEOPLE}
_FACTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "jidou_teate": st.fixed_dictionaries(
        {"month": _MONTHS, "children": st.lists(_BIRTHS, max_size=6)},
        optional={"supported_18_22": st.booleans(), "income": _YEN, "dependents": _PEOPLE},
    ),
    "jidou_fuyou_teate": st.fixed_dictionaries(
        {"month": _MONTHS, "children": _PEOPLE, "income": _YEN, "dependents": _PEOPLE},
        optional=_GUARDIAN,
    ),
    "tokubetsu_jidou_fuyou_teate": st.fixed_dictionaries(
        {"month": _MONTHS, "grade1": _PEOPLE, "grade2": _PEOPLE, "income": _YEN,
         "dependents": _PEOPLE},
        optional=_GUARDIAN,
    ),
    "shougaiji_fukushi_teate": st.fixed_dictionaries(
        {"month": _MONTHS, "children": _PEOPLE, "child_income": _YEN, **_GUARDIAN}
    ),
    "ninpu_shien_kyufu": st.fixed_dictionaries(
        {"step": st.integers(0, 3), "fetuses": st.integers(0, 11)}
    ),
}  # fmt: skip
_QUESTION = st.sampled_from(sorted(_FACTS)).flatmap(
    lambda name: _FACTS[name].map(lambda facts: {"benefit": name, "facts": facts})
)


@settings(max_examples=8, deadline=None)
@given(st.lists(_QUESTION, min_size=60, max_size=60))
def test_python_and_the_browser_agree_on_whatever_is_asked(questions: list[dict[str, Any]]) -> None:
    assert _ask_node(questions) == [_answer(each["benefit"], each["facts"]) for each in questions]


# ------------------------------------------------------------------------- what always holds
_INCOMES = ("income", "guardian_income", "child_income")


@settings(max_examples=200, deadline=None)
@given(_QUESTION, st.sampled_from(_INCOMES), st.integers(1, 3_000_000))
def test_more_income_never_gives_more(question: dict[str, Any], name: str, more: int) -> None:
    id, facts = question["benefit"], question["facts"]
    if name in facts and "refused" not in _answer(id, facts):
        assert _yen(id, {**facts, name: facts[name] + more}) <= _yen(id, facts)


@settings(max_examples=200, deadline=None)
@given(_QUESTION, st.sampled_from(("children", "grade1", "grade2", "dependents")))
def test_one_child_or_dependent_more_never_gives_less(question: dict[str, Any], name: str) -> None:
    id, facts = question["benefit"], question["facts"]
    if type(facts.get(name)) is int and "refused" not in _answer(id, facts):
        assert _yen(id, {**facts, name: facts[name] + 1}) >= _yen(id, facts)


@settings(max_examples=100, deadline=None)
@given(_FACTS["jidou_teate"], _BIRTHS)
def test_another_child_never_takes_from_the_family(facts: dict[str, Any], born: str) -> None:
    if "refused" not in _answer("jidou_teate", facts):
        more = {**facts, "children": [*facts["children"], born]}
        assert _yen("jidou_teate", more) >= _yen("jidou_teate", facts)
        turned = {**more, "children": more["children"][::-1]}
        assert _yen("jidou_teate", turned) == _yen("jidou_teate", more)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_whatever_is_sent_is_computed_or_refused(value: Any) -> None:
    for id, (known, _) in amounts.CALCULATORS.items():
        for name in known:
            facts = {"month": "2026-11", "children": 1, "income": 0, "dependents": 0, "step": 1}
            facts = {key: each for key, each in facts.items() if key in known}
            _answer(id, {**facts, name: value})
        _answer(id, value)


# ------------------------------------------------------------------------- the file
def test_the_rates_lead_from_the_most_to_the_least() -> None:
    """One yen below the last limit is paid the least amount the law publishes."""
    benefit: Benefit = BENEFITS["jidou_fuyou_teate"]
    for version in benefit.versions:
        limits = next(each for each in benefit.limits if each.holds_in(version.start))
        for dependents in range(8):
            span = limits.tables["part"].of(dependents) - limits.tables["full"].of(dependents)
            for name, rate in version.rates.items():
                less = amounts.round10((span - 1) * Decimal(rate))
                paid = version.amounts[f"{name}_part"] - less
                assert paid == version.amounts[f"{name}_least"], (version.start, name)


def test_a_dependent_of_16_to_22_adds_the_most_to_a_limit_and_what_was_not_read_has_no_figure() -> (
    None
):
    limits = BENEFITS["jidou_fuyou_teate"].limits[-1]
    assert [limits.tables["part"].of(1), limits.at_highest().tables["part"].of(1)] == [
        2_460_000, 2_610_000
    ]  # fmt: skip
    assert limits.tables["guardian"].rises is None
    for id in ("tokubetsu_jidou_fuyou_teate", "shougaiji_fukushi_teate"):
        tables = BENEFITS[id].limits[-1].tables
        assert {each.rises for each in tables.values()} == {None}
    assert {each.rises for each in BENEFITS["jidou_teate"].limits[0].tables.values()} == {0}


def test_every_benefit_is_read_and_published_whole() -> None:
    assert set(BENEFITS) == set(amounts.CALCULATORS)
    shown = json.loads(json.dumps(benefits.as_json(BENEFITS)))
    assert [each["id"] for each in shown["benefits"]] == list(BENEFITS)
    newest = shown["benefits"][1]["versions"][-1]
    assert newest["amounts"]["first_full"] == 48050
    assert newest["rates"]["first"] == "0.0264029"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("from: 2024-10\n", "", "from"),
        ("        verified_until: 2024-09\n", "", "verified_until"),
        ("        confidence: high\n", "", "confidence"),
        ("        law: 児童手当法 6条(令和6年10月からの規定)\n", "", "law"),
        ("third: 30000", "third: 30000.5", "amounts.third"),
        ("third: 30000", "fourth: 30000", "amounts.fourth"),
        (", third: 30000", "", "amounts"),
        ("from: 2024-10", "from: 2024-11", "from"),
        ("until: 2024-09", "until: 2022-05", "until"),
        ("from: 2024-10", "from: 2024-13", "from"),
        ("first: 0.0264029", "first: 1.0264029", "rates.first"),
        ("6980000, 7360000", "7360000, 6980000", "by_dependents"),
        ("sources: [gojo_jifu]", "sources: [nowhere]", "sources"),
        ("id: jidou_teate", "id: jidou_teat", "id"),
        ("id: jidou_fuyou_teate", "id: jidou_teate", "amounts"),
        ("pay_months: [1,", "pay_months: [13,", "pay_months"),
        ("          law: 児童扶養手当法施行令 2条の4\n", "", "additions.law"),
        ("          confidence: medium\n", "", "additions.confidence"),
        ("full: {elderly: 100000,", "whole: {elderly: 100000,", "tables.whole"),
        ("{elderly: 100000, young", "{old: 100000, young", "full.old"),
        ("young: 150000}", "young: 150000.5}", "full.young"),
        ("          sources: []\n", "          sources: [nowhere]\n", "additions.sources"),
    ],
)
def test_a_broken_file_of_amounts_does_not_publish(old: str, new: str, field: str) -> None:
    text = FILES["benefits.yaml"].decode()
    assert old in text
    if old == "from: 2024-10\n":  # the dash that begins the entry stays
        text = text.replace("      - from: 2024-10\n        law", "      - law", 1)
    else:
        text = text.replace(old, new, 1)
    with pytest.raises(TodokeError) as found:
        catalogue.parse({**FILES, "benefits.yaml": text.encode()})
    assert found.value.code == "site_file_invalid"
    assert found.value.details["file"] == "site/benefits.yaml"
    assert field in str(found.value.details["field"])


def test_a_city_may_leave_the_amounts_out() -> None:
    files = {path: body for path, body in FILES.items() if path != "benefits.yaml"}
    assert catalogue.parse(files).benefits == {}
    with pytest.raises(TodokeError, match="known_benefit"):
        amounts.compute({}, "jidou_teate", {})
