"""A challenge and its one answer, the session that it opens, and how the session ends."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card, rsa_key
from todoke.core.errors import TodokeError
from todoke.journeys import login, session
from todoke.journeys.session import Opened

pytestmark = pytest.mark.also_late


# ---------------------------------------------------------------------------- the challenge
def test_one_challenge_opens_one_session(hall: Hall) -> None:
    body = hall.answer(Card())
    opened = login.login(hall.services, BROWSER, body)
    assert opened.expires_at == hall.clock.unix() + session.IDLE_SECONDS
    assert not opened.linked
    refusal("card_refused", lambda: login.login(hall.services, BROWSER, body))
    found = session.find(hall.services, opened.token)
    assert found is not None
    assert found[1].id == opened.account
    assert hall.acts() == ["session_opened", "login_refused"]


@pytest.mark.looks_into_files
def test_what_is_stored_holds_neither_challenge_nor_token_nor_certificate(hall: Hall) -> None:
    body = hall.answer(Card())
    opened = login.login(hall.services, BROWSER, body)
    code = hall.code()
    login.link(hall.services, opened.token, code)
    other = hall.code()
    stored = b"".join(each.read_bytes() for each in hall.folder.glob("todoke.sqlite3*"))
    secrets = (body["nonce"], opened.token, BROWSER, body["certificate"][:60], code, other)
    for secret in (*secrets, code.replace("-", ""), other.replace("-", "")):
        assert secret.encode() not in stored
    assert opened.account.encode() in stored, "nothing was looked through"


def test_another_browser_can_neither_use_nor_spend_a_challenge(hall: Hall) -> None:
    body = hall.answer(Card())
    for other in ("o" * 43, "", BROWSER + "b"):
        refusal("card_refused", lambda o=other: login.login(hall.services, o, body))  # type: ignore[misc]
    assert login.login(hall.services, BROWSER, body)


def test_a_challenge_holds_for_five_minutes(hall: Hall) -> None:
    in_time, late = hall.answer(Card()), hall.answer(Card())
    hall.clock.turn(299)
    assert login.login(hall.services, BROWSER, in_time)
    hall.clock.turn(1)
    refusal("card_refused", lambda: login.login(hall.services, BROWSER, late))


def test_the_first_answer_ends_a_challenge_even_a_wrong_one(hall: Hall) -> None:
    good = hall.answer(Card())
    forged = {
        **good,
        "signature": Card(key=rsa_key("other card")).answer("n" * 43, "x")["signature"],
    }
    refusal("card_refused", lambda: login.login(hall.services, BROWSER, forged))
    assert hall.why() == "card_signature"
    refusal("card_refused", lambda: login.login(hall.services, BROWSER, good))


def test_a_body_of_the_wrong_shape_spends_nothing(hall: Hall) -> None:
    good = hall.answer(Card())
    for shape in ({}, {**good, "more": "x"}, {**good, "nonce": "short"}, {"nonce": good["nonce"]}):
        refusal("card_refused", lambda s=shape: login.login(hall.services, BROWSER, s))  # type: ignore[misc]
    assert login.login(hall.services, BROWSER, good)


def test_twenty_threads_with_one_challenge_open_one_session(hall: Hall) -> None:
    body = hall.answer(Card())
    start = threading.Barrier(20)

    def enter(_: int) -> str:
        start.wait()
        try:
            return login.login(hall.services, BROWSER, body).token
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(20) as pool:
        said = Counter(pool.map(enter, range(20)))
    assert said.pop("card_refused") == 19
    (token,) = said
    assert session.find(hall.services, token)
    assert Counter(hall.acts()) == {"session_opened": 1, "login_refused": 19}


def test_one_card_in_ten_browsers_at_once_is_one_account(hall: Hall) -> None:
    bodies = [hall.answer(Card(), f"{number}" * 43) for number in range(10)]
    start = threading.Barrier(10)

    def enter(number: int) -> Opened:
        start.wait()
        return login.login(hall.services, f"{number}" * 43, bodies[number])

    with ThreadPoolExecutor(10) as pool:
        opened = list(pool.map(enter, range(10)))
    assert len({each.account for each in opened}) == 1
    assert len({each.token for each in opened}) == 10
    assert all(session.find(hall.services, each.token) for each in opened)


# ------------------------------------------------------------------------------- the session
def test_a_second_person_in_the_same_browser_ends_the_firsts_session(hall: Hall) -> None:
    first = hall.enter(Card())
    second = hall.enter(Card(serial=4712), old=first.token)
    assert second.account != first.account
    assert session.find(hall.services, first.token) is None
    assert session.find(hall.services, second.token)
    assert hall.acts().count("session_closed") == 1


def test_the_same_person_again_gets_a_new_token_and_the_old_one_ends(hall: Hall) -> None:
    first = hall.enter(Card())
    second = hall.enter(Card(), old=first.token)
    assert second.token != first.token
    assert session.find(hall.services, first.token) is None


def test_a_session_is_over_after_logout_and_logging_out_twice_is_fine(hall: Hall) -> None:
    opened, other = hall.enter(Card()), hall.enter(Card(), "c" * 43)
    for _ in range(2):
        session.close(hall.services, opened.token)
        assert session.find(hall.services, opened.token) is None
    assert session.find(hall.services, other.token), "another browser was logged out too"
    session.close(hall.services, "")
