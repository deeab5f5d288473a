"""What is addressed to one person over HTTP: her session opens it, and nobody else's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.letters import SECRET, Neighbour, neighbour
from tests.parts.resident import Session, logged_in
from tests.parts.town import Town
from todoke.core.words import LANGUAGES
from todoke.journeys import address, audit, devices, login
from todoke.ports import Record, Replace
from todoke.web.app import create_app

NOTICES = "/api/me/notices"
HISTORY = "/api/me/history"
DEVICES = "/api/me/devices"
#: every route of the inbox with a body that would do: method, path, body
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", NOTICES, None),
    ("POST", f"{NOTICES}/A-00000-00000/opened", {}),
    ("GET", HISTORY, None),
    ("GET", DEVICES, None),
    ("PUT", DEVICES, {"token": "x"}),
    ("DELETE", DEVICES, {"id": "x"}),
]


class Page:
    """Scripts of portal pages, each under somebody's session."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.base = town.services.config.public_url
        app = create_app(town.services, only=["inbox"])
        self.client: FlaskClient = app.test_client(use_cookies=False)

    def call(
        self, who: Session | None, method: str, path: str, body: Any = None, **headers: str
    ) -> TestResponse:
        """body: JSON value, or bytes as they are. headers: over those of the session."""
        given = dict(who.headers) if who else {"Origin": self.base}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.open(
            path,
            method=method,
            base_url=self.base,
            headers=given,
            data=data,
            content_type="application/json" if data is not None else None,
        )


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.open(tmp_path)


@pytest.fixture
def page(town: Town) -> Page:
    return Page(town)


@pytest.fixture
def hanako(town: Town) -> Neighbour:
    return neighbour(town, 1, "見本 はなこ")


@pytest.fixture
def jiro(town: Town) -> Neighbour:
    return neighbour(town, 2, "見本 じろう")


def _alike(one: TestResponse, other: TestResponse) -> None:
    """Nobody can tell the two apart: status, every header, every byte."""
    assert one.status_code == other.status_code
    assert sorted(one.headers.items()) == sorted(other.headers.items())
    assert one.data == other.data


# ------------------------------------------------------------------ reading
def test_she_reads_her_notices_newest_first_in_three_languages(
    page: Page, hanako: Neighbour
) -> None:
    first = hanako.is_written_to("一つ目")
    page.town.clock.turn(60)
    second = hanako.is_written_to("二つ目")
    answer = page.call(hanako.session, "GET", NOTICES)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = answer.get_json()
    assert [each["id"] for each in body["notices"]] == [second, first]
    shown = body["notices"][0]
    fields = ["body", "furigana", "id", "kind", "link", "opened", "published", "title"]
    assert sorted(shown) == fields
    assert sorted(shown["furigana"]) == ["text", "title"]
    assert sorted(shown["title"]) == ["easy", "en", "ja"]
    assert (shown["kind"], shown["link"], shown["opened"]) == (
        "bill",
        "/bills/B-00000-00000",
        False,
    )
    assert shown["published"].endswith("+09:00")
    assert body["next"] is None


def test_many_letters_come_page_by_page_and_each_once(
    page: Page, hanako: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "MOST", 3)
    ids = [hanako.is_written_to() for _ in range(3)]
    for _ in range(4):
        page.town.clock.turn(1)
        services = page.town.services
        services.store.commit(
            address.writes(services, hanako.resident, "card_linked", f"account/{hanako.account.id}")
        )
    found: list[str] = []
    query = ""
    for _ in range(5):
        body = page.call(hanako.session, "GET", f"{NOTICES}{query}").get_json()
        found += [each["id"] for each in body["notices"]]
        if body["next"] is None:
            break
        query = f"?cursor={body['next']}"
    assert len(found) == len(set(found)) == 7
    assert set(ids) <= set(found)


def test_opening_counts_once(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    first = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    page.town.clock.turn(60)
    again = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    assert first.get_json() == again.get_json()
    (shown,) = page.call(hanako.session, "GET", NOTICES).get_json()["notices"]
    assert shown["opened"] is True


def test_reading_the_list_opens_nothing(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    page.call(hanako.session, "GET", NOTICES)
    record = page.town.services.store.get("addressed_notice", id)
    assert record is not None
    assert record.data["opened_at"] is None


def test_a_notice_whose_seal_is_broken_is_told_beside_the_others(
    page: Page, hanako: Neighbour
) -> None:
    good, bad = hanako.is_written_to(), hanako.is_written_to()
    store = page.town.services.store
    record = store.get("addressed_notice", bad)
    assert record is not None
    data = {**record.data, "sealed": "AAAA"}
    store.commit([Replace(Record(record.kind, record.id, data, record.version))])
    answer = page.call(hanako.session, "GET", NOTICES)
    shown = {each["id"]: each for each in answer.get_json()["notices"]}
    assert answer.status_code == 200
    assert SECRET in shown[good]["title"]["ja"]
    assert bad in shown[bad]["body"]["ja"]
    assert shown[bad]["link"] is None


# ------------------------------------------------------------------ nobody else
@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_session_every_route_asks_for_one(
    page: Page, method: str, path: str, body: Any
) -> None:
    answer = page.call(None, method, path, body)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "login_needed")
    forged = page.call(None, method, path, body, Cookie="todoke=x; __Host-todoke=x")
    assert forged.status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_a_card_that_no_letter_code_linked_reads_nothing(
    page: Page, method: str, path: str, body: Any
) -> None:
    stranger = logged_in(page.town.services, number="0000000009", linked=False)
    answer = page.call(stranger, method, path, body)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "account_not_linked")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_after_logging_out_the_same_cookie_opens_nothing(
    page: Page, hanako: Neighbour, method: str, path: str, body: Any
) -> None:
    login.logout(page.town.services, hanako.session.token)
    assert page.call(hanako.session, method, path, body).status_code == 401


def test_another_residents_letter_answers_exactly_as_none(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    hers = hanako.is_written_to()
    none = "A-00000-00000"
    for method in ("POST", "GET", "DELETE", "PUT"):
        of_hers = page.call(jiro.session, method, f"{NOTICES}/{hers}/opened", {})
        of_none = page.call(jiro.session, method, f"{NOTICES}/{none}/opened", {})
        _alike(of_hers, of_none)
    assert of_hers.status_code in (404, 405)
    record = page.town.services.store.get("addressed_notice", hers)
    assert record is not None
    assert record.data["opened_at"] is None


def test_two_residents_see_of_each_other_what_they_see_of_nobody(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    """Whatever Jiro asks after Hanako got letters, phones and visits, he gets what he got
    before: her numbers, her cursors and her phone's id open nothing."""
    town = page.town
    mine, hers = town.join(), town.join()
    jiro.joins(mine)
    jiro.is_written_to("じろうの")
    before = [page.call(jiro.session, "GET", path) for path in (NOTICES, HISTORY, DEVICES)]
    hanako.joins(hers)
    id = hanako.is_written_to()
    services = town.services
    services.store.commit(
        [audit.entry(services, "system", "bill_issued", "bill/B-1", resident=hanako.resident)]
    )
    after = [page.call(jiro.session, "GET", path) for path in (NOTICES, HISTORY, DEVICES)]
    for one, other in zip(before, after, strict=True):
        _alike(one, other)
    pairs: list[tuple[str, str, Any, Any]] = [
        ("POST", f"{NOTICES}/%s/opened", id, "A-00000-00000"),
        ("DELETE", DEVICES, {"id": hers.id}, {"id": "0" * len(hers.id)}),
        ("DELETE", DEVICES, {"token": hers.token}, {"token": f"{'0' * 43}.{'A' * 43}"}),
        ("PUT", DEVICES, {"token": hers.id}, {"token": "0" * len(hers.id)}),
        ("PUT", DEVICES, {"token": f"{hers.id}.{'A' * 43}"}, {"token": f"{'0' * 43}.{'A' * 43}"}),
    ]
    for method, path, of_hers, of_none in pairs:
        asked = [
            page.call(jiro.session, method, path % each, {})
            if "%s" in path
            else page.call(jiro.session, method, path, each)
            for each in (of_hers, of_none)
        ]
        _alike(*asked)
    assert [each.id for each in devices.of_account(services, hanako.account)] == [hers.id]


def test_a_cursor_of_somebody_elses_list_leads_nowhere(
    page: Page, hanako: Neighbour, jiro: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "MOST", 1)
    hanako.is_written_to()
    page.town.clock.turn(1)
    hanako.is_written_to()
    cursor = page.call(hanako.session, "GET", NOTICES).get_json()["next"]
    taken = page.call(jiro.session, "GET", f"{NOTICES}?cursor={cursor}")
    junk = page.call(jiro.session, "GET", f"{NOTICES}?cursor=junk")
    _alike(taken, junk)
    assert junk.get_json()["error"] == "bad_field"
    assert page.call(jiro.session, "GET", f"{NOTICES}?cursor={'x' * 501}").status_code == 422


def test_a_page_of_the_person_before_does_not_act_for_the_next(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    id = jiro.is_written_to()
    for method, path, body in [*ROUTES, ("POST", f"{NOTICES}/{id}/opened", {})]:
        left_open = {"Todoke_Account": hanako.session.account}
        answer = page.call(jiro.session, method, path, body, **left_open)
        assert (answer.status_code, answer.get_json()["error"]) == (409, "other_person"), path


def test_a_form_of_another_site_does_nothing(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    for method, path, body in (
        ("POST", f"{NOTICES}/{id}/opened", {}),
        ("PUT", DEVICES, {"token": "x"}),
        ("DELETE", DEVICES, {"id": "x"}),
    ):
        for origin in ("https://evil.example", "null", page.base + ".evil.example"):
            answer = page.call(hanako.session, method, path, body, Origin=origin)
            assert (answer.status_code, answer.get_json()["error"]) == (403, "wrong_origin")


# ------------------------------------------------------------------ history
def test_the_history_tells_who_did_what_to_her_record_by_role_and_not_by_name(
    page: Page, hanako: Neighbour
) -> None:
    town = page.town
    services = town.services
    clerk = town.desk._person(services, "見本 しずか", ["author", "caseworker"])
    for actor, act, subject, detail in (
        ("citizen", "application_submitted", "application/T-4K9Q2-7MX0R", {}),
        (clerk.id, "application_read", "application/T-4K9Q2-7MX0R", {"purpose": "check"}),
        ("system", "bill_paid", "bill/B-00000-00001", {}),
        ("staff-who-left", "bill_read", "bill/B-00000-00001", {}),
    ):
        town.clock.turn(60)
        services.store.commit(
            [audit.entry(services, actor, act, subject, detail, resident=hanako.resident)]
        )
    answer = page.call(hanako.session, "GET", HISTORY)
    shown = [(e["act"], e["by"], e["about"]) for e in answer.get_json()["entries"]][:4]
    assert shown == [
        ("bill_read", "city", "B-00000-00001"),
        ("bill_paid", "city", "B-00000-00001"),
        ("application_read", "caseworker", "T-4K9Q2-7MX0R"),
        ("application_submitted", "you", "T-4K9Q2-7MX0R"),
    ]
    for secret in ("しずか", clerk.id, hanako.resident, hanako.session.account, "staff-who-left"):
        assert secret not in answer.get_data(as_text=True)


def test_the_history_comes_page_by_page(page: Page, hanako: Neighbour) -> None:
    services = page.town.services
    for _ in range(120):
        page.town.clock.turn(1)
        services.store.commit(
            [audit.entry(services, "system", "bill_issued", "bill/B-1", resident=hanako.resident)]
        )
    seen, query = 0, ""
    for _ in range(10):
        body = page.call(hanako.session, "GET", f"{HISTORY}{query}").get_json()
        seen += len([each for each in body["entries"] if each["act"] == "bill_issued"])
        if body["next"] is None:
            break
        query = f"?cursor={body['next']}"
    assert seen == 120


def test_every_act_that_journeys_write_into_a_history_has_its_words(town: Town) -> None:
    """States, moves and flags make names at run time; a name without words would be told as
    "used your record", which is true and says little."""
    acts = {f"application_{each}" for each in ("submitted", "mended", "read")}
    acts |= {f"application_{each}" for each in ("returned", "accepted", "refused")}
    acts |= {f"payment_{each}" for each in ("started", "paid", "pending", "amount_differs")}
    journeys = Path(devices.__file__).parent
    source = "".join((journeys / f"{each}.py").read_text("utf-8") for each in ("login", "bills"))
    acts |= set(re.findall(r'_noted\(services, \w+, "(\w+)"', source))
    acts |= set(re.findall(r'services, (?:who|actor), "([a-z_]+)", [^)]*resident=', source))
    acts |= {
        "device_joined",
        "device_left",
        "device_taken",
        "attachment_read",
        "card_added",
        "account_linked",
    }
    assert {"session_opened", "letter_code_made", "bill_imported", "bill_read"} <= acts
    for act in acts:
        for language in LANGUAGES:
            assert town.services.words.has(language, f"phone.history.act.{act}"), (language, act)


# ------------------------------------------------------------------ phones
def test_a_phone_joins_is_listed_and_leaves(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    for _ in range(2):
        joined = page.call(hanako.session, "PUT", DEVICES, {"token": phone.token})
        assert joined.get_json() == {"ok": True}
    (listed,) = page.call(hanako.session, "GET", DEVICES).get_json()["devices"]
    assert listed["id"] == phone.id
    for body in ({"token": phone.token}, {"id": phone.id}, {"token": "junk"}, {"id": ""}):
        assert page.call(hanako.session, "DELETE", DEVICES, body).get_json() == {"ok": True}
    assert page.call(hanako.session, "GET", DEVICES).get_json()["devices"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"token": 5}, "bad_field"),
        ({"token": None}, "bad_field"),
        ({"token": "x", "account": "U-1"}, "unknown_field"),
        ([], "bad_json"),
        (b"{", "bad_json"),
        (b'{"token": "a", "token": "b"}', "bad_json"),
        ({"token": "x" * 5000}, "body_too_large"),
        ({"token": "x"}, "subscription_not_found"),
    ],
)
def test_a_hostile_body_is_refused_in_words(
    page: Page, hanako: Neighbour, body: Any, code: str
) -> None:
    answer = page.call(hanako.session, "PUT", DEVICES, body)
    shown = answer.get_json()
    assert shown["error"] == code
    assert shown["message"]
    assert shown["advice"]


def test_both_names_at_once_or_none_stop_nothing(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    hanako.joins(phone)
    for body in ({"token": phone.token, "id": phone.id}, {}):
        answer = page.call(hanako.session, "DELETE", DEVICES, body)
        assert answer.get_json()["error"] == "missing_field"
    assert len(devices.of_account(page.town.services, hanako.account)) == 1


def test_joining_and_leaving_for_ever_is_slowed_down(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    codes = {
        page.call(hanako.session, "PUT", DEVICES, {"token": phone.token}).status_code
        for _ in range(70)
    }
    assert codes == {200, 429}


@pytest.mark.parametrize(
    "id", ["x", "A-" + "0" * 4000, "%00", "..%2f..%2fx", "見本", "N-2026-0001", "A-00000-0000O"]
)
def test_odd_numbers_are_not_there(page: Page, hanako: Neighbour, id: str) -> None:
    answer = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")
