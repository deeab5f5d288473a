"""Login, session and letter code over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.pretend_signer import Authority, Card
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import login, residents
from todoke.ports import Services
from todoke.web.app import create_app


class Browser:
    """A browser at the portal's login page."""

    def __init__(self, services: Services, client: FlaskClient | None = None) -> None:
        self.services = services
        self.origin = services.config.public_url
        self.client = client or create_app(services, only=["identity"]).test_client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {"Origin": self.origin, **headers}
        return self.client.open(path, method=method, base_url=self.origin, headers=given, json=body)

    def challenge(self) -> str:
        made = self.call("POST", "/api/login/challenge", {})
        assert made.status_code == 201
        return str(made.get_json()["nonce"])

    def log_in(self, card: Card) -> TestResponse:
        return self.call("POST", "/api/login", card.answer(self.challenge(), self.origin))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = assemble.fake(tmp_path)
    Authority().trusted_in(made.config.data)
    return made


@pytest.fixture
def browser(services: Services) -> Browser:
    return Browser(services)


def test_a_card_logs_in_links_by_letter_and_logs_out(browser: Browser, services: Services) -> None:
    entered = browser.log_in(Card())
    assert entered.status_code == 201, entered.text
    account = entered.get_json()["account"]
    assert browser.call("GET", "/api/me").get_json()["name"] is None
    resident = residents.demonstration(services)
    code = login.new_letter_code(services, resident.id)
    linked = browser.call("POST", "/api/me/link", {"code": code}, **{"Todoke-Account": account})
    assert linked.get_json()["linked"] is True, linked.text
    me = browser.call("GET", "/api/me").get_json()
    assert (me["account"], me["linked"], me["name"]) == (account, True, resident.name)
    assert browser.call("POST", "/api/logout").status_code == 200
    assert browser.call("GET", "/api/me").status_code == 401
    assert browser.call("POST", "/api/logout").status_code == 200


def test_a_session_made_for_other_tests_is_one(services: Services) -> None:
    session = logged_in(services)
    client = session.on(create_app(services, only=["identity"]).test_client(), services)
    me = client.get("/api/me", base_url=services.config.public_url)
    assert me.get_json()["account"] == session.account
    assert me.get_json()["name"] == "見本 はなこ"
    assert logged_in(services).account == session.account
    other = logged_in(services, number="0000000002", name="見本 たろう")
    assert other.account != session.account
    assert logged_in(services, linked=False).resident == ""
