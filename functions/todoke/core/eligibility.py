"""Whether a procedure is for this family: "yes", "no" or "ask".

Rules are the trees of ``eligibility`` in site/procedures: all, any, not over conditions
``{fact, op, value}``. They are read in the three-valued logic of Kleene: a condition about an
unknown fact is unknown, and an unknown part stays unknown unless the known parts decide without
it. So "no" is only said when no answer of the person could change it.

What a tree does not hold is decided here, the same for every procedure (``whole_rule``):

- not in force on the day (before ``effective_from``, after ``effective_until``, or ``ended``
  without a last day): "no"; whoever asks about an earlier day gets the answer of that day;
- ``region``: "no" for who lives in another prefecture, "ask" while that is unknown;
- no rule written down: "ask" with nothing to ask, since neither "yes" nor "no" would have a
  ground. Only the city can tell;
- no child (``child.exists`` is false): what is not stated about a child does not hold, so who is
  pregnant with her first is not asked how old it is.

``site/assets/js/eligibility.js`` does the same on the phone; tests/vectors/eligibility and
tests/core/test_eligibility_vectors.py hold both to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todoke.core.catalogue import Procedure
from todoke.core.facts import EXISTS, TODAY, Facts, FactValue
from todoke.core.site_yaml import Value

YES, NO, ASK = "yes", "no", "ask"
PREFECTURE = "resident.prefecture"
_SAID = {True: YES, False: NO, None: ASK}

#: a condition {fact, op, value} -> whether it holds, None while that is unknown
_Holds = Callable[[Mapping[str, Any]], bool | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """answer: "yes", "no" or "ask". because: the facts that decided, with their values: enough
    to reach the answer, and none of them could be left out (empty for "ask"). ask: unknown facts
    that can still change the answer, those that settle most first (empty unless "ask")."""

    answer: str
    because: Mapping[str, FactValue]
    ask: tuple[str, ...]


def judge(rule: Value, facts: Facts) -> Verdict:
    """The answer of one rule tree; None is a procedure without a rule."""
    holds, names = _walk(rule, lambda leaf: _holds(leaf, facts), facts)
    if holds is None:
        return Verdict(ASK, {}, _questions(rule, facts))
    names = _needed(rule, facts, names, holds)
    return Verdict(_SAID[holds], {name: facts.values[name] for name in names}, ())


def answer(rule: Value, facts: Facts) -> str:
    """The answer of one rule tree alone: quicker than ``judge`` where nobody asks why."""
    return _SAID[_answer(rule, facts)]


def whole_rule(procedure: Procedure) -> Value:
    """The rule of a procedure with the days and the prefecture it exists in, as one tree."""
    parts: list[Value] = []
    if procedure.effective_from:
        parts.append({"fact": TODAY, "op": "ge", "value": procedure.effective_from})
    if procedure.effective_until:
        parts.append({"fact": TODAY, "op": "le", "value": procedure.effective_until})
    elif procedure.ended:
        parts.append({"any": []})  # nothing could make it true
    if procedure.region:
        parts.append(lives_in(procedure.region["ja"]))
    return {"all": [*parts, procedure.eligibility]}


def lives_in(prefecture: str) -> Value:
    """The condition of a procedure that exists in one prefecture only."""
    return {"fact": PREFECTURE, "op": "eq", "value": prefecture}


def next_question(
    procedures: Iterable[Procedure], facts: Facts, besides: frozenset[str] = frozenset()
) -> str | None:
    """The fact whose answer settles most of these procedures, None when nothing is left to ask.
    besides: facts not to ask, because the person wants to answer them later.

    A fact scores a point for every procedure and each of its two ways to turn out that would
    decide the procedure at once; then the one that is open in more procedures, then the one that
    stands first in the vocabulary."""
    points: dict[str, int] = {}
    places: dict[str, int] = {}
    for procedure in procedures:
        rule = whole_rule(procedure)
        for name in set(judge(rule, facts).ask) - besides:
            points[name] = points.get(name, 0) + _settles(rule, facts, name)
            places[name] = places.get(name, 0) + 1
    order = list(facts.vocabulary)
    return min(
        points, key=lambda name: (-points[name], -places[name], order.index(name)), default=None
    )


def _walk(tree: Value, holds: _Holds, facts: Facts) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a tree holds, and the facts that were enough to decide it."""
    if not isinstance(tree, dict):
        return None, ()
    if "fact" in tree:
        return holds(tree), tuple(_names(tree, facts))
    ((key, _),) = tree.items()
    parts = [_walk(each, holds, facts) for each in _conditions(tree)]
    if key == "not":
        held, names = parts[0]
        return (None if held is None else not held), names
    enough = key == "any"  # one true part decides any, one false part decides all
    deciding = [names for held, names in parts if held is enough]
    if deciding:
        return enough, min(deciding, key=len)
    if any(held is None for held, _ in parts):
        return None, ()
    return not enough, tuple(dict.fromkeys(name for _, names in parts for name in names))


def _needed(rule: Value, facts: Facts, names: Sequence[str], answer: bool) -> tuple[str, ...]:
    """Leaves out what the others decide without; the first facts of the rule are kept."""
    kept = list(names)
    for name in reversed(names):
        fewer = facts.only(set(kept) - {name})
        if _answer(rule, fewer) is answer:
            kept.remove(name)
    return tuple(kept)


def _answer(rule: Value, facts: Facts) -> bool | None:
    return _walk(rule, lambda leaf: _holds(leaf, facts), facts)[0]


def _questions(rule: Value, facts: Facts) -> tuple[str, ...]:
    """What to ask, once each; of two that settle as much, the one the rule names first."""
    names = dict.fromkeys(
        facts.question(name) for leaf in _open(rule, facts) for name in _unknown(leaf, facts)
    )
    return tuple(sorted(names, key=lambda name: -_settles(rule, facts, name)))


def _open(tree: Value, facts: Facts) -> Iterator[Mapping[str, Any]]:
    """The undecided conditions in undecided parts: the others change nothing."""
    if not isinstance(tree, dict) or _answer(tree, facts) is not None:
        return
    if "fact" in tree:
        yield tree
        return
    for each in _conditions(tree):
        yield from _open(each, facts)


def _settles(rule: Value, facts: Facts, question: str) -> int:
    """In how many of its two ways to turn out that answer decides the rule: 0, 1 or 2.

    A yes-or-no fact is tried with both. For a date or a number the conditions about it are tried
    as all true and all false: a measure for the order of questions, never an answer."""
    if facts.vocabulary[question].type == "bool":
        tries = [_answer(rule, facts.also(question, value)) for value in (True, False)]
        return sum(held is not None for held in tries)

    def guess(outcome: bool) -> _Holds:
        def holds(leaf: Mapping[str, Any]) -> bool | None:
            asked = {facts.question(name) for name in _unknown(leaf, facts)}
            return outcome if asked == {question} else _holds(leaf, facts)

        return holds

    tries = [_walk(rule, guess(outcome), facts)[0] for outcome in (True, False)]
    return sum(held is not None for held in tries)


def _holds(leaf: Mapping[str, Any], facts: Facts) -> bool | None:
    """One condition, by what is known."""
    if next(_unknown(leaf, facts), None) is not None:
        return None
    if facts.childless(leaf["fact"]):
        return False
    fact, op = facts.vocabulary[leaf["fact"]], leaf["op"]
    known = fact.rank(facts.values[fact.name])
    wanted: Any = leaf["value"]
    if op in ("in", "between"):
        ranks = [fact.rank(each) for each in wanted]
        return known in ranks if op == "in" else bool(ranks[0] <= known <= ranks[1])  # type: ignore[operator]
    other = fact.rank(facts.values[wanted] if _names_a_fact(wanted, facts) else wanted)
    return _COMPARE[op](known, other)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda known, wanted: known == wanted,
    "ne": lambda known, wanted: known != wanted,
    "lt": lambda known, wanted: known < wanted,
    "le": lambda known, wanted: known <= wanted,
    "gt": lambda known, wanted: known > wanted,
    "ge": lambda known, wanted: known >= wanted,
}


def _unknown(leaf: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    return (name for name in _names(leaf, facts) if name not in facts.values)


def _names(leaf: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    """The facts of a condition: its own, and the one its value names."""
    if facts.childless(leaf["fact"]):
        yield EXISTS
        return
    yield leaf["fact"]
    if _names_a_fact(leaf["value"], facts):
        yield leaf["value"]


def _names_a_fact(value: object, facts: Facts) -> bool:
    return isinstance(value, str) and value in facts.vocabulary


def _conditions(tree: Mapping[str, Any]) -> Sequence[Value]:
    (inner,) = tree.values()
    return inner if isinstance(inner, list) else [inner]
