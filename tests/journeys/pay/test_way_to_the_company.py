"""From the button to the company's page: one page per bill, whatever happens on the way."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.parts.payer import YEN, CrashError, CrashingStore, Payer
from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.journeys import bills, pay
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent, Record, Replace

pytestmark = pytest.mark.also_late


class Company:
    """A company whose answers are told by hand; remembers what it was asked."""

    name = "pretend"
    signature_header = "Pretend-Signature"

    def __init__(self, real: Any, *answers: str) -> None:
        self.real, self.answers = real, list(answers)
        self.asked: list[Checkout] = []

    def open(self, checkout: Checkout) -> OpenedCheckout:
        """The next answer: an error's code, "crash", or the real one."""
        self.asked.append(checkout)
        answer = self.answers.pop(0) if self.answers else ""
        if answer == "crash":
            self.real.open(checkout)
            raise CrashError
        if answer:
            raise TodokeError(answer)
        found: OpenedCheckout = self.real.open(checkout)
        return found

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:
        """The real one."""
        found: PaymentEvent = self.real.read(body, signature, now)
        return found


def facing(payer: Payer, *answers: str) -> tuple[Payer, Company]:
    """The same resident, another company."""
    company = Company(payer.services.payments, *answers)
    return replace(payer, services=replace(payer.services, payments=company)), company


def test_the_button_leads_to_the_company_and_the_bill_is_begun(payer: Payer) -> None:
    url = pay.start_checkout(payer.services, payer.resident, payer.bill, "ja")
    assert url.startswith("http://pretend-pay.localhost:8080/pay/")
    assert payer.shown.state == "started"
    assert payer.ways[0].data["state"] == "open"
    assert "payment_started" in payer.acts()


def test_a_second_click_and_another_language_go_on_with_the_same_page(payer: Payer) -> None:
    assert payer.start("ja") == payer.start("en") == payer.start("easy")
    assert len(payer.ways) == 1
    assert payer.acts().count("payment_started") == 1


def test_two_tabs_at_once_get_one_page(payer: Payer) -> None:
    found: list[str] = []
    gate = threading.Barrier(6)

    def click() -> None:
        gate.wait()
        found.append(payer.start())

    tabs = [threading.Thread(target=click) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(30)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(payer.ways) == 1


def test_the_company_is_told_the_amount_of_our_own_row_and_nothing_personal(payer: Payer) -> None:
    there, company = facing(payer)
    there.start("en")
    asked = company.asked[0]
    assert asked.yen == YEN
    assert asked.title == f"Nursery fee {payer.bill}"
    assert asked.back_url == f"http://localhost:8080/bills/{payer.bill}/back?lang=en"
    assert "見本" not in repr(asked)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_after_a_crash_the_same_is_asked_again_word_for_word(payer: Payer, language: str) -> None:
    there, company = facing(payer, "crash")
    with pytest.raises(CrashError):
        there.start("ja")
    assert payer.sessions == [None]
    payer.clock.turn(60)
    there.start(language)
    assert company.asked[0] == company.asked[1]
    assert len(payer.ways) == 1


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", [0, 1])
def test_a_crash_at_any_commit_ends_in_one_page(payer: Payer, crash: str, commit: int) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, [""] * commit + [crash]))
    with pytest.raises(CrashError):
        broken.start()
    session = payer.start()
    assert payer.start() == session
    assert payer.sessions == [session]


def test_a_company_that_is_away_is_asked_again_with_the_same_key(payer: Payer) -> None:
    there, company = facing(payer, "payment_unavailable", "payment_unavailable")
    for _ in range(2):
        with pytest.raises(TodokeError, match="payment_unavailable"):
            there.start()
    there.start()
    assert len({each.id for each in company.asked}) == 1


def test_what_the_company_refuses_is_not_asked_again_with_the_same_key(payer: Payer) -> None:
    there, company = facing(payer, "payment_refused")
    with pytest.raises(TodokeError, match="payment_refused"):
        there.start()
    assert payer.shown.state == "open"
    there.start()
    assert company.asked[0].id != company.asked[1].id
    assert sorted(str(each.data["state"]) for each in payer.ways) == ["failed", "open"]


def test_a_page_about_to_close_is_replaced_by_a_new_one(payer: Payer) -> None:
    first = payer.start()
    payer.clock.turn(payment.LIFE_SECONDS - payment.CLOSING_SECONDS)
    assert payer.start() != first


def test_a_page_of_a_company_the_city_has_left_is_not_handed_out(payer: Payer) -> None:
    before = payer.start()
    there, company = facing(payer)
    company.name = "another"
    assert there.start() != before
    assert sorted(str(each.data["provider"]) for each in payer.ways) == ["another", "pretend"]


@pytest.mark.lists_on_time
@pytest.mark.parametrize("state", ["paid", "awaiting", "withdrawn"])
def test_a_bill_that_waits_or_is_done_leads_nowhere(payer: Payer, state: str) -> None:
    if state == "awaiting":
        payer.tell(payer.start(), "pending")
        with pytest.raises(TodokeError, match="bill_state"):
            payer.start()
        return
    record = bills.own(payer.services, payer.resident, payer.bill)
    changed = Record("bill", record.id, {**record.data, "state": state}, record.version)
    payer.services.store.commit([Replace(changed)])
    with pytest.raises(TodokeError, match="bill_state"):
        payer.start()
    assert not payer.ways


def test_another_persons_bill_is_not_there(payer: Payer) -> None:
    for resident, bill in (("R-other", payer.bill), (payer.resident, "B-00000-00000")):
        with pytest.raises(TodokeError) as caught:
            pay.start_checkout(payer.services, resident, bill, "ja")
        assert str(caught.value) == "not_found"


def test_a_company_that_forgets_its_keys_still_gets_one_page_per_bill(payer: Payer) -> None:
    class Forgetful(Company):
        """Another page each time it is asked."""

        def open(self, checkout: Checkout) -> OpenedCheckout:
            """The first call is overtaken by the other tab."""
            self.asked.append(checkout)
            page = f"ps_{len(self.asked)}"
            if len(self.asked) == 1:
                there.start()
            return OpenedCheckout(page, f"http://pretend-pay.localhost:8080/pay/{page}")

    company = Forgetful(payer.services.payments)
    there = replace(payer, services=replace(payer.services, payments=company))
    assert there.start() == "ps_2"
    assert payer.sessions == ["ps_2"]
