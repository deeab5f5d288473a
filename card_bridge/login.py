"""The acts on the card, from question to signature. They run outside the event loop, one at a
time, and hold the card only as long as they last."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from card_bridge import jpki, protocol
from card_bridge.assuan import erase
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.errors import BridgeError
from card_bridge.transport import Card, Pad, Transport

#: errors that mean to a page that looks for a card: there is none to use
_ABSENT = (
    "no_card", "no_reader", "card_unknown", "card_old", "card_pulled", "card_failed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """Where cards come from, and who asks the person."""

    transport: Transport
    consent: Consent


def authenticate(
    desk: Desk, asked: protocol.Authenticate, origin: str, hangup: Hangup
) -> dict[str, str]:
    """Asks the person, shows the PIN to the card at most once, signs, and checks the signature.

    origin: as the browser reported it. Raises BridgeError (``pin_*``, ``no_*``, ``card_*``)."""
    from card_bridge import algorithms  # before the person types, who waits for the rest

    with desk.transport.card() as card:
        jpki.open_application(card)
        jpki.require(card, jpki.AUTHENTICATION)
        certificate = jpki.certificate(card)
        jpki.check_days(certificate, datetime.now(UTC))
        algorithm = algorithms.of(certificate)
        _show_pin(desk, card, asked, origin, hangup)
        message = protocol.signed_bytes(asked.mode, asked.purpose, origin, asked.nonce)
        signature = jpki.sign(card, message, algorithm)
    algorithm.check(certificate, message, signature)
    return {
        "version": protocol.VERSION,
        "mode": asked.mode,
        "certificate": base64.b64encode(certificate).decode("ascii"),
        "signature": base64.b64encode(signature).decode("ascii"),
        "algorithm": algorithm.name,
        "origin": origin,
    }


def sign_document(desk: Desk, asked: protocol.Sign, origin: str, hangup: Hangup) -> dict[str, str]:
    """Signs a document's hash with the certificate for signing, within attributes that name page,
    purpose and nonce; the whole signature is a detached CMS message.

    origin: as the browser reported it. Raises BridgeError (``pin_*``, ``no_*``, ``card_*``)."""
    from card_bridge import algorithms, cms

    with desk.transport.card() as card:
        jpki.open_application(card)
        jpki.require(card, jpki.SIGNING)
        _show_pin(desk, card, asked, origin, hangup, jpki.SIGNING)
        # it holds name and address, so the card gives it for the password only
        certificate = jpki.certificate(card, jpki.SIGNING)
        now = datetime.now(UTC)
        jpki.check_days(certificate, now)
        algorithm = algorithms.of(certificate)
        suite = cms.SUITES[algorithm.name]
        context = protocol.signed_bytes(asked.mode, asked.purpose, origin, asked.nonce)
        wanted = cms.attributes(suite, asked.hashes[suite.hash], certificate, context, now)
        signature = jpki.sign(card, wanted, algorithm, jpki.SIGNING)
    algorithm.check(certificate, wanted, signature)
    message = cms.signed_data(suite, wanted, certificate, signature)
    return {
        "version": protocol.VERSION,
        "mode": asked.mode,
        "format": "cms-detached",
        "cms": base64.b64encode(message).decode("ascii"),
        "certificate": base64.b64encode(certificate).decode("ascii"),
        "signature": base64.b64encode(signature).decode("ascii"),
        "algorithm": algorithm.name,
        "origin": origin,
    }


def status(desk: Desk) -> dict[str, str | bool | int | None]:
    """Whether a card is there and how many tries it has left; asks the person nothing."""
    kind, left = "absent", None
    try:
        with desk.transport.card() as card:
            jpki.open_application(card)
            kind, left = desk.transport.kind, jpki.tries_left(card)
    except BridgeError as error:
        if error.code not in _ABSENT:
            raise
    return {"version": protocol.VERSION, "ready": bool(left), "card": kind, "tries_left": left}


def _show_pin(
    desk: Desk,
    card: Card,
    asked: protocol.Asked,
    origin: str,
    hangup: Hangup,
    credential: jpki.Credential = jpki.AUTHENTICATION,
) -> None:
    pad = desk.transport.pad(card) if credential.typed_on_keys else None
    if pad is not None:
        _show_pin_on(pad, desk, card, asked, origin, hangup)
        return
    pin = bytearray()
    told = 0
    try:
        # the person decides by the number on the screen: if it has fallen since, ask again
        while (left := jpki.tries_left(card, credential)) != told:
            if left == 0:
                raise BridgeError("pin_blocked")
            erase(pin)
            told = left
            pin = desk.consent.pin(_question(desk, asked, origin, left), hangup)
        if hangup.done:
            raise BridgeError("pin_cancelled")
        jpki.verify(card, pin, credential)
    finally:
        erase(pin)


def _show_pin_on(
    pad: Pad, desk: Desk, card: Card, asked: protocol.Asked, origin: str, hangup: Hangup
) -> None:
    """As ``_show_pin``, with the PIN typed on the reader: first her yes to the number of tries on
    the screen, then the keys."""
    told = 0
    while (left := jpki.tries_left(card)) != told:
        if left == 0:
            raise BridgeError("pin_blocked")
        told = left
        desk.consent.agrees(_question(desk, asked, origin, left), hangup)
    if hangup.done:
        raise BridgeError("pin_cancelled")
    question = _question(desk, asked, origin, told)
    desk.consent.beside(question, hangup, lambda: jpki.verify_on(pad, card), pad.stop)


def _question(desk: Desk, asked: protocol.Asked, origin: str, left: int) -> Question:
    published = desk.transport.published(asked.purpose)
    named = asked.name if isinstance(asked, protocol.Sign) else ""
    return Question(origin, asked.purpose, left, asked.language, published, asked.mode, named)
