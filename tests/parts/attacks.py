"""Tokens of a card that only look like one: what is sent, and why it is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.x509 import Name, NameAttribute
from cryptography.x509.oid import NameOID

from tests.parts.hall import BROWSER, Hall
from tests.parts.pretend_signer import Authority, Card, p521_key, rsa_key, slow_key
from todoke.core import token
from todoke.journeys import challenge, login, passkeys

Body = Mapping[str, object]
#: brings the hall into its state; (pre-session token of the browser that sends, body)
Attack = Callable[[Hall], tuple[str, Body]]


def mine(hall: Hall, card: Card, **changes: Any) -> tuple[str, Body]:
    return BROWSER, hall.answer(card, **changes)


def replayed(hall: Hall) -> tuple[str, Body]:
    body = hall.answer(Card())
    login.login(hall.services, BROWSER, body)
    return BROWSER, body


def relayed(hall: Hall) -> tuple[str, Body]:
    """What the browser of one person asked for, and the browser of another sends."""
    return "t" * 43, hall.answer(Card())


def too_late(hall: Hall) -> tuple[str, Body]:
    body = hall.answer(Card())
    hall.clock.turn(challenge.CHALLENGE_SECONDS)
    return BROWSER, body


def for_another_purpose(hall: Hall) -> tuple[str, Body]:
    nonce = str(passkeys.ask(hall.services, BROWSER)["challenge"])
    return BROWSER, Card().answer(nonce, hall.services.config.public_url)


def signed_for(origin: str, purpose: str = token.LOGIN, mode: str = token.FETCH) -> Attack:
    def attack(hall: Hall) -> tuple[str, Body]:
        nonce = challenge.issue(hall.services, BROWSER, "login").nonce
        to = origin or hall.services.config.public_url
        signed = token.signed_bytes(mode, purpose, to, nonce)
        return BROWSER, Card().answer(nonce, to, signed=signed)

    return attack


def re_signed(hall: Hall) -> tuple[str, Body]:
    """Her certificate, and the signature of a card of one's own."""
    body = dict(hall.answer(Card()))
    own = Card(key=rsa_key("other card")).answer(
        str(body["nonce"]), hall.services.config.public_url
    )
    return BROWSER, {**body, "signature": own["signature"]}


def outside(days: int) -> Attack:
    """A card whose certificate ended, or begins, so many days from now."""

    def attack(hall: Hall) -> tuple[str, Body]:
        edge = hall.clock.now() + timedelta(days=days)
        span = timedelta(days=300)
        card = Card(start=edge, end=edge + span) if days > 0 else Card(start=edge - span, end=edge)
        return mine(hall, card)

    return attack


def revoked(hall: Hall) -> tuple[str, Body]:
    (hall.folder / "pretend_card/revoked.txt").write_text("4713\n", "ascii")
    return mine(hall, Card(serial=4713))


def by(card: Callable[[], Card]) -> Attack:
    return lambda hall: mine(hall, card())


def changed(**changes: object) -> Attack:
    return lambda hall: (BROWSER, {**hall.answer(Card()), **changes})


FORGED = Authority(key=rsa_key("second authority"))
UNKNOWN = replace(FORGED, name=Name([NameAttribute(NameOID.COMMON_NAME, "TODOKE-NOBODY")]))
#: of the card's other certificate, for signing
SIGNING = token.SIGNING.policy.dotted_string
BIG = base64.b64encode(bytes(5_000)).decode()
#: what is done -> (how, why as the record of acts says it)
ATTACKS: dict[str, tuple[Attack, str]] = {
    "replayed": (replayed, "challenge_spent"),
    "relayed from another browser": (relayed, "challenge_spent"),
    "after five minutes": (too_late, "challenge_spent"),
    "a question for something else": (for_another_purpose, "challenge_spent"),
    "a question nobody asked": (changed(nonce="A" * 43), "card_signature"),
    "relayed from another site": (signed_for("https://evil.example"), "card_signature"),
    "signed for another purpose": (signed_for("", "sign"), "card_signature"),
    "signed on a visit": (signed_for("", mode=token.VISIT), "card_signature"),
    "re-signed": (re_signed, "card_signature"),
    "expired": (outside(-1), "card_expired"),
    "not yet valid": (outside(1), "card_not_yet"),
    "revoked": (revoked, "card_revoked"),
    "unknown authority": (by(lambda: Card(authority=UNKNOWN)), "card_issuer"),
    "forged authority of the same name": (by(lambda: Card(authority=FORGED)), "card_issuer"),
    "wrong usage": (by(lambda: Card(policy=SIGNING)), "card_kind"),
    "a key of another kind": (by(lambda: Card(key=p521_key("other card"))), "card_algorithm"),
    "a short key": (by(lambda: Card(key=rsa_key("small card", 1024))), "card_algorithm"),
    "a key that is slow to check": (by(lambda: Card(key=slow_key("slow"))), "card_algorithm"),
    "the name of another algorithm": (changed(algorithm="PS256"), "card_algorithm"),
    "the name of another curve": (changed(algorithm="ES512"), "card_algorithm"),
    "oversize certificate": (changed(certificate=BIG), "card_shape"),
    "oversize signature": (changed(signature=BIG), "card_shape"),
    "no certificate": (changed(certificate=base64.b64encode(b"0" * 1200).decode()), "card_shape"),
    "no base64": (changed(certificate="???"), "card_shape"),
    "a field too many": (changed(more="x"), "card_shape"),
    "no number": (changed(nonce=7), "card_shape"),
    "another version": (changed(version="todoke-card/9"), "card_version"),
    "nothing": (lambda _: (BROWSER, {}), "card_shape"),
}  # fmt: skip
