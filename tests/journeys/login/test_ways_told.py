"""What a person hears of her ways in, and that her last one goes only when she means it: also when
the program ends in between, and when two things happen at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.login.test_passkeys import added, at_once, begun, entered, found, origin
from tests.journeys.login.test_ways_kept import OTHER, apped, carded, kept, letters, linked
from tests.parts.authenticator import Authenticator
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.hostile_openid import HostileOpenId
from tests.parts.payer import CrashError, CrashingStore
from tests.parts.pretend_signer import Card
from todoke.core.words import LANGUAGES
from todoke.journeys import address, app_login, login, passkeys, session, ways_in
from todoke.journeys.address import Letter
from todoke.journeys.session import Opened
from todoke.journeys.ways_in import Way
from todoke.ports import MAX_PAGE, Write

MEANS = ("card", "app", "passkey")


@pytest.fixture
def hall(app_hall: Hall) -> Hall:
    return app_hall


class Meanwhile:
    """A store on which something else happens right before the first commit."""

    def __init__(self, store: Any, act: Callable[[], object]) -> None:
        self.store, self.acts = store, [act]

    def commit(self, writes: Sequence[Write]) -> None:
        """As ``ports.Store.commit``."""
        if self.acts:
            self.acts.pop()()
        self.store.commit(writes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def whole(hall: Hall, provider: HostileOpenId) -> Opened:
    """A resident with a card, the app and a passkey."""
    opened = linked(hall, apped(hall, provider, hall.enter(Card())))
    added(hall, Authenticator(), opened)
    return opened


def id_of(hall: Hall, opened: Opened, means: str) -> str:
    if means == "passkey":
        return passkeys.of_account(hall.services, hall.account(opened))[0].id
    return kept(hall, opened, means)[0].id


def take(hall: Hall, opened: Opened, means: str, *, last: bool = False) -> None:
    way = Way(means, id_of(hall, opened, means))
    ways_in.remove(hall.services, *found(hall, opened), way, last=last)


def said(hall: Hall) -> list[str]:
    """Kinds of all letters, whoever they are to."""
    rows = hall.services.store.walk("addressed_notice", MAX_PAGE).records
    return sorted(str(each.data["kind"]) for each in rows)


# ------------------------------------------------------------------------------ taken away
@pytest.mark.parametrize("means", MEANS)
def test_a_resident_gets_a_letter_of_each_that_is_taken_away(
    hall: Hall, provider: HostileOpenId, means: str
) -> None:
    """Whoever has her session for a minute would take hers away, and she would notice when she
    cannot come in."""
    opened = whole(hall, provider)
    before = {each.id for each in letters(hall, opened)}
    resident = str(hall.account(opened).data["resident"])
    take(hall, opened, means)
    rows = hall.services.store.find("addressed_by_resident", resident).records
    (row,) = [each for each in rows if each.id not in before]
    letter = address.opened(hall.services, row)
    assert letter.kind == f"{means}_removed"
    assert letter.link == "/account.html"
    assert set(letter.title) == set(letter.body) == set(LANGUAGES)
    assert "すぐに市へ電話" in letter.body["ja"]
    assert hall.services.store.get("outbox", f"addressed.{letter.id}")
    assert hall.acts()[-1] == f"{means}_removed"


def test_of_an_account_of_nobody_nobody_is_told(hall: Hall) -> None:
    opened = carded(hall, begun(hall, Authenticator()))
    take(hall, opened, "passkey")
    assert said(hall) == []


# ------------------------------------------------------------------------------ in one commit
def act_of(hall: Hall, provider: HostileOpenId, opened: Opened, name: str) -> Callable[[Any], Any]:
    """What adds one or takes one away, all but the commit made ready."""
    mine, account = found(hall, opened)
    if name == "card_added":
        answer = hall.answer(Card(serial=4799))
        return lambda city: login.add_card(city, BROWSER, answer, opened.token)
    if name == "app_added":
        back = provider.back(app_login.ask_more(hall.services, BROWSER, mine, account))
        return lambda city: app_login.enter(city, BROWSER, back, opened.token)
    if name == "passkey_added":
        options = passkeys.ask_more(hall.services, BROWSER, mine, account)
        made = Authenticator().create(options, origin(hall))
        return lambda city: passkeys.add(city, BROWSER, made, mine, account)
    means = name.removesuffix("_removed")
    way = Way(means, id_of(hall, opened, means))
    return lambda city: ways_in.remove(city, mine, account, way)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "name", [f"{each}_{did}" for each in MEANS for did in ("added", "removed")]
)
def test_no_crash_parts_a_way_in_from_its_letter(
    hall: Hall, provider: HostileOpenId, name: str, when: str
) -> None:
    opened = linked(hall, hall.enter(Card()))
    added(hall, Authenticator(), opened)
    if name == "app_removed":
        opened = apped(hall, provider, opened)
    before, letters_before = credentials(hall), said(hall).count(name)
    acts_before = hall.acts().count(name)
    act = act_of(hall, provider, opened, name)
    broken = replace(hall.services, store=CrashingStore(hall.services.store, [when]))
    with pytest.raises(CrashError):
        act(broken)
    changed = credentials(hall) != before
    assert changed == (when == "after")
    assert said(hall).count(name) - letters_before == changed
    pushed = hall.services.store.walk("outbox", MAX_PAGE).records
    assert sum(each.id.startswith("addressed.") for each in pushed) == len(said(hall))
    assert hall.acts().count(name) - acts_before == changed


def credentials(hall: Hall) -> set[str]:
    return {each.id for each in hall.services.store.walk("credential", MAX_PAGE).records}


def test_a_passkey_added_while_the_account_gets_its_resident_is_told_of(hall: Hall) -> None:
    """Whose it was when the page was opened is not whose it is in the commit."""
    opened = begun(hall, Authenticator())
    mine, account = found(hall, opened)
    options = passkeys.ask_more(hall.services, BROWSER, mine, account)
    made = Authenticator().create(options, origin(hall))
    linked(hall, opened)
    passkeys.add(hall.services, BROWSER, made, mine, account)
    assert said(hall) == ["passkey_added", "ways_linked"]


def test_a_card_added_while_the_account_gets_its_resident_is_told_of(hall: Hall) -> None:
    phone = Authenticator()
    opened = begun(hall, phone)
    other = entered(hall, phone, OTHER)
    answer = hall.answer(Card(serial=4799))
    code = hall.code()
    store = Meanwhile(hall.services.store, lambda: login.link(hall.services, other.token, code))
    login.add_card(replace(hall.services, store=store), BROWSER, answer, opened.token)
    assert said(hall) == ["card_added", "ways_linked"]


def test_nothing_is_added_to_an_account_that_went_at_this_moment(hall: Hall) -> None:
    """It joined the account that its resident had already."""
    linked(hall, hall.enter(Card()))
    opened = begun(hall, Authenticator(), OTHER)
    mine, account = found(hall, opened)
    options = passkeys.ask_more(hall.services, OTHER, mine, account)
    made = Authenticator().create(options, origin(hall))
    login.link(hall.services, opened.token, hall.code())
    refusal("version_conflict", lambda: passkeys.add(hall.services, OTHER, made, mine, account))
    known = {
        str(each.data["account"])
        for each in hall.services.store.walk("credential", MAX_PAGE).records
    }
    assert account.id not in known


# ------------------------------------------------------------------------------ linked
def newest(hall: Hall, opened: Opened) -> Letter:
    return letters(hall, opened)[0]


@pytest.mark.lists_on_time
def test_the_letter_of_a_link_names_everything_that_opens_the_account(
    hall: Hall, provider: HostileOpenId
) -> None:
    opened = linked(hall, apped(hall, provider, carded(hall, begun(hall, Authenticator()))))
    letter = newest(hall, opened)
    assert letter.kind == "ways_linked"
    assert "マイナンバーカードとデジタル認証アプリとパスキー" in letter.body["ja"]
    assert "card and Digital Authentication App and Passkey" in letter.body["en"]


def test_a_passkey_alone_is_not_called_a_card(hall: Hall) -> None:
    opened = linked(hall, begun(hall, Authenticator()))
    letter = newest(hall, opened)
    assert letter.kind == "ways_linked"
    assert "パスキー" in letter.body["ja"]
    assert "カード" not in letter.body["ja"]


def test_what_joins_the_account_she_has_is_named_as_added(hall: Hall) -> None:
    mine = linked(hall, hall.enter(Card()))
    hall.clock.turn(1)
    other = carded(hall, begun(hall, Authenticator(), OTHER), 4713)
    joined = login.link(hall.services, other.token, hall.code())
    assert joined.account == mine.account
    letter = newest(hall, joined)
    assert letter.kind == "ways_added"
    assert "マイナンバーカードとパスキー" in letter.body["ja"]
    assert {"card_added", "passkey_added"} <= set(hall.acts()[-3:])


# ------------------------------------------------------------------------------ the last one
@pytest.mark.parametrize("means", MEANS)
def test_her_last_way_in_goes_only_when_she_means_it(
    hall: Hall, provider: HostileOpenId, means: str
) -> None:
    if means == "card":
        opened = hall.enter(Card())
    elif means == "app":
        body = provider.back(app_login.ask(hall.services, BROWSER))
        opened = app_login.enter(hall.services, BROWSER, body)
    else:
        opened = begun(hall, Authenticator())
    opened = linked(hall, opened)
    asked = refusal("last_way_in", lambda: take(hall, opened, means))
    assert asked == {"need": "last"}
    assert session.find(hall.services, opened.token)
    take(hall, opened, means, last=True)
    assert credentials(hall) == set()
    assert session.find(hall.services, opened.token) is None
    assert f"{means}_removed" in said(hall)


def test_who_took_her_last_one_out_comes_back_by_a_letter_to_all_that_was_hers(hall: Hall) -> None:
    opened = linked(hall, hall.enter(Card()))
    take(hall, opened, "card", last=True)
    again = linked(hall, begun(hall, Authenticator()))
    assert again.account == opened.account
    assert {"card_linked", "card_removed"} <= {each.kind for each in letters(hall, again)}


def test_the_last_way_into_an_account_of_nobody_stays_whatever_is_meant(hall: Hall) -> None:
    opened = hall.enter(Card())
    asked = refusal("last_way_in", lambda: take(hall, opened, "card", last=True))
    assert asked == {}


@pytest.mark.lists_on_time
def test_of_a_residents_last_two_taken_away_at_once_one_stays(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of them was meant to be her last."""
    opened = linked(hall, carded(hall, begun(hall, Authenticator())))
    mine, account = found(hall, opened)
    ways = [Way(each, id_of(hall, opened, each)) for each in ("card", "passkey")]

    def remove(way: Way) -> None:
        ways_in.remove(hall.services, mine, account, way)

    assert at_once(monkeypatch, remove, ways) == ["last_way_in", "removed"]
    assert len(credentials(hall)) == 1
