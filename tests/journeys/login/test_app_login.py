"""デジタル認証アプリ: whoever its provider vouches for gets a session; nothing else does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.hostile_openid import CLAIMS, OUTAGES, TOKENS, HostileOpenId
from tests.parts.pretend_signer import Card
from todoke.adapters import openid
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.core.errors import TodokeError
from todoke.journeys import app_login, audit, login, session
from todoke.journeys.session import CARD, Opened
from todoke.ports import Record

pytestmark = pytest.mark.also_late
OTHER = "c" * 43


@pytest.fixture
def hall(app_hall: Hall) -> Hall:
    return app_hall


def asked(hall: Hall, browser: str = BROWSER) -> str:
    """The provider's page."""
    return app_login.ask(hall.services, browser)


def entered(hall: Hall, provider: HostileOpenId, browser: str = BROWSER) -> Opened:
    """The whole login."""
    return app_login.enter(hall.services, browser, provider.back(asked(hall, browser)))


def found(hall: Hall, opened: Opened) -> tuple[Record, Record]:
    """Session and account of a token."""
    both = session.find(hall.services, opened.token)
    assert both is not None
    return both


def why(hall: Hall) -> str:
    """What the record of acts says of the last refusal."""
    [last, *_] = audit.acts(hall.services, audit.month_of(hall.clock.now())).records
    assert last.data["act"] == "login_refused"
    detail = last.data["detail"]
    assert isinstance(detail, Mapping)
    assert detail["means"] == "app"
    return str(detail["why"])


# ------------------------------------------------------------------------------- the way in
def test_the_first_login_opens_an_account_and_the_next_finds_it(
    hall: Hall, provider: HostileOpenId
) -> None:
    opened = entered(hall, provider)
    assert (opened.tier, opened.linked) == (CARD, False)
    again = entered(hall, provider)
    assert again.account == opened.account
    assert again.token != opened.token
    provider.person = "somebody else who is made up"
    assert entered(hall, provider).account != opened.account
    assert hall.acts() == ["session_opened"] * 3
    assert len(provider.proofs) == 3


def test_what_is_asked_is_a_code_with_pkce_a_state_a_nonce_and_a_proof(hall: Hall) -> None:
    first, second = (dict(parse_qsl(urlsplit(asked(hall)).query)) for _ in range(2))
    origin = hall.services.config.public_url
    assert {name: first[name] for name in first if len(first[name]) < 40} == {
        "response_type": "code",
        "client_id": "minatono-city",
        "redirect_uri": f"{origin}/login.html",
        "scope": "openid",
        "code_challenge_method": "S256",
        "acr_values": "aal3",
        "max_age": "300",
    }
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def test_what_is_kept_of_a_person_is_no_subject(hall: Hall, provider: HostileOpenId) -> None:
    opened = entered(hall, provider)
    mine, _ = found(hall, opened)
    credential = hall.services.store.get("credential", str(mine.data["credential"]))
    assert credential is not None
    assert credential.data["means"] == "app"
    assert provider.person not in str(credential) + str(mine)
    assert len(credential.id) == 64


def test_a_letter_code_links_it_as_it_links_a_card(hall: Hall, provider: HostileOpenId) -> None:
    kept = login.link(hall.services, hall.enter(Card(), OTHER).token, hall.code())
    opened = entered(hall, provider)
    linked = login.link(hall.services, opened.token, hall.code())
    assert (linked.account, linked.linked, linked.tier) == (kept.account, True, CARD)
    assert entered(hall, provider).account == kept.account


def test_the_session_this_browser_had_ends(hall: Hall, provider: HostileOpenId) -> None:
    before = hall.enter(Card())
    body = provider.back(asked(hall))
    opened = app_login.enter(hall.services, BROWSER, body, before.token)
    assert opened.account != before.account
    assert session.find(hall.services, before.token) is None


# -------------------------------------------------------------------------------- one account
def more(hall: Hall, provider: HostileOpenId, opened: Opened, token: str | None = None) -> Opened:
    """Its owner says that the app is hers."""
    body = provider.back(app_login.ask_more(hall.services, BROWSER, *found(hall, opened)))
    return app_login.enter(hall.services, BROWSER, body, opened.token if token is None else token)


def test_its_owner_adds_it_to_her_account(hall: Hall, provider: HostileOpenId) -> None:
    carded = hall.enter(Card())
    opened = more(hall, provider, carded)
    assert opened.account == carded.account
    assert session.find(hall.services, carded.token) is None
    assert hall.acts()[-1] == "app_added"
    assert entered(hall, provider, OTHER).account == carded.account
    assert more(hall, provider, opened).account == carded.account, "twice is fine"


def test_the_app_of_another_account_stays_there(hall: Hall, provider: HostileOpenId) -> None:
    theirs = entered(hall, provider, OTHER)
    carded = hall.enter(Card())
    refusal("app_taken", lambda: more(hall, provider, carded))
    assert entered(hall, provider, OTHER).account == theirs.account
    assert session.find(hall.services, carded.token)


def test_whoever_logged_in_meanwhile_did_not_ask_for_it(
    hall: Hall, provider: HostileOpenId
) -> None:
    carded = hall.enter(Card())
    provider.person = "somebody else who is made up"
    other = entered(hall, provider, OTHER)
    provider.person = "a third one who is made up"
    refusal("other_person", lambda: more(hall, provider, carded, other.token))
    refusal("login_needed", lambda: more(hall, provider, carded, ""))
    refusal("login_needed", lambda: more(hall, provider, carded, "x" * 43))


def test_an_old_session_adds_nothing(hall: Hall, provider: HostileOpenId) -> None:
    carded = hall.enter(Card())
    hall.clock.turn(15 * 60 + 1)
    refusal("proof_needed", lambda: more(hall, provider, carded))


# ----------------------------------------------------------------------------------- attacks
@pytest.mark.slow_on_aws
@pytest.mark.parametrize("fault", [*CLAIMS, *TOKENS])
def test_a_wrong_token_opens_nothing_and_is_on_record(
    hall: Hall, provider: HostileOpenId, fault: str
) -> None:
    body = provider.back(asked(hall))
    provider.fault = fault
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, body))
    assert why(hall).startswith("app_")
    assert "app_code" not in why(hall)
    _nobody_came_in(hall)
    provider.fault = ""
    good = provider.back(asked(hall))
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, body))
    assert app_login.enter(hall.services, BROWSER, good).tier == CARD


def _nobody_came_in(hall: Hall) -> None:
    assert "session_opened" not in hall.acts()


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("fault", OUTAGES)
def test_a_provider_out_of_order_is_said_so_and_leaves_nothing_half_done(
    hall: Hall, provider: HostileOpenId, fault: str
) -> None:
    services = hall.services
    reach = Reach(exchange_seconds=1.0)
    app = openid.OpenIdProvider(services.config, services.clock, reach)
    hall = Hall(_with(services, app), hall.clock, hall.folder)
    provider.fault = fault
    begun = time.monotonic()
    refusal("app_unavailable", lambda: entered(hall, provider))
    assert time.monotonic() - begun < 5
    calls = len(provider.calls)
    refusal("app_unavailable", lambda: entered(hall, provider))
    assert len(provider.calls) == calls, "nobody is kept waiting for the next failure"
    _nobody_came_in(hall)
    provider.fault = ""
    hall.clock.turn(6)
    assert entered(hall, provider).tier == CARD


def _with(services: Any, app: openid.OpenIdProvider) -> Any:
    from dataclasses import replace

    return replace(services, app=app)


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("fault", ["garbage", "status 500", "redirect", "endless", "hangs up"])
def test_a_provider_that_fails_in_the_middle_ends_the_question(
    hall: Hall, provider: HostileOpenId, fault: str
) -> None:
    body = provider.back(asked(hall))
    provider.fault = fault
    refusal("app_unavailable", lambda: app_login.enter(hall.services, BROWSER, body))
    assert why(hall) == "app_unavailable"
    _nobody_came_in(hall)
    provider.fault = ""
    hall.clock.turn(6)
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, body))


def test_a_code_that_a_wall_before_the_provider_turns_away_stops_nobody_else(
    hall: Hall, provider: HostileOpenId
) -> None:
    """Else one such code every five seconds keeps a whole city out of this way in."""
    made_up = {**provider.back(asked(hall, OTHER)), "code": "<script>alert(1)</script>"}
    refusal("app_unavailable", lambda: app_login.enter(hall.services, OTHER, made_up))
    assert entered(hall, provider).tier == CARD


def test_a_provider_that_is_away_is_said_so(tmp_path: Path) -> None:
    with HostileOpenId() as gone:
        services = gone.city(tmp_path, TurnedClock())
    refusal("app_unavailable", lambda: app_login.ask(services, BROWSER))


def test_an_answer_is_good_once_in_its_own_browser_for_five_minutes(
    hall: Hall, provider: HostileOpenId
) -> None:
    body = provider.back(asked(hall))
    refusal("app_refused", lambda: app_login.enter(hall.services, OTHER, body))
    assert app_login.enter(hall.services, BROWSER, body)
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, body))
    late = provider.back(asked(hall))
    hall.clock.turn(301)
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, late))


def test_a_code_of_somebody_else_opens_nothing_in_this_browser(
    hall: Hall, provider: HostileOpenId
) -> None:
    """Login CSRF: he puts his own code before her, with a state of hers or of his."""
    his = provider.back(asked(hall, OTHER))
    hers = provider.back(asked(hall))
    swapped = {**hers, "code": his["code"]}
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, his))
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, swapped))
    assert why(hall) == "app_code"  # PKCE: the code belongs to another question
    _nobody_came_in(hall)


@pytest.mark.parametrize("iss", ["https://evil.example", "", None])
def test_an_answer_of_another_provider_is_never_shown_to_this_one(
    hall: Hall, provider: HostileOpenId, iss: str | None
) -> None:
    """Mix-up (RFC 9207): no code leaves for the token endpoint."""
    body = provider.back(asked(hall))
    body.pop("iss")
    named = body if iss is None else {**body, "iss": iss}
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, named))
    assert why(hall) == "app_sender"
    assert "token" not in provider.calls


def test_a_question_for_a_card_or_passkey_is_none_for_the_app(
    hall: Hall, provider: HostileOpenId
) -> None:
    body = provider.back(asked(hall))
    nonce = str(hall.answer(Card())["nonce"])
    other = {**body, "state": nonce}
    refusal("app_refused", lambda: app_login.enter(hall.services, BROWSER, other))


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("field", ["state", "code", "iss"])
@pytest.mark.parametrize("value", ["あ", "A" * 3000, "a\nb", 5, None, ["x"]])
def test_malformed_answers_are_refused_before_anything_is_looked_up(
    hall: Hall, provider: HostileOpenId, field: str, value: object
) -> None:
    body: dict[str, object] = {**provider.back(asked(hall)), field: value}
    calls = len(provider.calls)
    code = "app_refused"
    refusal(code, lambda: app_login.enter(hall.services, BROWSER, body))
    refusal(code, lambda: app_login.enter(hall.services, BROWSER, {**body, "more": "x"}))
    assert len(provider.calls) == calls
    _nobody_came_in(hall)


def test_ten_answers_at_once_make_one_account(hall: Hall, provider: HostileOpenId) -> None:
    body = provider.back(asked(hall))

    def enter(_: int) -> str:
        try:
            return app_login.enter(hall.services, BROWSER, body).account
        except TodokeError as error:
            return error.code

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(enter, range(10)))
    came_in = [each for each in said if each.startswith("U-")]
    assert len(came_in) <= 1  # where a refused try was quicker, nobody came in
    assert set(said) - set(came_in) <= {"challenge_spent", "app_refused", "app_unavailable"}


# ------------------------------------------------------------------------------ the provider
def test_a_new_key_of_the_provider_is_learnt_and_strangers_make_no_calls(
    hall: Hall, provider: HostileOpenId
) -> None:
    entered(hall, provider)
    assert provider.calls.count("certs") == 1
    entered(hall, provider)
    assert provider.calls.count("certs") == 1, "kept for an hour"
    provider.key = provider.other
    refusal("app_refused", lambda: entered(hall, provider))
    assert why(hall) == "app_token_unknown_key"
    assert provider.calls.count("certs") == 1, "not asked again within a minute"
    hall.clock.turn(61)
    assert entered(hall, provider).tier == CARD
    assert provider.calls.count("certs") == 2


def test_a_clock_that_is_half_a_minute_off_is_no_reason(
    hall: Hall, provider: HostileOpenId
) -> None:
    clock = TurnedClock()
    provider.now = clock.unix
    for seconds in (-29, 58):
        clock.turn(seconds)
        body = provider.back(asked(hall))
        assert app_login.enter(hall.services, BROWSER, body)


def test_where_no_age_was_asked_the_token_needs_not_say_when(
    tmp_path: Path, provider: HostileOpenId
) -> None:
    services = provider.city(tmp_path, TurnedClock(), max_age=0)
    provider.fault = "proved who knows when"
    body = provider.back(app_login.ask(services, BROWSER))
    assert app_login.enter(services, BROWSER, body).tier == CARD


def test_a_city_that_has_set_none_has_no_such_way(tmp_path: Path) -> None:
    from todoke import assemble

    services = assemble.fake(tmp_path)
    refusal("not_found", lambda: app_login.ask(services, BROWSER))
    refusal("not_found", lambda: app_login.public_keys(services))
