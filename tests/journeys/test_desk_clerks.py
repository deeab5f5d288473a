"""Administrators look after clerks; nobody gives herself a role, and one administrator stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parts.desk import Desk
from tests.parts.desk_door import AtTheDoor
from todoke.core.errors import TodokeError
from todoke.journeys import desk_session, staff


@pytest.fixture
def boss(desk: Desk) -> str:
    return staff.add(desk.services, "見本 つかさ", ["administrator"]).staff


def test_roles_are_changed_and_it_is_told(desk: Desk, boss: str) -> None:
    staff.set_roles(desk.services, desk.author.id, ["author", "approver"], actor=boss)
    record = staff.here(desk.services, desk.author.id)
    assert staff.person(record).roles == {"author", "approver"}
    assert (boss, "staff_roles", f"staff/{desk.author.id}") in desk.acts()


def test_nobody_gives_herself_a_role_or_takes_herself_away(desk: Desk, boss: str) -> None:
    with pytest.raises(TodokeError, match="own_roles"):
        staff.set_roles(desk.services, boss, ["administrator", "approver"], actor=boss)
    with pytest.raises(TodokeError, match="own_roles"):
        staff.remove(desk.services, boss, actor=boss)
    assert staff.person(staff.here(desk.services, boss)).roles == {"administrator"}


@pytest.mark.parametrize(
    "roles", [["auditor", "author"], ["administrator", "caseworker"], [], ["root"]]
)
def test_roles_that_do_not_go_together_are_refused(desk: Desk, boss: str, roles: list[str]) -> None:
    with pytest.raises(TodokeError, match="bad_field"):
        staff.set_roles(desk.services, desk.author.id, roles, actor=boss)
    with pytest.raises(TodokeError, match="bad_field"):
        staff.add(desk.services, "見本 はるか", roles)


def test_the_last_administrator_stays_whoever_asks(desk: Desk, boss: str) -> None:
    for actor in ("cli", desk.author.id):
        with pytest.raises(TodokeError, match="last_administrator"):
            staff.remove(desk.services, boss, actor=actor)
        with pytest.raises(TodokeError, match="last_administrator"):
            staff.set_roles(desk.services, boss, ["author"], actor=actor)
    second = staff.add(desk.services, "見本 はるか", ["administrator"]).staff
    staff.remove(desk.services, boss, actor=second)
    with pytest.raises(TodokeError, match="last_administrator"):
        staff.remove(desk.services, second)


def test_two_who_take_each_others_role_at_once_are_not_both_right(desk: Desk, boss: str) -> None:
    second = staff.add(desk.services, "見本 はるか", ["administrator"]).staff

    def take(pair: tuple[str, str]) -> str:
        try:
            staff.set_roles(desk.services, pair[1], ["author"], actor=pair[0])
        except TodokeError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(take, ((boss, second), (second, boss))))
    assert sorted(outcomes) == ["", "last_administrator"]


def test_ended_sessions_and_a_removed_clerk_are_out_at_once(desk: Desk, boss: str) -> None:
    her = AtTheDoor(desk.services, desk.author.id)
    token = her.enters_by_link()
    staff.end_sessions(desk.services, her.id, actor=boss)
    assert desk_session.clerk_of(desk.services, token) is None
    again = her.enters_by_link()
    staff.remove(desk.services, her.id, actor=boss)
    assert desk_session.clerk_of(desk.services, again) is None
    with pytest.raises(TodokeError, match="not_found"):
        staff.end_sessions(desk.services, her.id, actor=boss)


def test_recovering_ends_ways_sessions_and_older_links_with_the_new_link(desk: Desk) -> None:
    her = AtTheDoor(desk.services, desk.author.id)
    secret = her.sets_up_app()
    unused = staff.new_link(desk.services, her.id)
    link = staff.recover(desk.services, her.id)
    assert desk_session.clerk_of(desk.services, her.token) is None
    assert not staff.is_open(desk.services, unused.code)
    desk.clock.turn(60)
    assert her.is_refused(her.code(secret)) == "staff_login_refused"
    assert desk_session.clerk_of(desk.services, staff.open_session(desk.services, link.code))
    assert ("cli", "staff_recovered", f"staff/{her.id}") in desk.acts()


def test_demonstration_administrators_leave_though_they_are_the_last(desk: Desk) -> None:
    links = staff.demonstration_clerks(desk.services)
    boss = next(each.staff for each in links if "administrator" in each.roles)
    staff.remove(desk.services, boss)
    with pytest.raises(TodokeError, match="not_found"):
        staff.here(desk.services, boss)
