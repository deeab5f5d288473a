"""Can the city guess birthdays from its alarms? ``python -m tools.alarm_simulation [PHONES]``.

For each design of the alarms: how often an observer of every record of a year
(tools/alarm_observer.py) guesses the birthday of a child within three days, how often by chance
(knowing only when reminders were turned on), and how many bits he learns. What it says:
docs/blind-alarms.md.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tools.alarm_lives import DESIGNS, YEAR, Life, Seen, life
from tools.alarm_observer import Observer

#: the observer has simulated so many families for each that he watches
TAUGHT = 2
PHONES = 4000
WEEK = 7


@dataclass(frozen=True, slots=True)
class Result:
    """Of one design. right, chance: shares of phones. bits: mean learned about a birthday;
    unsure: its standard error. messages: a phone gets in a year."""

    design: str
    phones: int
    right: float
    chance: float
    bits: float
    unsure: float
    messages: float

    @property
    def margin(self) -> float:
        """Three standard errors of a share that is chance."""
        return 3 * math.sqrt(self.chance * (1 - self.chance) / self.phones)

    @property
    def tells(self) -> bool:
        """Whether the observer does better than chance."""
        return self.right > self.chance + self.margin or self.bits > 3 * self.unsure

    def line(self) -> str:
        """As it is printed."""
        return (
            f"{self.design:16} {self.right:7.1%} {self.chance:7.1%} ±{self.margin:.1%}"
            f" {self.bits:7.2f} ±{3 * self.unsure:.2f} {self.messages:9.1f}"
            f"   {'tells' if self.tells else 'blind'}"
        )


def watched(design: str, phones: int, seed: int = 1) -> Result:
    """One design under the eyes of the observer."""
    chance = Random(seed)
    taught = [_seen(design, chance) for _ in range(TAUGHT * phones)]
    observer = Observer(taught)
    some = [_seen(design, chance) for _ in range(phones)]
    guesses = [observer.guess(life, seen) for life, seen in some]
    bits = [each.bits for each in guesses]
    mean = sum(bits) / phones
    spread = math.sqrt(sum((each - mean) ** 2 for each in bits) / (phones - 1))
    return Result(
        design,
        phones,
        sum(each.right for each in guesses) / phones,
        sum(observer.blind(life) for life, _ in some) / phones,
        mean,
        spread / math.sqrt(phones),
        sum(len(seen.woken) for _, seen in some) / phones,
    )


def _seen(design: str, chance: Random) -> tuple[Life, Seen]:
    found = life(chance)
    return found, DESIGNS[design](found, chance)


def price(phones: int, seed: int = 2) -> Iterator[tuple[str, float]]:
    """What the blind design costs: messages a year, those with something to tell, and how long
    before its day a reminder is told."""
    chance = Random(seed)
    woken, telling, ahead = 0, 0, list[float]()
    for _ in range(phones):
        one, seen = _seen("weekly_always", chance)
        woken += len(seen.woken)
        for at in seen.woken:
            due = one.between(at, at + WEEK)
            telling += bool(due)
            ahead += [each - at for each in due]
    yield "messages a year", woken / phones
    yield "  with something to tell", telling / phones
    yield "days ahead, mean", sum(ahead) / len(ahead)
    yield "days ahead, least", min(ahead)
    yield "days ahead, most", max(ahead)


def report(phones: int, designs: Sequence[str] = tuple(DESIGNS)) -> Iterator[str]:
    """The lines of the table, and of the price."""
    yield f"{phones} phones watched for {YEAR} days; a guess is right within three days"
    yield f"{'design':16} {'right':>7} {'chance':>7} {'':5} {'bits':>7} {'':5} {'messages':>9}"
    for each in designs:
        yield watched(each, phones).line()
    for name, value in price(phones):
        yield f"{name:28} {value:6.1f}"


def main(arguments: Sequence[str]) -> int:
    """Prints the report."""
    for line in report(int(arguments[0]) if arguments else PHONES):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
