"""A phone lets a PC in: by the picture, the number, and a proof of its own; nothing else does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.authenticator import Authenticator
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card
from todoke import assemble
from todoke.core import handover as rules
from todoke.core.errors import TodokeError
from todoke.journeys import audit, handover, login, passkeys, session
from todoke.journeys.handover import Begun, Waiting
from todoke.journeys.session import CARD, HELD, Opened
from todoke.ports import Delete, Record

pytestmark = pytest.mark.also_late
PC, OTHER = "p" * 43, "o" * 43
NAMED = "Firefox, Windows"


def begun(hall: Hall, tier: int = HELD, browser: str = PC) -> Begun:
    """A PC shows its picture."""
    return handover.begin(hall.services, browser, tier, NAMED)


def by_passkey(hall: Hall) -> Opened:
    """A phone that logged in with its passkey."""
    origin = hall.services.config.origin_of(hall.services.config.portal_host)
    options = passkeys.ask_new(hall.services, BROWSER)
    return passkeys.begin(hall.services, BROWSER, Authenticator().create(options, origin))


def found(hall: Hall, opened: Opened) -> tuple[Record, Record]:
    """Session and account of a token."""
    both = session.find(hall.services, opened.token)
    assert both is not None
    return both


def allowed(hall: Hall, asked: Begun, phone: Opened, typed: str | None = None) -> None:
    """The phone's person types the number and allows."""
    number = str(asked.number) if typed is None else typed
    handover.allow(hall.services, asked.code, number, *found(hall, phone))


def picked_up(hall: Hall, asked: Begun, browser: str = PC, old: str = "") -> Opened | Waiting:
    """The PC asks how it stands."""
    return handover.pick_up(hall.services, browser, asked.code, old, NAMED)


def let_in(hall: Hall, phone: Opened, tier: int = HELD) -> Opened:
    """The whole way."""
    asked = begun(hall, tier)
    allowed(hall, asked, phone)
    opened = picked_up(hall, asked)
    assert isinstance(opened, Opened)
    return opened


# ------------------------------------------------------------------------------- the way in
def test_a_pc_waits_until_the_phone_allows_it_and_comes_in_once(hall: Hall) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    assert isinstance(picked_up(hall, asked), Waiting)
    seen = handover.look(hall.services, asked.code)
    assert (seen.browser, seen.tier, seen.created_at) == (NAMED, HELD, hall.clock.unix())
    allowed(hall, asked, phone)
    opened = picked_up(hall, asked)
    assert isinstance(opened, Opened)
    assert (opened.account, opened.tier) == (phone.account, CARD)
    assert opened.token != phone.token
    refusal("challenge_spent", lambda: picked_up(hall, asked))
    assert hall.acts()[-2:] == ["handover_allowed", "session_opened"]
    assert session.find(hall.services, phone.token), "the phone stays logged in"


def test_it_is_a_line_of_its_own_in_the_list_and_ends_alone(hall: Hall) -> None:
    phone = hall.enter(Card())
    pc = let_in(hall, phone)
    mine, account = found(hall, phone)
    listed = session.of_account(hall.services, account, mine)
    assert [(each.means, each.browser, each.mine) for each in listed] == [
        ("card", "", True),
        ("phone", NAMED, False),
    ]
    session.close_one(hall.services, account, listed[1].id)
    assert session.find(hall.services, pc.token) is None
    assert session.find(hall.services, phone.token)


def test_it_is_no_stronger_than_the_phone(hall: Hall) -> None:
    phone = by_passkey(hall)
    pc = let_in(hall, phone)
    assert pc.tier == HELD
    refusal("proof_needed", lambda: session.refuse_weaker(hall.services, found(hall, pc)[0], CARD))


def test_what_needs_a_card_needs_it_on_the_phone(hall: Hall) -> None:
    phone, asked = by_passkey(hall), begun(hall, CARD)
    details = refusal("proof_needed", lambda: allowed(hall, asked, phone))
    assert details["tier"] == CARD
    assert isinstance(picked_up(hall, asked), Waiting), "she may still show her card"
    allowed(hall, asked, hall.enter(Card(), OTHER))
    assert isinstance(picked_up(hall, asked), Opened)


def test_the_session_this_pc_had_ends(hall: Hall) -> None:
    before = hall.enter(Card(), OTHER)
    asked = begun(hall)
    allowed(hall, asked, by_passkey(hall))
    assert isinstance(picked_up(hall, asked, old=before.token), Opened)
    assert session.find(hall.services, before.token) is None


# ------------------------------------------------------------------- who was talked into it
def test_a_pc_that_was_let_in_changes_no_ways_in_and_lets_nobody_else_in(hall: Hall) -> None:
    """A stranger who got in by a relayed picture must not leave a key of his own behind."""
    pc = let_in(hall, hall.enter(Card()))
    mine, account = found(hall, pc)
    refusal("proof_needed", lambda: passkeys.ask_more(hall.services, PC, mine, account))
    refusal("proof_needed", lambda: allowed(hall, begun(hall, HELD, OTHER), pc))


def test_a_pc_that_was_let_in_links_her_card_to_nobody(hall: Hall) -> None:
    """With a letter of his own the stranger would bring her card to his account, and read what she
    sends from then on."""
    his = login.link(hall.services, hall.enter(Card(serial=9), OTHER).token, hall.code())
    phone = hall.enter(Card())
    pc, code = let_in(hall, phone), hall.code()
    refusal("proof_needed", lambda: login.link(hall.services, pc.token, code))
    assert hall.enter(Card(), OTHER).account == phone.account != his.account
    assert login.link(hall.services, phone.token, code).linked, "the code is as good as before"


def test_it_ends_with_what_the_phone_came_in_by(hall: Hall) -> None:
    phone = hall.enter(Card())
    pc = let_in(hall, phone)
    session.close_all(hall.services, *found(hall, phone))
    assert session.find(hall.services, pc.token) is None
    assert session.find(hall.services, phone.token)


def test_logging_out_everywhere_before_it_is_picked_up_counts(hall: Hall) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    allowed(hall, asked, phone)
    session.close_all(hall.services, *found(hall, phone))
    refusal("challenge_spent", lambda: picked_up(hall, asked))
    refusal("challenge_spent", lambda: picked_up(hall, asked))


def test_a_passkey_taken_away_before_it_is_picked_up_counts(hall: Hall) -> None:
    phone, asked = by_passkey(hall), begun(hall)
    allowed(hall, asked, phone)
    credential = str(found(hall, phone)[0].data["credential"])
    record = hall.services.store.get("credential", credential)
    assert record is not None
    hall.services.store.commit([Delete("credential", credential, record.version)])
    refusal("challenge_spent", lambda: picked_up(hall, asked))


# ----------------------------------------------------------------------------------- attacks
def test_a_wrong_number_ends_it_on_both_and_is_on_record(hall: Hall) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    wrong = str(asked.number + 1 if asked.number < 99 else 10)
    details = refusal("handover_number", lambda: allowed(hall, asked, phone, wrong))
    assert details["rule"] == "handover_wrong"
    assert hall.acts()[-1] == "handover_wrong"
    refusal("challenge_spent", lambda: allowed(hall, asked, phone))
    refusal("handover_refused", lambda: picked_up(hall, asked))
    refusal("challenge_spent", lambda: picked_up(hall, asked))


@pytest.mark.parametrize("typed", ["", "7", "007", "4 7", "0x2f", "-47", "一二", "47.0", "9" * 99])
def test_what_cannot_be_a_number_costs_nothing(hall: Hall, typed: str) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    details = refusal("handover_number", lambda: allowed(hall, asked, phone, typed))
    assert details["rule"] == "handover_digits"
    allowed(hall, asked, phone)


def test_refusing_is_told_on_the_pc_and_on_record(hall: Hall) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    handover.refuse(hall.services, asked.code, found(hall, phone)[1])
    assert hall.acts()[-1] == "handover_refused"
    refusal("challenge_spent", lambda: allowed(hall, asked, phone))
    refusal("handover_refused", lambda: picked_up(hall, asked))


def test_whoever_saw_the_picture_cannot_pick_it_up(hall: Hall) -> None:
    asked = begun(hall)
    refusal("challenge_spent", lambda: picked_up(hall, asked, OTHER))
    refusal("challenge_spent", lambda: picked_up(hall, asked, ""))
    allowed(hall, asked, hall.enter(Card()))
    refusal("challenge_spent", lambda: picked_up(hall, asked, OTHER))
    assert isinstance(picked_up(hall, asked), Opened), "and spoils nothing"


@pytest.mark.parametrize("code", ["", "A" * 43, "A" * 9999, "あ" * 43, "../x", "A" * 42 + "\n"])
def test_a_code_of_nobody_says_nothing(hall: Hall, code: str) -> None:
    phone = hall.enter(Card())
    asked = Begun(code, 47, 0)
    refusal("challenge_spent", lambda: handover.look(hall.services, code))
    refusal("challenge_spent", lambda: allowed(hall, asked, phone))
    refusal("challenge_spent", lambda: picked_up(hall, asked))


@pytest.mark.parametrize("when", ["before", "after"])
def test_after_three_minutes_it_is_over(hall: Hall, when: str) -> None:
    phone, asked = hall.enter(Card()), begun(hall)
    if when == "after":
        allowed(hall, asked, phone)
    hall.clock.turn(rules.SECONDS + 1)
    refusal("challenge_spent", lambda: picked_up(hall, asked))
    refusal("challenge_spent", lambda: handover.look(hall.services, asked.code))


def test_a_phone_that_lay_around_open_lets_nobody_in(hall: Hall) -> None:
    phone = hall.enter(Card())
    hall.clock.turn(session.FRESH_SECONDS + 1)
    refusal("proof_needed", lambda: allowed(hall, begun(hall), phone))


def test_two_phones_at_once_one_answer_counts(hall: Hall) -> None:
    first, second, asked = hall.enter(Card()), by_passkey(hall), begun(hall)
    allowed(hall, asked, first)
    refusal("challenge_spent", lambda: allowed(hall, asked, second))
    refusal(
        "challenge_spent",
        lambda: handover.refuse(hall.services, asked.code, found(hall, second)[1]),
    )
    opened = picked_up(hall, asked)
    assert isinstance(opened, Opened)
    assert opened.account == first.account


def test_ten_pick_ups_at_once_make_one_session(hall: Hall) -> None:
    asked = begun(hall)
    allowed(hall, asked, hall.enter(Card()))

    def pick(_: int) -> str:
        try:
            opened = picked_up(hall, asked)
            return opened.token if isinstance(opened, Opened) else "waiting"
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(pick, range(10)))
    assert sorted(set(said) - {"challenge_spent"})[1:] == []
    assert said.count("challenge_spent") == 9


@pytest.mark.looks_into_files
def test_a_city_that_stopped_in_between_goes_on(hall: Hall) -> None:
    """What the phone allowed is stored; whoever serves the PC's next question finds it."""
    asked = begun(hall)
    allowed(hall, asked, hall.enter(Card()))
    again = assemble.fake(hall.folder, clock=hall.clock)
    opened = handover.pick_up(again, PC, asked.code, "", NAMED)
    assert isinstance(opened, Opened)
    refusal("challenge_spent", lambda: picked_up(hall, asked))


def test_neither_code_nor_number_is_on_record(hall: Hall) -> None:
    asked = begun(hall)
    allowed(hall, asked, hall.enter(Card()))
    acts = audit.acts(hall.services, audit.month_of(hall.clock.now())).records
    assert asked.code not in str(acts)
    assert {
        str(each.data["detail"]) for each in acts if each.data["act"] == "handover_allowed"
    } == {str({"browser": NAMED})}


# ------------------------------------------------------------------------------------- rules
@given(st.integers(10, 99), st.sampled_from(["{}", " {} ", "{}\n", "\u3000{}"]))
def test_any_width_of_two_digits_is_the_number(number: int, shape: str) -> None:
    wide = str(number).translate({ord(str(each)): chr(0xFF10 + each) for each in range(10)})
    assert rules.number(shape.format(number)) == rules.number(shape.format(wide)) == number


@given(st.text(max_size=30))
def test_no_text_is_taken_for_another_number(text: str) -> None:
    found = rules.number(text)
    assert found is None or found in rules.NUMBERS


def test_a_pc_asks_fewer_than_sixty_times() -> None:
    seconds, asked = 0, 0
    while seconds < rules.SECONDS:
        seconds += rules.wait(seconds)
        asked += 1
    assert asked < 60


def test_the_picture_is_square_and_keeps_its_quiet_zone() -> None:
    rows = rules.picture("https://todoke.example.lg.jp/allow.html#" + "A" * 43)
    assert {len(each) for each in rows} == {len(rows)}
    for each in (*rows[:4], *rows[-4:]):
        assert set(each) == {"0"}
    assert all(each[:4] + each[-4:] == "0" * 8 for each in rows)
