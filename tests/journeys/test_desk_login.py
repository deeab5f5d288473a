"""A clerk comes in by a passkey, an app's code or a recovery code; a stranger by none of them."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, local
from typing import Any, cast

import pytest

from tests.parts.desk import Desk
from tests.parts.desk_door import BROWSER, AtTheDoor
from todoke.core.errors import TodokeError
from todoke.journeys import desk_login, desk_session, desk_tries, desk_ways, staff
from todoke.journeys.desk_login import Opened, Typed
from todoke.ports import Store

WRONG = "000000"


@pytest.fixture
def her(desk: Desk) -> AtTheDoor:
    return AtTheDoor(desk.services, desk.author.id)


def refused(desk: Desk) -> list[str]:
    """Subjects of the refusals in the record of acts."""
    return [subject for _, act, subject in desk.acts() if act == "staff_login_refused"]


# ---------------------------------------------------------------------------- an app's codes
def test_the_code_of_an_app_opens_a_session_once(desk: Desk, her: AtTheDoor) -> None:
    secret = her.sets_up_app()
    assert her.is_refused(her.code(secret)) == "staff_login_refused"  # it was used to set it up
    desk.clock.turn(30)
    code = her.code(secret)
    opened = her.types(code)
    clerk = desk_session.clerk_of(desk.services, opened.token)
    assert clerk is not None
    assert clerk.id == her.id
    assert her.is_refused(code) == "staff_login_refused"
    assert refused(desk) == [f"staff/{her.id}"] * 2


def test_two_logins_with_one_code_at_once_make_one_session(
    desk: Desk, her: AtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = her.sets_up_app()
    desk.clock.turn(60)
    code, meets, met, proved = her.code(secret), Barrier(2), local(), desk_login._proved

    def together(*given: Any) -> Any:
        found = proved(*given)
        if not getattr(met, "once", False):  # both have seen the code unspent
            met.once = True
            meets.wait(30)
        return found

    def come_in(place: int) -> str:
        return her.is_refused(code, source=f"192.0.2.{place}")

    monkeypatch.setattr(desk_login, "_proved", together)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(come_in, range(2)))
    assert sorted(outcomes) == ["", "staff_login_refused"]
    assert desk.acts().count((her.id, "session_opened", f"staff/{her.id}")) == 3


def test_a_name_finds_her_unless_two_have_it(desk: Desk, her: AtTheDoor) -> None:
    secret = her.sets_up_app()
    desk.clock.turn(60)
    assert her.types(her.code(secret), "見本　あおい ").staff == her.id
    staff.add(desk.services, "見本 あおい", ["cashier"])
    desk.clock.turn(60)
    assert her.is_refused(her.code(secret), "見本 あおい") == "staff_login_refused"
    assert her.types(her.code(secret)).staff == her.id


@pytest.mark.parametrize("name", ["だれも いない", "S-00000000", "", "x" * 5000, "-", "\x00"])
def test_an_unknown_name_is_answered_like_a_wrong_code(
    desk: Desk, her: AtTheDoor, name: str
) -> None:
    her.sets_up_app()
    answers = []
    for who in (her.id, name):
        with pytest.raises(TodokeError) as told:
            desk_login.by_code(desk.services, Typed(who, WRONG))
        answers.append((told.value.code, told.value.details))
    assert answers[0] == answers[1] == ("staff_login_refused", {})
    assert len(refused(desk)) == 2


@pytest.mark.looks_into_files
def test_an_unknown_name_costs_the_same_reads_and_writes(desk: Desk, her: AtTheDoor) -> None:
    her.sets_up_app()
    counted: list[dict[str, int]] = []
    for who in (her.id, "だれも いない"):
        store = Counted(desk.services.store)
        services = replace(desk.services, store=cast("Store", store))
        with pytest.raises(TodokeError):
            desk_login.by_code(services, Typed(who, WRONG, "192.0.2.7"))
        counted.append(store.calls)
    assert counted[0] == counted[1]


class Counted:
    """A store that counts what is asked of it."""

    def __init__(self, store: object) -> None:
        self._store = store
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        self.calls[name] = self.calls.get(name, 0) + 1
        return getattr(self._store, name)


def test_a_clerk_who_left_or_whose_ways_ended_is_nobody(desk: Desk, her: AtTheDoor) -> None:
    secret = her.sets_up_app()
    phone = AtTheDoor(desk.services, her.id).sets_up_passkey()
    staff.recover(desk.services, her.id)
    desk.clock.turn(60)
    assert her.is_refused(her.code(secret)) == "staff_login_refused"
    with pytest.raises(TodokeError, match="staff_login_refused"):
        her.shows(phone)


def test_a_new_app_takes_the_place_of_the_old_one_and_ends_what_it_opened(
    desk: Desk, her: AtTheDoor
) -> None:
    old = her.sets_up_app()
    desk.clock.turn(60)
    thief = her.types(her.code(old))
    her.enters_by_link()
    new = her.sets_up_app()
    assert desk_session.clerk_of(desk.services, thief.token) is None
    desk.clock.turn(60)
    assert her.is_refused(her.code(old)) == "staff_login_refused"
    her.types(her.code(new))
    assert desk_session.clerk_of(desk.services, thief.token) is None


def test_a_wrong_first_code_leaves_the_secret_waiting_for_a_quarter_of_an_hour(
    desk: Desk, her: AtTheDoor
) -> None:
    her.enters_by_link()
    desk_ways.begin_totp(desk.services, her.asking())
    assert desk_ways.confirm_totp(desk.services, her.asking(), "12345") is None
    assert desk_ways.confirm_totp(desk.services, her.asking(), "nothing") is None
    desk.clock.turn(desk_ways.SETUP_SECONDS)
    with pytest.raises(TodokeError, match="not_found"):
        desk_ways.confirm_totp(desk.services, her.asking(), WRONG)


# ---------------------------------------------------------------------------- slowing down
def test_guessing_slows_down_and_her_own_browser_is_not_kept_waiting(
    desk: Desk, her: AtTheDoor
) -> None:
    secret = her.sets_up_app()
    desk.clock.turn(60)
    mark = her.types(her.code(secret), source="192.0.2.1").mark
    outcomes = [her.is_refused(WRONG, source=f"198.51.100.{each}") for each in range(30)]
    assert outcomes.count("staff_login_refused") <= desk_tries.STRANGERS.burst
    assert outcomes[-1] == "too_many_requests"
    desk.clock.turn(30)
    # a stranger used up everybody's tries; from her own browser she comes in
    assert her.is_refused(her.code(secret), source="203.0.113.5") == "too_many_requests"
    assert her.types(her.code(secret), source="203.0.113.5", mark=mark).staff == her.id


def test_one_source_waits_a_minute_for_one_more_try(desk: Desk, her: AtTheDoor) -> None:
    secret = her.sets_up_app()
    outcomes = [her.is_refused(WRONG, source="192.0.2.9") for _ in range(8)]
    assert outcomes.count("staff_login_refused") == desk_tries.ONE.burst
    desk.clock.turn(desk_tries.ONE.every)
    assert her.types(her.code(secret), source="192.0.2.9").staff == her.id


def test_many_tries_at_once_are_counted_before_they_are_judged(desk: Desk, her: AtTheDoor) -> None:
    her.sets_up_app()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: her.is_refused(WRONG, source="192.0.2.9"), range(12)))
    assert outcomes.count("staff_login_refused") <= desk_tries.ONE.burst
    assert len(refused(desk)) <= desk_tries.ONE.burst


def test_the_mark_of_one_clerk_is_of_no_use_to_another(desk: Desk) -> None:
    mark = desk_tries.mark_for(desk.services, desk.author.id)
    assert desk_tries.knows(desk.services, desk.author.id, mark)
    assert not desk_tries.knows(desk.services, desk.approver.id, mark)
    for forged in ("", ".", "x.y", mark + "0", "あ.い"):
        assert not desk_tries.knows(desk.services, desk.author.id, forged)


# ---------------------------------------------------------------------------- passkeys
def test_a_passkey_of_the_desk_opens_a_session_and_is_bound_to_the_desks_host(
    desk: Desk, her: AtTheDoor
) -> None:
    phone = her.sets_up_passkey()
    clerk = desk_session.clerk_of(desk.services, her.shows(phone).token)
    assert clerk is not None
    assert clerk.id == her.id
    options = desk_login.ask(desk.services, BROWSER)
    assert options["rpId"] == desk.services.config.console_host.partition(":")[0]
    elsewhere = phone.get(options, desk.services.config.public_url)
    with pytest.raises(TodokeError, match="staff_login_refused"):
        desk_login.by_passkey(desk.services, BROWSER, elsewhere)


def test_an_answer_of_a_passkey_opens_one_session(desk: Desk, her: AtTheDoor) -> None:
    phone = her.sets_up_passkey()
    answer = phone.get(desk_login.ask(desk.services, BROWSER), desk.services.config.console_url)
    desk_login.by_passkey(desk.services, BROWSER, answer)
    with pytest.raises(TodokeError, match="staff_login_refused"):
        desk_login.by_passkey(desk.services, BROWSER, answer)


def test_another_browser_cannot_use_an_answer(desk: Desk, her: AtTheDoor) -> None:
    phone = her.sets_up_passkey()
    answer = phone.get(desk_login.ask(desk.services, BROWSER), desk.services.config.console_url)
    with pytest.raises(TodokeError, match="staff_login_refused"):
        desk_login.by_passkey(desk.services, "c" * 43, answer)


def test_a_passkey_without_the_screen_lock_and_one_of_nobody_are_refused_alike(
    desk: Desk, her: AtTheDoor
) -> None:
    phone, stranger = her.sets_up_passkey(), AtTheDoor(desk.services, desk.both.id)
    nobodys = stranger.sets_up_passkey()
    staff.remove(desk.services, desk.both.id)
    phone.verified = False
    for each in (phone, nobodys):
        with pytest.raises(TodokeError) as told:
            her.shows(each)
        assert (told.value.code, told.value.details) == ("staff_login_refused", {})


# ---------------------------------------------------------------------------- recovery codes
def test_a_recovery_code_opens_one_session(desk: Desk, her: AtTheDoor) -> None:
    her.sets_up_app()
    codes = desk_ways.new_codes(desk.services, her.asking())
    assert len(set(codes)) == desk_ways.CODES
    assert her.types(codes[0].lower().replace("-", " ")).staff == her.id
    assert her.is_refused(codes[0]) == "staff_login_refused"
    again = desk_ways.new_codes(desk.services, her.asking())
    assert her.is_refused(codes[1]) == "staff_login_refused"
    assert her.types(again[1]).staff == her.id
    assert her.asking().clerk.id == her.id


@pytest.mark.looks_into_files
def test_the_store_holds_no_secret_and_no_code(desk: Desk, her: AtTheDoor, tmp_path: Path) -> None:
    secret = her.sets_up_app()
    codes = desk_ways.new_codes(desk.services, her.asking())
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("todoke.sqlite3*"))
    for text in (secret, base64.b32encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret)):
        assert text.rstrip(b"=") not in stored
    for code in codes:
        assert code.encode() not in stored
        assert code.replace("-", "").encode() not in stored
    assert codes[0] not in json.dumps(desk.acts())


# ---------------------------------------------------------------------------- her sessions
def test_whoever_came_in_by_a_link_goes_on_under_a_new_token(desk: Desk, her: AtTheDoor) -> None:
    before = her.enters_by_link()
    her.sets_up_app()
    assert her.token != before
    assert desk_session.clerk_of(desk.services, before) is None
    assert her.asking().session.data["means"] == "totp"


def test_a_session_ends_after_an_hour_of_rest(desk: Desk, her: AtTheDoor) -> None:
    token = her.enters_by_link()
    desk.clock.turn(desk_session.IDLE_SECONDS - 1)
    assert desk_session.clerk_of(desk.services, token) is not None
    desk.clock.turn(1)
    assert desk_session.clerk_of(desk.services, token) is None


def test_ways_in_are_changed_only_right_after_a_proof(desk: Desk, her: AtTheDoor) -> None:
    her.sets_up_app()
    desk.clock.turn(desk_session.FRESH_SECONDS + 1)
    for act in (
        lambda: desk_ways.begin_totp(desk.services, her.asking()),
        lambda: desk_ways.new_codes(desk.services, her.asking()),
        lambda: desk_ways.ask_passkey(desk.services, her.asking(), BROWSER),
        lambda: desk_ways.remove(desk.services, her.asking(), "x"),
    ):
        with pytest.raises(TodokeError, match="staff_proof_old"):
            act()


def test_logging_out_everywhere_ends_all_but_the_one_that_asks(desk: Desk, her: AtTheDoor) -> None:
    other = her.enters_by_link()
    her.enters_by_link()
    assert len(desk_session.of_clerk(desk.services, her.asking().session)) == 2
    desk_session.close_others(desk.services, her.asking().session, her.asking().clerk)
    assert desk_session.clerk_of(desk.services, other) is None
    assert [each.mine for each in desk_session.of_clerk(desk.services, her.asking().session)] == [
        True
    ]


def test_whoever_has_the_oldest_of_many_sessions_comes_in_again_where_it_is(
    desk: Desk, her: AtTheDoor
) -> None:
    phone = her.sets_up_passkey()
    first = her.token
    for _ in range(desk_session.MOST - 1):
        desk.clock.turn(1)
        her.shows(phone)
    options = desk_login.ask(desk.services, BROWSER)
    answer = phone.get(options, desk.services.config.console_url)
    again = desk_login.by_passkey(desk.services, BROWSER, answer, first)
    assert desk_session.find(desk.services, again.token)
    assert desk_session.find(desk.services, first) is None


def test_a_way_taken_away_ends_what_it_opened_and_the_last_one_stays(
    desk: Desk, her: AtTheDoor
) -> None:
    phone = her.sets_up_passkey()
    opened: Opened = her.shows(phone)
    way = desk_ways.of_clerk(desk.services, her.asking().clerk)[0]
    with pytest.raises(TodokeError, match="last_way_in"):
        desk_ways.remove(desk.services, her.asking(), way.id)
    her.sets_up_app()
    with pytest.raises(TodokeError, match="not_found"):
        desk_ways.remove(desk.services, stranger_asking(desk), way.id)
    desk_ways.remove(desk.services, her.asking(), way.id)
    assert desk_session.clerk_of(desk.services, opened.token) is None


def stranger_asking(desk: Desk) -> desk_ways.Asking:
    other = AtTheDoor(desk.services, desk.approver.id)
    other.enters_by_link()
    return other.asking()
