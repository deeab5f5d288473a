"""「だれかにたのむ・たのまれている」 over HTTP: given with a code that is shown once, looked at
before it is accepted, ended by either after a question, in three languages and without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.applying import city
from tests.parts.filing import base, hidden
from tests.parts.resident import Session, logged_in
from todoke.adapters.fakes import TurnedClock
from todoke.core.words import LANGUAGES
from todoke.journeys import mandates, session
from todoke.ports import Services
from todoke.web import mandates as calls
from todoke.web.app import create_app

HTML = {"Accept": "text/html"}
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}")
NOBODY = "M-0000000000000000"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return city(tmp_path)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def hanako(services: Services) -> Session:
    return logged_in(services, number="0000000001", name="見本 はなこ")


@pytest.fixture
def jiro(services: Services) -> Session:
    return logged_in(services, number="0000000002", name="見本 じろう")


class Pages:
    """What a browser without a script does."""

    def __init__(self, services: Services, client: FlaskClient) -> None:
        self.services, self.client = services, client

    def get(self, path: str, who: Session | None) -> TestResponse:
        headers = {**HTML, **({"Cookie": who.cookie} if who else {})}
        return self.client.get(path, headers=headers, **cast("Any", base(self.services)))

    def post(self, path: str, who: Session, **fields: Any) -> TestResponse:
        headers = {**HTML, "Cookie": who.cookie, "Origin": self.services.config.public_url}
        data = {"account": who.account, **fields}
        where = cast("Any", base(self.services))
        return self.client.post(path, data=data, headers=headers, **where)

    def term(self, days: int = 30) -> dict[str, Any]:
        first = mandates.today(self.services)
        last = first + timedelta(days=days)
        return {"scope": ["read"], "first": first.isoformat(), "last": last.isoformat()}

    def give(self, who: Session, **changes: Any) -> TestResponse:
        key = hidden(self.get("/mandates/give", who), "key")
        return self.post("/mandates/give", who, **{"key": key, **self.term(), **changes})

    def code(self, who: Session, **changes: Any) -> str:
        (code,) = CODE.findall(self.give(who, **changes).text)
        return str(code)


@pytest.fixture
def pages(services: Services, client: FlaskClient) -> Pages:
    return Pages(services, client)


def of(services: Services, who: Session) -> list[mandates.Mandate]:
    return mandates.of_resident(services, who.resident)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_everything_in_each_language(
    pages: Pages, hanako: Session, jiro: Session, language: str
) -> None:
    services = pages.services
    given = pages.give(hanako)
    (code,) = CODE.findall(given.text)
    waiting = of(services, hanako)[0].id
    looked = pages.post(f"/mandates/accept?lang={language}", jiro, code=code)
    shown = [
        looked,
        pages.post(f"/mandates/accept?lang={language}", jiro, code="wrong"),
        pages.post(f"/mandates/give?lang={language}", hanako, key="k" * 20, **pages.term(5)),
        pages.post(f"/mandates/give?lang={language}", hanako, first="", last=""),
        *(pages.get(f"{path}lang={language}", hanako) for path in PATHS),
        pages.get(f"/mandates/{waiting}/end?lang={language}", hanako),
    ]
    pages.post("/mandates/accept", jiro, code=code, sure="yes")
    for who in (hanako, jiro):
        shown.append(pages.get(f"/mandates?lang={language}", who))
        shown.append(pages.get(f"/mandates/{waiting}/end?lang={language}", who))
    for each in shown:
        assert each.status_code in (200, 422)
        assert each.headers["Cache-Control"] == "private, no-store"
        assert not re.findall(r"(?:site|phone|errors)\.[a-z_.]+", each.text), "no words"
        assert "<h1" in each.text
    assert "見本 はなこ" in looked.text


PATHS = ("/mandates?", "/mandates?said=accepted&", "/mandates/give?", "/mandates/accept?")


def test_from_a_code_to_the_end_each_page_leads_to_the_next(
    pages: Pages, services: Services, hanako: Session, jiro: Session
) -> None:
    code = pages.code(hanako)
    looked = pages.post("/mandates/accept", jiro, code=code.lower().replace("-", " "))
    assert "見本 はなこ" in looked.text
    assert of(services, jiro) == [], "looking accepts nothing"
    typed = hidden(looked, "code")
    taken = pages.post("/mandates/accept", jiro, code=typed, sure="yes")
    assert taken.headers["Location"] == "/mandates?said=accepted&lang=ja"
    (made,) = of(services, hanako)
    assert (made.agent, made.term.scope) == (jiro.resident, ("read",))
    assert "見本 じろう" in pages.get("/mandates", hanako).text
    assert f"/mandates/{made.id}/end" in pages.get("/mandates", jiro).text
    for _ in range(2):
        ended = pages.post(f"/mandates/{made.id}/end", jiro)
        assert ended.headers["Location"] == "/mandates?said=ended&lang=ja"
    assert of(services, hanako) == []


def test_the_code_is_shown_once_however_often_the_form_is_sent(
    pages: Pages, services: Services, hanako: Session
) -> None:
    key = hidden(pages.get("/mandates/give", hanako), "key")
    first = pages.post("/mandates/give", hanako, key=key, **pages.term())
    assert len(CODE.findall(first.text)) == 1
    again = pages.post("/mandates/give", hanako, key=key, **pages.term())
    assert again.headers["Location"] == "/mandates?said=shown&lang=ja"
    assert len(of(services, hanako)) == 1
    listed = pages.get("/mandates", hanako)
    assert not CODE.findall(listed.text)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": []}, "scope"),
        ({"scope": ["everything"]}, "scope"),
        ({"first": "2020-01-01"}, "first"),
        ({"first": "30 Feb"}, "first"),
        ({"last": "2099-01-01"}, "last"),
        ({"last": ""}, "last"),
    ],
)
def test_what_cannot_be_comes_back_with_the_sentence_at_its_field(
    pages: Pages, services: Services, hanako: Session, changes: dict[str, Any], field: str
) -> None:
    back = pages.give(hanako, **changes)
    assert back.status_code == 422
    assert f'href="#f-{field}"' in back.text
    assert f'id="e-{field}"' in back.text
    assert of(services, hanako) == []


def test_the_form_proposes_a_season_and_says_how_long_it_can_be(
    pages: Pages, services: Services, hanako: Session
) -> None:
    shown = pages.get("/mandates/give?lang=en", hanako).text
    assert mandates.today(services).isoformat() == "2026-11-24"
    assert 'value="2026-11-24" min="2026-11-24" max="2026-12-25"' in shown
    assert 'value="2027-02-23" min="2026-11-24"' in shown
    assert "23 November 2027" in shown


def test_giving_asks_for_the_card_and_leads_back(pages: Pages) -> None:
    weak = logged_in(pages.services, means="passkey")
    shown = pages.get("/mandates/give?lang=en", weak)
    assert shown.status_code == 403
    assert "/en/login.html?need=card&amp;next=%2Fmandates%2Fgive" in shown.text
    assert pages.post("/mandates/give", weak, **pages.term()).status_code == 403
    assert pages.get("/mandates/accept", weak).status_code == 200
    assert pages.get("/mandates", None).status_code == 401


def test_a_browser_left_open_leads_to_the_card_before_a_code_is_shown(
    pages: Pages, services: Services, hanako: Session
) -> None:
    key = hidden(pages.get("/mandates/give", hanako), "key")
    cast("TurnedClock", services.clock).turn(session.FRESH_SECONDS + 1)
    shown = pages.get("/mandates/give?lang=en", hanako)
    assert shown.status_code == 403
    assert "/en/login.html?need=card-fresh&amp;next=%2Fmandates%2Fgive" in shown.text
    sent = pages.post("/mandates/give", hanako, key=key, **pages.term())
    assert sent.headers["Location"] == "/mandates/give?lang=ja"
    assert of(services, hanako) == []


def test_a_page_left_open_by_one_person_does_nothing_for_the_next(
    pages: Pages, services: Services, hanako: Session, jiro: Session
) -> None:
    code = pages.code(hanako)
    (made,) = of(services, hanako)
    for path, fields in (
        ("/mandates/give", pages.term()),
        ("/mandates/accept", {"code": code, "sure": "yes"}),
        (f"/mandates/{made.id}/end", {}),
    ):
        answer = pages.post(path, jiro, **{**fields, "account": hanako.account})
        assert answer.status_code == 409
    assert of(services, hanako) == [made]


def test_somebody_elses_mandate_answers_as_none(
    pages: Pages, services: Services, hanako: Session, jiro: Session
) -> None:
    pages.code(hanako)
    (made,) = of(services, hanako)
    asked = [pages.get(f"/mandates/{each}/end", jiro) for each in (made.id, NOBODY)]
    ended = [pages.post(f"/mandates/{each}/end", jiro) for each in (made.id, NOBODY)]
    for one, other in (asked, ended):
        assert (one.status_code, one.headers["Location"]) == (303, other.headers["Location"])
        assert one.data == other.data
    assert of(services, hanako) == [made]


def test_whoever_types_wrong_codes_waits_and_nobody_else(
    pages: Pages, services: Services, hanako: Session, jiro: Session
) -> None:
    """A stranger who tries every code neither ends the code of another nor makes her agent wait."""
    stranger = logged_in(services, number="0000000003", name="見本 さぶろう")
    code = pages.code(hanako)
    seen = [
        pages.post("/mandates/accept", stranger, code="7K3M-9QXR-2TVA").status_code
        for _ in range(calls.TRIES.burst + 3)
    ]
    assert seen == [422] * calls.TRIES.burst + [429] * 3
    refused = pages.post("/mandates/accept", stranger, code=code, sure="yes")
    assert refused.status_code == 429, "nor by the right one"
    script = {**stranger.headers, "Content-Type": "application/json"}
    sent = pages.client.post(
        "/api/me/mandates/accept",
        data=f'{{"code": "{code}"}}',
        headers=script,
        **cast("Any", base(services)),
    )
    assert sent.status_code == 429, "nor by the other way"
    assert pages.post("/mandates/accept", jiro, code=code, sure="yes").status_code == 303
    cast("TurnedClock", services.clock).turn(int(calls.TRIES.every) + 1)
    assert pages.post("/mandates/accept", stranger, code=code).status_code == 422, "it is used"


@pytest.mark.parametrize("typed", ["", "wrong", "7K3M-9QXR-2TVA", "<b>x</b>", "x" * 5000])
def test_a_wrong_code_says_what_to_do_and_stays_in_the_field(
    pages: Pages, hanako: Session, typed: str
) -> None:
    back = pages.post("/mandates/accept?lang=en", hanako, code=typed)
    assert back.status_code == 422
    assert "Ask for a new one" in back.text
    assert "<b>x</b>" not in back.text
