"""Who reads every record of the city for a year and wants the birthdays of the children. For
``tools/alarm_simulation.py``.

He knows everything but the families themselves: the rules of every date, how late families are,
the design of the alarms, at which ages reminders are turned on. He has simulated it all beforehand
and learned how often a phone is woken, and asks out of turn, at each age in days; then he takes,
for one phone, the birthday that explains best what he saw (Bayes over every possible day). How far
he trusts what he learned, he tries out first on phones whose birthdays he knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, product

from tools.alarm_lives import OLDEST_DAYS, YEAR, Life, Seen

#: possible ages at the start, in days
AGES = OLDEST_DAYS - YEAR + 1
SPAN = AGES + YEAR + 2
#: a rate that was seen never is a little more than nothing
FAINT = 1e-4
#: as many days more as if the mean had been seen: rare ages must not speak loudly
STIFFNESS = (5.0, 50.0, 500.0)
#: how far he trusts what he learned of wakes, and of phones that ask out of turn; 0 is not at all
TRUST = tuple(product((0.0, 0.03, 0.1, 0.3, 1.0), (0.0, 0.3, 1.0)))
#: one in so many lives he keeps for trying out
TRIED = 8
#: a guess is right within so many days
WITHIN = 3

Known = Sequence[tuple[Life, Seen]]
#: for each age at the start: of wakes, and of asking out of turn
Said = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Guess:
    """What became of one phone. right: the birthday guessed, within three days. bits: what he
    learned about it (log2 of how much likelier the true day became)."""

    right: bool
    bits: float


class Observer:
    """Taught with lives of which he knows the birthday."""

    def __init__(self, taught: Known) -> None:
        tried, learned = taught[: len(taught) // TRIED], taught[len(taught) // TRIED :]
        self._prior = _prior(life for life, _ in learned)
        self._before = _normal(self._prior)
        self._blind = _best(self._before)
        self._rates: list[_Rate] = []
        self.trust, best = (0.0, 0.0), -math.inf
        for stiff in STIFFNESS:
            rates = [
                _Rate([(life, seen.woken) for life, seen in learned], stiff),
                _Rate([(life, seen.asked) for life, seen in learned], stiff),
            ]
            said = [(life, _said(rates, life, seen)) for life, seen in tried]
            for trust in TRUST:  # the first is none at all: only what helps is trusted
                bits = sum(self._judged(life, each, trust).bits for life, each in said)
                if bits > best:
                    self._rates, self.trust, best = rates, trust, bits

    def guess(self, life: Life, seen: Seen) -> Guess:
        """The birthday of this life, of which he looks at ``seen`` and the start alone."""
        return self._judged(life, _said(self._rates, life, seen), self.trust)

    def blind(self, life: Life) -> bool:
        """Whether he is right without any alarm: chance."""
        return abs(self._blind - _age(life)) <= WITHIN

    def _judged(self, life: Life, said: Said, trust: tuple[float, float]) -> Guess:
        (wakes, asks), (woken, asked) = trust, said
        scores = zip(self._prior, woken, asked, strict=True)
        after = _normal([a + wakes * b + asks * c for a, b, c in scores])
        age = _age(life)
        bits = math.log2(after[age]) - math.log2(self._before[age])
        return Guess(abs(_best(after) - age) <= WITHIN, bits)


class _Rate:
    """How often something happens at each age in days."""

    def __init__(self, taught: Iterable[tuple[Life, Sequence[float]]], stiff: float) -> None:
        seen, watched = [0.0] * SPAN, [0.0] * (SPAN + 1)
        for life, days in taught:
            first = _age(life)
            watched[first] += 1
            watched[first + YEAR] -= 1
            for day in days:
                seen[first + _since(life.start, day)] += 1
        under = list(accumulate(watched))[:SPAN]
        mean = sum(seen) / max(sum(under), 1.0)
        rates = [
            max((hits + stiff * mean) / (days + stiff), FAINT)
            for hits, days in zip(seen, under, strict=True)
        ]
        self.log = [math.log(each) for each in rates]
        self.sum = [0.0, *accumulate(rates)]


def _said(rates: Sequence[_Rate], life: Life, seen: Seen) -> Said:
    """What was seen says for each age at the start (log likelihoods of Poisson processes)."""
    woken, asked = rates
    return _one(woken, life.start, seen.woken), _one(asked, life.start, seen.asked)


def _one(rate: _Rate, start: float, days: Sequence[float]) -> list[float]:
    found = [rate.sum[age] - rate.sum[age + YEAR] for age in range(AGES)]
    for day in days:
        first = _since(start, day)
        more = rate.log[first : first + AGES]
        found = [each + log for each, log in zip(found, more, strict=True)]
    return found


def _prior(lives: Iterable[Life]) -> list[float]:
    counts = [0.0] * AGES
    for life in lives:
        counts[_age(life)] += 1
    # ages next to one another are about as frequent
    smooth = [sum(counts[max(0, age - 4) : age + 5]) / 9 + 0.01 for age in range(AGES)]
    total = sum(smooth)
    return [math.log(each / total) for each in smooth]


def _normal(scores: Sequence[float]) -> list[float]:
    most = max(scores)
    parts = [math.exp(each - most) + 1e-12 for each in scores]
    total = sum(parts)
    return [each / total for each in parts]


def _best(chances: Sequence[float]) -> int:
    """The age in the middle of the likeliest seven days."""
    sums = [0.0, *accumulate(chances)]
    width = 2 * WITHIN + 1
    most = max(range(len(chances) - width + 1), key=lambda first: sums[first + width] - sums[first])
    return most + WITHIN


def _age(life: Life) -> int:
    return min(int(life.start) - life.born, AGES - 1)


def _since(start: float, day: float) -> int:
    return min(int(day) - int(start), YEAR)
