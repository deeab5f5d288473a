"""The bills of another over HTTP: listed, opened and paid by who may, and there for nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.applying import city
from tests.parts.filing import base
from tests.parts.payer import CASHIER, csv, row
from tests.parts.resident import Session, logged_in
from todoke.core.words import LANGUAGES
from todoke.journeys import bills, history, mandates
from todoke.ports import Services
from todoke.web.app import create_app

HERS, HIS = "0000000001", "0000000002"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return city(tmp_path)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def hanako(services: Services) -> Session:
    return logged_in(services, number=HERS, name="見本 はなこ")


@pytest.fixture
def jiro(services: Services) -> Session:
    return logged_in(services, number=HIS, name="見本 じろう")


@pytest.fixture
def bill(services: Services, hanako: Session) -> str:
    line = row("A-1", HERS, due=bills.today(services).isoformat())
    return bills.import_csv(services, CASHIER, csv(line)).taken[0][1]


def given(services: Services, by: Session, to: Session, *scope: str) -> str:
    today = mandates.today(services)
    term = mandates.term(services, scope, today, today)
    _, code = mandates.offer(services, by.resident, term)
    return mandates.accept(services, to.resident, code).id


def ask(
    services: Services, client: FlaskClient, path: str, who: Session, method: str = "GET"
) -> TestResponse:
    headers = {"Accept": "text/html", "Cookie": who.cookie, "Origin": services.config.public_url}
    where = cast("Any", base(services))
    return client.open(path, method=method, headers=headers, **where)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_may_pay_finds_the_bill_and_its_way(
    services: Services,
    client: FlaskClient,
    hanako: Session,
    jiro: Session,
    bill: str,
    language: str,
) -> None:
    id = given(services, hanako, jiro, "pay")
    home = ask(services, client, f"/mandates?lang={language}", jiro)
    assert f"/mandates/{id}/bills" in home.text
    listed = ask(services, client, f"/mandates/{id}/bills?lang={language}", jiro)
    assert f"/bills/{bill}" in listed.text
    shown = ask(services, client, f"/bills/{bill}?lang={language}", jiro)
    assert shown.status_code == 200
    assert "見本 はなこ" in shown.text
    led = ask(services, client, f"/bills/{bill}/checkout?lang={language}", jiro, "POST")
    assert led.status_code == 303
    assert ask(services, client, f"/bills/{bill}/back", jiro).status_code == 200
    acts = [(each.act, each.by) for each in history.entries(services, hanako.resident)[0]]
    assert ("mandate_looked", "agent") in acts
    assert ("payment_started", "agent") in acts
    mandates.end(services, hanako.resident, id)
    for path in (f"/bills/{bill}", f"/bills/{bill}/back"):
        assert ask(services, client, path, jiro).status_code == 404
    assert ask(services, client, f"/mandates/{id}/bills", jiro).status_code == 403


def test_who_may_only_read_and_file_sees_no_bill(
    services: Services, client: FlaskClient, hanako: Session, jiro: Session, bill: str
) -> None:
    id = given(services, hanako, jiro, "read", "file")
    none = ask(services, client, "/bills/B-00000-00000", jiro)
    hers = ask(services, client, f"/bills/{bill}", jiro)
    assert hers.status_code == none.status_code == 404
    assert hers.text == none.text
    assert ask(services, client, f"/bills/{bill}/checkout", jiro, "POST").status_code == 404
    assert ask(services, client, f"/mandates/{id}/bills", jiro).status_code == 403
    assert f"/mandates/{id}/bills" not in ask(services, client, "/mandates", jiro).text


def test_the_list_is_of_who_asks_and_of_nobody_elses_mandate(
    services: Services, client: FlaskClient, hanako: Session, jiro: Session, bill: str
) -> None:
    id = given(services, hanako, jiro, "pay")
    third = logged_in(services, number="0000000003", name="見本 さぶろう")
    for who in (hanako, third):  # she has a page of her own for what is hers
        for each in (id, "M-0000000000000000"):
            assert ask(services, client, f"/mandates/{each}/bills", who).status_code == 403
