"""An observer of every record of the city for a year: what he learns of birthdays, by design."""

from __future__ import annotations

from random import Random

import pytest

from tools import alarm_simulation
from tools.alarm_lives import DESIGNS, YEAR, Life, Seen, life
from tools.alarm_observer import Observer

SMALL = 250


def test_alarms_at_the_hour_of_a_date_tell_birthdays() -> None:
    """The observer is good enough to be worth asking."""
    found = alarm_simulation.watched("exact", SMALL)
    assert found.tells
    assert found.right > 0.5
    assert found.bits > 4


def test_the_alarms_of_todoke_tell_no_more_than_chance() -> None:
    found = alarm_simulation.watched("weekly_always", SMALL)
    assert not found.tells
    assert found.bits < 0.05
    assert found.messages == pytest.approx(52, abs=2)


def test_the_moments_asked_for_are_the_same_whatever_the_dates_are() -> None:
    """Of two children with the same start, the same chance and other birthdays."""
    one = life(Random(5))
    other = Life(one.born - 300, tuple(each - 300 for each in one.reminders), one.start)
    nothing = Life(one.born, (), one.start)
    # but for a device that was off: it asks again when a page is opened, on whatever day that is
    seen = [DESIGNS["weekly_always"](each, _NoLoss(7)) for each in (one, other, nothing)]
    assert seen[0] == seen[1] == seen[2]
    exact = [DESIGNS["exact"](each, _NoLoss(7)) for each in (one, other, nothing)]
    assert exact[0] != exact[1] != exact[2]


class _NoLoss(Random):
    """Chance by which no push is ever lost."""

    def random(self) -> float:
        return max(super().random(), 0.5)


def test_every_reminder_is_told_within_the_week_before_it() -> None:
    found = dict(alarm_simulation.price(SMALL))
    assert found["days ahead, least"] >= -1 / 24
    assert found["days ahead, most"] <= 7
    assert found["  with something to tell"] < found["messages a year"]


def test_lives_are_as_the_rules_say() -> None:
    chance = Random(3)
    for _ in range(200):
        found = life(chance)
        ages = [each - found.born for each in found.reminders]
        assert min(ages) > 12
        assert max(ages) < 6 * 366
        assert found.end - found.start == YEAR
        assert found.start >= found.born


def test_the_observer_knows_a_birthday_when_it_is_written_down() -> None:
    """A phone woken on its birthday alone would give it away: a check of the observer himself."""
    chance = Random(11)
    lives = [life(chance) for _ in range(600)]

    def told(one: Life) -> Seen:
        year = next(day for day in range(366) if (int(one.start) + day - one.born) % 365 == 0)
        return Seen((int(one.start) + year + 0.4,), ())

    observer = Observer([(each, told(each)) for each in lives[:400]])
    guesses = [observer.guess(each, told(each)) for each in lives[400:]]
    assert sum(each.right for each in guesses) / len(guesses) > 0.3
    assert sum(each.bits for each in guesses) / len(guesses) > 3


@pytest.mark.soak
def test_four_thousand_phones_tell_no_more_than_chance() -> None:
    for seed in (1, 2, 3):
        found = alarm_simulation.watched("weekly_always", alarm_simulation.PHONES, seed)
        assert not found.tells, found.line()
    for design in ("exact", "shifted", "with_decoys", "weekly_when_due"):
        assert alarm_simulation.watched(design, 1000).tells, design
