"""デジタル認証アプリ, and a phone that lets a PC in, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.authenticator import Authenticator
from tests.parts.hostile_openid import HostileOpenId
from tests.parts.pretend_signer import Authority, Card
from tests.web.test_identity import Browser, refused
from todoke.adapters.fakes import TurnedClock
from todoke.core import jws
from todoke.journeys import login, residents, session
from todoke.ports import Services


@pytest.fixture
def provider() -> Iterator[HostileOpenId]:
    with HostileOpenId() as made:
        yield made


@pytest.fixture
def services(tmp_path: Path, provider: HostileOpenId) -> Services:
    made = provider.city(tmp_path)
    Authority().trusted_in(tmp_path)
    return made


def asked(browser: Browser) -> str:
    """The provider's page."""
    made = browser.call("POST", "/api/login/app/begin", {})
    assert made.status_code == 201, made.text
    return str(made.get_json()["url"])


# ----------------------------------------------------------------------------------- the app
def test_the_app_logs_in_and_the_session_is_in_a_cookie(
    services: Services, provider: HostileOpenId
) -> None:
    browser = Browser(services)
    body = provider.back(asked(browser))
    entered = browser.call("POST", "/api/login/app", body)
    assert (entered.status_code, entered.get_json()["tier"]) == (201, 2), entered.text
    assert len(browser.cookie("todoke")) == 43
    assert browser.cookie("todoke-pre") == ""
    again = browser.call("POST", "/api/login/app", body)
    refused(again, 401, "app_refused")


def test_every_refusal_of_the_app_says_the_same(
    services: Services, provider: HostileOpenId
) -> None:
    browser, said = Browser(services), set()
    for fault in ("alg none", "expired", "a weaker proof", "another nonce"):
        provider.fault = ""
        body = provider.back(asked(browser))
        provider.fault = fault
        answer = browser.call("POST", "/api/login/app", body)
        refused(answer, 401, "app_refused")
        said.add(answer.text)
        assert browser.cookie("todoke") == ""
    assert len(said) == 1


def test_a_page_of_another_site_begins_and_ends_nothing(
    services: Services, provider: HostileOpenId
) -> None:
    browser = Browser(services)
    body = provider.back(asked(browser))
    for path, sent in (("/api/login/app/begin", {}), ("/api/login/app", body)):
        answer = browser.call("POST", path, sent, Origin="https://evil.example")
        refused(answer, 403, "wrong_origin")
    assert browser.call("POST", "/api/login/app", body).status_code == 201


def test_the_provider_learns_our_public_key_and_nothing_more(services: Services) -> None:
    told = Browser(services).call("GET", "/api/login/app/keys").get_json()
    assert set(told["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert list(jws.public_keys(told)) == [told["keys"][0]["kid"]]


def test_the_app_is_added_by_its_owner_alone(services: Services, provider: HostileOpenId) -> None:
    browser = Browser(services)
    refused(browser.call("POST", "/api/me/app/begin", {}), 401, "login_needed")
    account = browser.log_in(Card()).get_json()["account"]
    made = browser.call("POST", "/api/me/app/begin", {})
    body = provider.back(made.get_json()["url"])
    stranger = Browser(services)
    asked(stranger)
    refused(stranger.call("POST", "/api/login/app", body), 401, "app_refused")
    assert browser.call("POST", "/api/login/app", body).get_json()["account"] == account


def test_a_card_and_an_app_are_listed_and_taken_away(
    services: Services, provider: HostileOpenId
) -> None:
    browser = Browser(services)
    browser.log_in(Card())
    made = browser.call("POST", "/api/me/app/begin", {})
    browser.call("POST", "/api/login/app", provider.back(made.get_json()["url"]))
    (card,) = browser.call("GET", "/api/me/cards").get_json()["cards"]
    (app,) = browser.call("GET", "/api/me/app").get_json()["apps"]
    for each in (card, app):
        assert set(each) == {"id", "created_at", "used_at"}
    stranger = Browser(services)
    refused(stranger.call("DELETE", f"/api/me/cards/{card['id']}"), 401, "login_needed")
    stranger.log_in(Card(serial=4712))
    refused(stranger.call("DELETE", f"/api/me/cards/{card['id']}"), 404, "not_found")
    refused(stranger.call("DELETE", f"/api/me/app/{app['id']}"), 404, "not_found")
    refused(browser.call("DELETE", f"/api/me/app/{card['id']}"), 404, "not_found")
    assert browser.call("DELETE", f"/api/me/cards/{card['id']}").get_json() == {"ok": True}
    assert browser.call("GET", "/api/me/cards").get_json()["cards"] == []
    for meant in ("", "?last=yes"):  # nobody could ever come back to it
        said = refused(
            browser.call("DELETE", f"/api/me/app/{app['id']}{meant}"), 409, "last_way_in"
        )
        assert "need" not in said
    assert browser.call("GET", "/api/me/app").get_json()["apps"] == [app]


@pytest.mark.parametrize("path", ["cards", "passkeys", "app"])
def test_a_residents_last_way_in_goes_when_the_call_says_that_it_is_meant(
    services: Services, provider: HostileOpenId, path: str
) -> None:
    browser, phone = Browser(services), Authenticator()
    if path == "cards":
        entered = browser.log_in(Card())
    elif path == "app":
        entered = browser.call("POST", "/api/login/app", provider.back(asked(browser)))
    else:
        options = browser.call("POST", "/api/passkeys/options", {}).get_json()["options"]
        made = phone.create(options, services.config.public_url)
        entered = browser.call("POST", "/api/passkeys", made)
    browser.account = entered.get_json()["account"]
    person = residents.demonstration(services)
    code = login.new_letter_code(services, person.id)
    linked = browser.call("POST", "/api/me/link", {"code": code})
    assert linked.status_code == 200, linked.text
    answer = browser.call("GET", f"/api/me/{path}").get_json()
    (way,) = answer["apps" if path == "app" else path]
    at = f"/api/me/{path}/{way['id']}"
    for unsaid in ("", "?last=", "?last=no", "?last=1", "?first=yes"):
        said = refused(browser.call("DELETE", f"{at}{unsaid}"), 409, "last_way_in")
        assert said["need"] == "last"
    elsewhere = browser.call("DELETE", f"{at}?last=yes", Origin="https://evil.example")
    refused(elsewhere, 403, "wrong_origin")
    assert browser.call("DELETE", f"{at}?last=yes").get_json() == {"ok": True}
    refused(browser.call("GET", "/api/me"), 401, "login_needed")


@pytest.mark.parametrize("path", ["cards", "app"])
def test_a_page_of_another_site_or_an_old_login_takes_nothing_away(
    provider: HostileOpenId, tmp_path: Path, path: str
) -> None:
    clock = TurnedClock()
    browser = Browser(provider.city(tmp_path, clock))
    Authority().trusted_in(tmp_path)
    browser.log_in(Card())
    there = browser.call("DELETE", f"/api/me/{path}/x", Origin="https://evil.example")
    assert there.status_code == 403
    clock.turn(session.FRESH_SECONDS + 1)
    answer = browser.call("DELETE", f"/api/me/{path}/x")
    assert refused(answer, 403, "proof_needed")["need"] == "fresh"


# --------------------------------------------------------------------------------- the phone
def begun(pc: Browser, need: str = "any") -> dict[str, Any]:
    """The PC's picture and number."""
    made = pc.call("POST", "/api/login/phone/begin", {"need": need})
    assert made.status_code == 201, made.text
    return dict(made.get_json())


def test_a_pc_waits_and_is_let_in(services: Services) -> None:
    pc, phone = Browser(services), Browser(services)
    account = phone.log_in(Card()).get_json()["account"]
    told = begun(pc)
    waiting = pc.call("POST", "/api/login/phone", {"code": told["code"]})
    assert (waiting.status_code, waiting.get_json()) == (202, {"ok": True, "wait": 2})
    seen = phone.call("POST", "/api/me/phone/look", {"code": told["code"]}).get_json()
    assert (seen["site"], seen["tier"]) == (services.config.portal_host, 1)
    assert "number" not in seen
    typed = {"code": told["code"], "number": str(told["number"])}
    assert phone.call("POST", "/api/me/phone/allow", typed).status_code == 200
    let_in = pc.call("POST", "/api/login/phone", {"code": told["code"]})
    assert (let_in.status_code, let_in.get_json()["account"]) == (201, account)
    assert pc.cookie("todoke") not in ("", phone.cookie("todoke"))
    refused(pc.call("POST", "/api/login/phone", {"code": told["code"]}), 401, "challenge_spent")


def test_a_phone_that_is_nobody_or_another_page_of_it_allows_nothing(services: Services) -> None:
    pc, phone = Browser(services), Browser(services)
    told = begun(pc)
    typed = {"code": told["code"], "number": str(told["number"])}
    refused(phone.call("POST", "/api/me/phone/allow", typed), 401, "login_needed")
    phone.log_in(Card())
    other = phone.call("POST", "/api/me/phone/allow", typed, **{"Todoke-Account": "U-0"})
    refused(other, 409, "other_person")
    elsewhere = phone.call("POST", "/api/me/phone/allow", typed, Origin="https://evil.example")
    refused(elsewhere, 403, "wrong_origin")
    assert pc.call("POST", "/api/login/phone", {"code": told["code"]}).status_code == 202


@pytest.mark.parametrize("need", ["", "2", "cards", "あ"])
def test_what_a_pc_needs_is_one_of_two_words(services: Services, need: str) -> None:
    answer = Browser(services).call("POST", "/api/login/phone/begin", {"need": need})
    refused(answer, 422, "bad_field")
