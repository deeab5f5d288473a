"""What happens by itself in a city: the tick and the workers, until nothing more is due."""

from __future__ import annotations

from todoke.adapters.fakes import TurnedClock
from todoke.journeys import deliver
from todoke.journeys.tick import tick
from todoke.ports import Services
from todoke.store_schema import LANES

#: a job in hand at a death is hidden for a minute; a retry is leased for a quarter of an hour
STEPS = (0, 61, 961)


def settle(services: Services) -> None:
    """Goes on until nothing more is due at this moment."""
    idle = 0
    while idle < 3:  # a job that failed counts as nothing done, but others wait behind it
        done = sum(tick(services).values())
        done += sum(deliver.work(services, lane) for lane in LANES)
        idle = 0 if done else idle + 1


def pass_time(services: Services, clock: TurnedClock) -> None:
    """Until what a dead process held comes back and is done."""
    for seconds in STEPS:
        clock.turn(seconds)
        settle(services)
