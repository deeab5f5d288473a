"""What a real city may not run with. One name for each reason; all are told at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from todoke.config import Config, PaymentConfig
from todoke.core.keeping import KINDS, Keeping

#: names that no city has: the demonstration's, and the one that stands where none is set
DEMONSTRATION_NAMES = ("みなと野市", "市")
#: letters of a signing secret; Stripe's have 38
MIN_WEBHOOK_SECRET = 24


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the data folder and below site/ and the settings cannot tell."""

    demonstration_clerks: bool
    demonstration_resident: bool
    readable_keys: bool
    pretend_card: bool
    other_aws: bool


def refusals(config: Config, found: Found) -> list[str]:
    """Why this installation may not run as production; empty when it may.

    Each entry is the name of a sentence ``errors.production.<name>``."""
    urls = (config.public_url, config.console_url)
    contact = config.push.contact
    reasons = {
        "http": not all(url.startswith("https://") for url in urls),
        "localhost": any(_on_this_machine(urlsplit(url).hostname or "") for url in urls),
        "loopback_push": bool(config.push.allow_loopback),
        "example_contact": any(
            part in contact for part in ("example", ".invalid", ".test", "localhost")
        ),
        "demonstration_city": config.city.code in ("000000", "999999")
        or config.city.name["ja"] in DEMONSTRATION_NAMES,
        "demonstration_clerks": found.demonstration_clerks,
        "demonstration_residents": found.demonstration_resident,
        "readable_keys": found.readable_keys,
        "pretend_card": found.pretend_card,
        "app_issuer": config.oidc.issuer.startswith("http:")
        or _on_this_machine(urlsplit(config.oidc.issuer).hostname or ""),
        "staff_issuer": config.staff_oidc.issuer.startswith("http:")
        or _on_this_machine(urlsplit(config.staff_oidc.issuer).hostname or ""),
        "other_aws": found.other_aws,
        **_payment_refusals(config.payments),
        **_keeping_refusals(config.keep),
    }
    return [name for name, refused in reasons.items() if refused]


def _payment_refusals(payments: PaymentConfig) -> dict[str, bool]:
    real = payments.provider == "stripe"
    signing = payments.webhook_secret.split()
    return {
        "pretend_payments": payments.provider == "pretend",
        # a test key pays with test cards: bills would be receipted and nobody has paid
        "payment_key": real and not re.match(r"(sk|rk)_live_", payments.stripe_key),
        "webhook_secret": real and not (signing and all(map(_is_webhook_secret, signing))),
        "payment_api": bool(payments.stripe_api),
        "checkout_hosts": real
        and not (payments.checkout_hosts and all(map(_is_public_host, payments.checkout_hosts))),
    }


def _keeping_refusals(keep: Keeping) -> dict[str, bool]:
    """Without a rule nothing of that kind would ever be erased, and nobody could say for how long
    it stays; with an example's, records would be erased by years that nobody decided."""
    return {
        **{f"keep_{kind}": kind not in keep for kind in KINDS},
        **{f"keep_{kind}_example": kind in keep and keep[kind].is_example for kind in KINDS},
    }


def _is_webhook_secret(text: str) -> bool:
    return text.startswith("whsec_") and len(text) >= MIN_WEBHOOK_SECRET


def _is_public_host(host: str) -> bool:
    return bool(re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", host)) and not _on_this_machine(host)


def _on_this_machine(host: str) -> bool:
    return host == "::1" or host.startswith("127.") or host.split(".")[-1] == "localhost"
