"""The subscription API over HTTP: tokens, origins, hostile bodies, one error shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.town import Phone, Town
from todoke.web.app import create_app

URL = "/api/subscriptions"


class Browser:
    """A page of the portal that calls the API."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.base = town.services.config.public_url
        self.client: FlaskClient = create_app(town.services, only=["subscriptions"]).test_client()

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> TestResponse:
        """body: JSON value, or bytes as they are."""
        given = {"Origin": self.base, "Content-Type": "application/json", **headers}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.open(path, method=method, base_url=self.base, headers=given, data=data)

    def follow(self, phone: Phone, **choices: Any) -> TestResponse:
        """POST of a made-up browser."""
        return self.call("POST", URL, {**phone.device(), "topics": ["nursery"], **choices})


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(Town.open(tmp_path))


def _refused(response: TestResponse, status: int, code: str) -> None:
    assert response.status_code == status
    body = response.get_json()
    assert sorted(body) == ["advice", "error", "message", "ok"]
    assert (body["ok"], body["error"]) == (False, code)
    assert body["message"]
    assert body["advice"]


def test_a_browser_follows_reads_changes_exports_and_leaves(browser: Browser) -> None:
    made = browser.follow(Phone(1), area="kita")
    assert made.status_code == 201
    shown = made.get_json()
    token = shown.pop("token")
    read = browser.call("GET", f"{URL}/me", token=token)
    assert read.get_json() == shown
    assert read.headers["Cache-Control"] in ("no-store", "private, no-store")
    changed = browser.call("PUT", f"{URL}/me", {"area": None, "show": "title"}, token)
    assert changed.get_json() == {**shown, "area": None, "show": "title"}
    export = browser.call("GET", f"{URL}/me/export", token=token)
    assert export.headers["Content-Disposition"].startswith("attachment")
    assert export.get_json()["id"] == shown["id"]
    assert browser.call("DELETE", f"{URL}/me", token=token).get_json() == {"ok": True}
    _refused(browser.call("GET", f"{URL}/me", token=token), 401, "token_refused")
    assert browser.call("DELETE", f"{URL}/me", token=token).status_code == 200


def test_the_same_browser_again_is_200_with_another_token(browser: Browser) -> None:
    first, again = browser.follow(Phone(1)), browser.follow(Phone(1))
    assert (first.status_code, again.status_code) == (201, 200)
    old, new = first.get_json()["token"], again.get_json()["token"]
    assert old != new
    _refused(browser.call("GET", f"{URL}/me", token=old), 401, "token_refused")
    assert browser.call("GET", f"{URL}/me", token=new).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_without_the_token_nothing_is_told_or_changed(browser: Browser, method: str) -> None:
    shown = browser.follow(Phone(1)).get_json()
    body = {"show": "title"} if method == "PUT" else None
    tokens = (None, "", "x", shown["id"], Phone(1).endpoint, f"{shown['id']}.{'A' * 43}")
    for token in tokens:
        _refused(browser.call(method, f"{URL}/me", body, token), 401, "token_refused")
    read = browser.call("GET", f"{URL}/me", token=shown["token"])
    assert read.get_json()["show"] == "discreet"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_sites_page_cannot_act(browser: Browser, method: str, origin: str) -> None:
    token = browser.follow(Phone(1)).get_json()["token"]
    path = URL if method == "POST" else f"{URL}/me"
    response = browser.call(method, path, {"topics": ["nursery"]}, token, Origin=origin)
    _refused(response, 403, "wrong_origin")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b'"text"', 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b'{"topics": NaN}', 400, "bad_json"),
        (b'{"topics": [], "topics": []}', 400, "bad_json"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, 400, "bad_json"),
        (b'{"x": "' + b"a" * 20_000 + b'"}', 413, "body_too_large"),
        (b"{}", 422, "missing_field"),
        (b'{"\\ud800": 1}', 400, "bad_json"),
        (b'{"name": 1}', 422, "unknown_field"),
        (b'{"endpoint": "http://127.0.0.1/", "keys": {}}', 422, "endpoint_refused"),
    ],
)
def test_a_hostile_body_gets_the_documented_error(
    browser: Browser, body: bytes, status: int, code: str
) -> None:
    _refused(browser.call("POST", URL, body), status, code)


@pytest.mark.parametrize(
    "change",
    [
        {"topics": [None]},
        {"cohorts": [10**400]},
        {"cohorts": [-1]},
        {"language": "fr"},
        {"area": {"$ne": None}},
        {"area": "'; DROP TABLE record; --"},
        {"show": None},
        {"keys": {"p256dh": "A", "auth": "A"}},
        {"keys": []},
        {"endpoint": None},
    ],
)
def test_every_wrong_value_is_a_422_that_says_what_to_do(
    browser: Browser, change: dict[str, Any]
) -> None:
    response = browser.follow(Phone(1), **change)
    assert response.status_code == 422
    _refused(response, 422, response.get_json()["error"])


def test_a_form_cannot_post_json(browser: Browser) -> None:
    response = browser.call("POST", URL, b"{}", **{"Content-Type": "text/plain"})
    _refused(response, 415, "wrong_content_type")


def test_a_pause_over_http_holds_the_next_notice(browser: Browser) -> None:
    town = browser.town
    token = browser.follow(Phone(1)).get_json()["token"]
    until = town.clock.unix() + 3600
    shown = browser.call("PUT", f"{URL}/me", {"paused_until": until}, token).get_json()
    assert shown["paused_until"] == until
    town.send()
    assert town.pushed() == []


def test_no_error_repeats_the_endpoint(browser: Browser) -> None:
    response = browser.follow(Phone(1), endpoint="https://evil.example/secret-part")
    assert "secret-part" not in response.get_data(as_text=True)
