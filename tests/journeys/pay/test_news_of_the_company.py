"""What the company tells: each message counts once, in any order, and only if it is signed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.parts.payer import AT_THE_COUNTER, YEN, CrashingStore, Payer, signed
from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.journeys import bill_desk, bills, pay


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
    assert payer.bill in [
        each.id for each in bill_desk.flagged(payer.services, AT_THE_COUNTER, "overpaid").bills
    ]
    assert payer.letters == ["bill", "bill_paid", "bill_overpaid"]
    assert payer.acts().count("payment_overpaid") == 1


def test_another_amount_is_not_paid_and_the_cashier_sees_it(payer: Payer) -> None:
    session = payer.start()
    assert payer.tell(session, "paid", yen=YEN - 1) == "amount_differs"
    assert payer.shown.state == "awaiting"
    assert payer.lines == [("billed", YEN)]
    assert payer.letters == ["bill"]
    assert payer.bill in [
        each.id
        for each in bill_desk.flagged(payer.services, AT_THE_COUNTER, "amount_differs").bills
    ]
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


def test_a_full_disk_takes_nothing_and_the_next_delivery_everything(payer: Payer) -> None:
    session = payer.start()
    full = payer.with_store(CrashingStore(payer.services.store, ["full"]))
    with pytest.raises(TodokeError, match="storage_full"):
        full.tell(session, "paid", id=payer.bill)
    assert payer.lines == [("billed", YEN)]
    assert payer.tell(session, "paid", id=payer.bill) == "paid"
    assert payer.lines == [("billed", YEN), ("paid", -YEN)]
