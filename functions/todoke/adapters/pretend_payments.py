"""A pretend payment provider for the demonstration; no money moves."""

from __future__ import annotations

from todoke.config import Config
from todoke.core.errors import TodokeError
from todoke.ports import Checkout, OpenedCheckout, PaymentEvent


class PretendPayments:
    """Implements ``ports.Payments``."""

    name = "pretend"

    def __init__(self, config: Config) -> None:
        self._config = config

    def open(self, checkout: Checkout) -> OpenedCheckout:
        """See ``ports.Payments.open``."""
        raise TodokeError("not_built", part="Payments")

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:
        """See ``ports.Payments.read``."""
        raise TodokeError("not_built", part="Payments")
