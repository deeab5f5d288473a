"""Any history of events and crashes ends in the exact ledger; the books of the pretend company."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.payer import YEN, CrashError, CrashingStore, Payer
from todoke.adapters.pretend_provider import Books
from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.ports import Checkout

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
    someone: Callable[[], Payer], history: Sequence[Any], chance: random.Random
) -> None:
    lives(someone(), history, chance)


@pytest.mark.soak
@settings(max_examples=10_000, **QUICK)
@given(EVENTS, st.randoms(use_true_random=False))
def test_ten_thousand_histories_with_crashes_end_in_the_exact_ledger(
    someone: Callable[[], Payer], history: Sequence[Any], chance: random.Random
) -> None:
    lives(someone(), history, chance)


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
