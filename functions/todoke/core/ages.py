"""Which procedures belong to an age: said by the rules themselves, so that the list of an age and
the rules cannot fall apart.

A procedure belongs to an age when its rule is not "no" for some child of that age of whom nothing
else is known, and "no" for some child of another age: what is open to every age (the change of an
account) is no answer to "my child is two". For a pregnancy the same is asked of the facts that
only a pregnancy makes true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from todoke.core import cohort, eligibility, facts
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.site_yaml import Value

PREGNANT = "pregnant"
#: what only a pregnancy makes true
OF_PREGNANCY = (
    "person.pregnant",
    "person.pregnant_or_postpartum",
    "person.heartbeat_confirmed",
    "person.pregnancy_grant_certified",
    "person.on_maternity_leave",
)
#: windows that a person states, and the last year of school (0: the year before it) in which one
#: can be open: infant checks up to the one at five (母子保健法12条, 13条), routine vaccination to
#: the end of the school year in which a child becomes 16 (予防接種法施行令3条: ヒトパピローマ
#: ウイルス感染症), medical subsidies up to the school year of 18 (ordinances of the cities)
WINDOWS: Mapping[str, int] = {
    "child.checkup_window_open": 0,
    "child.vaccination_window_open": 10,
    "child.within_subsidy_age": 12,
}
#: a rule that names none of them is as open at one age as at another
_OF_AGE = tuple(
    repr(name) for name in sorted({*facts.DERIVED, facts.BIRTH, *WINDOWS} - {facts.TODAY})
)


#: days of whatever is not counted in days
_LONG = 100_000


@dataclass(frozen=True, slots=True)
class Band:
    """years: whole years of age, from and below; grades: years of school, first and last (1 for
    the first year of primary school). A child of ``years`` may not be at school yet."""

    id: str
    years: tuple[int, int] | None = None
    grades: tuple[int, int] | None = None

    def holds(self, birth: date, on: date) -> bool:
        """Whether a child born that day is of this age."""
        grade = facts.school_grade(birth, on)
        if self.grades is not None:
            return self.grades[0] <= grade <= self.grades[1]
        low, high = self.years or (0, 0)
        return low <= facts.age_months(birth, on) // 12 < high and grade < 1


BANDS: Sequence[Band] = (
    Band("age_0", years=(0, 1)),
    Band("age_1", years=(1, 2)),
    Band("age_2", years=(2, 3)),
    Band("before_school", years=(3, 8)),
    Band("elementary", grades=(1, 6)),
    Band("junior_high", grades=(7, 9)),
    Band("high_school", grades=(10, 12)),
    Band("after_school", grades=(13, 16)),
)
#: in the order of a life
IDS = (PREGNANT, *(each.id for each in BANDS))


def by_age(catalogue: Catalogue, on: date) -> Mapping[str, Sequence[Procedure]]:
    """id of an age -> its procedures on that day: limits of days first, the shortest before all,
    then as the life events name them. A city without facts has no ages."""
    if any(name not in catalogue.facts for name in (facts.BIRTH, *OF_PREGNANCY)):
        return {}
    order = _by_urgency(catalogue)
    asked = _Asked(catalogue.facts, on)
    found = {each.id: asked.ages(each) for each in order}
    return {age: tuple(each for each in order if age in found[each.id]) for age in IDS}


def _by_urgency(catalogue: Catalogue) -> Sequence[Procedure]:
    """A limit of 14 days is missed more easily than one of two years."""
    named = [id for event in catalogue.events.values() for id in event.procedures]
    place = {id: number for number, id in reversed(list(enumerate(named)))}

    def key(each: Procedure) -> tuple[int, int, str, str]:
        length = each.deadline.length
        days = length.amount if length is not None and length.unit == "day" else _LONG
        return days, place.get(each.id, len(named)), each.kana, each.id

    return sorted(catalogue.procedures.values(), key=key)


class _Asked:
    """The children of one day, and what was answered about a rule before."""

    def __init__(self, vocabulary: facts.Vocabulary, on: date) -> None:
        def known(given: Mapping[str, object]) -> facts.Facts:
            return facts.known(vocabulary, given, on)

        self._children: dict[str, list[facts.Facts]] = {each.id: [] for each in BANDS}
        for birth in births(on):
            child = {facts.BIRTH: birth.isoformat(), **_shut(birth, on, vocabulary)}
            for band in BANDS:
                if band.holds(birth, on):
                    self._children[band.id].append(known(child))
        self._pregnant = known(dict.fromkeys(OF_PREGNANCY, True))
        self._not_pregnant = known(dict.fromkeys(OF_PREGNANCY, False))
        self._before: dict[str, frozenset[str]] = {}

    def ages(self, procedure: Procedure) -> frozenset[str]:
        """The ages it belongs to."""
        rule = eligibility.whole_rule(procedure)
        key = repr(rule)  # many cities' procedures share a rule, and asking takes longer
        if key not in self._before:
            self._before[key] = frozenset(self._find(rule, any(name in key for name in _OF_AGE)))
        return self._before[key]

    def _find(self, rule: Value, of_age: bool) -> Iterator[str]:
        children = (child for born in self._children.values() for child in born)
        if of_age and not all(_open(rule, each) for each in children):
            for age, born in self._children.items():
                if any(_open(rule, each) for each in born):
                    yield age
        if _open(rule, self._pregnant) and not _open(rule, self._not_pregnant):
            yield PREGNANT


def _open(rule: Value, child: facts.Facts) -> bool:
    return eligibility.answer(rule, child) != eligibility.NO


def births(on: date) -> Iterator[date]:
    """Birthdays of children of every age on that day: the first days of a life, each month of the
    first year, each quarter of the next two, then both ends of every school year."""
    for days in (0, 1, 7, 14, 27, 28, 50, 60):
        yield on - timedelta(days=days)
    for months in (*range(3, 13), *range(15, 36, 3)):
        yield on - timedelta(days=months * 365 // 12 + 1)
    this_year = cohort.of_birth(on)
    for born in range(this_year - 23, this_year - 2):
        for birth in (date(born, 4, 2), date(born + 1, 4, 1)):
            if facts.age_months(birth, on) >= 36:
                yield birth


def _shut(birth: date, on: date, vocabulary: facts.Vocabulary) -> Mapping[str, object]:
    """Windows that are over at that age; one that is not may be open or not."""
    grade = facts.school_grade(birth, on)
    return {name: False for name, last in WINDOWS.items() if grade > last and name in vocabulary}
