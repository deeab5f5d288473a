"""Login, session and letter code over HTTP."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.bridge import Bridge
from tests.parts.city import City, free_port
from tests.parts.pretend_signer import Authority, Card
from tests.parts.resident import Resident, logged_in
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import login, residents, session
from todoke.ports import Services
from todoke.web.app import create_app


class Browser:
    """A browser at the portal's login page."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.origin = services.config.public_url
        self.client: FlaskClient = create_app(services, only=["identity"]).test_client()
        self.account = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """body: JSON value, or bytes as they are."""
        given = {"Origin": self.origin, "Content-Type": "application/json", **headers}
        if self.account:
            given.setdefault("Todoke-Account", self.account)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.open(path, method=method, base_url=self.origin, headers=given, data=data)

    def challenge(self) -> str:
        """A fresh one."""
        made = self.call("POST", "/api/login/challenge", {})
        assert made.status_code == 201, made.text
        return str(made.get_json()["nonce"])

    def log_in(self, card: Card) -> TestResponse:
        """The whole login; the page then knows the account."""
        answer = self.call("POST", "/api/login", card.answer(self.challenge(), self.origin))
        self.account = answer.get_json().get("account", "")
        return answer

    def cookie(self, name: str) -> str:
        """Value of a cookie this browser holds."""
        found = self.client.get_cookie(name)
        return found.value if found else ""


def _city(folder: Path, **settings: Any) -> Services:
    made = assemble.fake(folder, **settings)
    Authority().trusted_in(made.config.data)
    return made


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return _city(tmp_path)


@pytest.fixture
def browser(services: Services) -> Browser:
    return Browser(services)


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    body = answer.get_json()
    assert (answer.status_code, body["error"]) == (status, code), answer.text
    assert {"ok", "error", "message", "advice"} <= set(body)
    assert body["ok"] is False
    assert body["message"]
    assert body["advice"]
    assert "{" not in body["message"] + body["advice"]
    assert "no-store" in answer.headers["Cache-Control"]
    return dict(body)


def test_a_card_logs_in_links_by_letter_and_logs_out(browser: Browser, services: Services) -> None:
    entered = browser.log_in(Card())
    assert entered.status_code == 201, entered.text
    assert browser.call("GET", "/api/me").get_json()["name"] is None
    resident = residents.demonstration(services)
    code = login.new_letter_code(services, resident.id)
    linked = browser.call("POST", "/api/me/link", {"code": code})
    assert linked.get_json()["linked"] is True, linked.text
    me = browser.call("GET", "/api/me").get_json()
    assert (me["account"], me["linked"], me["name"]) == (browser.account, True, resident.name)
    out = browser.call("POST", "/api/logout")
    assert (out.status_code, out.headers["Clear-Site-Data"]) == (200, '"cache"')
    refused(browser.call("GET", "/api/me"), 401, "login_needed")
    assert browser.call("POST", "/api/logout").status_code == 200


def test_out_everywhere_ends_every_session_and_leaves_no_page_of_hers(
    browser: Browser, services: Services
) -> None:
    other = Browser(services)
    for each in (browser, other):
        each.log_in(Card())
    out = browser.call("POST", "/api/logout/everywhere")
    assert (out.status_code, out.headers["Clear-Site-Data"]) == (200, '"cache"')
    for each in (browser, other):
        assert each.call("GET", "/api/me").status_code == 401


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


# ------------------------------------------------------------------------------- the cookies
@pytest.mark.parametrize(
    ("url", "prefix"), [("https://city.example", "__Host-"), ("http://localhost:8080", "")]
)
def test_the_cookies_are_for_no_script_and_no_other_host(
    url: str, prefix: str, tmp_path: Path
) -> None:
    browser = Browser(_city(tmp_path, public_url=url))
    made = browser.call("POST", "/api/login/challenge", {})
    body = Card().answer(made.get_json()["nonce"], url)
    entered = browser.call("POST", "/api/login", body)
    pre, (gone, session, known) = made.headers["Set-Cookie"], entered.headers.getlist("Set-Cookie")
    for line, name, seconds in (
        (pre, "todoke-pre", 300),
        (gone, "todoke-pre", 0),
        (session, "todoke", 12 * 3600),
        (known, "todoke-known", 180 * 86400),
    ):
        assert line.startswith(f"{prefix}{name}=")
        for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={seconds}"):
            assert part in line
        assert "Domain" not in line
        assert ("Secure" in line) == bool(prefix)


def test_two_tabs_of_one_browser_may_both_ask(browser: Browser) -> None:
    first, second = browser.challenge(), browser.challenge()
    bodies = [Card().answer(each, browser.origin) for each in (first, second)]
    assert browser.call("POST", "/api/login", bodies[0]).status_code == 201
    refused(browser.call("POST", "/api/login", bodies[1]), 401, "card_refused")


def test_a_planted_pre_session_of_another_shape_is_not_taken(browser: Browser) -> None:
    browser.client.set_cookie("todoke-pre", "planted", domain="localhost")
    browser.challenge()
    assert len(browser.cookie("todoke-pre")) == 43


def test_a_planted_session_is_never_adopted(browser: Browser) -> None:
    browser.client.set_cookie("todoke", "p" * 43, domain="localhost")
    refused(browser.call("GET", "/api/me"), 401, "login_needed")
    browser.log_in(Card())
    assert browser.cookie("todoke") != "p" * 43


def test_every_login_and_link_changes_the_token_and_ends_the_old_one(browser: Browser) -> None:
    browser.log_in(Card())
    first = browser.cookie("todoke")
    browser.log_in(Card())
    second = browser.cookie("todoke")
    code = login.new_letter_code(browser.services, residents.demonstration(browser.services).id)
    assert browser.call("POST", "/api/me/link", {"code": code}).status_code == 200
    third = browser.cookie("todoke")
    assert len({first, second, third}) == 3
    for old in (first, second):
        assert session.find(browser.services, old) is None
    browser.call("POST", "/api/logout")
    assert browser.cookie("todoke") == ""
    browser.client.set_cookie("todoke", third, domain="localhost")
    refused(browser.call("GET", "/api/me"), 401, "login_needed")


# --------------------------------------------------------------------------------- strangers
def test_an_answer_is_good_in_the_browser_that_asked_only(
    browser: Browser, services: Services
) -> None:
    body = Card().answer(browser.challenge(), browser.origin)
    thief = Browser(services)
    refused(thief.call("POST", "/api/login", body), 401, "card_refused")
    thief.challenge()
    refused(thief.call("POST", "/api/login", body), 401, "card_refused")
    assert browser.call("POST", "/api/login", body).status_code == 201
    refused(browser.call("POST", "/api/login", body), 401, "card_refused")


@pytest.mark.parametrize("path", ["login/challenge", "login", "logout", "me/link"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://console.localhost:8080"]
)
def test_another_sites_page_cannot_act(browser: Browser, path: str, origin: str) -> None:
    browser.log_in(Card())
    token = browser.cookie("todoke")
    refused(browser.call("POST", f"/api/{path}", {}, Origin=origin), 403, "wrong_origin")
    assert session.find(browser.services, token)


def test_a_page_of_the_person_before_cannot_act_for_the_next(browser: Browser) -> None:
    browser.log_in(Card())
    page_of_the_first = browser.account
    browser.log_in(Card(serial=4712))
    code = {"code": "7K3M-9QXR-2TVA"}
    for named in (page_of_the_first, "", "U-nobody"):
        answer = browser.call("POST", "/api/me/link", code, **{"Todoke-Account": named})
        refused(answer, 409, "other_person")
        if named:
            me = browser.call("GET", "/api/me", **{"Todoke-Account": named})
            refused(me, 409, "other_person")


def test_a_flood_of_challenges_from_one_line_is_slowed_down(browser: Browser) -> None:
    def ask(address: str) -> TestResponse:
        return browser.client.post(
            "/api/login/challenge",
            base_url=browser.origin,
            headers={"Origin": browser.origin},
            json={},
            environ_base={"REMOTE_ADDR": address},
        )

    codes = [ask("203.0.113.7").status_code for _ in range(70)]
    assert codes.count(201) == 60
    assert refused(ask("203.0.113.7"), 429, "too_many_requests")
    assert ask("203.0.113.8").status_code == 201


# ----------------------------------------------------------------------------- hostile bodies
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("login/challenge", b"", 400, "bad_json"),
        ("login/challenge", b"[]", 400, "bad_json"),
        ("login/challenge", {"purpose": "sign"}, 422, "unknown_field"),
        ("login", b"{", 401, "card_refused"),
        ("login", b'{"nonce": "a", "nonce": "b"}', 401, "card_refused"),
        ("login", b'{"x": "' + b"a" * 20_000 + b'"}', 401, "card_refused"),
        ("login/passkey", b"{", 401, "passkey_refused"),
        ("login/passkey", b'{"x": "' + b"a" * 20_000 + b'"}', 401, "passkey_refused"),
        ("login", {}, 401, "card_refused"),
        ("login", {"nonce": None}, 401, "card_refused"),
        ("me/link", {}, 422, "missing_field"),
        ("me/link", {"code": 7}, 422, "bad_field"),
        ("me/link", {"code": "x", "account": "U-2"}, 422, "unknown_field"),
        ("me/link", {"code": "x" * 9000}, 422, "letter_code_refused"),
        ("me/link", {"code": "\0" * 12}, 422, "letter_code_refused"),
    ],
)
def test_a_hostile_body_gets_the_documented_error(
    browser: Browser, path: str, body: Any, status: int, code: str
) -> None:
    browser.log_in(Card())
    refused(browser.call("POST", f"/api/{path}", body), status, code)


def test_a_form_cannot_log_in(browser: Browser) -> None:
    answer = browser.call("POST", "/api/login", b"{}", **{"Content-Type": "text/plain"})
    refused(answer, 415, "wrong_content_type")
    assert browser.call("GET", "/api/login").status_code == 405


def test_every_refusal_of_a_card_says_what_to_do_in_the_callers_language(browser: Browser) -> None:
    for language, word in (("ja", "窓口"), ("en", "office")):
        answer = browser.call(
            "POST",
            "/api/login",
            Card(authority=Authority(ca=True)).answer(browser.challenge(), "https://evil.example"),
            **{"Accept-Language": language},
        )
        assert word in refused(answer, 401, "card_refused")["advice"]


# ----------------------------------------------------------------------------- the letter code
def test_wrong_codes_tell_how_many_are_left_and_then_how_long_to_wait(
    browser: Browser, services: Services
) -> None:
    code = login.new_letter_code(services, residents.demonstration(services).id)
    browser.log_in(Card())
    for left in (4, 3, 2, 1, 0):
        said = browser.call("POST", "/api/me/link", {"code": "0000-0000-0000"})
        assert refused(said, 422, "letter_code_refused")["left"] == left
    wrong = browser.call("POST", "/api/me/link", {"code": "0000-0000-0000"})
    right = browser.call("POST", "/api/me/link", {"code": code})
    assert refused(wrong, 429, "too_many_requests") == refused(right, 429, "too_many_requests")
    assert right.headers["Retry-After"] == "900"
    clock = services.clock
    assert isinstance(clock, TurnedClock)
    clock.turn(900)
    assert browser.call("POST", "/api/me/link", {"code": code}).status_code == 200
    refused(browser.call("POST", "/api/me/link", {"code": code}), 409, "already_linked")


def test_a_code_that_is_unknown_used_or_too_old_looks_the_same(
    browser: Browser, services: Services
) -> None:
    resident = residents.demonstration(services).id
    used = login.new_letter_code(services, resident)
    browser.log_in(Card())
    browser.call("POST", "/api/me/link", {"code": used})
    said = []
    for number, code in enumerate(("0000-0000-0000", used)):
        other = Browser(services)
        other.log_in(Card(serial=100 + number))
        said.append(
            refused(other.call("POST", "/api/me/link", {"code": code}), 422, "letter_code_refused")
        )
    assert said[0] == said[1]


def test_nothing_about_a_login_gets_into_the_log(
    browser: Browser, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = login.new_letter_code(services, residents.demonstration(services).id)
    body = Card().answer(browser.challenge(), browser.origin)
    browser.call("POST", "/api/login", {**body, "signature": "AAAA"})
    browser.log_in(Card())
    browser.call("POST", "/api/me/link", {"code": code})
    shown = " ".join(f"{each.getMessage()} {each.__dict__}" for each in caplog.records)
    secrets = (body["nonce"], browser.cookie("todoke"), code, body["certificate"][:40], "見本 は")
    assert not [each for each in secrets if each in shown]


# ---------------------------------------------------------------------------- with the real one
@pytest.mark.real
def test_the_real_bridge_opens_a_session_in_a_running_city(tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://localhost:{port}"
    with (
        Bridge.start(tmp_path / "data/pretend_card", origin) as bridge,
        City.start(tmp_path / "data", port=port, card__bridge=bridge.url) as city,
    ):
        parent = Resident(city.url, bridge.url)
        nonce = parent.call("POST", "/api/login/challenge", {}, 201)["nonce"]
        signed = parent.ask_bridge(nonce)
        fields = ("version", "mode", "certificate", "signature", "algorithm")
        body = {each: signed[each] for each in fields} | {"nonce": nonce}
        stranger = Resident(city.url, bridge.url)
        assert stranger.ask("POST", "/api/login", body)[1]["error"] == "card_refused"
        parent.account = parent.call("POST", "/api/login", body, 201)["account"]
        assert parent.ask("POST", "/api/login", body)[1]["error"] == "card_refused"
        assert parent.link(city.ask("residents", "demo")["code"])["linked"] is True
        assert parent.call("GET", "/api/me")["name"] == "見本 はなこ"
        card = parent.log_in()
        assert (card["account"], card["linked"]) == (parent.account, True)
        parent.call("POST", "/api/logout")
        assert parent.ask("GET", "/api/me")[0] == 401
        for secret in (nonce, signed["signature"][:40]):
            assert secret not in city.output
