"""Passkeys: a first one opens an account, a known one a session; nothing else does."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from tests.parts.authenticator import Authenticator, b64
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card
from todoke.core.errors import TodokeError
from todoke.journeys import leaving, login, passkeys, session, ways_in
from todoke.journeys.session import HELD, Opened
from todoke.ports import Record

pytestmark = pytest.mark.also_late


def origin(hall: Hall) -> str:
    """The portal's, as a browser writes it."""
    return hall.services.config.origin_of(hall.services.config.portal_host)


def begun(hall: Hall, phone: Authenticator, browser: str = BROWSER) -> Opened:
    """A new account with this passkey."""
    options = passkeys.ask_new(hall.services, browser)
    return passkeys.begin(hall.services, browser, phone.create(options, origin(hall)))


def entered(hall: Hall, phone: Authenticator, browser: str = BROWSER) -> Opened:
    """A login with a passkey."""
    options = passkeys.ask(hall.services, browser)
    return passkeys.login(hall.services, browser, phone.get(options, origin(hall)))


def added(hall: Hall, phone: Authenticator, opened: Opened) -> None:
    """One more passkey, within a session."""
    options = passkeys.ask_more(hall.services, BROWSER, *found(hall, opened))
    answer = phone.create(options, origin(hall))
    passkeys.add(hall.services, BROWSER, answer, *found(hall, opened))


def found(hall: Hall, opened: Opened) -> tuple[Record, Record]:
    """Session and account of a token."""
    both = session.find(hall.services, opened.token)
    assert both is not None
    return both


# ------------------------------------------------------------------------------- the way in
def test_a_first_passkey_opens_an_account_that_is_nobodys_yet(hall: Hall) -> None:
    phone = Authenticator()
    opened = begun(hall, phone)
    assert (opened.tier, opened.linked) == (HELD, False)
    assert base64.urlsafe_b64decode(phone.handle + "==").decode() == opened.account
    again = entered(hall, phone)
    assert again.account == opened.account
    assert again.token != opened.token
    assert hall.acts() == ["session_opened", "session_opened"]


def test_what_a_phone_is_asked_names_no_person_and_wants_a_finger_or_pin(hall: Hall) -> None:
    made = passkeys.ask_new(hall.services, BROWSER)
    assert made["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert made["attestation"] == "none"
    assert made["rp"]["id"] == hall.services.config.portal_host.split(":")[0]
    asked = passkeys.ask(hall.services, BROWSER)
    assert (asked["userVerification"], asked["allowCredentials"]) == ("required", [])


@pytest.mark.lists_on_time
def test_an_account_has_several_and_each_opens_it(hall: Hall) -> None:
    first, second = Authenticator(), Authenticator()
    opened = begun(hall, first)
    added(hall, second, opened)
    assert entered(hall, second).account == opened.account
    known = passkeys.ask_more(hall.services, BROWSER, *found(hall, opened))["excludeCredentials"]
    assert {each["id"] for each in known} == {b64(first.id), b64(second.id)}


# while the list is late, a passkey made a second ago stays behind and has to be made anew
@pytest.mark.lists_on_time
def test_a_letter_code_links_it_with_all_its_passkeys(hall: Hall) -> None:
    first, second = Authenticator(), Authenticator()
    opened = begun(hall, first)
    added(hall, second, opened)
    carded = hall.enter(Card(), "c" * 43)
    kept = login.link(hall.services, carded.token, hall.code())
    linked = login.link(hall.services, opened.token, hall.code())
    assert linked.account == kept.account
    assert (linked.tier, linked.linked) == (HELD, True)
    for phone in (first, second):  # which still name the account that was given up
        assert entered(hall, phone).account == kept.account


# --------------------------------------------------------------------------------- attacks
WRONG: dict[str, dict[str, Any]] = {
    "another site": {"origin": "https://evil.example"},
    "another kind of answer": {"type": "webauthn.create"},
    "another question": {"challenge": "A" * 43},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_to_something_else_opens_nothing(hall: Hall, wrong: str) -> None:
    phone = Authenticator()
    begun(hall, phone)
    options = passkeys.ask(hall.services, BROWSER)
    body = phone.get(options, origin(hall), WRONG[wrong])
    refusal("passkey_refused", lambda: passkeys.login(hall.services, BROWSER, body))
    assert hall.acts()[-1] == "login_refused"
    good = phone.get(options, origin(hall))
    if wrong == "another question":  # nobody's answer ends hers
        assert passkeys.login(hall.services, BROWSER, good)
    else:  # the first answer ended the question
        refusal("passkey_refused", lambda: passkeys.login(hall.services, BROWSER, good))


def test_a_phone_that_asked_for_no_finger_is_refused(hall: Hall) -> None:
    phone = Authenticator()
    begun(hall, phone)
    phone.verified = False
    refusal("passkey_refused", lambda: entered(hall, phone))
    refusal("passkey_refused", lambda: begun(hall, Authenticator(verified=False)))


def test_another_key_and_a_changed_word_are_refused_alike(hall: Hall) -> None:
    phone, thief = Authenticator(), Authenticator()
    opened = begun(hall, phone)
    thief.id, thief.handle = phone.id, phone.handle
    said = refusal("passkey_refused", lambda: entered(hall, thief))
    nobody = Authenticator(handle=phone.handle)
    assert refusal("passkey_refused", lambda: entered(hall, nobody)) == said
    phone.handle = b64(b"U-0000000000000000")
    refusal("passkey_refused", lambda: entered(hall, phone))
    assert session.find(hall.services, opened.token)


def test_a_counter_that_went_back_means_two_of_it(hall: Hall) -> None:
    phone = Authenticator(count=5)
    begun(hall, phone)
    entered(hall, phone)
    phone.count = 4
    refusal("passkey_refused", lambda: entered(hall, phone))


def test_an_answer_is_good_once_and_in_the_browser_that_asked(hall: Hall) -> None:
    phone = Authenticator()
    begun(hall, phone)
    body = phone.get(passkeys.ask(hall.services, BROWSER), origin(hall))
    refusal("passkey_refused", lambda: passkeys.login(hall.services, "c" * 43, body))
    assert passkeys.login(hall.services, BROWSER, body)
    refusal("passkey_refused", lambda: passkeys.login(hall.services, BROWSER, body))
    late = phone.get(passkeys.ask(hall.services, BROWSER), origin(hall))
    hall.clock.turn(301)
    refusal("passkey_refused", lambda: passkeys.login(hall.services, BROWSER, late))


def test_ten_answers_at_once_make_one_account(hall: Hall) -> None:
    phone = Authenticator()
    options = passkeys.ask_new(hall.services, BROWSER)
    body = phone.create(options, origin(hall))

    def begin(_: int) -> str:
        try:
            return passkeys.begin(hall.services, BROWSER, body).account
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(begin, range(10)))
    assert len([each for each in said if each.startswith("U-")]) == 1
    assert set(said) <= {"passkey_refused", next(e for e in said if e.startswith("U-"))}


@pytest.mark.parametrize("field", ["id", "clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", ["", "A", "====", "あ", "A" * 30_000, 5, None])
def test_malformed_answers_are_refused_before_anything_is_looked_up(
    hall: Hall, field: str, value: object
) -> None:
    body: dict[str, object] = {**Authenticator().create(_options(), origin(hall)), field: value}
    refusal("passkey_refused", lambda: passkeys.begin(hall.services, BROWSER, body))
    assert hall.why() == "passkey_shape"
    refusal("passkey_refused", lambda: passkeys.begin(hall.services, BROWSER, {**body, "x": "y"}))


def _options() -> dict[str, Any]:
    return {"user": {"id": b64(b"U-1")}, "rp": {"id": "localhost"}, "challenge": "A" * 43}


# ------------------------------------------------------------------------------ keeping them
@pytest.mark.lists_on_time
def test_its_owner_names_it_and_takes_it_away(hall: Hall) -> None:
    first, second = Authenticator(), Authenticator()
    opened = begun(hall, first)
    added(hall, second, opened)
    mine, account = found(hall, opened)
    newest = passkeys.of_account(hall.services, account)[0]
    passkeys.rename(hall.services, account, newest.id, "  台所の　タブレット ")
    names = [each.name for each in passkeys.of_account(hall.services, account)]
    assert "台所の タブレット" in names
    for id in [each.id for each in passkeys.of_account(hall.services, account)]:
        if id != mine.data["credential"]:
            passkeys.remove(hall.services, mine, account, id)
    left = Authenticator() if session.find(hall.services, opened.token) is None else first
    assert left is first
    assert entered(hall, first).account == opened.account
    refusal("passkey_refused", lambda: entered(hall, second))


@pytest.mark.lists_on_time
def test_what_it_opened_ends_with_it(hall: Hall) -> None:
    first, second = Authenticator(), Authenticator()
    opened = begun(hall, first)
    added(hall, second, opened)
    other = entered(hall, second, "c" * 43)
    mine, account = found(hall, opened)
    passkeys.remove(hall.services, mine, account, str(found(hall, other)[0].data["credential"]))
    assert session.find(hall.services, other.token) is None
    assert session.find(hall.services, opened.token)


def test_the_only_way_into_an_account_of_nobody_stays(hall: Hall) -> None:
    opened = begun(hall, Authenticator())
    mine, account = found(hall, opened)
    id = str(mine.data["credential"])
    refusal("last_way_in", lambda: passkeys.remove(hall.services, mine, account, id))


def at_once(
    monkeypatch: pytest.MonkeyPatch, remove: Callable[[Any], None], two: Sequence[Any]
) -> list[str]:
    """What became of two removals that both read before either writes."""
    own, both = ways_in.own, Barrier(2)

    def together(*given: Any) -> Record:
        record = own(*given)
        with contextlib.suppress(BrokenBarrierError):  # whoever looks again looks alone
            both.wait(1)
        return record

    def taken(each: Any) -> str:
        try:
            remove(each)
        except TodokeError as error:
            return error.code
        return "removed"

    monkeypatch.setattr(ways_in, "own", together)
    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(taken, two))


@pytest.mark.lists_on_time
def test_of_the_last_two_taken_away_at_once_one_stays(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(hall, Authenticator())
    added(hall, Authenticator(), opened)
    mine, account = found(hall, opened)
    ids = [each.id for each in passkeys.of_account(hall.services, account)]

    def remove(id: str) -> None:
        passkeys.remove(hall.services, mine, account, id)

    assert at_once(monkeypatch, remove, ids) == ["last_way_in", "removed"]
    assert len(passkeys.of_account(hall.services, account)) == 1


def test_an_open_browser_gives_itself_no_second_key(hall: Hall) -> None:
    opened = begun(hall, Authenticator())
    hall.clock.turn(session.FRESH_SECONDS + 1)
    mine, account = found(hall, opened)
    ask = lambda: passkeys.ask_more(hall.services, BROWSER, mine, account)  # noqa: E731
    assert refusal("proof_needed", ask) == {"tier": HELD, "need": "fresh"}


def test_an_account_that_was_erased_does_not_come_back_with_its_sessions(hall: Hall) -> None:
    """One of them may be a stranger's, whom she was rid of with the account."""
    opened, other = hall.enter(Card()), hall.enter(Card(), "c" * 43)
    options = passkeys.ask_more(hall.services, BROWSER, *found(hall, opened))
    body = Authenticator().create(options, origin(hall))
    leaving.erase_account(hall.services, *found(hall, opened))
    refusal("passkey_refused", lambda: passkeys.begin(hall.services, BROWSER, body))
    assert session.find(hall.services, other.token) is None


def test_a_passkey_asked_for_by_one_person_is_not_given_to_the_next(hall: Hall) -> None:
    phone = Authenticator()
    opened, other = begun(hall, Authenticator()), begun(hall, Authenticator())
    options = passkeys.ask_more(hall.services, BROWSER, *found(hall, opened))
    body = phone.create(options, origin(hall))
    refusal(
        "passkey_refused",
        lambda: passkeys.add(hall.services, BROWSER, body, *found(hall, other)),
    )
    again = phone.create(
        passkeys.ask_more(hall.services, BROWSER, *found(hall, opened)), origin(hall)
    )
    refusal("passkey_refused", lambda: passkeys.begin(hall.services, BROWSER, again))


def test_nobody_elses_is_named_or_taken_away(hall: Hall) -> None:
    opened, other = begun(hall, Authenticator()), begun(hall, Authenticator())
    id = str(found(hall, other)[0].data["credential"])
    mine, account = found(hall, opened)
    refusal("not_found", lambda: passkeys.rename(hall.services, account, id, "x"))
    refusal("not_found", lambda: passkeys.remove(hall.services, mine, account, id))
    refusal("not_found", lambda: passkeys.rename(hall.services, account, "nobody", "x"))
