"""Who reads what the city writes to a child: its guardians, while it is a child, and nobody whom
the city has not cleared where somebody of the family is protected.

A child is who has not reached eighteen years (民法4条); until then it stands under parental
authority (818条), which goes with the care of its matters (820条, 824条). The age is counted by
年齢計算ニ関スル法律 (core/days.py): the day of the eighteenth birthday is the first one on which
nothing is shown any more, and who is born on 29 February is of age on 1 March of a common year.
支援措置 keeps the whereabouts of a victim of violence, and of the children with her, from whom she
fled (住民基本台帳事務処理要領 第5の10; confidence medium: the text was not at hand, 2026-11).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from todoke.core import days
from todoke.core.resident_file import HERE

#: 民法4条
AGE_OF_MAJORITY = 18


class Child(Protocol):
    """A row of the register. guardians, shown_to: ids; shown_to: whom the city has cleared."""

    @property
    def state(self) -> str:
        """here | closed | deceased."""

    @property
    def born(self) -> date | None:
        """None where it is not known."""

    @property
    def guardians(self) -> Sequence[str]:
        """By today's register."""

    @property
    def protected(self) -> bool:
        """Whether 支援措置 stands in the row."""

    @property
    def shown_to(self) -> Sequence[str]:
        """Guardians whom the city names beside it."""


def of_age_from(born: date) -> date:
    """The first day on which somebody is of age."""
    return days.after_age(born, 12 * AGE_OF_MAJORITY)


def is_minor(born: date | None, today: date) -> bool:
    """Whether it is known that somebody is under age: a birth date that is not known shows
    nothing to anybody else."""
    return born is not None and today < of_age_from(born)


def readers(child: Child, protected: Collection[str], today: date) -> tuple[str, ...]:
    """Guardians who read what comes for a child. protected: those of them in whose own row
    支援措置 stands: then the child is hidden from all, the other parent before all, until the city
    has written beside the child's own 支援措置 who may read."""
    if child.state != HERE or not is_minor(child.born, today):
        return ()
    if child.protected or any(each in protected for each in child.guardians):
        return tuple(each for each in child.guardians if each in child.shown_to)
    return tuple(child.guardians)
