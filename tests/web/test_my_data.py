"""あなたの情報 over HTTP: a page, a file, a correction that reaches the desk, the account's end."""

from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.applying import QuickCleaner, city
from tests.parts.filing import base, filed, get, hidden
from tests.parts.resident import Session, logged_in
from todoke.adapters.fakes import TurnedClock
from todoke.core.notice import Person
from todoke.core.words import LANGUAGES
from todoke.journeys import apply, attachments, cases, residents, session
from todoke.ports import Services
from todoke.web.app import create_app

HTML = {"Accept": "text/html"}
NUMBER = "053703296641"  # a valid My Number, made up


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def anne(services: Services) -> Session:
    residents.demonstration(services)
    return logged_in(services)


@pytest.fixture
def bert(services: Services) -> Session:
    return logged_in(services, number="0000000002", name="見本 べつ")


def page(services: Services, client: FlaskClient, path: str, who: Session | None) -> TestResponse:
    headers = {**HTML, **({"Cookie": who.cookie} if who else {})}
    return client.get(path, headers=headers, **cast("Any", base(services)))


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200), (None, 200)],
)
def test_a_link_of_another_site_takes_no_file_in_her_name(
    services: Services, client: FlaskClient, anne: Session, site: str | None, status: int
) -> None:
    headers = {"Cookie": anne.cookie, **({"Sec-Fetch-Site": site} if site else {})}
    kept = cast("Any", base(services))
    answer = client.get("/my-data/export.json", headers=headers, **kept)
    assert answer.status_code == status
    acts = services.store.find("audit_by_resident", anne.resident).records
    taken = [each for each in acts if each.data["act"] == "data_exported"]
    assert len(taken) == (status == 200)


def send(
    services: Services, client: FlaskClient, path: str, who: Session, **fields: str
) -> TestResponse:
    headers = {"Cookie": who.cookie, "Origin": services.config.public_url, **HTML}
    return client.post(path, data=fields, headers=headers, **cast("Any", base(services)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_everything_in_each_language(
    services: Services, client: FlaskClient, anne: Session, language: str
) -> None:
    attachments.take(services, anne.resident, b"picture")
    shown = page(services, client, f"/my-data?lang={language}", anne)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "見本 はなこ" in shown.text
    assert not re.findall(r"(?:site|phone)\.[a-z_.]+", shown.text), "a sentence without words"
    for part in ("/my-data/export.json", "/my-data/files/F-", "/my-data/delete"):
        assert part in shown.text


@pytest.mark.parametrize("path", ["/my-data", "/my-data/delete"])
def test_who_lacks_the_card_is_led_to_it_and_back(
    services: Services, client: FlaskClient, path: str
) -> None:
    weak = logged_in(services, means="passkey")
    shown = page(services, client, f"{path}?lang=en", weak)
    assert shown.status_code == 403
    encoded = path.replace("/", "%2F")
    assert re.search(
        f'href="/en/login.html\\?need=card&amp;next={encoded}%3Flang%3Den"', shown.text
    )
    out = page(services, client, path, None)
    assert out.status_code == 401


def test_the_file_is_hers_and_named(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    found = get(services, client, "/my-data/export.json", anne)
    assert found.status_code == 200
    assert found.headers["Content-Disposition"] == 'attachment; filename="todoke-my-data.json"'
    assert found.json
    assert found.json["format"] == "todoke-person/1"
    assert "見本 べつ" not in found.text
    schema = get(services, client, "/my-data/schema.json", None)
    assert schema.json
    assert schema.json["properties"]["format"] == {"const": "todoke-person/1"}
    record = attachments.take(services, anne.resident, b"picture")
    mine = get(services, client, f"/my-data/files/{record.id}", anne)
    assert mine.data.endswith(b"picture")
    assert "sandbox" in mine.headers["Content-Security-Policy"]
    assert get(services, client, f"/my-data/files/{record.id}", bert).status_code == 404


def test_a_correction_reaches_the_desk_with_what_is_wrong(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    shown = page(services, client, "/my-data", anne)
    fields = {name: hidden(shown, name) for name in ("account", "key")}
    words = {"what": "名前の漢字", "right": "見本 花子"}
    first = send(services, client, "/my-data/correct", anne, **fields, **words)
    again = send(services, client, "/my-data/correct", anne, **fields, **words)
    assert first.status_code == again.status_code == 303
    (id,) = filed(services, anne)
    assert first.headers["Location"] == f"/applications/{id}?filed=1&lang=ja"
    own = page(services, client, f"/applications/{id}?lang=en", anne)
    assert own.status_code == 200
    assert "Request to correct" in own.text
    case = cases.open_case(services, Person("S-1", frozenset(["caseworker"])), id, "review")
    assert dict(case.answers) == words
    assert cases.appeal(services, "correction")["ja"]
    assert apply.read_own(services, anne.resident, id).state == "submitted"


@pytest.mark.parametrize(
    ("words", "kept"),
    [({"what": "ここ", "right": ""}, "ここ"), ({"what": f"x {NUMBER}", "right": "y"}, "")],
)
def test_a_correction_that_is_not_right_yet_comes_back_with_what_was_typed(
    services: Services, client: FlaskClient, anne: Session, words: dict[str, str], kept: str
) -> None:
    shown = page(services, client, "/my-data", anne)
    fields = {name: hidden(shown, name) for name in ("account", "key")}
    back = send(services, client, "/my-data/correct", anne, **fields, **words)
    assert back.status_code == 422
    assert kept in back.text
    assert NUMBER not in back.text
    assert 'id="problems"' in back.text
    assert filed(services, anne) == []


@pytest.mark.parametrize("path", ["/my-data/correct", "/my-data/delete"])
def test_a_page_of_the_person_before_does_nothing_for_the_next(
    services: Services, client: FlaskClient, anne: Session, bert: Session, path: str
) -> None:
    fields = {"account": anne.account, "key": "k" * 32, "what": "a", "right": "b", "sure": "yes"}
    assert send(services, client, path, bert, **fields).status_code == 409
    assert session.find(services, bert.token)
    foreign = client.post(
        path,
        data={**fields, "account": bert.account},
        headers={"Cookie": bert.cookie, "Origin": "https://evil.example"},
        **cast("Any", base(services)),
    )
    assert foreign.status_code == 403
    assert session.find(services, bert.token)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_ends_after_a_clear_page_and_a_tick(
    services: Services, client: FlaskClient, anne: Session, language: str
) -> None:
    path = f"/my-data/delete?lang={language}"
    shown = page(services, client, path, anne)
    assert shown.status_code == 200
    assert not re.findall(r"(?:site|phone)\.[a-z_.]+", shown.text)
    keep = services.words.say("en", "site.records.bill.keep")
    assert language != "en" or keep in shown.text
    law = "Local Autonomy Act, Article 236 (1)" if language == "en" else "地方自治法236条1項"
    assert law in without_readings(shown.text)
    unsure = send(services, client, path, anne, account=anne.account)
    assert unsure.status_code == 422
    assert session.find(services, anne.token)
    done = send(services, client, path, anne, account=anne.account, sure="yes")
    assert done.status_code == 200
    assert "Clear-Site-Data" in done.headers
    assert session.find(services, anne.token) is None
    assert page(services, client, "/my-data", anne).status_code == 401


@pytest.mark.parametrize("decided", [True, False])
def test_her_pages_name_the_years_and_their_basis_or_that_there_are_none(
    tmp_path: Path, decided: bool
) -> None:
    other: dict[str, Any] = {} if decided else {"keep": {}}
    services = dataclasses.replace(city(tmp_path, **other), cleaner=QuickCleaner())
    residents.demonstration(services)
    anne = logged_in(services)
    attachments.take(services, anne.resident, b"picture")
    client = create_app(services).test_client(use_cookies=False)
    for path in ("/my-data", "/my-data/delete"):
        for language in LANGUAGES:
            shown = without_readings(page(services, client, f"{path}?lang={language}", anne).text)
            undecided = services.words.say(language, "site.keep.undecided")
            assert (undecided in shown) == (not decided)
            years = services.words.say(language, "site.keep.basis")
            assert (years in shown) == decided
            basis = city(tmp_path).config.keep["application"].basis[language]
            assert (basis in shown) == decided


@pytest.mark.parametrize(
    ("language", "named"),
    [("ja", "代理人とのやくそく"), ("easy", "代わりに する 人との やくそく"), ("en", "Mandates")],
)
def test_the_page_before_the_end_names_the_mandates_that_end(
    services: Services, client: FlaskClient, anne: Session, language: str, named: str
) -> None:
    shown = page(services, client, f"/my-data/delete?lang={language}", anne)
    assert named in without_readings(shown.text)
    nobody = logged_in(services, number="0000000009", linked=False)
    alone = page(services, client, f"/my-data/delete?lang={language}", nobody)
    assert named not in without_readings(alone.text)


def without_readings(page: str) -> str:
    return html.unescape(re.sub(r"<rt>.*?</rt>|<rp>.*?</rp>|<[^>]*>", "", page))


def test_an_account_ends_only_with_a_card_shown_just_now(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    cast("TurnedClock", services.clock).turn(session.FRESH_SECONDS + 1)
    late = send(services, client, "/my-data/delete", anne, account=anne.account, sure="yes")
    assert late.status_code == 303
    way = page(services, client, late.headers["Location"], anne)
    assert way.status_code == 403
    assert "need=card-fresh&amp;next=%2Fmy-data%2Fdelete" in way.text
    assert session.find(services, anne.token)
