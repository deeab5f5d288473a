"""A letter lies where somebody lived when it was written: after a move its code opens nothing."""

from __future__ import annotations

import pytest

from tests.journeys.login.test_linking import entered
from tests.parts.hall import Hall, refusal
from tests.parts.snapshots import LATER, crowd, line, take, work
from todoke.journeys import login, residents
from todoke.ports import Record, Services


def person(services: Services) -> Record:
    """Whoever has the number 1, as the city keeps her through all snapshots."""
    found = residents.find(services, "1")
    assert found is not None
    kept = services.store.get("resident", found.id)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    "elsewhere",
    [{"異動事由": "転出", "異動日": "2026-11-10"}, {"住所": "見本町九丁目9番9号"}, None],
)
def test_a_letter_to_where_somebody_lives_no_more_opens_nothing(
    hall: Hall, elsewhere: dict[str, str] | None
) -> None:
    """None: not in the file any more."""
    services = hall.services
    take(services, *crowd(20), line("1"))
    code = hall.code("1")
    now = [line("1", **elsewhere)] if elsewhere else []
    take(services, *crowd(20), *now, on=LATER)
    work(services)
    refused = refusal("letter_code_refused", lambda: login.link(services, entered(hall), code))
    assert refused["rule"] == "code_wrong"
    assert hall.acts().count("letter_code_ended") == 1
    assert person(services).data["letter_code"] is None


def test_a_letter_that_a_clerk_sends_after_the_move_opens_the_account(hall: Hall) -> None:
    """Also where it was made before the work after the import is done."""
    services = hall.services
    take(services, *crowd(20), line("1"))
    take(services, *crowd(20), line("1", 異動事由="転出", 異動日="2026-11-10"), on=LATER)
    hall.clock.turn(1)
    code = hall.code("1")
    work(services)
    mine = login.link(services, entered(hall), code)
    assert person(services).data["account"] == mine.account


@pytest.mark.parametrize("cells", [{"氏名": "見本 月子"}, {}])
def test_a_letter_to_who_stays_where_she_is_opens_the_account(
    hall: Hall, cells: dict[str, str]
) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    code = hall.code("1")
    take(services, *crowd(20), line("1", **cells), on=LATER)
    work(services)
    mine = login.link(services, entered(hall), code)
    assert person(services).data["account"] == mine.account
    assert "letter_code_ended" not in hall.acts()
