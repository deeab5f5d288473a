"""The alarm over HTTP: whose token, which origin, how often, and one error shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.parts.town import Phone, Town
from tests.web.test_subscriptions import Browser
from todoke.web import openapi
from todoke.web.app import create_app

URL = "/api/alarms"


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(Town.open(tmp_path))


def _soon(browser: Browser, minutes: int = 60) -> int:
    return (browser.town.clock.unix() // 60 + minutes) * 60


def _bare(browser: Browser, number: int = 1) -> dict[str, Any]:
    """A phone that follows no topic."""
    made = browser.follow(Phone(number), topics=[])
    assert made.status_code == 201
    shown: dict[str, Any] = made.get_json()
    return shown


def _refused(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    body: dict[str, Any] = response.get_json()
    assert sorted(body) == ["advice", "error", "message", "ok"]
    assert body["error"] == code
    return body


def _kept(browser: Browser, id: str) -> Any:
    record = browser.town.services.store.get("alarm", id)
    return record.data["at"] if record else None


def test_a_phone_asks_asks_again_and_takes_it_back(browser: Browser) -> None:
    shown = _bare(browser)
    id, token = shown["id"], shown["token"]
    for minutes in (60, 120):
        at = _soon(browser, minutes)
        answer = browser.call("POST", URL, {"at": at}, token)
        assert (answer.status_code, answer.get_json()) == (200, {"ok": True, "at": at})
        assert "no-store" in answer.headers["Cache-Control"]
        assert _kept(browser, id) == at
    for _ in range(2):
        assert browser.call("DELETE", URL, token=token).get_json() == {"ok": True}
    assert _kept(browser, id) is None


def test_nobody_sets_or_erases_the_alarm_of_another(browser: Browser) -> None:
    hers, his = _bare(browser, 1), _bare(browser, 2)
    at = _soon(browser)
    browser.call("POST", URL, {"at": at}, hers["token"])
    forged = f"{hers['id']}.{his['token'].partition('.')[2]}"
    for token in (None, "", "x", hers["id"], forged):
        _refused(browser.call("POST", URL, {"at": at + 60}, token), 401, "token_refused")
        _refused(browser.call("DELETE", URL, token=token), 401, "token_refused")
    browser.call("DELETE", URL, token=his["token"])
    assert (_kept(browser, hers["id"]), _kept(browser, his["id"])) == (at, None)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_sites_page_cannot_act(browser: Browser, method: str, origin: str) -> None:
    token = _bare(browser)["token"]
    response = browser.call(method, URL, {"at": _soon(browser)}, token, Origin=origin)
    _refused(response, 403, "wrong_origin")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"[1]", 400, "bad_json"),
        (b'{"at": NaN}', 400, "bad_json"),
        (b'{"at": 1e300}', 422, "bad_field"),
        (b'{"at": 60, "at": 120}', 400, "bad_json"),
        (b'{"at": "' + b"9" * 2000 + b'"}', 413, "body_too_large"),
        (b"{}", 422, "missing_field"),
        (b'{"at": 60}', 422, "bad_field"),
        (b'{"at": 99999999960}', 422, "bad_field"),
        (b'{"at": null}', 422, "bad_field"),
        (b'{"at": 60, "topic": "vaccines"}', 422, "unknown_field"),
    ],
)
def test_a_hostile_body_gets_the_documented_error(
    browser: Browser, body: bytes, status: int, code: str
) -> None:
    _refused(browser.call("POST", URL, body, _bare(browser)["token"]), status, code)


@pytest.mark.parametrize(("language", "said"), [("ja", "過ぎ"), ("en", "has passed")])
def test_a_refusal_says_why_in_the_readers_language(
    browser: Browser, language: str, said: str
) -> None:
    token = _bare(browser)["token"]
    headers = {"Accept-Language": language}
    body = _refused(browser.call("POST", URL, {"at": 60}, token, **headers), 422, "bad_field")
    assert said in body["message"] + body["advice"]


def test_who_asks_all_the_time_waits(browser: Browser) -> None:
    token = _bare(browser)["token"]
    codes = [
        browser.call("POST", URL, {"at": _soon(browser, 60 + n)}, token).status_code
        for n in range(61)
    ]
    assert codes == [200] * 60 + [429]
    _refused(browser.call("DELETE", URL, token=token), 429, "too_many_requests")
    other = _bare(browser, 2)["token"]
    assert browser.call("POST", URL, {"at": _soon(browser)}, other).status_code == 200


def test_the_api_describes_it(browser: Browser) -> None:
    services = browser.town.services
    paths = openapi.describe(create_app(services, only=["subscriptions"]), services.config)["paths"]
    assert sorted(paths[URL]) == ["delete", "post"]
    shape = paths[URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert (shape["required"], shape["additionalProperties"]) == (["at"], False)
    assert paths[URL]["post"]["security"] == [{"device": []}]
