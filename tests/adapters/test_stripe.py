"""Stripe through its real library, against a server that is hostile on purpose."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.hostile_stripe import KEY, SECRET, HostileStripe
from tests.parts.payer import YEN, Payer
from todoke import assemble
from todoke.adapters import stripe_checkout, stripe_wire
from todoke.adapters.clock import SystemClock
from todoke.adapters.stripe_checkout import StripeCheckout
from todoke.config import Config, PaymentConfig
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.journeys import pay
from todoke.ports import Checkout

NOW = 1_795_478_400


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileStripe]:
    # the library's pauses between its own retries, and our deadline, made short: what is tested
    # is that they end, not that they are long
    import stripe as library

    monkeypatch.setattr(library.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(library.HTTPClient, "MAX_DELAY", 0.02)
    monkeypatch.setattr(stripe_wire, "CALL_SECONDS", 0.4)
    with HostileStripe() as server:
        yield server


def settings(url: str, **other: Any) -> PaymentConfig:
    """Of a city that is paid through it."""
    chosen = {"stripe_key": KEY, "webhook_secret": SECRET, "stripe_api": url, **other}
    return PaymentConfig(provider="stripe", **chosen)


@pytest.fixture
def adapter(stripe: HostileStripe, tmp_path: Path) -> StripeCheckout:
    return StripeCheckout(Config(root=tmp_path, data=tmp_path, payments=settings(stripe.url)))


def checkout(id: str = "C-00000-00001", **other: Any) -> Checkout:
    """What a journey asks for."""
    asked: dict[str, Any] = {
        "bill": "B-00000-00001",
        "yen": YEN,
        "title": "保育料 B-00000-00001",
        "back_url": "http://localhost:8080/bills/B-00000-00001/back?lang=ja",
        "language": "ja",
        "expires_at": int(time.time()) + 4 * 3600,
        **other,
    }
    return Checkout(id, **asked)


def test_the_library_is_asked_for_one_hosted_page_of_whole_yen(
    stripe: HostileStripe, adapter: StripeCheckout
) -> None:
    asked = checkout()
    found = adapter.open(asked)
    assert found.session in stripe.sessions
    assert found.url.startswith("https://checkout.stripe.com/")
    headers, sent = stripe.requests[0]
    assert headers["idempotency-key"] == asked.id
    assert headers["stripe-version"]
    assert sent["line_items[0][price_data][unit_amount]"] == str(YEN)
    assert sent["line_items[0][price_data][currency]"] == "jpy"
    assert [sent["payment_method_types[0]"], sent["payment_method_types[1]"]] == ["card", "konbini"]
    assert sent["success_url"] == sent["cancel_url"] == asked.back_url
    assert sent["expires_at"] == str(asked.expires_at)
    assert sent["metadata[todoke_checkout]"] == asked.id
    # nothing about a person, nothing about this machine
    assert not [name for name in sent if name.startswith("customer")]
    assert "platform" not in headers["x-stripe-client-user-agent"]
    assert "x-stripe-client-telemetry" not in headers


def test_the_same_checkout_again_is_the_same_page(
    stripe: HostileStripe, adapter: StripeCheckout
) -> None:
    asked = checkout()
    assert adapter.open(asked) == adapter.open(asked)
    assert len(stripe.sessions) == 1
    assert stripe.requests[0][1] == stripe.requests[1][1]


def test_another_amount_under_the_same_key_is_refused(adapter: StripeCheckout) -> None:
    adapter.open(checkout())
    with pytest.raises(TodokeError, match="payment_refused"):
        adapter.open(checkout(yen=YEN + 1))


@pytest.mark.parametrize(
    ("yen", "methods"),
    [
        (49, []),
        (50, ["card"]),
        (119, ["card"]),
        (120, ["card", "konbini"]),
        (300_000, ["card", "konbini"]),
        (300_001, ["card"]),
        (9_999_999, ["card"]),
    ],
)
def test_only_methods_that_take_the_amount_are_offered(yen: int, methods: list[str]) -> None:
    if not methods:
        with pytest.raises(TodokeError, match="payment_refused"):
            stripe_checkout.parameters(checkout(yen=yen))
        return
    assert stripe_checkout.parameters(checkout(yen=yen))["payment_method_types"] == methods


@pytest.mark.parametrize(
    "faults",
    [
        ["broken"],
        ["broken_after"],
        ["reset"],
        ["reset_after"],
        ["in_use", "in_use"],
        ["broken", "reset_after"],
        ["silent"],
        ["drip"],
        ["huge"],
    ],
)
def test_a_passing_fault_is_retried_by_the_library_and_makes_one_page(
    stripe: HostileStripe, adapter: StripeCheckout, faults: list[str]
) -> None:
    stripe.faults = list(faults)
    found = adapter.open(checkout())
    assert list(stripe.sessions) == [found.session]


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (["busy"], "payment_unavailable"),
        (["broken"] * 3, "payment_unavailable"),
        (["broken_for_good"], "payment_unavailable"),
        (["reset"] * 3, "payment_unavailable"),
        (["silent"] * 3, "payment_unavailable"),
        (["drip"] * 3, "payment_unavailable"),
        (["huge"] * 3, "payment_unavailable"),
        (["in_use"] * 3, "payment_unavailable"),
        (["html"], "payment_unavailable"),
        (["list"], "payment_unavailable"),
        (["latin"] * 3, "payment_unavailable"),
        (["deep"], "payment_unavailable"),
        (["away"], "payment_unavailable"),
        (["forbidden"], "payment_unavailable"),
        (["odd_error"], "payment_unavailable"),
        (["wrong_amount"], "payment_refused"),
        (["wrong_currency"], "payment_refused"),
        (["other_host"], "payment_refused"),
        (["http_page"], "payment_refused"),
        (["script_page"], "payment_refused"),
        (["no_page"], "payment_refused"),
        (["odd_id"], "payment_refused"),
    ],
)
def test_a_hostile_answer_ends_in_one_of_two_errors_and_in_time(
    stripe: HostileStripe, adapter: StripeCheckout, faults: list[str], code: str
) -> None:
    stripe.faults = list(faults)
    start = time.monotonic()
    with pytest.raises(TodokeError) as caught:
        adapter.open(checkout())
    assert caught.value.code == code
    assert time.monotonic() - start < 5
    assert not stripe.faults


def test_a_wrong_key_is_our_fault_and_is_told_without_the_key(
    stripe: HostileStripe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = settings(stripe.url, stripe_key="sk_test_wrong_canary")
    adapter = StripeCheckout(Config(root=tmp_path, data=tmp_path, payments=wrong))
    with pytest.raises(TodokeError, match="payment_unavailable"):
        adapter.open(checkout())
    assert "stripe_key_refused" in caplog.text
    assert "canary" not in caplog.text
    assert "canary" not in repr(wrong)


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    payments = settings("http://127.0.0.1:9")
    adapter = StripeCheckout(Config(root=tmp_path, data=tmp_path, payments=payments))
    with pytest.raises(TodokeError, match="payment_unavailable"):
        adapter.open(checkout())


def test_a_company_that_hangs_holds_only_a_few_of_our_threads(
    stripe: HostileStripe, adapter: StripeCheckout
) -> None:
    for _ in range(stripe_checkout.MOST_CALLS):
        assert adapter._calls.acquire(blocking=False)
    start = time.monotonic()
    with pytest.raises(TodokeError, match="payment_unavailable"):
        adapter.open(checkout())
    assert time.monotonic() - start < 0.5
    assert not stripe.requests


# ---------------------------------------------------------------------------------- messages
@pytest.fixture
def payer(stripe: HostileStripe, tmp_path: Path) -> Payer:
    """A resident of a city that is paid through Stripe, on the real clock."""
    payer = Payer.open(tmp_path)
    chosen = {"stripe_key": KEY, "webhook_secret": SECRET, "stripe_api": stripe.url}
    services = assemble.fake(
        tmp_path, clock=SystemClock(), payments={"provider": "stripe", **chosen}
    )
    return replace(payer, services=services)


def begin(payer: Payer) -> str:
    """Presses the button; the session."""
    pay.start_checkout(payer.services, payer.resident, payer.bill, "ja")
    return str(payer.sessions[-1])


def test_a_card_payment_goes_the_whole_way(stripe: HostileStripe, payer: Payer) -> None:
    session = begin(payer)
    body, header = stripe.card_paid(session)
    assert [pay.settle(payer.services, body, header) for _ in range(3)] == [
        "paid",
        "duplicate",
        "duplicate",
    ]
    assert sorted(payer.lines) == [("billed", YEN), ("paid", -YEN)]


def test_a_convenience_store_is_pending_then_paid_in_either_order(
    stripe: HostileStripe, payer: Payer
) -> None:
    session = begin(payer)
    printed, paid = stripe.slip_printed(session), stripe.slip_paid(session)
    assert pay.settle(payer.services, *printed) == "pending"
    assert payer.shown.state == "awaiting"
    assert pay.settle(payer.services, *paid) == "paid"
    late = stripe.slip_printed(session)
    assert pay.settle(payer.services, *late) == "nothing"
    assert payer.shown.state == "paid"


def test_a_slip_that_expired_opens_the_bill_again(stripe: HostileStripe, payer: Payer) -> None:
    session = begin(payer)
    pay.settle(payer.services, *stripe.slip_printed(session))
    assert pay.settle(payer.services, *stripe.slip_expired(session)) == "failed"
    assert payer.shown.state == "open"
    assert begin(payer)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": 1},
        {"currency": "usd"},
        {"amount_total": None},
        {"payment_status": "no_payment_required"},
        {"payment_status": None},
    ],
)
def test_another_amount_or_currency_is_flagged_and_not_paid(
    stripe: HostileStripe, payer: Payer, changes: dict[str, Any]
) -> None:
    session = begin(payer)
    assert pay.settle(payer.services, *stripe.card_paid(session, **changes)) == "amount_differs"
    assert payer.lines == [("billed", YEN)]
    assert payer.shown.flag == "amount_differs"


def test_events_of_others_on_the_same_account_are_taken_and_do_nothing(
    stripe: HostileStripe, payer: Payer
) -> None:
    session = begin(payer)
    for body, header in (
        stripe.card_paid(session, metadata={}),
        stripe.card_paid(session, metadata=None),
        stripe.event("invoice.paid", session),
        stripe.event("charge.refunded", session, id="ch_1", metadata={}),
    ):
        assert pay.settle(payer.services, body, header) == "foreign"
    assert payer.shown.state == "started"


@pytest.mark.parametrize("skew", [-301, 301, 3600, 10 * 365 * 86_400])
def test_a_clock_that_is_off_by_more_than_five_minutes_is_refused(
    stripe: HostileStripe, payer: Payer, skew: int
) -> None:
    session = begin(payer)
    with pytest.raises(TodokeError, match="timestamp"):
        pay.settle(payer.services, *stripe.card_paid(session, skew=skew))


def test_the_secret_may_be_changed_while_messages_arrive(
    stripe: HostileStripe, adapter: StripeCheckout, tmp_path: Path
) -> None:
    session = adapter.open(checkout()).session
    body, header = stripe.card_paid(session)
    changing = settings(stripe.url, webhook_secret=f"whsec_new {SECRET}")
    both = StripeCheckout(Config(root=tmp_path, data=tmp_path, payments=changing))
    assert both.read(body, header, int(time.time())).kind == "paid"
    new = webhook.sign("whsec_new", body, int(time.time()))
    assert both.read(body, new, int(time.time())).kind == "paid"
    with pytest.raises(TodokeError, match="webhook_refused"):
        adapter.read(body, new, int(time.time()))


def test_what_the_librarys_own_check_lets_through_is_refused(stripe: HostileStripe) -> None:
    """The reason for a check of our own: theirs takes a message from the year 2036."""
    import stripe as library

    body = json.dumps({"id": "evt_1", "object": "event"}).encode()
    future = webhook.sign(SECRET, body, int(time.time()) + 10 * 365 * 86_400)
    library.Webhook.construct_event(body, future, SECRET)
    with pytest.raises(TodokeError, match="timestamp"):
        webhook.read([SECRET], future, body, int(time.time()))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"id": "evt_1"},
        {"id": "evt_1", "type": "x", "created": "1", "data": {"object": {}}},
        {"id": "evt_1", "type": "x", "created": True, "data": {"object": {}}},
        {"id": "evt 1", "type": "x", "created": 1, "data": {"object": {}}},
        {"id": "evt_1", "type": "x", "created": 1, "data": []},
        {"id": "evt_1", "type": "x", "created": 1, "data": {"object": "cs_1"}},
        {"id": 7, "type": "x", "created": 1, "data": {"object": {}}},
        {
            "id": "evt_1",
            "type": "checkout.session.completed",
            "created": 1,
            "data": {"object": {"id": ["x"], "metadata": {"todoke_checkout": "C-1"}}},
        },
    ],
)
def test_signed_json_of_another_shape_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(TodokeError, match="webhook_refused"):
        stripe_checkout.event_of(told)


def test_the_webhook_starts_without_the_library(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from todoke.adapters.stripe_checkout import StripeCheckout as S;"
        "from todoke.config import Config; from pathlib import Path; p = Path('.');"
        "S(Config(root=p, data=p)); sys.exit('stripe' in sys.modules)"
    )
    folder = Path(__file__).resolve().parents[2] / "functions"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0
