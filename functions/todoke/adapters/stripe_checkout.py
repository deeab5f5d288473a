"""Stripe Checkout: the provider's page opened through Stripe's own library, its messages read
with the standard library alone (so the webhook starts without loading 400 ms of it).

Stripe learns the amount, what kind of bill it is, and our two numbers; nothing about a person.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from todoke.config import Config
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent

if TYPE_CHECKING:
    from todoke.adapters.stripe_wire import Client

LOG = logging.getLogger("todoke.stripe")
#: yen a card may pay, and a convenience store (docs.stripe.com: konbini 120 to 300,000)
CARD_YEN = (50, 9_999_999)
KONBINI_YEN = (120, 300_000)
#: a slip for the convenience store ends at 23:59:59 JST of this many days later
KONBINI_DAYS = 3
#: of the server's threads only so many wait for Stripe; whoever comes then is told at once
MOST_CALLS = 3
#: our mark on a checkout: events without it are of somebody else on the same account
MARK = "todoke_checkout"
MAX_URL = 4096
_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_KINDS = {
    "checkout.session.async_payment_succeeded": "paid",
    "checkout.session.async_payment_failed": "failed",
    "checkout.session.expired": "expired",
}


class StripeCheckout:
    """Implements ``ports.Payments``. Threads may share it."""

    name = "stripe"
    signature_header = "Stripe-Signature"

    def __init__(self, config: Config) -> None:
        self._settings = config.payments
        self._calls = threading.BoundedSemaphore(MOST_CALLS)
        self._making = threading.Lock()
        self._made: Client | None = None

    def open(self, checkout: Checkout) -> OpenedCheckout:
        """See ``ports.Payments.open``."""
        if not self._calls.acquire(blocking=False):
            raise TodokeError("payment_unavailable")
        try:
            found = self._client().create(parameters(checkout), checkout.id)
        finally:
            self._calls.release()
        return self._checked(found, checkout)

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:
        """See ``ports.Payments.read``. Two secrets, parted by a space, while one replaces the
        other."""
        secrets = self._settings.webhook_secret.split()
        return event_of(webhook.read(secrets, signature, body, now))

    def _client(self) -> Client:
        with self._making:
            if self._made is None:
                from todoke.adapters.stripe_wire import Client

                self._made = Client(self._settings.stripe_key, self._settings.stripe_api)
            return self._made

    def _checked(self, found: dict[str, Any], checkout: Checkout) -> OpenedCheckout:
        """What Stripe answered must be what was asked for, on a page we may lead to."""
        id, url = str(found.get("id")), str(found.get("url"))
        asked = (found.get("amount_total"), found.get("currency")) == (checkout.yen, "jpy")
        parts = urlsplit(url) if len(url) <= MAX_URL and url.isascii() else urlsplit("")
        leads = parts.scheme == "https" and parts.netloc in self._settings.checkout_hosts
        if not (asked and leads and _ID.fullmatch(id)):
            LOG.error("stripe_answer_differs", extra={"code": checkout.id})
            raise TodokeError("payment_refused")
        return OpenedCheckout(id, url)


def parameters(checkout: Checkout) -> dict[str, Any]:
    """What Stripe is asked for; the same for the same checkout, to the byte.

    Raises ``payment_refused`` for an amount no method takes."""
    methods = [
        name
        for name, (least, most) in (("card", CARD_YEN), ("konbini", KONBINI_YEN))
        if least <= checkout.yen <= most
    ]
    if not methods:
        raise TodokeError("payment_refused", rule="amount")
    asked: dict[str, Any] = {
        "mode": "payment",
        "payment_method_types": methods,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "jpy",  # zero-decimal: whole yen
                    "unit_amount": checkout.yen,
                    "product_data": {"name": checkout.title},
                },
            }
        ],
        "client_reference_id": checkout.id,
        "metadata": {MARK: checkout.id, "todoke_bill": checkout.bill},
        "success_url": checkout.back_url,
        "cancel_url": checkout.back_url,
        "expires_at": checkout.expires_at,
        "locale": "en" if checkout.language == "en" else "ja",
    }
    if "konbini" in methods:
        asked["payment_method_options"] = {"konbini": {"expires_after_days": KONBINI_DAYS}}
    return asked


def event_of(found: dict[str, Any]) -> PaymentEvent:
    """A signed event of Stripe. Raises ``webhook_refused`` when it has not Stripe's shape."""
    id, type_, created = found.get("id"), found.get("type"), found.get("created")
    data = found.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    sound = (
        isinstance(id, str)
        and _ID.fullmatch(id)
        and isinstance(type_, str)
        and type(created) is int
        and isinstance(thing, dict)
    )
    if not sound or not isinstance(thing, dict):
        raise TodokeError("webhook_refused", rule="shape")
    marks = thing.get("metadata")
    ours = isinstance(marks, dict) and isinstance(marks.get(MARK), str)
    kind = _kind(str(type_), thing) if ours else "other"
    session = thing.get("id")
    if kind != "other" and not (isinstance(session, str) and _ID.fullmatch(session)):
        raise TodokeError("webhook_refused", rule="shape")
    return PaymentEvent(str(id), kind, str(session), _yen(thing), int(str(created)))


def _kind(type_: str, session: dict[str, Any]) -> str:
    if type_ == "checkout.session.completed":
        # the form is filled in; a convenience store is paid days later
        return "pending" if session.get("payment_status") == "unpaid" else "paid"
    return _KINDS.get(type_, "other")


def _yen(session: dict[str, Any]) -> int:
    """What was received; whatever is not plainly paid in yen counts as nothing, so that the
    cashier is told of an amount that differs."""
    amount = session.get("amount_total")
    plainly = session.get("payment_status") == "paid" and session.get("currency") == "jpy"
    return amount if type(amount) is int and plainly else 0
