"""A letter lies where somebody lived when it was written: after a move its code opens nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.journeys.login.test_linking import HANAKO, entered
from tests.parts.hall import Hall, refusal
from tests.parts.snapshots import LATER, crowd, line, take, work
from todoke.journeys import linking, login, register_report, residents
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
    [
        {"異動事由": "転出", "異動日": "2026-11-10"},
        {"住所": "見本町九丁目9番9号"},
        {"住所": "見本町九丁目9番9号", "氏名": "見本 月子"},
        None,
    ],
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


def test_who_came_back_to_another_house_needs_a_new_letter(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    take(services, *crowd(20), line("1", 異動事由="転出", 異動日="2026-11-10"), on=LATER)
    work(services)
    code = hall.code("1")
    hall.clock.turn(60)
    take(services, *crowd(20), line("1", 住所="見本町九丁目9番9号"), on=LATER + timedelta(days=1))
    work(services)
    refusal("letter_code_refused", lambda: login.link(services, entered(hall), code))


# ------------------------------------------------------- another person under the same number
#: a mistake of the file: the number of one woman on the row of a man
SOMEBODY_ELSE = {"氏名": "見本 次郎", "生年月日": "1971-02-03", "性別": "男"}


def test_somebody_else_under_her_number_does_not_get_her_account(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    hers = login.link(services, entered(hall), hall.code("1"))
    code = hall.code("1")
    brought = take(services, *crowd(20), line("1", **SOMEBODY_ELSE), on=LATER)
    assert brought.changes["another"] == 1
    work(services)
    assert person(services).data["account"] is None
    account = services.store.get("account", hers.account)
    assert account is not None
    assert account.data["resident"] is None
    refusal("letter_code_refused", lambda: login.link(services, entered(hall), code))
    assert [each.numbers for each in register_report.report(services, "cli").listed] == [("1",)]


def test_a_card_links_nobody_to_such_a_number_until_a_clerk_has_looked(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    take(services, *crowd(20), line("1", **SOMEBODY_ELSE), on=LATER)
    work(services)
    jiro = replace(HANAKO, name="見本　次郎", born=date(1971, 2, 3), sex="1")
    outcome = linking.link(services, entered(hall), jiro)
    assert (outcome.answer, outcome.reason) == ("not_certain", "another")
    mine = login.link(services, entered(hall), hall.code("1"))
    assert person(services).data["account"] == mine.account


@pytest.mark.parametrize("cells", [{"氏名": "見本 月子"}, {"生年月日": "1990-04-02"}])
def test_one_that_changed_alone_is_still_hers(hall: Hall, cells: dict[str, str]) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    hers = login.link(services, entered(hall), hall.code("1"))
    take(services, *crowd(20), line("1", **cells), on=LATER)
    work(services)
    assert person(services).data["account"] == hers.account
