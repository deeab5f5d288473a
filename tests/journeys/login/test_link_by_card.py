"""A link by the card's certificate for signing: what the bridge makes is what is checked, and every
other signature links nobody."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_bridge import pretend_ca
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card
from tests.parts.signing_card import SigningCard
from todoke.core import signed_document, token
from todoke.core.errors import TodokeError
from todoke.journeys import linking, login, residents, session
from todoke.journeys.linking import LINKED, Asked
from todoke.journeys.session import Opened

SIGNER = SigningCard()
Attack = Callable[[Hall, Opened, Asked], dict[str, Any]]


@pytest.fixture
def opened(hall: Hall) -> Opened:
    """A login; the resident whom the card describes is in the register."""
    residents.demonstration(hall.services)
    SIGNER.trusted_in(hall.folder)
    return hall.enter(Card())


def asked(hall: Hall, by: Opened) -> Asked:
    found = session.find(hall.services, by.token)
    assert found is not None
    return linking.ask(hall.services, BROWSER, *found)


def origin(hall: Hall) -> str:
    return hall.services.config.public_url


def test_the_one_whom_the_certificate_names_is_linked(hall: Hall, opened: Opened) -> None:
    body = SIGNER.answer(asked(hall, opened), origin(hall))
    said = linking.by_card(hall.services, BROWSER, body, opened.token)
    assert said.answer == LINKED
    assert said.opened is not None
    assert said.opened.linked
    assert session.find(hall.services, opened.token) is None, "the token is the same"
    person = residents.find(hall.services, "0000000001")
    assert person is not None
    assert hall.account(said.opened).data["resident"] == person.id
    assert hall.acts()[-1] == "account_linked"


def test_who_is_not_in_the_register_is_told_so_and_stays_nobody(hall: Hall) -> None:
    SIGNER.trusted_in(hall.folder)
    alone = hall.enter(Card())
    body = SIGNER.answer(asked(hall, alone), origin(hall))
    said = linking.by_card(hall.services, BROWSER, body, alone.token)
    assert (said.answer, said.opened) == (linking.NONE, None)
    refusal("card_refused", lambda: linking.by_card(hall.services, BROWSER, body, alone.token))
    assert hall.why() == "challenge_spent"


def for_another_account(hall: Hall, opened: Opened, mine: Asked) -> dict[str, Any]:
    """What one person signed for her own account does not link somebody else's."""
    words = linking.document(hall.services, "U-0000000000000000", mine.nonce)
    return SIGNER.answer(replace(mine, document=words), origin(hall))


def revoked(hall: Hall, opened: Opened, mine: Asked) -> dict[str, Any]:
    from cryptography import x509

    serial = x509.load_der_x509_certificate(SIGNER.der).serial_number
    (hall.folder / "pretend_card/revoked.txt").write_text(f"{serial}\n", "ascii")
    return SIGNER.answer(mine, origin(hall))


def by_the_other_certificate(hall: Hall, opened: Opened, mine: Asked) -> dict[str, Any]:
    """The certificate for authentication, whose PIN has four digits, names nobody."""
    login_card = SigningCard(pretend_ca.issue())
    (hall.folder / "pretend_card/sign-ca.pem").write_bytes(SIGNER.issued.ca + login_card.issued.ca)
    return login_card.answer(mine, origin(hall))


def changed(**changes: Any) -> Attack:
    return lambda hall, _, mine: SIGNER.answer(mine, origin(hall), **changes)


OTHER = SigningCard()
OLD = SigningCard(pretend_ca.issue_signing(datetime.now(UTC) - timedelta(days=2000)))
ATTACKS: dict[str, tuple[Attack, str]] = {
    "for another account": (for_another_account, "card_signature"),
    "for another page": (
        lambda _, __, mine: SIGNER.answer(mine, "https://evil.example"), "card_signature",
    ),
    "for another purpose": (changed(purpose="login"), "card_signature"),
    "of an authority nobody trusts": (
        lambda hall, _, mine: OTHER.answer(mine, origin(hall)), "card_issuer",
    ),
    "revoked": (revoked, "card_revoked"),
    "by the other certificate": (by_the_other_certificate, "card_kind"),
    "a question nobody asked": (changed(nonce="A" * 43), "card_signature"),
    "no moment": (changed(cms=base64.b64encode(bytes(100)).decode()), "card_signature"),
    "another format": (changed(format="cms"), "card_shape"),
    "on a visit": (changed(mode="visit"), "card_shape"),
    "too large": (changed(cms=base64.b64encode(bytes(9000)).decode()), "card_shape"),
    "no text": (changed(cms=5), "card_shape"),
    "a field too many": (changed(more="x"), "card_shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_whatever_else_is_signed_links_nobody(hall: Hall, opened: Opened, name: str) -> None:
    attack, why = ATTACKS[name]
    body = attack(hall, opened, asked(hall, opened))
    refusal("card_refused", lambda: linking.by_card(hall.services, BROWSER, body, opened.token))
    assert hall.why() == why
    assert not hall.account(opened).data["resident"]
    assert session.find(hall.services, opened.token), "she is logged in as before"


def test_an_expired_certificate_links_nobody(hall: Hall, opened: Opened) -> None:
    with (hall.folder / "pretend_card/sign-ca.pem").open("ab") as trusted:
        trusted.write(OLD.issued.ca)
    body = OLD.answer(asked(hall, opened), origin(hall))
    refusal("card_refused", lambda: linking.by_card(hall.services, BROWSER, body, opened.token))
    assert hall.why() == "card_expired"


def test_it_opens_no_session(hall: Hall, opened: Opened) -> None:
    """A signature over a document is no login, and the certificate for signing makes none."""
    mine = asked(hall, opened)
    body = SIGNER.answer(mine, origin(hall))
    del body["format"], body["cms"]
    refusal("card_refused", lambda: login.login(hall.services, BROWSER, body))
    assert hall.why() == "card_kind"


def test_another_browser_and_another_session_cannot_use_it(hall: Hall, opened: Opened) -> None:
    body = SIGNER.answer(asked(hall, opened), origin(hall))
    refusal("card_refused", lambda: linking.by_card(hall.services, "o" * 43, body, opened.token))
    other = hall.enter(Card(serial=9), "c" * 43)
    refusal("card_refused", lambda: linking.by_card(hall.services, BROWSER, body, other.token))
    assert hall.why() == "card_signature"
    body = SIGNER.answer(asked(hall, opened), origin(hall))
    assert linking.by_card(hall.services, BROWSER, body, opened.token).answer == LINKED


def test_a_browser_that_was_left_open_asks_for_a_proof(hall: Hall, opened: Opened) -> None:
    for _ in range(2):
        hall.clock.turn(10 * 60)
        found = session.find(hall.services, opened.token)
        assert found is not None
        session.used(hall.services, found[0])
    refusal("proof_needed", lambda: asked(hall, opened))


# --------------------------------------------------------------------- what is signed, in bytes
NOW = datetime.now(UTC)
ASKED = Asked("n" * 43, b"todoke-link/1\nhttps://city.example\nU-1\n" + b"n" * 43 + b"\n")
CONTEXT = token.signed_bytes("fetch", "sign-document", "https://city.example", ASKED.nonce)


def verified(card: SigningCard, body: dict[str, Any], accepted: frozenset[str]) -> token.Proof:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    anchors = [x509.load_pem_x509_certificate(card.issued.ca).public_bytes(Encoding.DER)]
    answer, message = signed_document.read(body)
    return signed_document.verify(answer, message, ASKED.document, CONTEXT, anchors, NOW, accepted)


@pytest.mark.parametrize("kind", ["RS256", "ES384"])
@pytest.mark.parametrize("year", [2026, 2049, 2050])
def test_what_the_bridge_makes_is_what_is_checked(kind: Any, year: int) -> None:
    card = SigningCard(pretend_ca.issue_signing(kind=kind))
    moment = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    body = card.answer(ASKED, "https://city.example", moment=moment)
    assert verified(card, body, frozenset({kind})).certificate == card.der


BODY = SIGNER.answer(ASKED, "https://city.example")
MESSAGE = base64.b64decode(BODY["cms"])


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, len(MESSAGE) - 1), bit=st.integers(0, 7))
def test_a_changed_message_is_the_same_moment_or_nothing(at: int, bit: int) -> None:
    """Of the message nothing is read but the moment; a changed one is another signed value."""
    broken = bytearray(MESSAGE)
    broken[at] ^= 1 << bit
    body = {**BODY, "cms": base64.b64encode(bytes(broken)).decode()}
    try:
        proof = verified(SIGNER, body, token.ACCEPTED)
    except TodokeError:
        return
    found = signed_document._TIME.search(bytes(broken))
    assert found
    assert found[0] in MESSAGE
    assert proof.certificate == SIGNER.der
