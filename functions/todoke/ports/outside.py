"""Others the city depends on: who vouches for a card, and who takes a payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from todoke.core.oidc import Answer, Question


class CardTrust(Protocol):
    """Which certificate authorities a card's certificate may come from, and what they say of
    it since (公的個人認証法 17, 18 条: only a municipality or a certified verifier may ask)."""

    def anchors(self) -> Sequence[bytes]:
        """Trust anchors, DER. They are told apart by signature, never by name: three
        generations of the real one share a name."""

    def revocation(self, certificate: bytes, issuer: bytes) -> str:
        """ "good" | "revoked" | "unknown" for a certificate (both DER). Never raises: what
        cannot be asked is "unknown", and a login fails closed on it."""


class AppLogin(Protocol):
    """Who logs people in with デジタル認証アプリ (core/oidc.py). Whatever is wrong with an answer
    is ``app_refused``; a provider that is away, slow or says nothing sensible is
    ``app_unavailable``; where the city has set none it is ``not_found``."""

    @property
    def issuer(self) -> str:
        """Whose subjects these are."""

    def address(self, question: Question) -> str:
        """The provider's page, where the browser goes."""

    def subject(self, question: Question, answer: Answer) -> str:
        """Who it is, by the provider's name for her at this city, once everything holds."""

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """By which the provider knows that it is us (JWK)."""


class StaffLogin(Protocol):
    """The city's own provider, by which clerks come in. Errors as of ``AppLogin``."""

    @property
    def issuer(self) -> str:
        """Whose subjects these are; "" where the city has none."""

    def address(self, question: Question, max_age: int) -> str:
        """The provider's page, where the browser goes. max_age: how many seconds ago she may have
        proved herself there, 0 for no matter."""

    def proved(self, question: Question, answer: Answer, max_age: int) -> tuple[str, int]:
        """Who it is, by the provider's name for her, and when she proved it (unix seconds, 0 where
        it does not say), once everything holds."""

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """By which the provider knows that it is us (JWK)."""

    def goodbye(self) -> str:
        """Where she ends her session at the provider, too; "" where it has told of no such page."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a provider needs to open its page. id: ours, and the idempotency key. yen: from our
    own bill. title: what the page says is paid (no personal data). back_url: our own page that
    the browser returns to; it means nothing but "back". expires_at: unix seconds; the same for
    the same id, as everything here is."""

    id: str
    bill: str
    yen: int
    title: str
    back_url: str
    language: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """session: the provider's id. url: its page, where the browser goes."""

    session: str
    url: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What a provider's signed message says. id: unique at the provider. kind: pending | paid |
    failed | expired | other (nothing of ours). session: the provider's checkout. yen: what it
    says was paid, 0 in any other currency. created: unix seconds by the provider's clock."""

    id: str
    kind: str
    session: str
    yen: int
    created: int


class Payments(Protocol):
    """One payment provider."""

    @property
    def name(self) -> str:
        """stripe | pretend: the last part of its webhook's path."""

    @property
    def signature_header(self) -> str:
        """Name of the header that carries its signature."""

    def open(self, checkout: Checkout) -> OpenedCheckout:
        """Opens the provider's page for one bill; the same ``checkout.id`` again gives the same
        one. Raises ``payment_unavailable`` (theirs) or ``payment_refused`` (ours)."""

    def read(self, body: bytes, signature: str, now: int) -> PaymentEvent:
        """Checks the signature over the raw bytes, the timestamp within ±300 s of ``now``, and
        the shape. Raises ``webhook_refused`` (400) for anything else."""
