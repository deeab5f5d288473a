"""Ways into an account as its owner keeps them: she sees each, hears of each that is added, and
takes each away by the same rules."""

from __future__ import annotations

import pytest

from tests.journeys.login.test_passkeys import added, at_once, begun, entered, found
from tests.parts.authenticator import Authenticator
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.hostile_openid import HostileOpenId
from tests.parts.pretend_signer import Card
from todoke.core.words import LANGUAGES
from todoke.journeys import address, app_login, login, passkeys, session, ways_in
from todoke.journeys.address import Letter
from todoke.journeys.session import Opened
from todoke.journeys.ways_in import Kept, Way

OTHER = "c" * 43


@pytest.fixture
def hall(app_hall: Hall) -> Hall:
    return app_hall


def carded(hall: Hall, opened: Opened, serial: int = 4712) -> Opened:
    """One more card, by the owner of a session."""
    answer = hall.answer(Card(serial=serial))
    return login.add_card(hall.services, BROWSER, answer, opened.token)


def apped(hall: Hall, provider: HostileOpenId, opened: Opened) -> Opened:
    """The app, by the owner of a session."""
    body = provider.back(app_login.ask_more(hall.services, BROWSER, *found(hall, opened)))
    return app_login.enter(hall.services, BROWSER, body, opened.token)


def linked(hall: Hall, opened: Opened) -> Opened:
    """The same account, of a resident."""
    return login.link(hall.services, opened.token, hall.code())


def kept(hall: Hall, opened: Opened, means: str) -> list[Kept]:
    return list(ways_in.kept(hall.services, hall.account(opened), means))


def take(hall: Hall, opened: Opened, means: str, id: str) -> None:
    ways_in.remove(hall.services, *found(hall, opened), Way(means, id))


def letters(hall: Hall, opened: Opened) -> list[Letter]:
    """Of the account's resident, the newest first."""
    resident = str(hall.account(opened).data["resident"])
    listed = address.of_resident(hall.services, resident).records
    return [address.opened(hall.services, each) for each in listed]


# ---------------------------------------------------------------------------------- seeing them
@pytest.mark.lists_on_time
def test_she_sees_each_with_its_days_and_nothing_that_names_her(
    hall: Hall, provider: HostileOpenId
) -> None:
    opened = begun(hall, Authenticator())
    first = hall.clock.unix()
    opened = carded(hall, opened)
    hall.clock.turn(600)
    opened = apped(hall, provider, opened)
    (card,), (app,) = (kept(hall, opened, each) for each in ("card", "app"))
    assert (card.created_at, card.used_at) == (first, first)
    assert (app.created_at, app.used_at) == (first + 600, first + 600)
    assert Kept.__slots__ == ("id", "created_at", "used_at")


# ------------------------------------------------------------------------------ hearing of them
def test_a_resident_gets_a_letter_of_each_that_is_added(
    hall: Hall, provider: HostileOpenId
) -> None:
    opened = linked(hall, hall.enter(Card()))
    added(hall, Authenticator(), opened)
    hall.clock.turn(1)
    opened = carded(hall, opened)
    hall.clock.turn(1)
    opened = apped(hall, provider, opened)
    told = letters(hall, opened)[:3]
    assert [each.kind for each in told] == ["app_added", "card_added", "passkey_added"]
    for each in told:
        assert each.link == "/account.html"
        assert each.about == f"account/{opened.account}"
        assert set(each.title) == set(each.body) == set(LANGUAGES)
        pushed = hall.services.store.get("outbox", f"addressed.{each.id}")
        assert pushed is not None


def test_what_is_known_already_is_no_news(hall: Hall, provider: HostileOpenId) -> None:
    opened = linked(hall, hall.enter(Card()))
    opened = apped(hall, provider, carded(hall, opened))
    before = len(letters(hall, opened))
    opened = apped(hall, provider, carded(hall, opened))
    assert len(letters(hall, opened)) == before


def test_an_account_of_nobody_gets_no_letter(hall: Hall, provider: HostileOpenId) -> None:
    opened = hall.enter(Card())
    added(hall, Authenticator(), opened)
    opened = apped(hall, provider, carded(hall, opened))
    assert hall.account(opened).data["resident"] is None
    assert {"passkey_added", "card_added", "app_added"} <= set(hall.acts())


# ------------------------------------------------------------------------------ taking them away
@pytest.mark.parametrize("means", ["card", "app"])
def test_what_was_added_is_taken_away_and_what_it_opened_ends(
    hall: Hall, provider: HostileOpenId, means: str
) -> None:
    phone = Authenticator()
    opened = begun(hall, phone)
    stranger = carded(hall, opened) if means == "card" else apped(hall, provider, opened)
    mine = entered(hall, phone, OTHER)
    id = str(found(hall, stranger)[0].data["credential"])
    take(hall, mine, means, id)
    assert session.find(hall.services, stranger.token) is None
    assert session.find(hall.services, mine.token)
    assert hall.services.store.get("credential", id) is None
    assert hall.acts()[-1] == f"{means}_removed"
    if means == "card":
        again = hall.enter(Card(serial=4712), OTHER)
        assert again.account != opened.account, "it opens an account of its own, as any card does"


@pytest.mark.parametrize("means", ["card", "app"])
def test_an_old_proof_takes_nothing_away(hall: Hall, provider: HostileOpenId, means: str) -> None:
    opened = linked(hall, apped(hall, provider, hall.enter(Card())))
    id = kept(hall, opened, means)[0].id
    hall.clock.turn(session.FRESH_SECONDS + 1)
    said = refusal("proof_needed", lambda: take(hall, opened, means, id))
    assert said["need"] == "fresh"
    assert hall.services.store.get("credential", id)


def test_the_only_way_into_an_account_of_nobody_stays(hall: Hall, provider: HostileOpenId) -> None:
    opened = hall.enter(Card())
    id = str(found(hall, opened)[0].data["credential"])
    refusal("last_way_in", lambda: take(hall, opened, "card", id))
    body = provider.back(app_login.ask(hall.services, OTHER))
    other = app_login.enter(hall.services, OTHER, body)
    id = str(found(hall, other)[0].data["credential"])
    refusal("last_way_in", lambda: take(hall, other, "app", id))


@pytest.mark.lists_on_time
def test_of_a_card_and_a_passkey_taken_away_at_once_one_stays(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = carded(hall, begun(hall, Authenticator()))
    mine, account = found(hall, opened)
    ways = [Way("card", kept(hall, opened, "card")[0].id)]
    ways += [Way("passkey", passkeys.of_account(hall.services, account)[0].id)]

    def remove(way: Way) -> None:
        ways_in.remove(hall.services, mine, account, way)

    assert at_once(monkeypatch, remove, ways) == ["last_way_in", "removed"]


def test_a_list_that_lags_does_not_count_what_was_taken_away(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of AWS may still name it for a second (docs/adr/0009)."""
    phone = Authenticator()
    opened = begun(hall, phone)
    carded(hall, opened)
    mine = entered(hall, phone, OTHER)
    store = hall.services.store
    before = store.find("credentials_by_account", opened.account)
    take(hall, mine, "card", kept(hall, mine, "card")[0].id)
    passkey = str(found(hall, mine)[0].data["credential"])
    # a patch: the emulation's lists lag only in `make soak`
    monkeypatch.setattr(type(store), "find", lambda *_given, **_named: before)
    assert len(before.records) == 2
    refusal("last_way_in", lambda: take(hall, mine, "passkey", passkey))


@pytest.mark.parametrize("means", ["card", "app"])
def test_those_of_others_and_of_other_means_are_not_there(
    hall: Hall, provider: HostileOpenId, means: str
) -> None:
    opened = apped(hall, provider, hall.enter(Card()))
    other = begun(hall, Authenticator(), OTHER)
    theirs = str(found(hall, other)[0].data["credential"])
    refusal("not_found", lambda: take(hall, opened, means, theirs))
    own = kept(hall, opened, "app" if means == "card" else "card")[0].id
    refusal("not_found", lambda: take(hall, opened, means, own))
    refusal("not_found", lambda: take(hall, opened, means, "nobody"))


def test_somebody_let_in_by_a_phone_takes_nothing_away(hall: Hall) -> None:
    """Who holds the phone's session for a minute is not who proved herself."""
    opened = linked(hall, hall.enter(Card()))
    mine, account = found(hall, opened)
    proof = session.Proof(session.HANDED, str(mine.data["credential"]), "", session.CARD)
    handed, writes = session.opening(hall.services, account, proof)
    hall.services.store.commit(writes)
    id = kept(hall, opened, "card")[0].id
    refusal("proof_needed", lambda: take(hall, handed, "card", id))
