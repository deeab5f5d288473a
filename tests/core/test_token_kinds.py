"""Cards with RSA keys and on either curve: what each may prove, how its signature is written."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384

from tests.core.test_token import AUTHORITY, MESSAGE, NONCE, ORIGIN, refusal, verified
from tests.parts.pretend_signer import Authority, Card, Key, p256_key, p384_key, rsa_key

KEYS: dict[str, Callable[[str], Key]] = {"RS256": rsa_key, "ES256": p256_key, "ES384": p384_key}


@pytest.mark.parametrize("issuer", KEYS)
@pytest.mark.parametrize("kind", KEYS)
def test_cards_and_issuers_of_each_kind_go_together(kind: str, issuer: str) -> None:
    authority = Authority(key=KEYS[issuer]("authority"))
    card = Card(authority, KEYS[kind]("card"))
    anchor = authority.der  # a signature of its own each time
    assert verified(card, AUTHORITY.der, anchor).issuer == anchor
    wrong = refusal(lambda: verified(card, anchor, signed=b"something else"))
    assert wrong == "card_signature"
    forged = replace(authority, key=KEYS[issuer]("second authority"))
    assert refusal(lambda: verified(card, forged.der)) == "card_issuer"


@pytest.mark.parametrize("kind", KEYS)
def test_an_answer_names_the_algorithm_of_its_own_key(kind: str) -> None:
    card = Card(key=KEYS[kind]("card"))
    assert verified(card, algorithm=kind)
    for other in ("none", "HS256", "RS1", "", kind.lower(), *(set(KEYS) - {kind})):
        assert refusal(lambda a=other: verified(card, algorithm=a)) == "card_algorithm"  # type: ignore[misc]


@pytest.mark.parametrize("curve", ["ES256", "ES384"])
@pytest.mark.parametrize("tampered", range(11))
def test_an_elliptic_signature_is_written_in_one_way_only(curve: str, tampered: int) -> None:
    card = Card(key=KEYS[curve]("card"))
    good = base64.b64decode(card.answer(NONCE, ORIGIN)["signature"])
    r, s = decode_dss_signature(good)
    size = 32 if curve == "ES256" else 48
    body = _integer(r) + _integer(s)
    bad = [
        _sequence(_integer(r, b"\0"), _integer(s)),  # an integer longer than it need be
        _sequence(_integer(r), _integer(s, b"\0")),
        good + b"\0",
        _sequence(_integer(r), _integer(s), b"\5\0"),
        b"\x30\x82\0" + bytes([len(body)]) + body,  # BER: a longer length
        b"\x30\x80" + body + b"\0\0",  # BER: no length
        _sequence(_integer(0), _integer(0)),
        _sequence(_integer(0), _integer(s)),
        _sequence(_integer(s), _integer(r)),
        r.to_bytes(size) + s.to_bytes(size),  # as JWS has it
        card.sign(MESSAGE + b"x"),
    ]
    text = base64.b64encode(bad[tampered]).decode()
    assert refusal(lambda: verified(card, signature=text)) == "card_signature"


def test_an_elliptic_signature_with_another_hash_is_none() -> None:
    for make, other in ((p256_key, SHA384()), (p384_key, SHA256()), (p256_key, SHA1())):
        key = make("card")
        text = base64.b64encode(key.sign(MESSAGE, ec.ECDSA(other))).decode()
        card = Card(key=key)
        assert refusal(lambda c=card, t=text: verified(c, signature=t)) == "card_signature"  # type: ignore[misc]


def _integer(number: int, pad: bytes = b"") -> bytes:
    raw = pad + number.to_bytes(number.bit_length() // 8 + 1)
    return bytes([2, len(raw)]) + raw


def _sequence(*parts: bytes) -> bytes:
    whole = b"".join(parts)
    return bytes([0x30, len(whole)]) + whole
