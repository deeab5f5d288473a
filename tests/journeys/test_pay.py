"""Paying: one page per bill at the company, and its news counted exactly once."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.payer import YEN, CrashError, CrashingStore, Payer, signed
from todoke.adapters.pretend_provider import Books
from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.journeys import bills, pay
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent, Record, Replace


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Payer:
    return Payer.open(tmp_path_factory.mktemp("city"))


NUMBERS = itertools.count(1)


@pytest.fixture
def payer(city: Payer) -> Payer:
    return city.neighbour(next(NUMBERS))


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


# ---------------------------------------------------------------------------------- the way
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
    assert payer.ways[0].data["url"] is None
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
    assert [each.data["session"] for each in payer.ways] == [session]


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


# --------------------------------------------------------------------------------- the news
def test_a_payment_is_bill_ledger_receipt_and_audit_in_one(payer: Payer) -> None:
    assert payer.tell(payer.start(), "paid") == "paid"
    assert payer.shown.state == "paid"
    assert payer.lines == [("billed", YEN), ("paid", -YEN)]
    assert payer.letters == ["bill", "bill_paid"]
    assert payer.acts().count("payment_paid") == 1


def test_a_duplicate_has_no_effect(payer: Payer) -> None:
    session = payer.start()
    done = [payer.tell(session, "paid", id=f"pe_{payer.bill}") for _ in range(5)]
    assert done == ["paid", *["duplicate"] * 4]
    assert payer.tell(session, "paid") == "nothing"
    assert payer.lines == [("billed", YEN), ("paid", -YEN)]
    assert payer.letters == ["bill", "bill_paid"]


def test_duplicates_at_the_same_moment_count_once(payer: Payer) -> None:
    session = payer.start()
    body, header = signed(payer.services, id=payer.bill, kind="paid", session=session, yen=YEN)
    done: list[str] = []
    gate = threading.Barrier(6)

    def arrive() -> None:
        gate.wait()
        done.append(pay.settle(payer.services, body, header))

    threads = [threading.Thread(target=arrive) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(done) == [*["duplicate"] * 5, "paid"]
    assert payer.lines == [("billed", YEN), ("paid", -YEN)]


def test_reordered_and_three_days_late_news_ends_paid(payer: Payer) -> None:
    session = payer.start()
    payer.clock.turn(3 * 86_400)
    assert payer.tell(session, "paid") == "paid"
    assert payer.tell(session, "pending") == "nothing"
    assert payer.tell(session, "expired") == "nothing"
    assert payer.shown.state == "paid"


def test_a_failed_payment_can_be_tried_again(payer: Payer) -> None:
    first = payer.start()
    assert payer.tell(first, "failed") == "failed"
    assert payer.shown.state == "open"
    second = payer.start()
    assert second != first
    payer.tell(second, "paid")
    assert payer.shown.state == "paid"


def test_a_second_payment_is_told_to_the_cashier_and_to_the_person(payer: Payer) -> None:
    first = payer.start()
    payer.tell(first, "failed")
    second = payer.start()
    payer.tell(second, "paid")
    assert payer.tell(first, "paid") == "overpaid"  # the convenience store was slow
    assert payer.lines[-2:] == [("paid", -YEN), ("overpaid", -YEN)]
    assert bills.balance(bills.ledger(payer.services, payer.bill)) == -YEN
    assert payer.bill in [each.id for each in bills.flagged(payer.services, "overpaid").bills]
    assert payer.letters == ["bill", "bill_paid", "bill_overpaid"]
    assert payer.acts().count("payment_overpaid") == 1


def test_another_amount_is_not_paid_and_the_cashier_sees_it(payer: Payer) -> None:
    session = payer.start()
    assert payer.tell(session, "paid", yen=YEN - 1) == "amount_differs"
    assert payer.shown.state == "awaiting"
    assert payer.lines == [("billed", YEN)]
    assert payer.letters == ["bill"]
    assert payer.bill in [each.id for each in bills.flagged(payer.services, "amount_differs").bills]
    assert "payment_amount_differs" in payer.acts()


def test_a_page_of_ours_that_the_store_does_not_know_is_told_again(payer: Payer) -> None:
    with pytest.raises(TodokeError) as caught:
        payer.tell("ps_" + "0" * 32, "paid")
    assert caught.value.status == 404


def test_unsigned_news_does_nothing(payer: Payer) -> None:
    session = payer.start()
    body, _ = signed(payer.services, id=payer.bill, kind="paid", session=session, yen=YEN)
    for header in ("", "t=1,v1=00", f"t={payer.clock.unix()},v1={'0' * 64}"):
        with pytest.raises(TodokeError, match="webhook_refused"):
            pay.settle(payer.services, body, header)
    assert payer.shown.state == "started"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"id": "pe", "kind": "paid", "session": "x", "yen": True},
        {"id": "pe", "kind": "paid", "session": "x", "yen": 1.5},
        {"id": "pe", "kind": "paid", "session": "x", "yen": 10**30},
        {"id": "pe", "kind": "given", "session": "x", "yen": 1},
        {"id": "p" * 256, "kind": "paid", "session": "x", "yen": 1},
        {"id": "", "kind": "paid", "session": "x", "yen": 1},
        {"id": "pe", "kind": "paid", "session": ["x"], "yen": 1},
        {"id": "pe", "kind": "paid", "session": "\ud800", "yen": 1},
    ],
)
def test_signed_junk_is_refused(payer: Payer, told: dict[str, Any]) -> None:
    body, header = signed(payer.services, **told)
    with pytest.raises(TodokeError, match="webhook_refused"):
        pay.settle(payer.services, body, header)


class Quicker(CrashingStore):
    """Somebody else commits first, once."""

    other: Any = None

    def commit(self, writes: Any) -> None:
        """The other one, then this."""
        other, self.other = self.other, None
        if other:
            other()
        self.store.commit(writes)


def test_two_events_of_one_bill_do_not_pass_each_other_unseen(payer: Payer) -> None:
    first = payer.start()
    payer.clock.turn(payment.LIFE_SECONDS)
    second = payer.start()
    store = Quicker(payer.services.store)
    store.other = lambda: payer.tell(second, "expired")
    assert payer.with_store(store).tell(first, "expired", id=f"pe_{payer.bill}_x") == "expired"
    # each alone would have left the bill begun, because of the other
    assert payer.shown.state == "open"


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
    assert [each.data["session"] for each in payer.ways] == ["ps_2"]


# -------------------------------------------------------------------------------- histories
def test_a_full_disk_takes_nothing_and_the_next_delivery_everything(payer: Payer) -> None:
    session = payer.start()
    full = payer.with_store(CrashingStore(payer.services.store, ["full"]))
    with pytest.raises(TodokeError, match="storage_full"):
        full.tell(session, "paid", id=payer.bill)
    assert payer.lines == [("billed", YEN)]
    assert payer.tell(session, "paid", id=payer.bill) == "paid"
    assert payer.lines == [("billed", YEN), ("paid", -YEN)]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["pending", "paid", "paid", "failed", "expired"]),
        st.sampled_from([YEN, YEN, YEN, YEN - 1]),
        st.lists(st.sampled_from(["", "", "before", "after", "full"]), min_size=1, max_size=5),
        st.sampled_from([0, 1, 3600, 3 * 86_400]),
    ),
    max_size=7,
)


def lives(payer: Payer, history: Sequence[Any], chance: random.Random) -> None:
    """Three pages of one bill; each event is delivered one to five times, with crashes before
    and after its commit, in any order, up to three days late; then once more each, as a provider
    does that got no 2xx. Ledger, state and receipts must be what the set of events says."""
    sessions = []
    for _ in range(3):
        sessions.append(payer.start())
        payer.clock.turn(payment.LIFE_SECONDS)
    told = [(f"pe_{n}_{payer.bill}", *each) for n, each in enumerate(history)]
    deliveries = [(each, crash) for each in told for crash in each[4]]
    chance.shuffle(deliveries)
    for (id, page, kind, yen, _, wait), crash in [*deliveries, *((each, "") for each in told)]:
        payer.clock.turn(wait)
        there = payer.with_store(CrashingStore(payer.services.store, [crash]))
        try:
            there.tell(sessions[page], kind, yen, id)
        except (CrashError, TodokeError) as error:
            assert crash, error  # noqa: PT017
    paid = {page for _, page, kind, yen, *_ in told if (kind, yen) == ("paid", YEN)}
    differs = any((kind, yen) == ("paid", YEN - 1) for _, _, kind, yen, *_ in told)
    received = sum(yen for entry, yen in payer.lines if entry != "billed")
    assert received == -YEN * len(paid)
    assert (payer.shown.state == "paid") == bool(paid)
    assert payer.letters.count("bill_paid") == bool(paid)
    assert payer.letters.count("bill_overpaid") == max(0, len(paid) - 1)
    assert payer.shown.flag == (
        "overpaid" if len(paid) > 1 else "amount_differs" if differs else None
    )


QUICK: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow_on_aws
@settings(max_examples=40, **QUICK)
@given(EVENTS, st.randoms(use_true_random=False))
def test_any_history_with_crashes_ends_in_the_exact_ledger(
    city: Payer, history: Sequence[Any], chance: random.Random
) -> None:
    lives(city.neighbour(next(NUMBERS)), history, chance)


@pytest.mark.soak
@settings(max_examples=10_000, **QUICK)
@given(EVENTS, st.randoms(use_true_random=False))
def test_ten_thousand_histories_with_crashes_end_in_the_exact_ledger(
    city: Payer, history: Sequence[Any], chance: random.Random
) -> None:
    lives(city.neighbour(next(NUMBERS)), history, chance)


# -------------------------------------------------------------------------- the pretend books
def test_the_pretend_company_opens_one_page_for_one_checkout(tmp_path: Path) -> None:
    books = Books(tmp_path)
    asked = Checkout("C-1", "B-1", 100, "見本", "http://localhost/bills/B-1/back", "ja", 2**31)
    assert books.open(asked) == books.open(asked)
    other = Checkout("C-1", "B-1", 99, "見本", "http://localhost/bills/B-1/back", "ja", 2**31)
    with pytest.raises(TodokeError, match="payment_refused"):
        books.open(other)


def test_a_button_counts_once_and_its_message_is_sent_until_it_is_taken(tmp_path: Path) -> None:
    books = Books(tmp_path)
    asked = Checkout("C-1", "B-1", 100, "見本", "http://localhost/bills/B-1/back", "ja", 2**31)
    session = books.session(books.open(asked))
    assert session is not None
    for button in ("pay", "pay", "fail", "store_paid"):
        books.press(session, button, 1)
    found = books.session(session.id)
    assert found is not None
    assert found.state == "paid"
    number, body = books.due() or (0, b"")
    assert json.loads(body)["yen"] == 100
    books.sent(number, taken=False)
    assert books.due() is None  # later
