"""The evaluator: three values, the smallest reason, the questions that help most."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.eligibility_world import city
from todoke.core.eligibility import Verdict, judge, next_question, whole_rule
from todoke.core.facts import Choice, Fact, Facts, known

WORDS = {"ja": "か", "easy": "か", "en": "?"}
LETTERS = "abcdef"
LOGIC = {each: Fact(each, "bool", "child", WORDS) for each in LETTERS}


def leaf(name: str, value: object = True, op: str = "eq") -> Any:
    return {"fact": name, "op": op, "value": value}


def said(rule: Any, **values: bool) -> Verdict:
    return judge(rule, Facts(LOGIC, values))


A, B, C = leaf("a"), leaf("b"), leaf("c")


@pytest.mark.parametrize(
    ("rule", "values", "answer", "because", "ask"),
    [
        ({"all": [A, B]}, {}, "ask", {}, ("a", "b")),
        ({"all": [A, B]}, {"a": False}, "no", {"a": False}, ()),
        ({"all": [A, B]}, {"b": False}, "no", {"b": False}, ()),
        ({"all": [A, B]}, {"a": True}, "ask", {}, ("b",)),
        ({"all": [A, B]}, {"a": True, "b": True}, "yes", {"a": True, "b": True}, ()),
        ({"any": [A, B]}, {"a": False}, "ask", {}, ("b",)),
        ({"any": [A, B]}, {"b": True}, "yes", {"b": True}, ()),
        ({"any": [A, B]}, {"a": True, "b": True}, "yes", {"a": True}, ()),
        ({"any": [A, B]}, {"a": False, "b": False}, "no", {"a": False, "b": False}, ()),
        ({"not": [A]}, {}, "ask", {}, ("a",)),
        ({"not": A}, {"a": True}, "no", {"a": True}, ()),
        ({"not": [A]}, {"a": False}, "yes", {"a": False}, ()),
        # what is decided already is not asked, and the shorter reason is the one given
        ({"all": [{"any": [A, B]}, C]}, {"a": True}, "ask", {}, ("c",)),
        ({"all": [{"any": [A, B]}, C]}, dict.fromkeys("abc", False), "no", {"c": False}, ()),
        # c decides alone when it is false; a and b decide together at best
        ({"all": [{"any": [A, B]}, C]}, {}, "ask", {}, ("c", "a", "b")),
        # a fact that two parts share is named once, and what it makes superfluous is left out
        ({"all": [{"any": [A, B]}, A]}, {"a": True, "b": True}, "yes", {"a": True}, ()),
        ({"all": [{"any": [B, A]}, A]}, {"a": True, "b": True}, "yes", {"a": True}, ()),
        (None, {}, "ask", {}, ()),
        ({"all": [A, None]}, {"a": True}, "ask", {}, ()),
        ({"all": [A, None]}, {"a": False}, "no", {"a": False}, ()),
    ],
)
def test_the_logic_of_kleene(
    rule: Any, values: dict[str, bool], answer: str, because: dict[str, bool], ask: tuple[str, ...]
) -> None:
    verdict = said(rule, **values)
    assert (verdict.answer, dict(verdict.because), verdict.ask) == (answer, because, ask)


NUMBERS = {
    "n": Fact("n", "int", "child", WORDS),
    "w": Fact("w", "weeks", "person", WORDS),
    "d": Fact("d", "date", "child", WORDS),
    "e": Fact("e", "date", "child", WORDS),
    "g": Fact(
        "g", "choice", "child", WORDS, choices=tuple(Choice(x, WORDS) for x in "zyx"), ordered=True
    ),
}


@pytest.mark.parametrize(
    ("name", "op", "wanted", "fits", "fails"),
    [
        ("n", "lt", 10, (9,), (10, 11)),
        ("n", "le", 10, (9, 10), (11,)),
        ("n", "gt", 10, (11,), (9, 10)),
        ("n", "ge", 10, (10, 11), (9,)),
        ("n", "ne", 10, (9, 11), (10,)),
        ("n", "in", [1, 3], (1, 3), (2, 4)),
        ("n", "between", [1, 3], (1, 2, 3), (0, 4)),
        ("w", "between", ["9w0d", "36w6d"], ("9w0d", "10w0d", "36w6d"), ("8w6d", "37w0d")),
        (
            "d",
            "between",
            ["2007-04-02", "2026-03-31"],
            ("2007-04-02", "2026-03-31"),
            ("2007-04-01",),
        ),
        ("g", "le", "y", ("z", "y"), ("x",)),  # the order of the choices, not of the alphabet
    ],
)
def test_every_operator_at_its_border(
    name: str, op: str, wanted: Any, fits: tuple[Any, ...], fails: tuple[Any, ...]
) -> None:
    for value, answer in [*((each, "yes") for each in fits), *((each, "no") for each in fails)]:
        verdict = judge(leaf(name, wanted, op), Facts(NUMBERS, {name: value}))
        assert (verdict.answer, dict(verdict.because)) == (answer, {name: value}), value


def test_a_value_may_name_a_fact_and_is_unknown_with_it() -> None:
    rule = leaf("d", "e", "le")
    assert judge(rule, Facts(NUMBERS, {"d": "2026-01-01"})).ask == ("e",)
    assert judge(rule, Facts(NUMBERS, {})).ask == ("d", "e")
    both = {"d": "2026-01-02", "e": "2026-01-01"}
    assert judge(rule, Facts(NUMBERS, both)) == Verdict("no", both, ())


TREES = st.recursive(
    st.builds(leaf, st.sampled_from(LETTERS), st.booleans(), st.sampled_from(["eq", "ne"])),
    lambda inner: (
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=4),
        )
        | st.builds(lambda part: {"not": [part]}, inner)
    ),
    max_leaves=10,
)
SOME = st.dictionaries(st.sampled_from(LETTERS), st.booleans())


@given(TREES, SOME)
def test_the_reason_is_enough_and_nothing_in_it_is_to_spare(
    tree: Any, values: dict[str, bool]
) -> None:
    verdict = said(tree, **values)
    if verdict.answer == "ask":
        assert verdict.ask
        assert not verdict.because
        return
    because = {name: bool(value) for name, value in verdict.because.items()}
    assert because.items() <= values.items()
    assert said(tree, **because).answer == verdict.answer
    for name in because:
        fewer = {each: value for each, value in because.items() if each != name}
        assert said(tree, **fewer).answer == "ask", name


@given(TREES, SOME)
def test_a_decided_answer_holds_for_every_way_the_unknown_can_turn_out(
    tree: Any, values: dict[str, bool]
) -> None:
    answer = said(tree, **values).answer
    open_ = [each for each in LETTERS if each not in values]
    if answer != "ask":
        for rest in itertools.product([True, False], repeat=len(open_)):
            assert said(tree, **values, **dict(zip(open_, rest, strict=True))).answer == answer


@given(TREES, SOME)
def test_what_is_asked_leads_to_an_answer(tree: Any, values: dict[str, bool]) -> None:
    """Answering the questions one after the other always ends, and only unknown facts are asked."""
    verdict, there = said(tree, **values), dict(values)
    while verdict.answer == "ask":
        assert not set(verdict.ask) & set(there)
        there[verdict.ask[0]] = True
        verdict = said(tree, **there)


def _shuffled(tree: Any, random_: random.Random) -> Any:
    if "fact" in tree:
        return tree
    ((key, parts),) = tree.items()
    mixed = [_shuffled(each, random_) for each in parts]
    random_.shuffle(mixed)
    return {key: mixed}


@given(TREES, SOME, st.randoms(use_true_random=False))
def test_the_order_of_the_conditions_changes_no_answer(
    tree: Any, values: dict[str, bool], random_: random.Random
) -> None:
    mixed = _shuffled(tree, random_)
    one, other = said(tree, **values), said(mixed, **values)
    assert one.answer == other.answer
    assert set(one.ask) == set(other.ask)
    mixed_values = list(values.items())
    random_.shuffle(mixed_values)
    assert said(tree, **dict(mixed_values)) == one


@pytest.mark.parametrize("seed", range(8))
def test_one_more_fact_never_takes_an_answer_back(seed: int) -> None:
    """On the rules of the city: yes stays yes and no stays no when something unknown is told."""
    random_ = random.Random(seed)
    on, there = date(2026, 11, 22), dict[str, object]()
    names = [each for each in city().facts if each != "today"]
    random_.shuffle(names)
    before: Mapping[str, str] = {}
    facts = known(city().facts, there, on)
    for name in names[:50]:
        if name in facts.values:  # derived already: stating it would be a correction
            continue
        there[name] = some_value(city().facts[name], random_)
        facts = known(city().facts, there, on)
        now = {id: judge(whole_rule(p), facts).answer for id, p in city().procedures.items()}
        for id, answer in before.items():
            assert answer in ("ask", now[id]), (id, name)
        before = now


def some_value(fact: Fact, random_: random.Random) -> Any:
    if fact.type == "bool":
        return random_.random() < 0.5
    if fact.type == "int":
        return random_.choice([0, 1, 2, 3, 12, 60, 2000, 2500]) % (fact.most + 1)
    if fact.type == "date":
        return random_.choice(["2024-02-29", "2026-11-22", "2025-04-01"])
    if fact.type == "weeks":
        return random_.choice(["9w6d", "27w6d", "28w0d", "36w6d", "37w0d"])
    return random_.choice([each.value for each in fact.choices])


# ---------------------------------------------------- days, prefectures, procedures without rules
def answer(procedure: Any, on: str = "2026-11-22", **given_: object) -> Verdict:
    facts = known(
        city().facts, {"resident.in_municipality": True, **given_}, date.fromisoformat(on)
    )
    return judge(whole_rule(procedure), facts)


PASSPORT = dataclasses.replace(
    city().procedures["si-houmon"], eligibility=leaf("resident.in_municipality")
)


def test_a_procedure_is_for_nobody_before_it_is_in_force_and_after_it_has_ended() -> None:
    later = dataclasses.replace(PASSPORT, effective_from="2026-11-22")
    assert answer(later, "2026-11-21") == Verdict("no", {"today": "2026-11-21"}, ())
    assert answer(later).answer == "yes"
    over = dataclasses.replace(PASSPORT, effective_until="2026-11-22", ended=True)
    assert answer(over).answer == "yes"  # its last day
    assert answer(over, "2026-11-23") == Verdict("no", {"today": "2026-11-23"}, ())
    assert answer(dataclasses.replace(PASSPORT, ended=True)) == Verdict("no", {}, ())


def test_a_procedure_of_another_prefecture() -> None:
    tokyo = dataclasses.replace(PASSPORT, region={"ja": "東京都"})
    assert answer(tokyo).ask == ("resident.prefecture",)
    assert answer(tokyo, **{"resident.prefecture": "東京都"}).answer == "yes"
    assert answer(tokyo, **{"resident.prefecture": "大阪府"}).because == {
        "resident.prefecture": "大阪府"
    }


def test_a_procedure_without_a_rule_is_neither_promised_nor_denied() -> None:
    assert answer(dataclasses.replace(PASSPORT, eligibility=None)) == Verdict("ask", {}, ())


# --------------------------------------------------------------------------------- the questions
def test_a_birthday_is_asked_for_once_instead_of_months_and_school_years() -> None:
    verdict = answer(city().procedures["ho-nintei"])
    assert "child.birth_date" in verdict.ask
    assert not [each for each in verdict.ask if "age_" in each or "school" in each]


def test_the_first_question_is_the_one_that_settles_most() -> None:
    nothing = known(city().facts, {}, date(2026, 11, 22))
    everything = city().procedures.values()
    assert next_question(everything, nothing) == "resident.in_municipality"
    a_city = nothing.also("resident.in_municipality", True)
    assert next_question(everything, a_city) == "child.birth_date"
    assert next_question([], nothing) is None


def test_asking_on_and_on_settles_every_procedure() -> None:
    there: dict[str, object] = {"child.birth_date": "2024-05-05"}
    on = date(2026, 11, 22)
    for _ in range(len(city().facts)):
        facts = known(city().facts, there, on)
        name = next_question(city().procedures.values(), facts)
        if name is None:
            break
        there[name] = some_value(city().facts[name], random.Random(name))
    left = [p for p in city().procedures.values() if judge(whole_rule(p), facts).answer == "ask"]
    assert not left


# -------------------------------------------------------------- a family without a child
def of_the_city(given: Mapping[str, object]) -> Facts:
    return known(city().facts, given, date(2026, 11, 24))


def test_who_is_pregnant_with_her_first_child_is_asked_nothing_about_a_child() -> None:
    there = of_the_city({"child.exists": False, "person.pregnant": True})
    asked = {
        name for each in city().procedures.values() for name in judge(whole_rule(each), there).ask
    }
    assert not {name for name in asked if city().facts[name].who == "child"}
    assert "person.pregnant_or_postpartum" not in asked
    nursery = judge(whole_rule(city().procedures["ir-kodomo"]), there)
    assert (nursery.answer, nursery.because) == ("no", {"child.exists": False})


def test_a_family_that_has_said_nothing_is_not_one_without_a_child() -> None:
    assert judge(leaf("child.age_years", 3, "lt"), of_the_city({})).answer == "ask"
    assert (
        judge(leaf("child.age_years", 3, "lt"), of_the_city({"child.exists": True})).answer == "ask"
    )


def test_what_a_person_wants_to_answer_later_is_not_the_next_question() -> None:
    procedures = list(city().procedures.values())
    first = next_question(procedures, of_the_city({}))
    assert first is not None
    second = next_question(procedures, of_the_city({}), frozenset([first]))
    assert second not in (None, first)
