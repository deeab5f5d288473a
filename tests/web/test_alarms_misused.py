"""Whoever means harm to the alarms, or is merely broken: a flood, another's number, strange bodies,
a full disk. Each gets a clear answer, and nothing is lost by it."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.small_disk import no_file_beyond
from tests.parts.town import Town
from tests.parts.waking import HOUR, woken
from tests.web.test_alarms import URL, _bare, _kept, _refused, _soon
from tests.web.test_subscriptions import URL as SUBSCRIPTIONS
from tests.web.test_subscriptions import Browser
from todoke.core.alarm import SHARDS, shard_of
from todoke.store_schema import RECORDS

YEAR = 365 * 24 * HOUR


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(Town.open(tmp_path))


def _alarms(browser: Browser) -> list[Any]:
    find = browser.town.services.store.find
    return [each for n in range(SHARDS) for each in find("alarms_due", f"{n}", limit=1000).records]


# ------------------------------------------------------------------ floods
def test_a_flood_of_wishes_of_one_phone_is_one_alarm_and_one_message(browser: Browser) -> None:
    shown = _bare(browser)
    taken = 0
    for n in range(200):
        answer = browser.call("POST", URL, {"at": _soon(browser, 1 + n)}, shown["token"])
        if answer.status_code == 200:
            taken += 1
            continue
        _refused(answer, 429, "too_many_requests")
        assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert taken == 60
    (kept,) = _alarms(browser)
    assert kept.data["at"] == _soon(browser, 60)
    browser.town.clock.turn(2 * HOUR)
    browser.town.settle()
    assert len(woken(browser.town)) == 1


def test_nobody_chooses_the_list_an_alarm_stands_in(browser: Browser) -> None:
    """The lists are told apart by an HMAC of the push address: who makes up addresses cannot crowd
    one of them."""
    lists = {shard_of(_bare(browser, number)["id"]) for number in range(1, 41)}
    assert len(lists) > SHARDS / 2
    token = _bare(browser, 50)["token"]
    body = {"at": _soon(browser), "shard": "0"}
    _refused(browser.call("POST", URL, body, token), 422, "unknown_field")


def test_all_guesses_at_a_token_are_answered_alike(browser: Browser) -> None:
    hers = _bare(browser)
    guesses = [
        *(
            f"{hers['id']}.{'A' * 43}",
            f"{hers['id']}.",
            f".{hers['token']}",
            "A" * 43 + "." + "B" * 43,
        ),
        *(hers["token"][:-1], hers["token"] + "A", hers["token"].upper(), "é", "a" * 5000),
    ]
    answers = set()
    for guess in guesses:
        answer = browser.call("POST", URL, {"at": _soon(browser)}, guess.encode().decode("latin-1"))
        assert answer.status_code in (401, 431), guess[:50]
        answers.add(answer.get_json()["message"])
    assert len(answers) == 1
    assert _alarms(browser) == []


# ------------------------------------------------------------------ instants
@pytest.mark.parametrize(
    ("seconds", "rule"),
    [
        (0, "過ぎ"),
        (-HOUR, "過ぎ"),
        (-YEAR, "過ぎ"),
        (401 * 24 * HOUR, "遠すぎ"),
        (100 * YEAR, "遠すぎ"),
    ],
)
def test_an_hour_of_the_past_or_in_a_hundred_years_says_so_and_keeps_the_old_one(
    browser: Browser, seconds: int, rule: str
) -> None:
    shown = _bare(browser)
    at = _soon(browser)
    browser.call("POST", URL, {"at": at}, shown["token"])
    wrong = browser.town.clock.unix() // 60 * 60 + seconds
    said = _refused(browser.call("POST", URL, {"at": wrong}, shown["token"]), 422, "bad_field")
    assert rule in said["message"] + said["advice"], said
    assert _kept(browser, shown["id"]) == at


@pytest.mark.parametrize(
    "at", [True, "1795500000", 1795500000.5, 10**30, -1, [], {}, 1795500001], ids=str
)
def test_what_is_no_whole_minute_is_refused(browser: Browser, at: object) -> None:
    shown = _bare(browser)
    _refused(browser.call("POST", URL, {"at": at}, shown["token"]), 422, "bad_field")
    assert _kept(browser, shown["id"]) is None


def test_the_same_twice_and_any_order_end_with_what_came_last(browser: Browser) -> None:
    shown = _bare(browser)
    wishes = [_soon(browser, minutes) for minutes in (60, 60, 600, 5, 600, 300)]
    random.Random(1).shuffle(wishes)
    for at in wishes:
        assert browser.call("POST", URL, {"at": at}, shown["token"]).status_code == 200
    assert [each.data["at"] for each in _alarms(browser)] == [wishes[-1]]


def test_after_leaving_neither_wish_nor_farewell_is_taken(browser: Browser) -> None:
    shown = _bare(browser)
    token = shown["token"]
    browser.call("POST", URL, {"at": _soon(browser)}, token)
    assert browser.call("DELETE", f"{SUBSCRIPTIONS}/me", token=token).status_code in (200, 204)
    assert _alarms(browser) == []
    for method in ("POST", "DELETE"):
        body = {"at": _soon(browser)} if method == "POST" else None
        _refused(browser.call(method, URL, body, token), 401, "token_refused")
    assert _alarms(browser) == []


# ------------------------------------------------------------------ bodies
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("text/plain", 415, "wrong_content_type"),
        ("application/x-www-form-urlencoded", 415, "wrong_content_type"),
        ("multipart/form-data; boundary=x", 415, "wrong_content_type"),
        ("", 415, "wrong_content_type"),
        ("application/json-seq", 415, "wrong_content_type"),
    ],
)
def test_another_kind_of_body_is_told_which_one_is_wanted(
    browser: Browser, kind: str, status: int, code: str
) -> None:
    """A form of another site may send the first three without asking the browser."""
    shown = _bare(browser)
    headers = {"Content-Type": kind}
    answer = browser.call("POST", URL, {"at": _soon(browser)}, shown["token"], **headers)
    said = _refused(answer, status, code)
    assert "application/json" in said["message"] + said["advice"]
    assert _kept(browser, shown["id"]) is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b" " * 2000 + b"{}", 413, "body_too_large"),
        (b'{"at": ' + b"9" * 1000 + b"}", 422, "bad_field"),
        (b"[" * 1000, 400, "bad_json"),
        (gzip.compress(b'{"at": 1795500000}', mtime=0), 400, "bad_json"),
        ('{"at": 1795500000}'.encode("utf-16"), 400, "bad_json"),
        (b'\xef\xbb\xbf{"at": 1795500000}', 400, "bad_json"),
        (b'{"at": 1795500000} {"at": 1}', 400, "bad_json"),
        (b"null", 400, "bad_json"),
        (b'{"at": 1795500000, "\\ud800": 1}', 400, "bad_json"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_strange_body_gets_the_documented_error(
    browser: Browser, body: bytes, status: int, code: str
) -> None:
    shown = _bare(browser)
    _refused(browser.call("POST", URL, body, shown["token"]), status, code)
    assert _kept(browser, shown["id"]) is None


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_nothing_else_can_be_done_and_nothing_read(browser: Browser, method: str) -> None:
    token = _bare(browser)["token"]
    assert browser.call(method, URL, {"at": _soon(browser)}, token).status_code == 405


# ------------------------------------------------------------------ the disk
def test_on_a_full_disk_the_old_alarm_stays_and_the_phone_is_told_to_come_back(
    browser: Browser, tmp_path: Path
) -> None:
    shown, at = _bare(browser), _soon(browser)
    browser.call("POST", URL, {"at": at}, shown["token"])
    size = max(each.stat().st_size for each in tmp_path.rglob("*.sqlite3*"))
    with no_file_beyond(size // 4096 * 4096):
        answer = browser.call("POST", URL, {"at": at + 600}, shown["token"])
    assert answer.status_code in (503, 507)
    said = answer.get_json()
    assert (said["ok"], said["error"][:8]) == (False, "storage_")
    assert answer.headers["Retry-After"].isdigit()
    assert _kept(browser, shown["id"]) == at
    assert browser.call("POST", URL, {"at": at + 600}, shown["token"]).status_code == 200
    assert _kept(browser, shown["id"]) == at + 600


# ------------------------------------------------------------------ what an observer finds
def test_an_alarm_holds_no_field_that_a_phone_could_fill_with_a_reason(browser: Browser) -> None:
    shown = _bare(browser)
    browser.call("POST", URL, {"at": _soon(browser)}, shown["token"])
    browser.town.clock.turn(HOUR)
    (before,) = _alarms(browser)
    assert set(before.data) <= set(RECORDS["alarm"].fields)
    texts = [value for value in before.data.values() if isinstance(value, str)]
    assert all(each.isdigit() for each in texts)
    browser.town.settle()
    assert _alarms(browser) == []
