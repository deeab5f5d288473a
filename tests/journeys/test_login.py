"""A challenge, its one answer, the session, and the code of a letter."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.pretend_signer import PRETEND, Authority, Card, rsa_key
from todoke import assemble
from todoke.adapters.card_trust import CardTrustFiles
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.journeys import audit, login, residents
from todoke.journeys.login import Opened
from todoke.ports import Record, Services

BROWSER = "b" * 43
PEM = "pretend_card/ca.pem"


@dataclass(frozen=True, slots=True)
class Hall:
    """The town hall's side of a login. folder: its data."""

    services: Services
    clock: TurnedClock
    folder: Path

    def answer(self, card: Card, browser: str = BROWSER, **changes: Any) -> Mapping[str, str]:
        """A fresh challenge, signed."""
        nonce = login.issue(self.services, browser).nonce
        return card.answer(nonce, self.services.config.public_url, **changes)

    def enter(self, card: Card, browser: str = BROWSER, old: str | None = None) -> Opened:
        """The whole login."""
        return login.login(self.services, browser, self.answer(card, browser), old)

    def code(self, number: str = "0000000001") -> str:
        """A letter to a resident, who is made if absent."""
        found = residents.find(self.services, number)
        if found is None:
            self.services.store.commit([residents.new(self.services, number, "見本", "みほん")])
        found = found or residents.find(self.services, number)
        assert found is not None
        return login.new_letter_code(self.services, found.id)

    def account(self, opened: Opened) -> Record:
        """As it is stored now."""
        record = self.services.store.get("account", opened.account)
        assert record is not None
        return record

    def acts(self) -> list[str]:
        """Names of the acts on record, oldest first."""
        found = audit.acts(self.services, audit.month_of(self.clock.now())).records
        return [str(each.data["act"]) for each in reversed(found)]


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    clock = TurnedClock()
    services = assemble.fake(tmp_path, clock=clock)
    Authority().trusted_in(tmp_path)
    return Hall(services, clock, tmp_path)


def refusal(code: str, call: Callable[[], object]) -> Mapping[str, object]:
    with pytest.raises(TodokeError) as refused:
        call()
    assert refused.value.code == code, refused.value.details
    return refused.value.details


# ---------------------------------------------------------------------------- the challenge
def test_one_challenge_opens_one_session(hall: Hall) -> None:
    body = hall.answer(Card())
    opened = login.login(hall.services, BROWSER, body)
    assert opened.expires_at == hall.clock.unix() + 3600
    assert not opened.linked
    refusal("challenge_spent", lambda: login.login(hall.services, BROWSER, body))
    found = login.open_session(hall.services, opened.token)
    assert found is not None
    assert found[1].id == opened.account
    assert hall.acts() == ["session_opened"]


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
        refusal("challenge_spent", lambda o=other: login.login(hall.services, o, body))  # type: ignore[misc]
    assert login.login(hall.services, BROWSER, body)


def test_a_challenge_holds_for_five_minutes(hall: Hall) -> None:
    in_time, late = hall.answer(Card()), hall.answer(Card())
    hall.clock.turn(299)
    assert login.login(hall.services, BROWSER, in_time)
    hall.clock.turn(1)
    refusal("challenge_spent", lambda: login.login(hall.services, BROWSER, late))


def test_the_first_answer_ends_a_challenge_even_a_wrong_one(hall: Hall) -> None:
    good = hall.answer(Card())
    forged = {
        **good,
        "signature": Card(key=rsa_key("other card")).answer("n" * 43, "x")["signature"],
    }
    assert refusal("card_refused", lambda: login.login(hall.services, BROWSER, forged)) == {
        "rule": "card_signature"
    }
    refusal("challenge_spent", lambda: login.login(hall.services, BROWSER, good))


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
    assert said.pop("challenge_spent") == 19
    (token,) = said
    assert login.open_session(hall.services, token)
    assert hall.acts() == ["session_opened"]


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
    assert all(login.open_session(hall.services, each.token) for each in opened)


# ---------------------------------------------------------------------------------- the card
def test_a_page_of_another_origin_gets_no_session(hall: Hall) -> None:
    for origin in ("https://evil.example", "http://console.localhost:8080", "http://localhost"):
        nonce = login.issue(hall.services, BROWSER).nonce
        body = Card().answer(nonce, origin)
        said = refusal("card_refused", lambda b=body: login.login(hall.services, BROWSER, b))  # type: ignore[misc]
        assert said == {"rule": "card_signature"}


def test_the_same_card_is_the_same_account_and_another_is_another(hall: Hall) -> None:
    first = hall.enter(Card())
    assert hall.enter(Card(), "c" * 43).account == first.account
    same_number = Card(key=rsa_key("other card"))
    assert hall.enter(same_number).account != first.account
    second = Authority(key=rsa_key("second authority")).certificate
    with (hall.folder / PEM).open("ab") as anchors:
        anchors.write(second.public_bytes(_pem()))
    elsewhere = Card(authority=Authority(key=rsa_key("second authority")))
    assert hall.enter(elsewhere).account != first.account, "a serial number alone is nobody"


def test_a_revoked_card_is_refused_and_an_unreadable_list_refuses_all(hall: Hall) -> None:
    revoked = hall.folder / "pretend_card/revoked.txt"
    revoked.write_text("# lost\n0x1267\n", "ascii")  # 4711
    said = refusal("card_refused", lambda: hall.enter(Card()))
    assert said == {"rule": "card_revoked"}
    assert hall.enter(Card(serial=4712))
    revoked.write_text("lost on Monday\n", "ascii")
    refusal("revocation_unknown", lambda: hall.enter(Card(serial=4712)))
    revoked.unlink()
    revoked.mkdir()
    refusal("revocation_unknown", lambda: hall.enter(Card(serial=4712)))


def test_what_nobody_can_ask_about_is_refused_and_spends_the_challenge(
    hall: Hall, tmp_path: Path
) -> None:
    real = Authority(key=rsa_key("real"), name=_named("JPKI-TEST"))
    trust = _listed(tmp_path, real)
    services = replace(hall.services, card=trust)
    nonce = login.issue(services, BROWSER).nonce
    body = Card(authority=real).answer(nonce, services.config.public_url)
    refusal("revocation_unknown", lambda: login.login(services, BROWSER, body))
    refusal("challenge_spent", lambda: login.login(services, BROWSER, body))
    assert not hall.acts()


def test_without_any_anchor_nobody_gets_in(hall: Hall) -> None:
    (hall.folder / PEM).unlink()
    assert refusal("card_refused", lambda: hall.enter(Card())) == {"rule": "card_issuer"}
    (hall.folder / PEM).write_text("no certificate", "ascii")
    assert refusal("card_refused", lambda: hall.enter(Card())) == {"rule": "card_issuer"}


def test_only_an_authority_that_says_it_pretends_is_taken_from_the_data_folder(hall: Hall) -> None:
    Authority(key=rsa_key("real"), name=_named("JPKI")).trusted_in(hall.folder)
    assert hall.services.card.anchors() == []


@pytest.mark.parametrize("profile", ["production", "demonstration"])
def test_production_trusts_no_pretend_authority_however_it_is_listed(
    profile: str, tmp_path: Path
) -> None:
    trust = _listed(tmp_path, Authority(), profile)
    Authority().trusted_in(tmp_path / "data")
    assert bool(trust.anchors()) == (profile == "demonstration")
    good = trust.revocation(Card().der, Authority().der)
    assert good == ("good" if profile == "demonstration" else "unknown")


@pytest.mark.parametrize("name", ["missing.pem", "../../secret.pem", "empty.pem", "/etc/hostname"])
def test_an_anchor_that_cannot_be_read_stops_the_start(name: str, tmp_path: Path) -> None:
    site = tmp_path / "city/site"
    site.mkdir(parents=True)
    (site / "empty.pem").write_text("", "ascii")
    (tmp_path / "secret.pem").write_bytes(Authority().certificate.public_bytes(_pem()))
    config = replace(assemble.fake(tmp_path / "data").config, root=tmp_path / "city")
    listed = replace(config, card=replace(config.card, anchors=(name,)))
    assert refusal("setting_invalid", lambda: CardTrustFiles(listed))["field"] == "card.anchors"


def _listed(folder: Path, authority: Authority, profile: str = "demonstration") -> CardTrustFiles:
    (folder / "city/site").mkdir(parents=True)
    (folder / "city/site/ca.pem").write_bytes(authority.certificate.public_bytes(_pem()))
    config = assemble.fake(folder / "data").config
    card = replace(config.card, anchors=("ca.pem",))
    return CardTrustFiles(replace(config, root=folder / "city", profile=profile, card=card))


def _pem() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM


def _named(organisation: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    assert PRETEND
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])


def test_the_last_use_of_a_card_is_known_to_the_day(hall: Hall) -> None:
    def used() -> list[int]:
        found = hall.services.store.find("credentials_by_account", account).records
        return [int(str(each.data["used_at"])) - start for each in found]

    start, account = hall.clock.unix(), hall.enter(Card()).account
    hall.clock.turn(86399)
    hall.enter(Card())
    assert used() == [0]
    hall.clock.turn(1)
    hall.enter(Card())
    assert used() == [86400]


# ------------------------------------------------------------------------------- the session
def test_a_session_ends_after_an_hour_whatever_was_done(hall: Hall) -> None:
    opened = hall.enter(Card())
    hall.clock.turn(3599)
    assert login.open_session(hall.services, opened.token)
    hall.clock.turn(1)
    assert login.open_session(hall.services, opened.token) is None


def test_a_second_person_in_the_same_browser_ends_the_firsts_session(hall: Hall) -> None:
    first = hall.enter(Card())
    second = hall.enter(Card(serial=4712), old=first.token)
    assert second.account != first.account
    assert login.open_session(hall.services, first.token) is None
    assert login.open_session(hall.services, second.token)
    assert hall.acts().count("session_closed") == 1


def test_the_same_person_again_gets_a_new_token_and_the_old_one_ends(hall: Hall) -> None:
    first = hall.enter(Card())
    second = hall.enter(Card(), old=first.token)
    assert second.token != first.token
    assert login.open_session(hall.services, first.token) is None


def test_a_session_is_over_after_logout_and_logging_out_twice_is_fine(hall: Hall) -> None:
    opened, other = hall.enter(Card()), hall.enter(Card(), "c" * 43)
    for _ in range(2):
        login.logout(hall.services, opened.token)
        assert login.open_session(hall.services, opened.token) is None
    assert login.open_session(hall.services, other.token), "another browser was logged out too"
    login.logout(hall.services, "")


# ---------------------------------------------------------------------------- the letter code
def test_a_code_links_once_and_the_session_gets_a_new_token(hall: Hall) -> None:
    opened, code = hall.enter(Card()), hall.code()
    linked = login.link(hall.services, opened.token, code.lower().replace("-", " "))
    assert (linked.linked, linked.account) == (True, opened.account)
    assert login.open_session(hall.services, opened.token) is None
    assert login.open_session(hall.services, linked.token)
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
    assert login.open_session(hall.services, renewed.token) is None
    assert login.open_session(hall.services, elsewhere.token) is None, "of the erased account"
    assert hall.services.store.get("account", renewed.account) is None
    assert hall.acts().count("card_added") == 1


def test_without_a_session_no_code_is_looked_at(hall: Hall) -> None:
    code = hall.code()
    opened = hall.enter(Card())
    login.logout(hall.services, opened.token)
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
