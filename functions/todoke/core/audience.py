"""Whom a topic notice reaches, and the floor k below which nobody is counted out.

The floor protects people and never silences the city: a notice for a whole topic may always be
sent, even to one person. A narrower segment (a district, a school year, or both) with fewer
than k people cannot be chosen, and its figure reads "fewer than k".

Figures of narrower segments are shown rounded down to whole steps of k. Were they exact, the
total of the topic minus its districts would give away the small cell that the floor hides; a
figure known only to within a step cannot be subtracted (``tests/core/test_audience.py`` tries
every table of a small town).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from todoke.core.errors import TodokeError


@dataclass(frozen=True, slots=True)
class Segment:
    """area None: every district. cohort None: every school year (年度) of birth."""

    area: str | None = None
    cohort: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is everybody who follows the topic."""
        return self.area is None and self.cohort is None

    @property
    def cell(self) -> str:
        """Name of its cell in the ``followers`` counter."""
        return f"{self.area or '*'}|{self.cohort or '*'}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of devices as a person may see it.

    number: what is shown, and what the approver types. few: fewer than ``number`` (then
    ``number`` is k). at_least: rounded down, the true figure is up to k − 1 higher.
    """

    number: int
    few: bool = False
    at_least: bool = False


def count(cells: Mapping[str, int], segment: Segment) -> int:
    """Devices in the segment. cells: one topic's ``followers`` counter, {"area|cohort": n}.

    A counter may pass through less than zero while a shard catches up; that reads as zero."""
    return max(0, int(cells.get(segment.cell, 0)))


def figure(number: int, k: int, *, whole: bool) -> Figure:
    """How ``number`` is shown. whole: it counts a whole topic (exact from k on)."""
    if number < k:
        return Figure(k, few=True)
    if whole:
        return Figure(number)
    return Figure(number - number % k, at_least=True)


def tally(number: int, k: int, *, whole: bool) -> Figure:
    """How an outcome of deliveries is shown. Nobody at all is said plainly: it names no one,
    and a clerk must be able to see that nothing failed."""
    return Figure(0) if number == 0 else figure(number, k, whole=whole)


def sendable(cells: Mapping[str, int], segment: Segment, k: int) -> bool:
    """Whether a notice may address the segment."""
    return segment.whole or count(cells, segment) >= k


def wider(cells: Mapping[str, int], segment: Segment, k: int) -> Segment:
    """The next wider segment that may be addressed: drop the school year, then the district,
    then both. The whole topic always may."""
    for each in (Segment(area=segment.area), Segment(cohort=segment.cohort)):
        if each != segment and not each.whole and sendable(cells, each, k):
            return each
    return Segment()


def check_floor(cells: Mapping[str, int], segment: Segment, k: int) -> None:
    """Raises ``segment_too_small`` with the next wider segment."""
    if not sendable(cells, segment, k):
        next_one = wider(cells, segment, k)
        raise TodokeError("segment_too_small", floor=k, wider=next_one.cell)


def typed_number(typed: str) -> int | None:
    """The number a clerk typed: full width, thousands marks and a trailing 台 are fine."""
    plain = unicodedata.normalize("NFKC", typed).strip().removesuffix("台").strip()
    plain = plain.replace(",", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 9 else None


def check_typed(typed: str, shown: int) -> None:
    """Raises ``count_differs`` unless the clerk typed the number on the screen."""
    if typed_number(typed) != shown:
        raise TodokeError("count_differs", shown=shown)
