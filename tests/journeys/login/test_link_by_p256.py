"""A signing certificate on P-256 links as one on any other key, and only for its use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.login.test_link_by_card import asked, origin
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card
from tests.parts.signing_card import SigningCard, on_p256
from todoke.core import token
from todoke.journeys import linking, residents, session
from todoke.journeys.linking import LINKED
from todoke.journeys.session import Opened


@pytest.fixture
def opened(hall: Hall) -> Opened:
    """A login; the resident whom the card describes is in the register."""
    residents.demonstration(hall.services)
    return hall.enter(Card())


def refused(hall: Hall, opened: Opened, card: SigningCard, **changes: Any) -> str:
    """Why it links nobody."""
    body = card.trusted_in(hall.folder).answer(asked(hall, opened), origin(hall), **changes)
    refusal("card_refused", lambda: linking.by_card(hall.services, BROWSER, body, opened.token))
    assert not hall.account(opened).data["resident"]
    assert session.find(hall.services, opened.token), "she is logged in as before"
    return hall.why()


def test_who_signs_with_a_key_on_p256_is_linked(hall: Hall, opened: Opened) -> None:
    card = on_p256().trusted_in(hall.folder)
    body = card.answer(asked(hall, opened), origin(hall))
    assert body["algorithm"] == "ES256"
    said = linking.by_card(hall.services, BROWSER, body, opened.token)
    assert said.answer == LINKED
    assert said.opened is not None
    person = residents.find(hall.services, "0000000001")
    assert person is not None
    assert hall.account(said.opened).data["resident"] == person.id


@pytest.mark.parametrize(
    "usages",
    [
        ("digital_signature",),
        ("key_agreement",),
        ("key_cert_sign", "crl_sign"),
        (),
    ],
)
def test_a_certificate_that_may_not_commit_links_nobody(
    hall: Hall, opened: Opened, usages: tuple[str, ...]
) -> None:
    """RFC 5280 section 4.2.1.3: contentCommitment is what makes a signature a declaration."""
    assert refused(hall, opened, on_p256(usages)) == "card_kind"


@pytest.mark.parametrize("policy", [token.POLICY.dotted_string, "1.2.392.200149.8.5.1.1.21", ""])
def test_a_certificate_of_another_policy_links_nobody(
    hall: Hall, opened: Opened, policy: str
) -> None:
    assert refused(hall, opened, on_p256(policy=policy)) == "card_kind"


@pytest.mark.parametrize("algorithm", ["ES384", "RS256", "ES512", "none"])
def test_an_answer_under_the_name_of_another_algorithm_links_nobody(
    hall: Hall, opened: Opened, algorithm: str
) -> None:
    why = refused(hall, opened, on_p256(), algorithm=algorithm)
    assert why in ("card_algorithm", "card_signature")
