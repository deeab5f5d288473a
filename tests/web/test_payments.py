"""Bills over HTTP: the page, the way to the company, the way back, and the company's messages."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.contracts.small_disk import no_file_beyond
from tests.parts.payer import YEN, CrashingStore, Payer, signed
from tests.parts.resident import Session, logged_in
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.ports import Record, Replace
from todoke.web.app import create_app

BASE = "http://localhost:8080"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Payer:
    return Payer.open(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def app(city: Payer) -> Flask:
    return create_app(city.services, only=["payments"])


@pytest.fixture
def person(city: Payer, app: Flask) -> Browser:
    return browser(city, app)


class Browser:
    """A person with a bill, logged in, on one browser."""

    def __init__(self, payer: Payer, session: Session, client: FlaskClient) -> None:
        self.payer, self.session, self.client = payer, session, client
        self.path = f"/bills/{payer.bill}"

    def get(self, path: str = "", **headers: str) -> TestResponse:
        """A page of the portal; the bill's own unless told otherwise."""
        return self.client.get(path or self.path, base_url=BASE, headers=headers)

    def text(self, path: str = "") -> str:
        """Its words."""
        return self.get(path).get_data(as_text=True)

    def press(self, path: str = "", origin: str | None = BASE, **form: str) -> TestResponse:
        """Sends the form of the pay button."""
        headers = {"Accept": "text/html"} | ({"Origin": origin} if origin else {})
        return self.client.post(
            path or f"{self.path}/checkout", base_url=BASE, headers=headers, data=form
        )


def browser(city: Payer, app: Flask) -> Browser:
    """Somebody new."""
    number = next(NUMBERS)
    payer = city.neighbour(number)
    session = logged_in(city.services, number=f"{number:08d}")
    return Browser(payer, session, session.on(app.test_client(), city.services))


def tell(app: Flask, body: bytes, header: str | None, path: str = "pretend") -> TestResponse:
    """The company's POST."""
    headers = {"Content-Type": "application/json"}
    if header is not None:
        headers["Pretend-Signature"] = header
    return app.test_client().post(
        f"/api/payments/{path}", base_url=BASE, headers=headers, data=body
    )


def paid(person: Browser, **other: Any) -> tuple[bytes, str]:
    """The signed message that her bill was paid."""
    session = person.payer.start()
    told = {"id": f"pe_{person.payer.bill}", "kind": "paid", "session": session, "yen": YEN}
    return signed(person.payer.services, **{**told, **other})


# ---------------------------------------------------------------------------------- the page
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ("12,000円", "まだ払っていません", "カードやコンビニで払う", "窓口", "見本 そのた")),
        ("?lang=en", ("12,000 yen", "Not paid yet", "Pay by card", "Nursery fee", "counter")),
        ("?lang=easy", ("12,000", "<ruby>", "カード")),
    ],
)
def test_the_page_says_what_for_whom_how_much_and_by_when(
    person: Browser, query: str, words: tuple[str, ...]
) -> None:
    page = person.text(person.path + query)
    for each in words:
        assert each in page, each
    assert f'action="{person.path}/checkout' in page
    assert "<time datetime=" in page


def test_the_page_is_kept_by_nobody(person: Browser) -> None:
    for path in (person.path, f"{person.path}/back"):
        assert person.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["", "/back"])
def test_without_a_session_the_page_leads_to_the_login_and_back(
    app: Flask, person: Browser, path: str
) -> None:
    page = app.test_client().get(person.path + path, base_url=BASE)
    assert page.status_code == 401
    assert f"login.html?next=%2Fbills%2F{person.payer.bill}" in page.get_data(as_text=True)
    assert "12,000" not in page.get_data(as_text=True)


def test_a_button_pressed_after_the_session_ended_leads_back_to_the_bill(
    app: Flask, person: Browser
) -> None:
    page = app.test_client().post(
        f"{person.path}/checkout", base_url=BASE, headers={"Origin": BASE}
    )
    assert page.status_code == 401
    assert f"next=%2Fbills%2F{person.payer.bill}" in page.get_data(as_text=True)
    assert not person.payer.ways


def test_an_account_that_is_not_linked_sees_no_bill(city: Payer, app: Flask) -> None:
    nobody = logged_in(city.services, number="", linked=False)
    client = nobody.on(app.test_client(), city.services)
    assert client.get(f"/bills/{city.bill}", base_url=BASE).status_code == 403


def test_another_persons_bill_answers_as_one_that_does_not_exist(city: Payer, app: Flask) -> None:
    hers, his = browser(city, app), browser(city, app)
    his.press()

    def answers(bill: str) -> list[tuple[int, bytes, str]]:
        found = [
            hers.get(f"/bills/{bill}"),
            hers.get(f"/bills/{bill}", Accept="application/json"),
            hers.get(f"/bills/{bill}/back"),
            hers.press(f"/bills/{bill}/checkout"),
            hers.press(f"/bills/{bill}/checkout", origin="https://evil.test"),
            hers.client.delete(f"/bills/{bill}", base_url=BASE, headers={"Origin": BASE}),
        ]
        return [
            (each.status_code, each.data.replace(bill.encode(), b""), str(each.headers))
            for each in found
        ]

    of_another = answers(his.payer.bill)
    assert of_another == answers("B-00000-00000")
    assert [status for status, _, _ in answers("x" * 300)] == [404, 404, 404, 404, 403, 405]
    assert [status for status, _, _ in of_another] == [404, 404, 404, 404, 403, 405]


# ----------------------------------------------------------------------------------- the way
def test_the_button_leads_to_the_company_with_303(person: Browser) -> None:
    answer = person.press()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("http://pretend-pay.localhost:8080/pay/ps_")
    assert person.press().headers["Location"] == answer.headers["Location"]
    assert "支払いを続ける" in person.text()


def test_whoever_presses_on_and_on_is_slowed_down_and_others_are_not(
    city: Payer, app: Flask
) -> None:
    person, other = browser(city, app), browser(city, app)
    answers = [person.press().status_code for _ in range(25)]
    assert answers == [303] * 20 + [429] * 5
    assert other.press().status_code == 303


def test_amounts_of_the_form_count_for_nothing(person: Browser) -> None:
    person.press(yen="1", amount="1", bill="B-00000-00000")
    assert [each.data["yen"] for each in person.payer.ways] == [YEN]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.test", "http://localhost:8081"])
def test_a_form_from_elsewhere_begins_nothing(person: Browser, origin: str | None) -> None:
    assert person.press(origin=origin).status_code == 403
    assert not person.payer.ways


def test_a_page_left_open_by_another_person_begins_nothing(city: Payer, app: Flask) -> None:
    left, now = browser(city, app), browser(city, app)
    assert now.press(f"{left.path}/checkout").status_code == 404
    assert not left.payer.ways


@pytest.mark.parametrize(
    ("code", "status"), [("payment_unavailable", 503), ("payment_refused", 502)]
)
def test_a_company_that_does_not_open_its_page_is_told_in_words(
    city: Payer, code: str, status: int
) -> None:
    class Away:
        name, signature_header = "pretend", "Pretend-Signature"

        def open(self, checkout: object) -> None:
            raise TodokeError(code)

    services = replace(city.services, payments=Away())  # type: ignore[arg-type]
    away = create_app(services, only=["payments"])
    person = browser(replace(city, services=services), away)
    answer = person.press()
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert "お金は動いていません" in page
    assert f'href="{person.path}?lang=ja"' in page


def test_a_city_without_a_payment_company_shows_the_counter_and_no_button(city: Payer) -> None:
    from todoke.adapters.no_payments import NoPayments

    services = replace(city.services, payments=NoPayments())
    person = browser(replace(city, services=services), create_app(services, only=["payments"]))
    page = person.text()
    assert "checkout" not in page
    assert "市役所の窓口で払えます" in page
    assert person.press().status_code == 503
    assert not person.payer.ways


def test_a_paid_bill_has_no_button_and_leads_nowhere(person: Browser, app: Flask) -> None:
    tell(app, *paid(person))
    page = person.text()
    assert "checkout" not in page
    assert "払い終わりました" in page
    assert person.press().status_code == 409


# ---------------------------------------------------------------------------------- the back
def test_coming_back_never_means_paid(person: Browser) -> None:
    person.press()
    page = person.text(f"{person.path}/back")
    assert "確認しています" in page
    assert "払い終わりました" not in page
    assert "領収" not in page
    assert re.search(r'<noscript><meta http-equiv="refresh" content="3;url=/bills/B-', page)
    assert person.payer.shown.state == "started"


def test_the_waiting_page_stops_asking_by_itself(person: Browser) -> None:
    page = person.text(f"{person.path}/back?look=12")
    assert "refresh" not in page
    for junk in ("-1", "x", "9" * 400, "１", "1.5", "<script>"):
        assert person.get(f"{person.path}/back?look={junk}").status_code == 200


def test_once_the_ledger_says_paid_the_way_back_ends_at_the_receipt(
    person: Browser, app: Flask
) -> None:
    tell(app, *paid(person))
    answer = person.get(f"{person.path}/back")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{person.path}?lang=ja")
    page = person.text()
    assert "領収のしるし" in page
    assert person.payer.bill in page


def test_a_bill_that_waits_says_so_without_a_button(person: Browser) -> None:
    person.payer.tell(person.payer.start(), "pending")
    page = person.text()
    assert "checkout" not in page
    assert "もう一度払わないで" in page
    assert person.press().status_code == 409


def test_a_bill_that_is_withdrawn_says_so_without_a_button(person: Browser) -> None:
    payer = person.payer
    record = payer.services.store.get("bill", payer.bill)
    assert record is not None
    gone = Record("bill", record.id, {**record.data, "state": "withdrawn"}, record.version)
    payer.services.store.commit([Replace(gone)])
    page = person.text()
    assert "checkout" not in page
    assert "取り下げ" in page


# ------------------------------------------------------------------------------- the messages
def test_a_signed_message_settles_the_bill_and_again_does_nothing(
    person: Browser, app: Flask
) -> None:
    body, header = paid(person)
    assert [tell(app, body, header).status_code for _ in range(3)] == [200, 200, 200]
    assert person.payer.lines == [("billed", YEN), ("paid", -YEN)]


def test_forged_old_future_and_unsigned_messages_are_400_and_do_nothing(
    person: Browser, app: Flask
) -> None:
    body, header = paid(person)
    now = person.payer.clock.unix()
    secret = "guessed"
    for forged in (
        None,
        "",
        header[:-1],
        header.replace("v1=", "v0="),
        webhook.sign(secret, body, now),
        header.replace(str(now), str(now + 1)),
    ):
        assert tell(app, body, forged).status_code == 400, forged
    assert tell(app, body + b" ", header).status_code == 400
    for late in (-301, 301):
        person.payer.clock.turn(late)
        assert tell(app, body, header).status_code == 400
        person.payer.clock.turn(-late)
    assert person.payer.shown.state == "started"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 9999, b'{"id":1}'])
def test_signed_junk_is_400_and_never_500(city: Payer, app: Flask, body: bytes) -> None:
    from todoke.adapters.pretend_provider import webhook_secret

    now = city.services.clock.unix()
    header = webhook.sign(webhook_secret(city.services.secrets), body, now)
    answer = tell(app, body, header)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "webhook_refused")


def test_another_companys_address_is_not_there(person: Browser, app: Flask) -> None:
    body, header = paid(person)
    for path in ("stripe", "x", "pretend%00"):
        assert tell(app, body, header, path).status_code == 404


def test_a_message_that_is_too_large_is_refused(app: Flask) -> None:
    assert tell(app, b"x" * (256 * 1024 + 1), "t=1,v1=0").status_code == 413


def test_a_message_needs_no_origin_and_no_cookie_and_gets_none(person: Browser, app: Flask) -> None:
    body, header = paid(person)
    answer = tell(app, body, header)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.get_json() == {"ok": True}


def test_a_full_disk_answers_5xx_so_that_the_company_sends_it_again(
    city: Payer, app: Flask
) -> None:
    person = browser(city, app)
    body, header = paid(person)
    store: Any = CrashingStore(city.services.store, ["full"])
    full = create_app(replace(city.services, store=store), only=["payments"])
    answer = tell(full, body, header)
    assert answer.status_code == 507
    assert "Retry-After" in answer.headers
    assert person.payer.lines == [("billed", YEN)]
    assert tell(app, body, header).status_code == 200
    assert person.payer.lines[-1] == ("paid", -YEN)


def test_a_disk_that_takes_no_more_keeps_nothing_and_loses_nothing(city: Payer, app: Flask) -> None:
    person = browser(city, app)
    body, header = paid(person)
    with no_file_beyond(0):
        answers = [tell(app, body, header).status_code for _ in range(3)]
        page = person.get()
    assert all(each >= 500 for each in answers), answers
    assert page.status_code == 200  # reading goes on
    assert person.payer.lines == [("billed", YEN)]
    assert person.payer.letters == ["bill"]
    assert tell(app, body, header).status_code == 200
    assert person.payer.lines == [("billed", YEN), ("paid", -YEN)]


def test_news_of_an_unknown_page_is_not_taken(person: Browser, app: Flask) -> None:
    body, header = paid(person, session="ps_" + "0" * 32)
    answer = tell(app, body, header)
    assert answer.status_code == 404
    assert json.loads(answer.data)["error"] == "not_found"
