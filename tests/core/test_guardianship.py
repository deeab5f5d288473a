"""Guardians read for a child until it is eighteen, and nobody does where somebody is protected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import guardianship
from todoke.core.resident_file import CLOSED, DECEASED, HERE

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
IDS = st.sampled_from(["R-1", "R-2", "R-3", "R-4"])


@dataclass(frozen=True)
class Child:
    state: str = HERE
    born: date | None = date(2020, 4, 1)
    guardians: tuple[str, ...] = ("R-1", "R-2")
    protected: bool = False
    shown_to: tuple[str, ...] = ()


def read(child: Child, *protected: str, today: date = TODAY) -> tuple[str, ...]:
    return guardianship.readers(child, protected, today)


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2008, 11, 24), date(2026, 11, 24)),
        (date(2008, 4, 1), date(2026, 4, 1)),
        (date(2008, 2, 29), date(2026, 3, 1)),  # 民法143条2項ただし書
        (date(2012, 2, 29), date(2030, 3, 1)),
    ],
)
def test_a_person_is_of_age_from_the_eighteenth_birthday_on(born: date, first: date) -> None:
    assert guardianship.of_age_from(born) == first
    assert guardianship.is_minor(born, first - timedelta(days=1))
    assert not guardianship.is_minor(born, first)


@given(DAYS, DAYS)
def test_age_only_ever_ends_a_childhood_once(born: date, today: date) -> None:
    minor = guardianship.is_minor(born, today)
    assert minor == (today < guardianship.of_age_from(born))
    assert minor or not guardianship.is_minor(born, today + timedelta(days=1))
    if (born.month, born.day) != (2, 29):
        assert guardianship.of_age_from(born) == born.replace(year=born.year + 18)


def test_both_parents_read_for_a_child() -> None:
    assert read(Child()) == ("R-1", "R-2")


@pytest.mark.parametrize(
    "child",
    [
        Child(state=CLOSED),
        Child(state=DECEASED),
        Child(born=None),
        Child(born=date(2008, 11, 23)),
        Child(guardians=()),
        Child(protected=True),
        Child(guardians=(), protected=True, shown_to=("R-1",)),
    ],
)
def test_nobody_reads_for_who_is_gone_of_age_unknown_or_protected(child: Child) -> None:
    assert read(child) == ()


def test_a_protected_parent_hides_the_child_from_both_until_the_city_has_decided() -> None:
    assert read(Child(), "R-1") == ()
    assert read(Child(), "R-9") == ("R-1", "R-2")
    assert read(Child(protected=True, shown_to=("R-1",)), "R-1") == ("R-1",)


@given(
    st.builds(
        Child,
        state=st.sampled_from([HERE, CLOSED, DECEASED]),
        born=st.none() | DAYS,
        guardians=st.lists(IDS, max_size=4, unique=True).map(tuple),
        protected=st.booleans(),
        shown_to=st.lists(IDS, max_size=4, unique=True).map(tuple),
    ),
    st.sets(IDS),
    DAYS,
)
def test_protection_never_shows_more_and_readers_are_always_guardians(
    child: Child, protected: set[str], today: date
) -> None:
    seen = set(guardianship.readers(child, protected, today))
    assert seen <= set(child.guardians)
    assert seen <= set(guardianship.readers(child, (), today))
    if child.protected or protected & set(child.guardians):
        assert seen <= set(child.shown_to)
