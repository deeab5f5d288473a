"""What a benefit comes to in a month, step by step, in exact numbers.

``site/assets/js/amounts.js`` does the same in the browser, so that what a family tells stays on
their own device; ``tests/vectors/amounts.jsonl`` holds both to it. Each step is a key with its
figures, said in the words of ``amounts.step.<key>``. Nobody is told a right here: the city decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from todoke.core.amount_facts import Facts
from todoke.core.benefits import Benefit, Period
from todoke.core.errors import TodokeError

#: every key a step may carry; words: amounts.step.<key>
STEPS = (
    *("version", "no_income_limit", "income_not_told", "income_below", "income_reduced"),
    *("income_nothing", "child_not_yet", "child_past", "child_counted", "child_not_counted"),
    *("child_under3", "child_from3", "child_third", "child_elementary"),
    *("child_elementary_third", "child_junior_high", "child_reduced"),
    *("guardian_below", "guardian_reached", "claimant_below", "claimant_reached"),
    *("self_below", "self_reached", "income_full", "income_part", "income_none", "no_children"),
    *("first_full", "second_full", "further_full", "first_part", "second_part", "further_part"),
    *("grade1", "grade2", "children", "recognition", "fetuses", "outcome", "total", "total_once"),
    *("unverified_amount", "unverified_limit", "uncertain_amount", "uncertain_limit"),
    "uncertain_additions",
)
OUTCOMES = ("birth", "miscarriage", "stillbirth", "termination")
MOST_FETUSES = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was computed or looked at. figures: yen, people, months, rates as text."""

    key: str
    figures: Mapping[str, int | str]


@dataclass(slots=True)
class Amount:
    """yen: in a month, or once. steps: how it came about, in order."""

    once: bool = False
    yen: int = 0
    steps: list[Step] = field(default_factory=list)

    def say(self, key: str, **figures: int | str) -> None:
        """Adds a step."""
        assert key in STEPS, key
        self.steps.append(Step(key, figures))

    def add(self, key: str, yen: int, **figures: int | str) -> None:
        """Adds a step and what it is worth."""
        self.yen += yen
        self.say(key, **figures, yen=yen)

    @property
    def confidence(self) -> str:
        """high, or medium where a step says what of it is not certain."""
        unsure = any(each.key.startswith(("unverified_", "uncertain_")) for each in self.steps)
        return "medium" if unsure else "high"

    def as_json(self) -> Mapping[str, Any]:
        """``{"yen_per_month": n}`` or ``{"yen": n}``, and the steps."""
        steps = [{"key": each.key, "figures": dict(each.figures)} for each in self.steps]
        return {"yen" if self.once else "yen_per_month": self.yen, "steps": steps}


def compute(benefits: Mapping[str, Benefit], id: str, facts: object) -> Amount:
    """The amount of benefit ``id`` for what was told.

    Raises ``bad_field``, ``missing_field`` or ``unknown_field``; the rule says what to write."""
    if id not in CALCULATORS or id not in benefits:
        raise TodokeError("bad_field", field="benefit", rule="known_benefit")
    known, calculate = CALCULATORS[id]
    return calculate(benefits[id], Facts(facts, known))


# ------------------------------------------------------------------------- 児童手当
def _jidou_teate(benefit: Benefit, facts: Facts) -> Amount:
    """児童手当法 6 条. Counted from the month after the birth (8 条 2 項・3 項)."""
    month = facts.month(benefit)
    births = facts.births("children")
    supported = facts.flags("supported_18_22", len(births))
    income, dependents = facts.maybe_yen("income"), facts.count("dependents", 0)
    amount, version = _begin(benefit, month)
    limits = _at(benefit.limits, month)
    if limits is None:
        amount.say("no_income_limit")
        _children(amount, version, month, births, supported)
    else:
        part = _part_by_income(amount, limits, income, dependents)
        if part != "nothing":
            _children_until_2024(amount, version, month, births, reduced=part == "reduced")
    return _end(amount, month, version, limits)


def _children(
    amount: Amount, version: Period, month: str, births: Sequence[date], supported: Sequence[bool]
) -> None:
    """From October 2024: to the March after 18; children to the March after 22 are counted when
    they are supported, and the third and every further one is worth the same at any age."""
    now = _month_number(month)
    for place, born, number in _paid_children(amount, now, births, supported, 18, 22):
        young = now <= _birthday_month(born, 3)
        name = "third" if number > 2 else "under3" if young else "from3"
        amount.add(f"child_{name}", version.amounts[name], child=place, number=number)


def _children_until_2024(
    amount: Amount, version: Period, month: str, births: Sequence[date], *, reduced: bool
) -> None:
    """To September 2024: to the March after 15; children to the March after 18 are counted."""
    now, supported = _month_number(month), (True,) * len(births)
    for place, born, number in _paid_children(amount, now, births, supported, 15, 18):
        name = "reduced" if reduced else _school_age(born, now, number)
        amount.add(f"child_{name}", version.amounts[name], child=place, number=number)


def _paid_children(
    amount: Amount,
    now: int,
    births: Sequence[date],
    supported: Sequence[bool],
    paid_to: int,
    counted_to: int,
) -> Iterator[tuple[int, date, int]]:
    """Children that are paid for, as (place as told, birth date, number of those counted); a step
    is said for every other one. paid_to, counted_to: to the March after which age."""
    counted = 0
    for place, born in _oldest_first(births):
        beyond = now > _last_march(born, paid_to)
        if now <= _birthday_month(born, 0):
            amount.say("child_not_yet", child=place)
        elif now > _last_march(born, counted_to):
            amount.say("child_past", child=place)
        elif beyond and not supported[place - 1]:
            amount.say("child_not_counted", child=place)
        else:
            counted += 1
            if beyond:
                amount.say("child_counted", child=place)
            else:
                yield place, born, counted


def _school_age(born: date, now: int, number: int) -> str:
    if now <= _birthday_month(born, 3):
        return "under3"
    if now <= _last_march(born, 12):
        return "elementary_third" if number > 2 else "elementary"
    return "junior_high"


def _part_by_income(amount: Amount, limits: Period, income: int | None, dependents: int) -> str:
    """ "whole", "reduced" (特例給付) or "nothing"; at the limit the next one holds."""
    reduced = limits.tables["reduced"].of(dependents)
    nothing = limits.tables["nothing"].of(dependents)
    if income is None:
        amount.say("income_not_told", limit=reduced, dependents=dependents)
        return "whole"
    if income >= nothing:
        amount.say("income_nothing", income=income, limit=nothing, dependents=dependents)
        return "nothing"
    if income >= reduced:
        amount.say("income_reduced", income=income, limit=reduced, dependents=dependents)
        return "reduced"
    amount.say("income_below", income=income, limit=reduced, dependents=dependents)
    return "whole"


# ------------------------------------------------------------------------- 児童扶養手当
def _jidou_fuyou_teate(benefit: Benefit, facts: Facts) -> Amount:
    """児童扶養手当法 5 条・9 条・10 条, 同法施行令 2 条の 4. income: after the deductions, with
    four fifths of the child support received."""
    month = facts.month(benefit)
    children, income, dependents = (
        facts.count("children"), facts.yen("income"), facts.count("dependents"),
    )  # fmt: skip
    guardian = facts.maybe_yen("guardian_income"), facts.count("guardian_dependents", 0)

    def pay(amount: Amount, version: Period, limits: Period) -> None:
        full, part = (limits.tables[name].of(dependents) for name in ("full", "part"))
        if children == 0:
            amount.say("no_children")
        elif _guardian_allows(amount, limits, *guardian):
            if income >= part:
                amount.say("income_none", income=income, limit=part, dependents=dependents)
            elif income >= full:
                amount.say("income_part", income=income, limit=full, dependents=dependents)
                _in_part(amount, version, children, income - full)
            else:
                amount.say("income_full", income=income, limit=full, dependents=dependents)
                _in_full(amount, version, children)

    return _by_income(benefit, month, pay)


def _in_full(amount: Amount, version: Period, children: int) -> None:
    amount.add("first_full", version.amounts["first_full"])
    if children > 1:
        amount.add("second_full", version.amounts["second_full"])
    if children > 2:
        each = version.amounts["further_full"]
        amount.add("further_full", each * (children - 2), each=each, children=children - 2)


def _in_part(amount: Amount, version: Period, children: int, excess: int) -> None:
    for name, number in (("first", 1), ("second", children - 1), ("further", children - 2)):
        if number < 1:
            break
        rate, most = version.rates[name], version.amounts[f"{name}_part"]
        less = round10(excess * Decimal(rate))
        figures: dict[str, int | str] = {"most": most, "excess": excess, "rate": rate, "less": less}
        if name == "further":
            figures |= {"each": most - less, "children": number}
        amount.add(f"{name}_part", (most - less) * (number if name == "further" else 1), **figures)


def round10(value: Decimal) -> int:
    """To ten yen; five yen and more go up (児童扶養手当法施行令 2 条の 4)."""
    return int((value / 10).quantize(Decimal(1), ROUND_HALF_UP)) * 10


# ------------------------------------------------------------------------- 特別児童扶養手当
def _tokubetsu_jidou_fuyou_teate(benefit: Benefit, facts: Facts) -> Amount:
    """特別児童扶養手当等の支給に関する法律 4 条・6 条から 8 条."""
    month = facts.month(benefit)
    grades = facts.count("grade1", 0), facts.count("grade2", 0)
    income, dependents = facts.yen("income"), facts.count("dependents")
    guardian = facts.maybe_yen("guardian_income"), facts.count("guardian_dependents", 0)

    def pay(amount: Amount, version: Period, limits: Period) -> None:
        if not any(grades):
            amount.say("no_children")
        elif _below(amount, limits, "claimant", income, dependents) and _guardian_allows(
            amount, limits, *guardian
        ):
            for name, number in zip(("grade1", "grade2"), grades, strict=True):
                if number:
                    each = version.amounts[name]
                    amount.add(name, each * number, each=each, children=number)

    return _by_income(benefit, month, pay)


# ------------------------------------------------------------------------- 障害児福祉手当
def _shougaiji_fukushi_teate(benefit: Benefit, facts: Facts) -> Amount:
    """同法 17 条・18 条・20 条・21 条. The child is the claimant, usually without dependents."""
    month = facts.month(benefit)
    children = facts.count("children")
    income, dependents = facts.yen("child_income"), facts.count("child_dependents", 0)
    guardian = facts.yen("guardian_income"), facts.count("guardian_dependents")

    def pay(amount: Amount, version: Period, limits: Period) -> None:
        if children == 0:
            amount.say("no_children")
        elif _below(amount, limits, "child", income, dependents) and _guardian_allows(
            amount, limits, *guardian
        ):
            each = version.amounts["child"]
            amount.add("children", each * children, each=each, children=children)

    return _by_income(benefit, month, pay)


# ------------------------------------------------------------------------- 妊婦のための支援給付
def _ninpu_shien_kyufu(benefit: Benefit, facts: Facts) -> Amount:
    """子ども・子育て支援法 10 条の 8 以下: once when the pregnancy is recognised, once for each
    fetus, however the pregnancy ended."""
    part = facts.number("step", 1, 2, "payment_step")
    fetuses = facts.number("fetuses", 1, MOST_FETUSES, "fetus_count", 1 if part == 1 else None)
    outcome = facts.choice("outcome", OUTCOMES)
    version = benefit.versions[-1]
    amount = Amount(once=True)
    amount.say("version", month=version.start)
    if part == 1:
        amount.add("recognition", version.amounts["recognition"])
    else:
        each = version.amounts["fetus"]
        amount.add("fetuses", each * fetuses, each=each, fetuses=fetuses)
    if outcome in OUTCOMES[1:]:
        amount.say("outcome")
    amount.say("total_once", yen=amount.yen)
    return amount


#: benefit -> the facts it knows, and how it is computed
CALCULATORS: Mapping[str, tuple[Sequence[str], Callable[[Benefit, Facts], Amount]]] = {
    "jidou_teate": (("month", "children", "supported_18_22", "income", "dependents"), _jidou_teate),
    "jidou_fuyou_teate": (
        ("month", "children", "income", "dependents", "guardian_income", "guardian_dependents"),
        _jidou_fuyou_teate,
    ),
    "tokubetsu_jidou_fuyou_teate": (
        ("month", "grade1", "grade2", "income", "dependents", "guardian_income",
         "guardian_dependents"),
        _tokubetsu_jidou_fuyou_teate,
    ),
    "shougaiji_fukushi_teate": (
        ("month", "children", "child_income", "child_dependents", "guardian_income",
         "guardian_dependents"),
        _shougaiji_fukushi_teate,
    ),
    "ninpu_shien_kyufu": (("step", "fetuses", "outcome"), _ninpu_shien_kyufu),
}  # fmt: skip


# ------------------------------------------------------------------------- what all of them do
def _begin(benefit: Benefit, month: str) -> tuple[Amount, Period]:
    version = _at(benefit.versions, month)
    assert version is not None  # Facts.month has looked
    amount = Amount()
    amount.say("version", month=version.start)
    return amount, version


def _end(amount: Amount, month: str, version: Period, limits: Period | None) -> Amount:
    """The sum, and what of it nobody has checked for that month."""
    amount.say("total", yen=amount.yen)
    for period, name in ((version, "amount"), (limits, "limit")):
        if period is None:
            continue
        if period.verified_until and month > period.verified_until:
            amount.say(f"unverified_{name}", month=period.verified_until)
        elif period.confidence != "high":
            amount.say(f"uncertain_{name}", month=period.start)
    return amount


def _by_income(
    benefit: Benefit, month: str, pay: Callable[[Amount, Period, Period], None]
) -> Amount:
    """What ``pay`` adds under the limits of that month. Nobody is asked how old the dependents are,
    so where the highest limits they can make would give more, that is said: it is no "no"."""
    amount, version = _begin(benefit, month)
    limits = _needed(benefit, month)
    pay(amount, version, limits)
    _end(amount, month, version, limits)
    most = Amount()
    pay(most, version, limits.at_highest())
    if most.yen > amount.yen:
        amount.say("uncertain_additions")
    return amount


def _at(periods: Sequence[Period], month: str) -> Period | None:
    return next((each for each in periods if each.holds_in(month)), None)


def _needed(benefit: Benefit, month: str) -> Period:
    limits = _at(benefit.limits, month)
    if limits is None:
        raise TodokeError("bad_field", field="month", rule="month_without_amount")
    return limits


def _below(amount: Amount, limits: Period, table: str, income: int, dependents: int) -> bool:
    """「限度額以上」 means: at the limit nothing is paid."""
    limit = limits.tables[table].of(dependents)
    who = "self" if table == "child" else table
    key = f"{who}_below" if income < limit else f"{who}_reached"
    amount.say(key, income=income, limit=limit, dependents=dependents)
    return income < limit


def _guardian_allows(amount: Amount, limits: Period, income: int | None, dependents: int) -> bool:
    """Spouse or relatives who live with and support the household; none told, none looked at."""
    return income is None or _below(amount, limits, "guardian", income, dependents)


# ------------------------------------------------------------------------- months and ages
def _month_number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _birthday_month(born: date, age: int) -> int:
    """The month of a birthday. An age is reached the day before (年齢計算ニ関スル法律), but who is
    born on the first of a month keeps the month of the birthday: 月の初日に生まれた児童については、
    出生の日から三年を経過しない児童とする (児童手当法 6 条 1 項)."""
    return (born.year + age) * 12 + born.month - 1


def _last_march(born: date, age: int) -> int:
    """The month of 「…歳に達する日以後の最初の三月三十一日」. Born on 1 April one reaches an age on
    31 March, so that very day is the first."""
    later = (born.month, born.day) > (4, 1)
    return (born.year + age + later) * 12 + 2


def _oldest_first(births: Sequence[date]) -> Sequence[tuple[int, date]]:
    """(place as told, from 1; birth date); twins in the order they were told."""
    return sorted(enumerate(births, 1), key=lambda pair: pair[1])
