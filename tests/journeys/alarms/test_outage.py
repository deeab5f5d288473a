"""While the store takes no writes, nobody is woken over and over; afterwards everybody is, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.journeys.deliver.crashing import CrashingStore
from tests.parts.town import Town
from tests.parts.waking import HOUR, alarm_of, ask, asleep, woken
from todoke.core.errors import TodokeError
from todoke.journeys import alarms, deliver
from todoke.journeys.tick import tick
from todoke.ports import Services, Write

pytestmark = pytest.mark.slow_on_aws


def without_writes(town: Town, code: str) -> Services:
    """The town while its store takes no writes; its queue goes on."""

    def refused(writes: Sequence[Write]) -> bool:
        raise TodokeError(code)

    return replace(town.services, store=CrashingStore(town.services.store, refused))


@pytest.mark.parametrize("code", ["storage_unavailable", "storage_full"])
def test_a_store_that_takes_no_writes_wakes_nobody_until_it_does(town: Town, code: str) -> None:
    """A job of a store that is off comes again every few seconds, without end."""
    phones = asleep(town, 3)
    town.clock.turn(HOUR)
    tick(town.services)  # the jobs wait already
    broken = without_writes(town, code)
    for _ in range(HOUR // 20):
        deliver.work(broken, "urgent")
        town.clock.turn(20)
    assert woken(town) == []
    town.pass_time(2 * HOUR, step=60)
    assert sorted(woken(town)) == sorted(each.endpoint for each in phones)
    assert [alarm_of(town, each) for each in phones] == [None] * 3


def test_whoever_asks_anew_while_a_job_begins_is_left_out_of_it(town: Town) -> None:
    phones = asleep(town, 3)
    town.clock.turn(HOUR)
    tick(town.services)
    (job,) = town.services.queue.receive("urgent", limit=10)
    asked: list[int] = []

    def meanwhile(writes: Sequence[Write]) -> bool:
        if not asked:
            asked.append(0)
            asked[0] = ask(town, phones[1], 24 * HOUR)
        return False

    services = replace(town.services, store=CrashingStore(town.services.store, meanwhile))
    alarms.ring(services, job)
    assert sorted(woken(town)) == sorted(phones[n].endpoint for n in (0, 2))
    kept = alarm_of(town, phones[1])
    assert kept is not None
    assert kept.data["at"] == asked[0]
