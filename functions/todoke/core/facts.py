"""What is known about a family on one day: facts that were stated, and what follows from them.

An age is reached at the end of the day before the birthday (年齢計算ニ関スル法律, 民法143条):
during that day the child still has the lower age, from the birthday on the higher one. A child
born on 29 February gets older when 28 February ends, in any year. School years follow
``cohort``: one born on 1 April belongs to the children born the year before.

The facts are about one child at a time; a family of three is judged three times. They stay on
the person's device: ``site/assets/js/facts.js`` does the same there, tests/vectors holds both.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from todoke.core import cohort
from todoke.core.errors import TodokeError
from todoke.core.site_fields import Text

#: dates are "YYYY-MM-DD", weeks of pregnancy "28w0d"
FactValue = bool | int | str

TYPES = ("bool", "int", "date", "weeks", "text", "choice")
#: whom a fact is about
WHO = ("child", "claimant", "parent", "person", "household", "resident", "city", "day")
BIRTH, TODAY, EXISTS = "child.birth_date", "today", "child.exists"
#: the oldest border of the catalogue is the school year in which a child becomes 22, which ends
#: before the 23rd birthday; two years more, so that the day after it still has an answer. An
#: older "child" is nearly always a parent who wrote her own birthday
OLDEST = 25
#: dates outside are typing mistakes
FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_TEXT = 100

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WEEKS = re.compile(r"([0-9]{1,2})w([0-6])d", re.ASCII)
#: (narrower, wider): the narrower one cannot be true without the wider one, by their own words
IMPLIES = (
    ("person.pregnant", "person.pregnant_or_postpartum"),
    ("claimant.divorce_pending_separated", "claimant.divorce_pending"),
    ("claimant.receives_child_rearing_allowance", "claimant.has_child_rearing_certificate"),
    ("child.disability_certificate_tokyo", "child.has_disability_certificate"),
)
_GRADES = (
    *(f"elementary_{year}" for year in range(1, 7)),
    *(f"junior_high_{year}" for year in range(1, 4)),
    *(f"high_school_{year}" for year in range(1, 4)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a fact, and its words."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of ``site/facts.yaml``.

    question: what a person is asked, in every language. derived_from: ``child.birth_date`` or
    ``today`` where it follows from that ("" where only a person can say). law: by which rule.
    most: the largest whole number that makes sense. ordered: its choices stand in an order, so
    that "at most" means something. settled: how this municipality answers it for everybody who
    does not say otherwise (``core/parameters.py``): {"value": true}, {"to": the last school year}
    or {"under": years of age}."""

    name: str
    type: str
    who: str
    question: Text
    derived_from: str = ""
    law: str = ""
    most: int = 100_000
    choices: tuple[Choice, ...] = ()
    ordered: bool = False
    settled: Mapping[str, Any] | None = None

    @property
    def compares(self) -> bool:
        """Whether "less than" has a meaning for it."""
        return self.type in ("int", "date", "weeks") or self.ordered

    def wrong(self, value: object) -> str:
        """Why that is no value of this fact (``errors.rule.<name>``), "" when it is one."""
        if self.type == "bool":
            return "" if isinstance(value, bool) else "fact_bool"
        if self.type == "int":
            fits = type(value) is int and 0 <= value <= self.most
            return "" if fits else "fact_whole"
        if self.type == "date":
            return "" if isinstance(value, str) and is_day(value) else "fact_day"
        if self.type == "weeks":
            return "" if isinstance(value, str) and _WEEKS.fullmatch(value) else "fact_weeks"
        if self.type == "choice":
            return "" if value in [each.value for each in self.choices] else "fact_choice"
        return "" if isinstance(value, str) and 0 < len(value) <= MAX_TEXT else "fact_text"

    def rank(self, value: FactValue) -> FactValue:
        """What a value is compared by."""
        if self.type == "weeks" and (found := _WEEKS.fullmatch(str(value))):
            return int(found[1]) * 7 + int(found[2])
        if self.ordered:
            return [each.value for each in self.choices].index(str(value))
        return value


Vocabulary = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known on one day. values: name -> value, stated or derived; a fact that is not
    there is unknown, which is never "no"."""

    vocabulary: Vocabulary
    values: Mapping[str, FactValue]

    def question(self, name: str) -> str:
        """The fact to ask a person for to learn ``name``: nobody counts the months of a child
        whose birthday would tell."""
        derived_from = self.vocabulary[name].derived_from
        return derived_from if derived_from and derived_from not in self.values else name

    def childless(self, name: str) -> bool:
        """Whether ``name`` is about a child of a family that says it has none: nobody asks how
        old that child is, and no condition about it holds."""
        about_a_child = self.vocabulary[name].who == "child" and name not in self.values
        return about_a_child and self.values.get(EXISTS) is False

    def only(self, names: set[str]) -> Facts:
        """As if nothing else was known."""
        kept = {name: value for name, value in self.values.items() if name in names}
        return Facts(self.vocabulary, kept)

    def also(self, name: str, value: FactValue) -> Facts:
        """As if that one was known too."""
        return Facts(self.vocabulary, {**self.values, name: value})


def known(vocabulary: Vocabulary, given: Mapping[str, object], on: date) -> Facts:
    """What is known on the day ``on`` (Japanese calendar date): what was given, and what follows.

    given: name -> value as JSON has it; null means not answered. What a person states beats what
    is derived: she knows that her child of nineteen still goes to high school. Raises
    ``bad_field`` with the name of the fact, and the rule as its words."""
    values: dict[str, FactValue] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name not in vocabulary:
            near = difflib.get_close_matches(name, vocabulary, 1, 0.5)
            raise TodokeError("bad_field", field=name, rule="fact_unknown", nearest=near[:1])
        if rule := vocabulary[name].wrong(value):
            raise TodokeError("bad_field", field=name, rule=rule)
        assert isinstance(value, bool | int | str)
        values[name] = value
    if values.setdefault(TODAY, on.isoformat()) != on.isoformat():
        raise TodokeError("bad_field", field=TODAY, rule="fact_today")
    if (birth := values.get(BIRTH)) is not None:
        values = {**derived(_born(str(birth), on), on), **values}
    values = {**_implied(values), **values}
    settled = {
        name: _settled(vocabulary, each.settled, values) for name, each in vocabulary.items()
    }
    answers = {name: value for name, value in settled.items() if value is not None}
    return Facts(vocabulary, {**answers, **values})


def _settled(
    vocabulary: Vocabulary, rule: Mapping[str, Any] | None, values: Mapping[str, FactValue]
) -> FactValue | None:
    """The city's answer; None where it has none, or the age of the child is not known."""
    if rule is None:
        return None
    if "value" in rule:
        return bool(rule["value"])
    name = "child.grade_or_below" if "to" in rule else "child.age_years"
    if name not in values:
        return None
    if "under" in rule:
        return int(values[name]) < int(rule["under"])
    grades = vocabulary[name]
    return bool(grades.rank(values[name]) <= grades.rank(rule["to"]))  # type: ignore[operator]


def _implied(values: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Who is pregnant is "pregnant or has just given birth"; who is neither is not pregnant."""
    wider: dict[str, FactValue] = {
        name: True for narrow, name in IMPLIES if values.get(narrow) is True
    }
    return wider | {name: False for name, wide in IMPLIES if values.get(wide) is False}


def _born(birth: str, on: date) -> date:
    """A birthday that a child of the catalogue can have."""
    born = date.fromisoformat(birth)
    if born > on:
        raise TodokeError("bad_field", field=BIRTH, rule="fact_not_born")
    if age_months(born, on) >= OLDEST * 12:
        raise TodokeError("bad_field", field=BIRTH, rule="fact_too_old")
    return born


def derived(birth: date, on: date) -> dict[str, FactValue]:
    """What follows from a birthday on that day. birth: not after ``on``.

    The end of the school year in which a child becomes 18 is that of the year it would leave
    high school, because both count by ``cohort`` (児童手当法3条1項: 18歳に達する日以後の最初の
    3月31日). After it ``child.high_school`` is left open: who repeats a year or attends in the
    evening is still a pupil."""
    months, grade = age_months(birth, on), school_grade(birth, on)
    found: dict[str, FactValue] = {
        EXISTS: True,
        "child.age_days": (on - birth).days,
        "child.age_months": months,
        "child.age_years": months // 12,
        "child.newborn": (on - birth).days < 28,  # 母子保健法6条5項
        "child.before_school_entry": grade < 1,
        "child.enters_school_next_april": grade == 0,
        "child.elementary_school": 1 <= grade <= 6,
        "child.compulsory_school_age": 1 <= grade <= 9,  # 学校教育法17条
        "child.grade_or_below": _grade_name(grade),
        "child.before_fy_end_of_18": grade <= 12,
        "child.between_18fy_and_22fy": 13 <= grade <= 16,
        "child.third_birthday_minus_2_days": _minus_two_days(birthday(birth, 3)),
    }
    if grade <= 12:
        found["child.high_school"] = grade >= 10
    return found


def age_months(birth: date, on: date) -> int:
    """Whole months of age during the day ``on``."""
    months = (on.year - birth.year) * 12 + on.month - birth.month
    return months - 1 if on.day < birth.day else months


def birthday(birth: date, years: int) -> date:
    """The first day of that age: 1 March for 29 February in a year without one."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def school_grade(birth: date, on: date) -> int:
    """1 for the first year of primary school, 0 for the year before, 13 after high school; a
    school year begins on 1 April (学校教育法施行規則59条)."""
    school_year = on.year if on.month >= 4 else on.year - 1
    return school_year - cohort.of_birth(birth) - 6


def _grade_name(grade: int) -> str:
    if grade < 1:
        return "before_school"
    return _GRADES[grade - 1] if grade <= len(_GRADES) else "after_high_school"


def _minus_two_days(day: date) -> str:
    return (day - timedelta(days=2)).isoformat()


def is_day(text: str) -> bool:
    """A date that exists: not 30 February."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return False
    return found is not None and FIRST_YEAR <= found.year <= LAST_YEAR


#: every name that ``derived`` can answer
DERIVED = frozenset((*derived(date(2020, 1, 1), date(2026, 1, 1)), TODAY))
