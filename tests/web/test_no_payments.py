"""A city without a payment company: bills are shown and paid at the counter."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.parts.payer import CASHIER, csv, row
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.journeys import bills
from todoke.ports import Services
from todoke.web.app import create_app

BASE = "http://localhost:8080"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return assemble.fake(tmp_path, payments={"provider": "none"})


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, only=["payments"])


def test_a_bill_shows_the_counter_and_no_button(services: Services, app: Flask) -> None:
    session = logged_in(services)
    bill = bills.import_csv(services, CASHIER, csv(row())).taken[0][1]
    client = session.on(app.test_client(), services)
    page = client.get(f"/bills/{bill}", base_url=BASE).get_data(as_text=True)
    assert "保育料 見本" in page
    assert "市役所の窓口で払えます" in page
    assert "/checkout" not in page
    pressed = client.post(f"/bills/{bill}/checkout", base_url=BASE, headers={"Origin": BASE})
    assert pressed.status_code == 503


def test_nobody_is_believed_who_says_that_something_was_paid(
    services: Services, app: Flask
) -> None:
    told = app.test_client().post(
        "/api/payments/none", base_url=BASE, data=b"{}", content_type="application/json"
    )
    assert told.status_code == 400
    with pytest.raises(TodokeError, match="webhook_refused"):
        services.payments.read(b"{}", "t=1,v1=00", 1)


def test_no_form_of_such_a_city_may_lead_elsewhere(services: Services, app: Flask) -> None:
    assert services.config.checkout_origins == ()
    page = app.test_client().get("/bills/B-0", base_url=BASE)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
