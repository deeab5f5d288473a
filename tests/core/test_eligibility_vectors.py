"""The evaluator against vectors written by hand from the law, in Python and on the phone; the two
against each other on the borders; and whether the vectors would notice a rule that is wrong."""

from __future__ import annotations

import copy
import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from tests.parts.eligibility_world import answers, city, on_the_phone, vectors
from todoke.core.eligibility import judge, whole_rule
from todoke.core.errors import TodokeError
from todoke.core.facts import Fact, known
from todoke.core.facts_file import check_rule

#: of each procedure: fewer leave a border untried
LEAST = 5
MUTATIONS, CAUGHT = 500, 0.95


# -------------------------------------------------------------------------------- the vectors
@pytest.mark.parametrize(
    ("procedure", "vector"), vectors(), ids=[f"{id}: {each['name']}" for id, each in vectors()]
)
def test_the_law_says_so(procedure: str, vector: Mapping[str, Any]) -> None:
    verdict = _asked(procedure, vector)["verdicts"][0]
    assert verdict["answer"] == vector["answer"], (verdict, vector["why"])


def _asked(procedure: str, vector: Mapping[str, Any]) -> Mapping[str, Any]:
    return answers([_case(procedure, vector)])[0]


def _case(procedure: str, vector: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"procedures": [procedure], "facts": vector["facts"], "on": vector["on"]}


def test_the_phone_says_the_same_to_every_vector() -> None:
    cases = [_case(*each) for each in vectors()]
    for (procedure, vector), found in zip(vectors(), on_the_phone(cases), strict=True):
        assert found == _asked(procedure, vector), (procedure, vector["name"])


def test_every_vector_says_what_it_stands_on() -> None:
    for procedure, vector in vectors():
        assert set(vector) == {"name", "on", "facts", "answer", "law", "why"}, procedure
        assert vector["answer"] in ("yes", "no", "ask"), procedure
        assert procedure in city().procedures


def test_every_procedure_that_has_vectors_has_enough_of_them() -> None:
    counts = Counter(procedure for procedure, _ in vectors())
    assert not {each: number for each, number in counts.items() if number < LEAST}


def test_every_procedure_has_vectors() -> None:
    """What a city's lint advises, the project's own catalogue keeps: no rule of it is untested."""
    counts = Counter(procedure for procedure, _ in vectors())
    rules = [id for id, each in city().procedures.items() if each.eligibility is not None]
    assert {id: counts[id] for id in rules if counts[id] < LEAST} == {}
    assert set(city().procedures) - set(counts) == set()


# --------------------------------------------------------------------- Python and the phone agree
def _profiles() -> Iterator[Mapping[str, Any]]:
    """Families on the borders: birthdays a day before, on and after the day on which an age or a
    school year changes, 29 February, 1 and 2 April; anything else known or not, at random."""
    chance = random.Random(20261122)
    days = ["2026-04-01", "2027-03-31", "2028-02-29", "2027-02-28", "2027-03-01", "2026-11-22"]
    others = [
        each for each in city().facts.values() if not each.derived_from and each.type != "date"
    ]
    for number in range(240):
        on = date.fromisoformat(days[number % len(days)])
        facts = {
            each.name: _some(each, chance) for each in others if chance.random() < number / 240
        }
        if number % 5:
            facts["child.birth_date"] = _some_birthday(on, chance).isoformat()
        elif number % 2:
            facts["child.exists"] = False
        yield {"procedures": list(city().procedures), "facts": facts, "on": on.isoformat()}


def _some_birthday(on: date, chance: random.Random) -> date:
    years = chance.randrange(24)
    kinds = [
        date(on.year - years, 4, chance.choice([1, 2])),
        date(2024 - 4 * (years // 4), 2, 29),
        _earlier(on, 12 * years),
        _earlier(on, chance.choice([1, 2, 6, 12, 18, 24, 36])),
        on - timedelta(days=chance.choice([14, 27, 28, 50, 51])),
    ]
    born = chance.choice(kinds) + timedelta(days=chance.choice([-1, 0, 1]))
    return min(born, on)


def _earlier(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, 28))


def _some(fact: Fact, chance: random.Random) -> Any:
    if fact.type == "bool":
        return chance.random() < 0.6
    if fact.type == "int":
        return chance.choice([0, 1, 2, 3, 59, 60, 61, 1999, 2000, 2001, 2499, 2500]) % (
            fact.most + 1
        )
    if fact.type == "weeks":
        return chance.choice(["9w6d", "27w6d", "28w0d", "36w6d", "37w0d"])
    return chance.choice([each.value for each in fact.choices])


def test_the_phone_and_the_server_agree_on_the_borders() -> None:
    profiles = list(_profiles())
    ours = answers(profiles)
    for profile, here, there in zip(profiles, ours, on_the_phone(profiles), strict=True):
        assert there == here, profile
    said = Counter(each["answer"] for answer in ours for each in answer["verdicts"])
    assert min(said["yes"], said["no"], said["ask"]) > 1000  # the profiles are of every kind


# -------------------------------------------------- would the vectors notice a rule that is wrong?
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}


def _leaves(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict) and "fact" in tree:
        yield tree
    elif isinstance(tree, dict):
        for part in next(iter(tree.values())):
            yield from _leaves(part)


def _branches(tree: Any) -> Iterator[dict[str, Any]]:
    """Branches of two parts or more: all and any of one part mean the same."""
    if isinstance(tree, dict) and "fact" not in tree:
        if len(next(iter(tree.values()))) > 1:
            yield tree
        for part in next(iter(tree.values())):
            yield from _branches(part)


def _moved(value: Any, step: int) -> Any:
    if type(value) is int:
        return value + step
    if isinstance(value, str) and value[:2] == "20":
        return (date.fromisoformat(value) + timedelta(days=step)).isoformat()
    if isinstance(value, str) and value.endswith("d") and value[:2].isdigit():
        days = int(value[:2]) * 7 + int(value[3]) + step
        return f"{days // 7}w{days % 7}d"
    return None


def _flip(tree: Any, chance: random.Random) -> bool:
    leaf = chance.choice(list(_leaves(tree)))
    leaf["op"] = _OPPOSITE.get(leaf["op"], leaf["op"])
    return leaf["op"] in _OPPOSITE


def _move(tree: Any, chance: random.Random) -> bool:
    """A number or a date by one, an end of a span too; of a list one value is lost."""
    leaf, step = chance.choice(list(_leaves(tree))), chance.choice([-1, 1])
    if leaf["op"] == "in":
        del leaf["value"][chance.randrange(len(leaf["value"]))]
        return bool(leaf["value"])
    if leaf["op"] == "between":
        end = chance.randrange(2)
        leaf["value"][end] = _moved(leaf["value"][end], step)
        return leaf["value"][end] is not None
    leaf["value"] = _moved(leaf["value"], step)
    return leaf["value"] is not None


def _drop(tree: Any, chance: random.Random) -> bool:
    if not (branches := list(_branches(tree))):
        return False
    parts = next(iter(chance.choice(branches).values()))
    del parts[chance.randrange(len(parts))]
    return True


def _swap(tree: Any, chance: random.Random) -> bool:
    if not (branches := list(_branches(tree))):
        return False
    branch = chance.choice(branches)
    ((key, parts),) = branch.items()
    del branch[key]
    branch["any" if key == "all" else "all"] = parts
    return True


def _negate(tree: Any, chance: random.Random) -> bool:
    leaf = chance.choice(list(_leaves(tree)))
    leaf["value"] = not leaf["value"] if isinstance(leaf["value"], bool) else None
    return leaf["value"] is not None


_KINDS: tuple[Callable[[Any, random.Random], bool], ...] = (_flip, _move, _drop, _swap, _negate)


def _mutants() -> Iterator[tuple[str, str, Any]]:
    """(procedure, kind, rule) without end; only rules that would publish."""
    chance = random.Random(5)
    there = sorted({procedure for procedure, _ in vectors()})
    while there:
        procedure, kind = chance.choice(there), chance.choice(_KINDS)
        rule = copy.deepcopy(city().procedures[procedure].eligibility)
        if not (rule and kind(rule, chance)):
            continue
        try:
            check_rule("-", "eligibility", rule, city().facts)
        except TodokeError:
            continue
        yield procedure, kind.__name__, rule


def _noticed(procedure: str, rule: Any) -> bool:
    wrong = whole_rule(dataclasses.replace(city().procedures[procedure], eligibility=rule))
    own = [vector for id, vector in vectors() if id == procedure]
    for vector in own:
        facts = known(city().facts, vector["facts"], date.fromisoformat(vector["on"]))
        if judge(wrong, facts).answer != vector["answer"]:
            return True
    return False


def test_the_vectors_notice_a_rule_that_is_wrong() -> None:
    """Rules with one mistake each, of procedures that have vectors."""
    tried = [each for each, _ in zip(_mutants(), range(MUTATIONS), strict=False)]
    if not tried:
        pytest.skip("no vectors yet")
    missed = [each for each in tried if not _noticed(each[0], each[2])]
    assert len(tried) - len(missed) >= CAUGHT * len(tried), missed
