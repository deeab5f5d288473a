"""No payment company: a city whose bills are paid at the counter, as they always were."""

from __future__ import annotations

from todoke.core.errors import TodokeError
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent


class NoPayments:
    """Implements ``ports.Payments``: nothing can be opened, and nobody is believed."""

    name = "none"
    signature_header = "Signature"

    def open(self, checkout: Checkout) -> OpenedCheckout:  # noqa: ARG002 (nobody to ask)
        """See ``ports.Payments.open``."""
        raise TodokeError("payment_unavailable")

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:  # noqa: ARG002
        """See ``ports.Payments.read``."""
        raise TodokeError("webhook_refused", rule="signature")
