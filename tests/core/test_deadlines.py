"""The dates of a childhood: the vectors from the law, the file of rules, and the same in the
browser."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from todoke.core import (
    catalogue,
    closed_days,
    cohort,
    days,
    deadline_rules,
    deadlines,
    facts,
    words,
)
from todoke.core.catalogue import Catalogue
from todoke.core.deadline_rules import Limit
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def _files() -> dict[str, bytes]:
    site = ROOT / "site"
    names = (*site.rglob("*.yaml"), site / "todoke.toml")
    return {each.relative_to(site).as_posix(): each.read_bytes() for each in names}


FILES = _files()
CITY: Catalogue = catalogue.parse(FILES)
BOOK = deadlines.book(CITY)
WORDS = words.parse(FILES)
VECTORS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/deadlines.jsonl").read_text("utf-8").splitlines()
]


def _answer(rule: str, told: object, book: deadline_rules.Book = BOOK) -> dict[str, Any]:
    """The answer, or the refusal, in one shape that node gives too."""
    try:
        return {"output": dict(deadlines.compute(book, rule, told, TODAY))}
    except TodokeError as error:
        said = str(error.details.get("rule", ""))
        return {"refused": {"code": error.code, "field": error.details["field"], "rule": said}}


def _days(rule: str, **told: object) -> dict[str, Any]:
    return dict(deadlines.compute(BOOK, rule, told))


# ------------------------------------------------------------------------- the vectors
@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['id']} {each['working'][:40]}")
def test_days_are_what_the_vectors_worked_out_by_hand(vector: dict[str, Any]) -> None:
    wanted = {name: vector[name] for name in ("output", "refused") if name in vector}
    assert _answer(vector["rule"], vector["input"]) == wanted


def test_every_rule_has_vectors_and_every_refusal_is_among_them() -> None:
    count = Counter(each["rule"] for each in VECTORS if "output" in each)
    assert {id for id in deadlines.RULES if count[id] >= 5} == set(deadlines.RULES)
    refused = {each["refused"]["rule"] for each in VECTORS if "refused" in each} - {""}
    assert len(refused) > 12
    for language in words.LANGUAGES:
        for rule in refused:
            assert WORDS.has(language, f"errors.rule.{rule}"), (language, rule)


def test_a_rule_answers_the_same_names_whatever_it_is_told() -> None:
    names: dict[str, set[tuple[str, ...]]] = {}
    for each in VECTORS:
        if "output" in each:
            names.setdefault(each["rule"], set()).add(tuple(each["output"]))
    assert [rule for rule, found in names.items() if len(found) > 1] == []


# ------------------------------------------------------------------------- the file of rules
def test_the_file_has_words_law_and_ground_for_every_rule() -> None:
    assert set(CITY.deadlines) == set(deadlines.RULES)
    for rule in CITY.deadlines.values():
        assert rule.law
        assert rule.sources or rule.uncertain, rule.id


@pytest.mark.parametrize(
    ("change", "field", "step"),
    [
        (("law: 戸籍法43条・49条、地方自治法4条の2\n", "\n"), "rules[1].law", "add law"),
        (("id: school_entry", "id: school_exit"), "rules[12].id", "did you mean school_entry?"),
        (("id: school_entry", "id: age_by_law"), "rules[13].id", "remove one"),
        (("sources: [nomi_birth]", "sources: [nobody]"), "rules[1].sources", "sources.yaml"),
        (("sources: [nomi_birth]", "sources: []"), "rules[1].confidence", "add sources"),
        (("procedure: ko-shussho\n", "\n"), "shussei_todoke_14", "add procedure"),
        (("procedure: ko-shussho", "procedure: jt-genkyo"), "shussei_todoke_14", "mend"),
        (("easy: 小学校に 入る 日, ", ""), "rules[12].name", "add name.easy"),
        (("as_of: 2026-04", "as_of: 2026-13"), "rules[1].as_of", "does not fit"),
        (("confidence: high", "confidense: high"), "confidense", "did you mean confidence?"),
    ],
)
def test_a_mistake_in_the_file_names_field_rule_and_next_step(
    change: tuple[str, str], field: str, step: str
) -> None:
    text = FILES["deadlines.yaml"].decode()
    assert change[0] in text
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**FILES, "deadlines.yaml": text.replace(*change, 1).encode()})
    details = caught.value.details
    assert details["file"] == "site/deadlines.yaml"
    assert field in str(details["field"])
    assert step in str(details["next"])


def test_a_city_without_the_file_computes_nothing_and_says_so() -> None:
    book = deadlines.book(
        catalogue.parse({path: body for path, body in FILES.items() if path != "deadlines.yaml"})
    )
    assert _answer("school_entry", {"dob": "2020-04-01"}, book)["refused"]["rule"] == "known_rule"


def test_a_city_without_a_procedure_has_no_rule_about_it() -> None:
    fewer = {id: each for id, each in CITY.procedures.items() if id != "ko-shussho"}
    book = deadlines.book(replace(CITY, procedures=fewer))
    assert set(BOOK.rules) - set(book.rules) == {"shussei_todoke_14"}
    told = {"birth": "2026-04-01"}
    assert _answer("shussei_todoke_14", told, book)["refused"]["rule"] == "known_rule"


def _with(toml: str) -> Catalogue:
    return catalogue.parse({**FILES, "todoke.toml": FILES["todoke.toml"] + toml.encode()})


CLOSED = """
[closed_days]
days = ["04-14", "2026-04-15"]
as_of = "2026-04"
source = { title = { ja = "みなと野市の休日を定める条例(見本)" } }
"""


def test_a_municipality_moves_its_deadlines_by_days_of_its_own() -> None:
    book = deadlines.book(_with(CLOSED))
    told = {"birth": "2026-04-01"}
    assert _answer("shussei_todoke_14", told)["output"]["deadline"] == "2026-04-14"
    assert _answer("shussei_todoke_14", told, book)["output"]["deadline"] == "2026-04-16"
    paid = {"benefit": "jidou_teate", "year": 2026, "month": 4, "nominal_day": 15}
    assert _answer("payment_day", paid, book)["output"] == {"pay_on": "2026-04-13"}


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ('"04-14"', '"04-31"', "days ="),
        ('"04-14"', '"20260414"', "days ="),
        ('"04-14"', '"2026-04"', "days ="),
        ('as_of = "2026-04"', "", "as_of"),
        ('"04-14"', ", ".join(['"04-14"'] * 61), "weekends"),
        ("days =", "day =", "did you mean days?"),
    ],
)
def test_closed_days_that_cannot_be_are_refused(old: str, new: str, step: str) -> None:
    with pytest.raises(TodokeError) as caught:
        _with(CLOSED.replace(old, new, 1))
    assert caught.value.code == "site_file_invalid"
    assert step in str(caught.value.details["next"])


def test_a_city_that_moves_a_window_moves_the_rule() -> None:
    own = """
[procedures.jt-genkyo.deadline]
window = ["06-01", "07-10"]
as_of = "2026-04"
source = { title = { ja = "見本" } }
"""
    told = {"procedure": "jt-genkyo", "year": 2027}
    answer = _answer("annual_window", told, deadlines.book(_with(own)))
    assert answer["output"] == {"from": "2027-06-01", "until": "2027-07-10"}


# ------------------------------------------------------------------------- python and node
def _ask_node(
    questions: list[dict[str, Any]], book: deadline_rules.Book = BOOK
) -> list[dict[str, Any]]:
    text = json.dumps(
        {
            "file": deadline_rules.as_json(book),
            "today": TODAY.isoformat(),
            "questions": questions,
        }
    )
    done = subprocess.run(
        ["node", "tests/js/deadlines_agree.mjs"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_browser_says_the_same_to_the_vectors() -> None:
    questions = [{"rule": each["rule"], "input": each["input"]} for each in VECTORS]
    assert _ask_node(questions) == [_answer(each["rule"], each["input"]) for each in questions]


def _some_day(chance: random.Random) -> str:
    """Days of a century, most of them at a border: month ends, 29 February, 1 April, holidays."""
    year = chance.randrange(1999, 2100) if chance.random() < 0.2 else chance.randrange(2018, 2029)
    month, number = chance.choice(
        [(2, 28), (2, 29), (3, 1), (3, 31), (4, 1), (4, 2), (4, 30), (5, 1), (8, 29), (8, 31),
         (12, 15), (12, 31), (1, 1), (1, 4), (chance.randrange(1, 13), chance.randrange(1, 32))]
    )  # fmt: skip
    try:
        day = date(year, month, number)
    except ValueError:
        return f"{year}-{month:02d}-{number:02d}"
    near = day + chance.randrange(-16, 17) * DAY
    return near.isoformat()


def _question(chance: random.Random) -> dict[str, Any]:
    rule = chance.choice(sorted(deadlines.RULES))
    told: dict[str, Any] = {}
    for name in deadlines.RULES[rule].fields:
        told[name] = _some_day(chance)
    if "claim" in told or "on" in told:
        later = "claim" if "claim" in told else "on"
        first = told["birth" if later == "claim" else "dob"]
        if chance.random() < 0.8 and facts.is_day(first):
            ahead = chance.choice([0, 14, 15, 16, 17, 20, 28, 31, 365, 366, chance.randrange(9000)])
            told[later] = (date.fromisoformat(first) + ahead * DAY).isoformat()
    choices: dict[str, list[Any]] = {
        "event": ["birth", "move_in", "adoption"],
        "benefit": [*BOOK.benefits, "pension"],
        "procedure": [*BOOK.windows, "jt-nintei"],
        "year": [*range(1999, 2102)],
        "month": [*range(14)],
        "nominal_day": [*range(33), "10"],
        "age": [*range(24), 130, 131, True],
    }
    for name, values in choices.items():
        if name in told:
            told[name] = chance.choice(values)
    if chance.random() < 0.02:
        told.pop(chance.choice(sorted(told)))
    if chance.random() < 0.02:
        told["more"] = 1
    return {"rule": rule, "input": told}


def test_python_and_the_browser_agree_on_twenty_thousand_questions() -> None:
    chance = random.Random(20261122)
    book = replace(BOOK, closed=("04-14", "2026-08-14", "12-28"))
    questions = [_question(chance) for _ in range(20_000)]
    here = [_answer(each["rule"], each["input"], book) for each in questions]
    assert _ask_node(questions, book) == here
    answered = Counter(
        question["rule"]
        for question, answer in zip(questions, here, strict=True)
        if "output" in answer
    )
    assert min(answered[id] for id in deadlines.RULES) > 250, answered


# ------------------------------------------------------------------------- what always holds
_BIRTHS = st.dates(date(2000, 1, 1), date(2098, 12, 1))
_UNITS = st.sampled_from(["day", "month", "year"])


@given(_BIRTHS)
def test_a_deadline_is_the_first_open_day_from_the_raw_one_on(birth: date) -> None:
    for answer in (
        _days("shussei_todoke_14", birth=birth.isoformat()),
        _days("tennyu_todoke_14", moved=birth.isoformat()),
        _days("jidou_teate_15", event="birth", date=birth.isoformat()),
    ):
        raw, deadline = (date.fromisoformat(answer[name]) for name in ("raw", "deadline"))
        assert raw <= deadline <= raw + 12 * DAY
        assert not closed_days.is_closed(deadline)
        between = (raw + n * DAY for n in range((deadline - raw).days))
        assert all(closed_days.is_closed(each) for each in between)


@given(_BIRTHS, st.integers(0, 800))
def test_a_later_claim_never_gives_an_earlier_month(birth: date, later: int) -> None:
    def claimed(on: date) -> tuple[str, int]:
        answer = _days("jidou_teate_first_month", birth=birth.isoformat(), claim=on.isoformat())
        return answer["first_month"], answer["lost_months"]

    on = min(birth + later * DAY, date(2098, 12, 30))
    first, lost = claimed(on)
    assert (first, lost) <= claimed(on + DAY)
    in_time = _days("jidou_teate_15", event="birth", date=birth.isoformat())
    assert (lost == 0) == (
        on <= date.fromisoformat(in_time["deadline"]) or on.isoformat()[:7] == str(birth)[:7]
    )
    assert claimed(birth) == (in_time["first_month_if_in_time"], 0)


@example(date(2026, 1, 31), 1, "month", False, 2)
@example(date(2024, 2, 28), 2, "year", True, 0)
@given(_BIRTHS, st.integers(1, 60), _UNITS, st.booleans(), st.integers(0, 2))
def test_a_limit_ends_the_day_before_the_one_that_corresponds(
    start: date, amount: int, unit: str, next_day: bool, minus: int
) -> None:
    """民法143条2項, said the other way round: from the day after it the period is over."""
    limit = Limit(amount, unit, next_day=next_day, minus_days=minus)
    first = start + DAY if next_day else start
    last = deadlines.last_day(limit, start)
    if unit == "day":
        assert (last - first).days == amount - max(minus, 1)
        return
    months = amount * (12 if unit == "year" else 1)
    after = last + max(minus, 1) * DAY
    total = first.year * 12 + first.month - 1 + months
    if after.day == first.day:
        assert after.year * 12 + after.month - 1 == total
    else:
        assert last.year * 12 + last.month - 1 == total
        assert (last + DAY).day == 1
        assert first.day > last.day


@given(_BIRTHS)
def test_school_ages_and_cohorts_tell_one_story(birth: date) -> None:
    """The class a child is in, the day it enters school and the end of its school years."""
    told = birth.isoformat()
    entry = date.fromisoformat(_days("school_entry", dob=told)["entry"])
    assert entry == date(cohort.of_birth(birth) + 7, 4, 1)
    assert facts.school_grade(birth, entry) == 1
    assert facts.school_grade(birth, entry - DAY) == 0
    end = date.fromisoformat(_days("fy_end_after_age", dob=told, age=18)["until"])
    assert facts.school_grade(birth, end) == 12
    assert facts.school_grade(birth, end + DAY) == 13


@given(_BIRTHS)
def test_the_days_of_the_part_time_scheme_are_those_its_rule_asks_for(birth: date) -> None:
    told = birth.isoformat()
    first = date.fromisoformat(_days("daredemo_first_day", dob=told)["deadline"])
    last = _days("daredemo_last_day", dob=told)["deadline"]
    assert facts.age_months(birth, first) == 6
    assert facts.age_months(birth, first - DAY) == 5
    assert facts.derived(birth, first)["child.third_birthday_minus_2_days"] == last


@given(_BIRTHS, st.integers(0, 12_000))
def test_an_age_is_reached_a_day_before_everyday_life_says_so(birth: date, after: int) -> None:
    on = min(birth + after * DAY, date(2098, 12, 30))
    age = _days("age_by_law", dob=birth.isoformat(), on=on.isoformat())
    assert age["months"] == facts.age_months(birth, on + DAY)
    assert age["years"] == age["months"] // 12
    assert days.age_reached(birth, age["months"] + 1) > on


@settings(max_examples=60)
@given(st.text(max_size=12) | st.integers() | st.none() | st.booleans() | st.lists(st.integers()))
def test_whatever_is_told_is_answered_or_refused(told: object) -> None:
    for rule in deadlines.RULES:
        fields = deadlines.RULES[rule].fields
        assert set(_answer(rule, dict.fromkeys(fields, told))) <= {"output", "refused"}
        assert "refused" in _answer(rule, told)
