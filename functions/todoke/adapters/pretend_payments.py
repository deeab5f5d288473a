"""A pretend payment provider for the demonstration; no money moves.

Its page and its messages are another company's: ``adapters/pretend_provider.py``. Here is only
what a client library of that company would do.
"""

from __future__ import annotations

from todoke.adapters.pretend_provider import Books, webhook_secret
from todoke.config import Config
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent, Secrets

KINDS = ("pending", "paid", "failed", "expired")


class PretendPayments:
    """Implements ``ports.Payments``."""

    name = "pretend"
    signature_header = "Pretend-Signature"

    def __init__(self, config: Config, secrets: Secrets) -> None:
        self._config, self._secret = config, webhook_secret(secrets)
        self._books = Books(config.data)

    def open(self, checkout: Checkout) -> OpenedCheckout:
        """See ``ports.Payments.open``."""
        session = self._books.open(checkout)
        origin = self._config.checkout_origins[0]
        return OpenedCheckout(session, f"{origin}/pay/{session}")

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:
        """See ``ports.Payments.read``."""
        found = webhook.read([self._secret], signature, body, now)
        event = PaymentEvent(
            id=_text(found, "id"),
            kind=_text(found, "kind"),
            session=_text(found, "session"),
            yen=_whole(found, "yen"),
            created=_whole(found, "created"),
        )
        if event.kind not in KINDS:
            raise TodokeError("webhook_refused", rule="shape")
        return event


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not value.isascii():
        raise TodokeError("webhook_refused", rule="shape")
    return value


def _whole(found: dict[str, object], name: str) -> int:
    value = found.get(name)
    if type(value) is not int or abs(value) > 10**12:
        raise TodokeError("webhook_refused", rule="shape")
    return value
