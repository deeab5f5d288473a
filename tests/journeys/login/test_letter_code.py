"""The code of a letter links an account to a resident: once, for ninety days, after few guesses."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.parts.hall import Hall, refusal
from tests.parts.pretend_signer import Card
from todoke.core.errors import TodokeError
from todoke.journeys import audit, login, residents, session
from todoke.journeys.session import Opened

pytestmark = pytest.mark.also_late


def test_a_code_links_once_and_the_session_gets_a_new_token(hall: Hall) -> None:
    opened, code = hall.enter(Card()), hall.code()
    linked = login.link(hall.services, opened.token, code.lower().replace("-", " "))
    assert (linked.linked, linked.account) == (True, opened.account)
    assert session.find(hall.services, opened.token) is None
    assert session.find(hall.services, linked.token)
    other = hall.enter(Card(serial=4712), "c" * 43)
    assert refusal("letter_code_refused", lambda: login.link(hall.services, other.token, code))
    assert hall.enter(Card(), "d" * 43).linked


def test_linking_stands_in_the_residents_history_and_is_told_by_a_notice(hall: Hall) -> None:
    code = hall.code()
    resident = residents.find(hall.services, "0000000001")
    assert resident is not None
    login.link(hall.services, hall.enter(Card()).token, code)
    month = audit.month_of(hall.clock.now())
    acts = audit.acts(hall.services, month).records
    linked = [each for each in acts if each.data["act"] == "account_linked"]
    assert [each.data["resident"] for each in linked] == [resident.id]
    notices = hall.services.store.find("addressed_by_resident", resident.id).records
    assert [each.data["kind"] for each in notices] == ["card_linked"]


def test_a_code_holds_for_ninety_days(hall: Hall) -> None:
    in_time = hall.code()
    hall.clock.turn(90 * 86400 - 1)
    opened = hall.enter(Card())
    assert login.link(hall.services, opened.token, in_time).linked
    late = hall.code("0000000002")
    hall.clock.turn(90 * 86400)
    other = hall.enter(Card(serial=4712))
    refusal("letter_code_refused", lambda: login.link(hall.services, other.token, late))


def test_wrong_codes_are_counted_and_five_mean_a_wait_that_doubles(hall: Hall) -> None:
    opened, right = hall.enter(Card()), hall.code()

    def attempt(code: str) -> Opened:
        return login.link(hall.services, opened.token, code)

    for minutes in (15, 30):
        for left in (4, 3, 2, 1, 0):
            said = refusal("letter_code_refused", lambda: attempt("0000-0000-0000"))
            assert said == {"rule": "code_wrong", "left": left}
        for code in ("0000-0000-0000", right):
            said = refusal("too_many_requests", lambda c=code: attempt(c))  # type: ignore[misc]
            assert said == {"retry_after": minutes * 60}
        hall.clock.turn(minutes * 60 - 1)
        refusal("too_many_requests", lambda: attempt(right))
        hall.clock.turn(1)
        opened = hall.enter(Card())
    assert attempt(right).linked
    assert hall.account(opened).data["wrong_codes"] == 0


def test_waiting_is_of_the_card_and_not_of_the_session(hall: Hall) -> None:
    opened = hall.enter(Card())
    for _ in range(5):
        refusal("letter_code_refused", lambda: login.link(hall.services, opened.token, "0" * 12))
    again = hall.enter(Card(), old=opened.token)
    refusal("too_many_requests", lambda: login.link(hall.services, again.token, "0" * 12))
    other = hall.enter(Card(serial=4712), "c" * 43)
    assert login.link(hall.services, other.token, hall.code()).linked


def test_the_wait_never_grows_beyond_a_day(hall: Hall) -> None:
    opened = hall.enter(Card())
    account = hall.account(opened)
    from todoke.ports import Replace

    many = replace(account, data={**account.data, "wrong_codes": 10_004})
    hall.services.store.commit([Replace(many)])
    refusal("letter_code_refused", lambda: login.link(hall.services, opened.token, "0" * 12))
    wait = hall.account(opened).data["wait_until"]
    assert wait == hall.clock.unix() + 86400


def test_what_cannot_be_a_code_costs_no_try(hall: Hall) -> None:
    opened = hall.enter(Card())
    for typed in ("", "7K3M", "7K3M-9QXR-2TVU", "x" * 500, "番号がわかりません"):
        said = refusal(
            "letter_code_refused",
            lambda t=typed: login.link(hall.services, opened.token, t),  # type: ignore[misc]
        )
        assert said == {"rule": "code_shape", "left": 5}
    assert hall.account(opened).data["wrong_codes"] == 0


def test_forty_guesses_at_once_are_five(hall: Hall) -> None:
    opened = hall.enter(Card())
    start = threading.Barrier(40)

    def guess(number: int) -> str:
        start.wait()
        try:
            login.link(hall.services, opened.token, f"{number:012d}")
        except TodokeError as error:
            return error.code
        return "linked"

    with ThreadPoolExecutor(40) as pool:
        said = Counter(pool.map(guess, range(40)))
    assert said["letter_code_refused"] <= 5
    assert "linked" not in said
    assert int(str(hall.account(opened).data["wrong_codes"])) <= 5


def test_a_code_used_by_ten_people_at_once_links_one(hall: Hall) -> None:
    code = hall.code()
    tokens = [hall.enter(Card(serial=number), f"{number}" * 43).token for number in range(1, 10)]
    start = threading.Barrier(len(tokens))

    def link(token: str) -> str:
        start.wait()
        try:
            return "linked" if login.link(hall.services, token, code).linked else "?"
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(len(tokens)) as pool:
        said = Counter(pool.map(link, tokens))
    assert said == {"linked": 1, "letter_code_refused": len(tokens) - 1}


def test_a_linked_account_takes_no_other_residents_code(hall: Hall) -> None:
    linked = login.link(hall.services, hall.enter(Card()).token, hall.code())
    others = hall.code("0000000002")
    refusal("already_linked", lambda: login.link(hall.services, linked.token, others))
    assert hall.account(linked).data["wrong_codes"] == 0
    other = hall.enter(Card(serial=4712), "c" * 43)
    assert login.link(hall.services, other.token, others).linked, "the code was spent"


def test_a_renewed_card_comes_to_the_account_its_owner_has(hall: Hall) -> None:
    old = login.link(hall.services, hall.enter(Card()).token, hall.code())
    renewed = hall.enter(Card(serial=4712), "c" * 43)
    elsewhere = hall.enter(Card(serial=4712), "d" * 43)
    moved = login.link(hall.services, renewed.token, hall.code())
    assert (moved.account, moved.linked) == (old.account, True)
    assert hall.enter(Card(serial=4712), "e" * 43).account == old.account
    assert hall.enter(Card(), "f" * 43).account == old.account
    assert session.find(hall.services, renewed.token) is None
    assert session.find(hall.services, elsewhere.token) is None, "of the erased account"
    assert hall.services.store.get("account", renewed.account) is None
    assert hall.acts().count("card_added") == 1


def test_without_a_session_no_code_is_looked_at(hall: Hall) -> None:
    code = hall.code()
    opened = hall.enter(Card())
    session.close(hall.services, opened.token)
    refusal("login_needed", lambda: login.link(hall.services, opened.token, code))
    assert login.link(hall.services, hall.enter(Card()).token, code).linked


def test_a_new_letter_ends_the_code_of_the_one_that_went_astray(hall: Hall) -> None:
    astray, others, new = hall.code(), hall.code("0000000002"), hall.code()
    opened = hall.enter(Card())
    refusal("letter_code_refused", lambda: login.link(hall.services, opened.token, astray))
    assert login.link(hall.services, opened.token, new).linked
    other = hall.enter(Card(serial=4712), "c" * 43)
    assert login.link(hall.services, other.token, others).linked


def test_a_code_is_made_for_residents_only(hall: Hall) -> None:
    refusal("not_found", lambda: login.new_letter_code(hall.services, "R-nobody"))
