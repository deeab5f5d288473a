"""Trust anchors of the card, and what their authority says of a certificate."""

from __future__ import annotations

from collections.abc import Sequence

from todoke.config import Config


class CardTrustFiles:
    """Implements ``ports.CardTrust``."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def anchors(self) -> Sequence[bytes]:
        """See ``ports.CardTrust.anchors``."""
        return []

    def revocation(self, certificate: bytes, issuer: bytes) -> str:
        """See ``ports.CardTrust.revocation``."""
        return "unknown"
