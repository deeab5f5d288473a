"""Clerks enter by one-time links; a session is of somebody still here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parts.desk import Desk
from todoke.core.errors import TodokeError
from todoke.journeys import desk_session, staff


def test_a_link_opens_one_session_for_its_clerk(desk: Desk) -> None:
    link = staff.add(desk.services, "見本  はるか", ["author"])
    token = staff.open_session(desk.services, link.code)
    record = desk_session.clerk_of(desk.services, token)
    assert record is not None
    assert (record.id, staff.name_of(desk.services, record)) == (link.staff, "見本 はるか")
    assert link.url == f"{desk.services.config.console_url}/enter/{link.code}"


def test_a_link_works_once(desk: Desk) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"])
    staff.open_session(desk.services, link.code)
    assert not staff.is_open(desk.services, link.code)
    with pytest.raises(TodokeError, match="staff_link_spent"):
        staff.open_session(desk.services, link.code)


def test_two_who_spend_a_link_at_once_get_one_session(desk: Desk) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"])

    def spend(_: int) -> str:
        try:
            return staff.open_session(desk.services, link.code)
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(spend, range(8)))
    assert outcomes.count("staff_link_spent") == 7
    assert desk.acts().count((link.staff, "session_opened", f"staff/{link.staff}")) == 1


def used_until(desk: Desk, token: str, seconds: int) -> None:
    """Somebody works for so long."""
    while seconds > 0:
        step = min(seconds, desk_session.IDLE_SECONDS - 2)
        desk.clock.turn(step)
        seconds -= step
        found = desk_session.find(desk.services, token)
        assert found is not None
        desk_session.used(desk.services, found[0])


def test_a_link_ends_after_a_day_and_a_session_after_twelve_hours(desk: Desk) -> None:
    early = staff.add(desk.services, "見本 はるか", ["author"])
    late = staff.new_link(desk.services, early.staff)
    desk.clock.turn(staff.LINK_SECONDS - 1)
    token = staff.open_session(desk.services, early.code)
    desk.clock.turn(1)
    assert not staff.is_open(desk.services, late.code)
    used_until(desk, token, desk_session.SESSION_SECONDS - 2)
    assert desk_session.clerk_of(desk.services, token) is not None
    desk.clock.turn(1)
    assert desk_session.clerk_of(desk.services, token) is None


@pytest.mark.looks_into_files
def test_the_store_holds_neither_the_code_nor_the_token(desk: Desk, tmp_path: Path) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"])
    token = staff.open_session(desk.services, link.code)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("todoke.sqlite3*"))
    assert link.staff.encode() in stored
    assert "見本 はるか".encode() not in stored
    assert link.code.encode() not in stored
    assert token.encode() not in stored
    assert link.code not in repr(desk.acts())


def test_whoever_left_is_out_at_once(desk: Desk) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"])
    unused = staff.new_link(desk.services, link.staff)
    token = staff.open_session(desk.services, link.code)
    staff.remove(desk.services, link.staff)
    assert desk_session.clerk_of(desk.services, token) is None
    with pytest.raises(TodokeError, match="staff_link_spent"):
        staff.open_session(desk.services, unused.code)
    with pytest.raises(TodokeError, match="not_found"):
        staff.new_link(desk.services, link.staff)


def test_leaving_the_desk_ends_the_session(desk: Desk) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"])
    token = staff.open_session(desk.services, link.code)
    desk_session.close(desk.services, token)
    desk_session.close(desk.services, token)
    assert desk_session.clerk_of(desk.services, token) is None


@pytest.mark.parametrize("token", ["", "x", "あ", "\ud800", "x" * 10_000])
def test_a_made_up_token_opens_nothing(desk: Desk, token: str) -> None:
    assert desk_session.clerk_of(desk.services, token) is None
    assert not staff.is_open(desk.services, token)


@pytest.mark.parametrize(
    ("name", "roles", "code"),
    [
        ("", ["author"], "missing_field"),
        (" \n ", ["author"], "missing_field"),
        ("見" * 41, ["author"], "bad_field"),
        ("見本\x07はるか", ["author"], "bad_field"),
        ("見本 053703296641", ["author"], "my_number_in_text"),
        ("見本 はるか", [], "bad_field"),
        ("見本 はるか", ["author", "mayor"], "bad_field"),
    ],
)
def test_a_clerk_has_a_short_name_and_known_roles(
    desk: Desk, name: str, roles: list[str], code: str
) -> None:
    before = len(staff.everybody(desk.services))
    with pytest.raises(TodokeError) as caught:
        staff.add(desk.services, name, roles)
    assert caught.value.code == code
    assert len(staff.everybody(desk.services)) == before


def test_every_start_of_the_demonstration_gives_fresh_links_to_the_same_six(desk: Desk) -> None:
    first = staff.demonstration_clerks(desk.services)
    second = staff.demonstration_clerks(desk.services)
    assert [each.staff for each in first] == [each.staff for each in second]
    assert [each.roles for each in first] == [(each,) for each in staff.ROLES]
    assert len({each.code for each in (*first, *second)}) == 12
    demonstration = [e for e in staff.everybody(desk.services) if e.data["demonstration"]]
    assert len(demonstration) == 6
    for link in second:
        assert staff.is_open(desk.services, link.code)


def test_demonstration_clerks_who_were_removed_come_back_with_the_next_start(desk: Desk) -> None:
    link = staff.demonstration_clerks(desk.services)[0]
    staff.remove(desk.services, link.staff)
    again = staff.demonstration_clerks(desk.services)[0]
    assert again.staff == link.staff
    assert desk_session.clerk_of(desk.services, staff.open_session(desk.services, again.code))


def test_adding_and_removing_are_recorded(desk: Desk) -> None:
    link = staff.add(desk.services, "見本 はるか", ["author"], actor="S-x")
    desk.clock.turn(1)
    staff.remove(desk.services, link.staff, actor="S-x")
    subject = f"staff/{link.staff}"
    told = [each for each in desk.acts() if each[2] == subject]
    assert told == [("S-x", "staff_added", subject), ("S-x", "staff_removed", subject)]
