"""How long a session lives, where its owner sees it, and everything that ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.hall import Hall, refusal
from tests.parts.pretend_signer import Card
from todoke.core import browsers
from todoke.journeys import login, session
from todoke.journeys.session import IDLE_SECONDS, SEEN_SECONDS, SESSION_SECONDS, Opened
from todoke.ports import Create, Delete, Record

pytestmark = pytest.mark.also_late
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140"
)


def opened_by(hall: Hall, name: str, serial: int = 4711) -> Opened:
    """A session of a card in a browser of her own."""
    return hall.enter(Card(serial=serial), name * 43)


def found(hall: Hall, opened: Opened) -> tuple[Record, Record]:
    """Its session and account, which are there."""
    both = session.find(hall.services, opened.token)
    assert both is not None
    return both


def use(hall: Hall, opened: Opened) -> bool:
    """One call: whether the session still stood."""
    both = session.find(hall.services, opened.token)
    if both is not None:
        session.used(hall.services, both[0])
    return both is not None


# ---------------------------------------------------------------------------------- its end
def test_a_session_that_rests_half_an_hour_is_over(hall: Hall) -> None:
    opened = hall.enter(Card())
    hall.clock.turn(IDLE_SECONDS - 1)
    assert session.find(hall.services, opened.token)
    hall.clock.turn(1)
    assert session.find(hall.services, opened.token) is None


def test_a_session_that_is_used_ends_after_twelve_hours_all_the_same(hall: Hall) -> None:
    opened, lived = hall.enter(Card()), 0
    while use(hall, opened):
        hall.clock.turn(IDLE_SECONDS - SEEN_SECONDS)
        lived += IDLE_SECONDS - SEEN_SECONDS
        assert lived <= SESSION_SECONDS + IDLE_SECONDS
    assert lived > SESSION_SECONDS - IDLE_SECONDS


def test_a_letters_code_makes_the_proof_of_a_session_no_younger(hall: Hall) -> None:
    """Twelve hours and 15 minutes are counted from the card, whatever is typed meanwhile."""
    opened = hall.enter(Card())
    began = hall.clock.unix()
    hall.clock.turn(session.FRESH_SECONDS)
    linked = login.link(hall.services, opened.token, hall.code())
    assert linked.expires_at == began + session.FRESH_SECONDS + IDLE_SECONDS
    mine = found(hall, linked)[0]
    assert mine.data["created_at"] == began
    hall.clock.turn(1)
    refusal(
        "proof_needed",
        lambda: session.refuse_weaker(hall.services, mine, session.HELD, fresh=True),
    )


def test_a_use_is_written_once_a_minute_and_never_fails_the_call(hall: Hall) -> None:
    mine, _ = found(hall, hall.enter(Card()))
    assert session.used(hall.services, mine) is mine
    hall.clock.turn(SEEN_SECONDS)
    assert session.used(hall.services, mine).data["seen_at"] == hall.clock.unix()
    stale = replace(mine, version=0)  # two calls at the same moment: the second one loses
    assert session.used(hall.services, stale).data["seen_at"] == hall.clock.unix()


# --------------------------------------------------------------------------------- her list
def test_she_sees_where_she_is_logged_in_and_nobody_elses(hall: Hall) -> None:
    first, second = opened_by(hall, "b"), opened_by(hall, "c")
    opened_by(hall, "d", serial=4712)
    mine, account = found(hall, second)
    seen = session.of_account(hall.services, account, mine)
    assert [each.mine for each in seen] == [True, False]
    assert {each.id for each in seen} == {mine.id, found(hall, first)[0].id}
    assert {(each.means, each.tier) for each in seen} == {("card", 2)}


def test_one_session_is_ended_by_its_owner_and_by_nobody_else(hall: Hall) -> None:
    first, second = opened_by(hall, "b"), opened_by(hall, "c")
    stranger = opened_by(hall, "d", serial=4712)
    id = found(hall, first)[0].id
    session.close_one(hall.services, found(hall, stranger)[1], id)
    assert session.find(hall.services, first.token)
    for _ in range(2):
        session.close_one(hall.services, found(hall, second)[1], id)
    assert session.find(hall.services, first.token) is None
    assert session.find(hall.services, second.token)


def test_logging_out_everywhere_ends_all_others_at_once(hall: Hall) -> None:
    others = [opened_by(hall, name) for name in "bcd"]
    mine = opened_by(hall, "e")
    stranger = opened_by(hall, "f", serial=4712)
    session.close_all(hall.services, *found(hall, mine))
    assert not any(session.find(hall.services, each.token) for each in others)
    assert session.find(hall.services, mine.token)
    assert session.find(hall.services, stranger.token)
    assert hall.acts().count("sessions_closed") == 1
    assert session.find(hall.services, opened_by(hall, "g").token)


def test_a_session_the_list_does_not_know_of_yet_ends_too(hall: Hall) -> None:
    """An index may lag behind the store; the round of the account does not."""
    other, mine = opened_by(hall, "b"), opened_by(hall, "c")
    hidden = found(hall, other)[0]
    hall.services.store.commit([Delete("session", hidden.id)])
    session.close_all(hall.services, *found(hall, mine))
    back = replace(hidden, version=0)
    hall.services.store.commit([Create(back)])
    assert session.find(hall.services, other.token) is None


def test_without_the_card_it_was_opened_with_a_session_is_over(hall: Hall) -> None:
    opened = hall.enter(Card())
    credential = str(found(hall, opened)[0].data["credential"])
    hall.services.store.commit([Delete("credential", credential)])
    assert session.find(hall.services, opened.token) is None


@pytest.mark.lists_on_time
def test_of_too_many_sessions_the_oldest_ends(hall: Hall) -> None:
    first = opened_by(hall, "b")
    hall.clock.turn(1)
    for _ in range(session.MOST):
        last = opened_by(hall, "c")
    assert session.find(hall.services, first.token) is None
    mine, account = found(hall, last)
    assert len(session.of_account(hall.services, account, mine)) == session.MOST


def test_whoever_has_the_oldest_of_many_sessions_comes_in_again_where_it_is(hall: Hall) -> None:
    """The one that is too many and the one of this browser are the same record."""
    first = opened_by(hall, "b")
    for _ in range(session.MOST - 1):
        hall.clock.turn(1)
        opened_by(hall, "c")
    again = hall.enter(Card(), "b" * 43, first.token)
    assert session.find(hall.services, first.token) is None
    hall.clock.turn(1)
    added = login.add_card(hall.services, "b" * 43, hall.answer(Card(), "b" * 43), again.token)
    mine, account = found(hall, added)
    assert len(session.of_account(hall.services, account, mine)) == session.MOST
    for _ in range(session.MOST - 1):
        hall.clock.turn(1)
        opened_by(hall, "c")
    assert login.add_card(hall.services, "b" * 43, hall.answer(Card(), "b" * 43), added.token)


# ------------------------------------------------------------------------------------- tiers
def test_a_door_asks_for_its_tier_and_a_fresh_one_for_a_proof_of_now(hall: Hall) -> None:
    mine, _ = found(hall, hall.enter(Card()))
    session.refuse_weaker(hall.services, mine, session.CARD, fresh=True)
    weak = replace(mine, data={**mine.data, "tier": session.HELD})
    said = refusal("proof_needed", lambda: session.refuse_weaker(hall.services, weak, session.CARD))
    assert said == {"tier": session.CARD, "need": "card"}
    hall.clock.turn(session.FRESH_SECONDS + 1)
    late = lambda: session.refuse_weaker(  # noqa: E731
        hall.services, weak, session.CARD, fresh=True
    )
    assert refusal("proof_needed", late)["need"] == "card-fresh"
    hall.clock.turn(-session.FRESH_SECONDS - 1)
    hall.clock.turn(session.FRESH_SECONDS)
    session.refuse_weaker(hall.services, mine, session.CARD, fresh=True)
    hall.clock.turn(1)
    session.refuse_weaker(hall.services, mine, session.CARD)
    refusal(
        "proof_needed",
        lambda: session.refuse_weaker(hall.services, mine, session.HELD, fresh=True),
    )


# ---------------------------------------------------------------------------- another card
def test_a_card_is_added_to_the_account_that_says_so(hall: Hall) -> None:
    opened = opened_by(hall, "b")
    answer = hall.answer(Card(serial=4712), "b" * 43)
    more = login.add_card(hall.services, "b" * 43, answer, opened.token)
    assert more.account == opened.account
    assert more.token != opened.token
    assert session.find(hall.services, opened.token) is None
    assert opened_by(hall, "c", serial=4712).account == opened.account


def test_a_card_of_another_account_is_not_taken_over(hall: Hall) -> None:
    opened, other = opened_by(hall, "b"), opened_by(hall, "c", serial=4712)
    answer = hall.answer(Card(serial=4712), "b" * 43)
    refusal("card_taken", lambda: login.add_card(hall.services, "b" * 43, answer, opened.token))
    assert opened_by(hall, "d", serial=4712).account == other.account
    assert session.find(hall.services, opened.token)


# ------------------------------------------------------------------------ what is kept of it
@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (EDGE, "Edge, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        (
            "Mozilla/5.0 (Linux; Android 16; Pixel) Chrome/150 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent: str, name: str) -> None:
    assert browsers.told_apart(agent) == name


@given(st.text(max_size=300))
def test_nothing_else_of_the_header_is_kept(agent: str) -> None:
    assert set(filter(None, browsers.told_apart(agent).split(", "))) <= browsers.NAMES
