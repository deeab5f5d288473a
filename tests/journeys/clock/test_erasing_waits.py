"""A clock that was moved by more than a day erases nothing until a person has confirmed it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.parts.applicants import ANNE
from tests.parts.applying import QuickCleaner
from tests.parts.desk import DAY, HOUR
from tests.parts.town import Town
from todoke.core import clock_moves
from todoke.core.clock_moves import Mark, Move
from todoke.journeys import attachments, clock_watch
from todoke.journeys.tick import purge, tick
from todoke.ports import Create, Record, Services

ROWS = 3
#: besides them: the links that the three clerks of the desk have not opened
OVER = ROWS + 3


@pytest.fixture
def full(town: Town) -> Town:
    """A town whose care runs, and which then gets rows and a file whose time is soon over."""
    tick(town.services)
    for number in range(ROWS):
        form = Record("form", f"form-{number}", {"notice": "N"}, expires_at=_now(town) + HOUR)
        town.services.store.commit([Create(form)])
    services = replace(town.services, cleaner=QuickCleaner())
    attachments.take(services, ANNE, b"proof")
    return town


def _now(town: Town) -> int:
    return town.clock.unix()


def _care(town: Town) -> int:
    """What the next care erases."""
    town.clock.turn(90)
    return tick(town.services)["erased"]


def _erasable(services: Services) -> int:
    """Rows the store would erase at this moment; asking erases them."""
    return purge(services)


def test_time_that_really_passes_erases_what_is_over(full: Town) -> None:
    full.clock.turn(3 * DAY)
    assert _care(full) == OVER + 1


@pytest.mark.parametrize("jump", [3 * DAY, 400 * DAY, DAY + 120])
def test_a_jump_forwards_erases_nothing(full: Town, jump: int) -> None:
    full.clock.jump(jump)
    assert [_care(full) for _ in range(3)] == [0, 0, 0]
    assert len(attachments.waiting(full.services, ANNE)) == 1
    assert _erasable(full.services) == OVER


def test_a_jump_backwards_erases_nothing_either(full: Town) -> None:
    full.clock.turn(10 * DAY)  # without a care in between, so that something is over
    full.clock.jump(-3 * DAY)
    assert _care(full) == 0
    assert len(attachments.waiting(full.services, ANNE)) == 1
    assert _erasable(full.services) == OVER


def test_a_small_correction_holds_up_nothing(full: Town) -> None:
    for seconds in (-HOUR, 61, -1, 9 * HOUR, DAY - 120):
        full.clock.jump(seconds)
        _care(full)
        assert clock_watch.look(full.services) is None


def test_what_a_jump_held_up_goes_on_after_a_person_confirmed(full: Town) -> None:
    full.clock.jump(3 * DAY)
    assert _care(full) == 0
    assert clock_watch.confirm(full.services) == Move(3 * DAY, certain=True)
    assert _care(full) == OVER + 1
    assert clock_watch.confirm(full.services) is None
    acts = [each[1] for each in full.desk.acts()]
    assert acts.count("clock_moved") == acts.count("clock_confirmed") == 1


def test_a_clock_set_right_again_still_waits_for_a_person(full: Town) -> None:
    """What was written in between carries the wrong time, and would be erased at once."""
    full.clock.jump(-3 * DAY)
    assert _care(full) == 0
    services = replace(full.services, cleaner=QuickCleaner())
    attachments.take(services, ANNE, b"another proof")
    full.clock.jump(3 * DAY)
    assert _care(full) == 0
    assert len(attachments.waiting(full.services, ANNE)) == 2


def test_a_machine_that_was_off_for_days_waits_for_a_person_or_a_time_server(full: Town) -> None:
    full.clock.switch_off(3 * DAY)
    assert _care(full) == 0
    assert clock_watch.look(full.services) == Move(3 * DAY + 90, certain=False)
    full.clock.synchronised = True
    assert clock_watch.look(full.services) is None
    assert _care(full) == OVER + 1


def test_a_machine_that_was_off_for_a_night_goes_on_by_itself(full: Town) -> None:
    full.clock.switch_off(14 * HOUR)
    assert _care(full) == ROWS


def test_a_time_server_excuses_no_jump_of_a_running_machine(full: Town) -> None:
    full.clock.synchronised = True
    full.clock.jump(3 * DAY)
    assert _care(full) == 0


def test_a_machine_that_comes_back_in_the_past_waits_whatever_the_server_says(full: Town) -> None:
    long_over = Record("form", "long over", {"notice": "N"}, expires_at=_now(full) - 10 * DAY)
    full.services.store.commit([Create(long_over)])
    full.clock.synchronised = True
    full.clock.switch_off(-3 * DAY)
    assert _care(full) == 0
    assert _erasable(full.services) == 1


def test_a_restart_forgets_no_jump(full: Town) -> None:
    full.clock.jump(400 * DAY)
    assert _care(full) == 0
    full.clock.switch_off(60)
    full.clock.synchronised = True
    assert _care(full) == 0
    assert clock_watch.look(full.services) == Move(400 * DAY, certain=True)


def test_marks_and_moves_are_read_as_they_were_written() -> None:
    mark = Mark(1_795_500_000, "run-1", 77)
    assert clock_moves.read(mark.text()) == mark
    for move in (Move(-3, certain=True), Move(5, certain=False)):
        assert clock_moves.read_move(move.text()) == move
