"""What a card may prove, and everything that only looks like it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.parts.pretend_signer import (
    Authority,
    Card,
    p521_key,
    rsa_key,
    slow_key,
)
from todoke.core import token
from todoke.core.errors import TodokeError

ORIGIN, NONCE = "https://city.example", "n" * 43
NOW = datetime(2026, 11, 24, tzinfo=UTC)
MESSAGE = token.signed_bytes(token.FETCH, token.LOGIN, ORIGIN, NONCE)
AUTHORITY, CARD = Authority(), Card()
#: SHA-1 with RSA, as DER; the library signs nothing with it any more, so it is put in by hand
SHA256_RSA, SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")


def verified(card: Card, *anchors: bytes, now: datetime = NOW, **changes: Any) -> token.Proof:
    answer = token.read(card.answer(NONCE, ORIGIN, **changes))
    return token.verify(answer, MESSAGE, anchors or [AUTHORITY.der], now)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TodokeError) as refused:
        call()
    assert refused.value.code == "card_refused"
    return str(refused.value.details["rule"])


def test_a_card_proves_itself_and_is_named_by_issuer_serial_and_key() -> None:
    proof = verified(CARD)
    assert proof.certificate == CARD.der
    assert proof.issuer == AUTHORITY.der
    others = (
        replace(CARD, serial=4712),
        replace(CARD, key=rsa_key("other card")),
    )
    foreign = Authority(key=rsa_key("second authority"))
    names = {proof.name, *(verified(each).name for each in others)}
    names.add(verified(replace(CARD, authority=foreign), foreign.der).name)
    assert len(names) == 4
    assert verified(replace(CARD, end=CARD.end + timedelta(days=1))).name == proof.name


def test_the_signed_bytes_are_these_and_no_part_can_slip_into_another() -> None:
    assert MESSAGE == b"todoke-card/1\0fetch\0login\0https://city.example\0" + b"n" * 43
    for origin in ("https://a\0b", "https://市.example"):

        def signed(of: str = origin) -> bytes:
            return token.signed_bytes(token.FETCH, token.LOGIN, of, NONCE)

        assert refusal(signed) == "card_shape"


@pytest.mark.parametrize(
    "signed",
    [
        token.signed_bytes(token.FETCH, token.LOGIN, "https://evil.example", NONCE),
        token.signed_bytes(token.FETCH, token.LOGIN, "http://city.example", NONCE),
        token.signed_bytes(token.FETCH, token.LOGIN, ORIGIN + ".evil.example", NONCE),
        token.signed_bytes(token.FETCH, token.LOGIN, ORIGIN, "m" * 43),
        token.signed_bytes(token.FETCH, "sign", ORIGIN, NONCE),
        token.signed_bytes(token.VISIT, token.LOGIN, ORIGIN, NONCE),
        NONCE.encode(),
        b"",
    ],
    ids=[
        "look-alike",
        "http",
        "longer host",
        "other nonce",
        "other purpose",
        "other mode",
        "nonce",
        "nothing",
    ],
)
def test_a_signature_for_another_page_number_or_purpose_is_none(signed: bytes) -> None:
    assert refusal(lambda: verified(CARD, signed=signed)) == "card_signature"


def test_another_cards_signature_and_a_changed_one_are_refused() -> None:
    other = replace(CARD, key=rsa_key("other card")).answer(NONCE, ORIGIN)["signature"]
    good = base64.b64decode(CARD.answer(NONCE, ORIGIN)["signature"])
    for signature in (other, *(base64.b64encode(each).decode() for each in _near(good))):
        assert refusal(lambda s=signature: verified(CARD, signature=s)) == "card_signature"  # type: ignore[misc]


def _near(good: bytes) -> list[bytes]:
    return [
        bytes([good[0] ^ 1, *good[1:]]),
        good[:-1],
        good + b"\0",
        b"\0" + good,
        b"\0" * 256,
        b"\xff" * 256,
        b"\1",
    ]


def test_a_signature_with_sha_1_or_over_the_hash_alone_is_refused() -> None:
    key = rsa_key("card")
    for signature in (
        key.sign(MESSAGE, padding.PKCS1v15(), SHA1()),
        key.sign(MESSAGE, padding.PSS(padding.MGF1(SHA256()), 32), SHA256()),
    ):
        text = base64.b64encode(signature).decode()
        assert refusal(lambda s=text: verified(CARD, signature=s)) == "card_signature"  # type: ignore[misc]


def test_a_foreign_authority_with_the_very_same_name_is_refused() -> None:
    foreign = Authority(key=rsa_key("foreign authority"))
    assert foreign.name == AUTHORITY.name
    assert refusal(lambda: verified(replace(CARD, authority=foreign))) == "card_issuer"
    assert refusal(lambda: token.verify(_answer(CARD), MESSAGE, [], NOW)) == "card_issuer"


def test_among_generations_with_one_name_the_signature_chooses() -> None:
    generations = [Authority(key=rsa_key(f"generation {number}")) for number in range(3)]
    anchors = [each.der for each in generations]
    for each in generations:
        assert verified(replace(CARD, authority=each), *anchors).issuer == each.der


def test_an_authority_of_another_name_with_the_same_key_did_not_issue_it() -> None:
    renamed = Authority(name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "見本")]))
    assert refusal(lambda: verified(CARD, renamed.der)) == "card_issuer"


@pytest.mark.parametrize(
    "authority",
    [
        Authority(ca=False),
        Authority(usages=("crl_sign",)),
        Authority(key=rsa_key("small authority", 1024)),
        Authority(end=NOW - timedelta(seconds=1)),
        Authority(start=NOW + timedelta(seconds=1)),
    ],
    ids=["no CA", "no keyCertSign", "RSA-1024", "expired", "not yet"],
)
def test_an_anchor_that_may_not_issue_now_vouches_for_nobody(authority: Authority) -> None:
    card = replace(CARD, authority=authority)
    assert refusal(lambda: verified(card, authority.der)) == "card_issuer"


def test_a_card_cannot_vouch_for_another_card() -> None:
    between = Authority(key=rsa_key("card"), name=_subject(CARD.der))
    assert refusal(lambda: verified(replace(CARD, authority=between))) == "card_issuer"
    assert refusal(lambda: verified(CARD, CARD.der)) == "card_issuer"


def test_the_certificate_of_the_authority_itself_opens_nothing() -> None:
    proof = base64.b64encode(AUTHORITY.der).decode()
    card = Card(key=AUTHORITY.key)
    assert refusal(lambda: verified(card, certificate=proof)) == "card_kind"


def test_before_and_after_its_days_a_certificate_is_refused() -> None:
    assert verified(CARD, now=CARD.start)
    assert verified(CARD, now=CARD.end)
    second = timedelta(seconds=1)
    expired = replace(CARD, end=NOW - second)
    assert refusal(lambda: verified(expired)) == "card_expired"
    assert refusal(lambda: verified(replace(CARD, start=NOW + second))) == "card_not_yet"


@pytest.mark.parametrize(
    "change",
    [
        {"policy": None},
        {"policy": "1.2.392.200149.8.5.1.1.20"},
        {"policy": token.POLICY.dotted_string + ".1"},
        {"usages": ()},
        {"usages": ("key_encipherment",)},
        {"usages": ("digital_signature", "key_cert_sign")},
        {"usages": ("digital_signature", "content_commitment")},
        {"more": [(x509.BasicConstraints(ca=True, path_length=None), True)]},
        {"more": [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]},
        {"more": [(x509.UnrecognizedExtension(ObjectIdentifier("2.999.1"), b"\5\0"), True)]},
    ],
    ids=[
        "no policy", "signing policy", "longer policy", "no usage", "encipherment", "issuing",
        "the signing certificate", "CA", "a server's", "critical and unknown",
    ],
)  # fmt: skip
def test_a_certificate_for_anything_else_is_refused(change: dict[str, Any]) -> None:
    assert refusal(lambda: verified(replace(CARD, **change))) == "card_kind"


@pytest.mark.parametrize(
    "more",
    [
        [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)],
        [(x509.BasicConstraints(ca=False, path_length=None), True)],
        [(x509.UnrecognizedExtension(ObjectIdentifier("2.999.1"), b"\5\0"), False)],
    ],
    ids=["client", "end entity", "unknown but not critical"],
)
def test_what_a_real_card_carries_besides_is_fine(more: Any) -> None:
    assert verified(replace(CARD, more=more))


def test_short_slow_keys_and_other_curves_are_refused() -> None:
    for key in (rsa_key("small card", 1024), p521_key("card"), slow_key("slow")):
        assert refusal(lambda k=key: verified(replace(CARD, key=k))) == "card_algorithm"  # type: ignore[misc]
    for key in (p521_key("card"), slow_key("slow")):
        slow = Authority(key=key)
        assert refusal(lambda a=slow: verified(Card(a), a.der)) == "card_issuer"  # type: ignore[misc]


def test_a_key_of_another_algorithm_altogether_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    made = x509.CertificateBuilder().subject_name(AUTHORITY.name).issuer_name(AUTHORITY.name)
    made = made.public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(CARD.start).not_valid_after(CARD.end)
    for part in x509.load_der_x509_certificate(CARD.der).extensions:
        made = made.add_extension(part.value, part.critical)
    der = made.sign(rsa_key("authority"), SHA256()).public_bytes(Encoding.DER)
    text = base64.b64encode(der).decode()
    assert refusal(lambda: verified(CARD, certificate=text)) == "card_algorithm"


def test_a_certificate_that_says_it_is_signed_with_sha_1_is_refused() -> None:
    der = CARD.der
    assert der.count(SHA256_RSA) == 2
    for changed in (der.replace(SHA256_RSA, SHA1_RSA), _last(der, SHA256_RSA, SHA1_RSA)):
        text = base64.b64encode(changed).decode()
        assert refusal(lambda t=text: verified(CARD, certificate=t)) == "card_issuer"  # type: ignore[misc]


def test_a_certificate_really_signed_with_sha_1_is_refused() -> None:
    whole = x509.load_der_x509_certificate(CARD.der)
    tbs = whole.tbs_certificate_bytes.replace(SHA256_RSA, SHA1_RSA)
    key = rsa_key("authority")
    signature = key.sign(tbs, padding.PKCS1v15(), SHA1())
    rest = CARD.der[4 + len(tbs) : -256].replace(SHA256_RSA, SHA1_RSA)
    der = CARD.der[:4] + tbs + rest + signature
    made = x509.load_der_x509_certificate(der)
    key.public_key().verify(made.signature, made.tbs_certificate_bytes, padding.PKCS1v15(), SHA1())
    text = base64.b64encode(der).decode()
    assert refusal(lambda: verified(CARD, certificate=text)) == "card_issuer"


def _last(text: bytes, old: bytes, new: bytes) -> bytes:
    head, _, tail = text.rpartition(old)
    return head + new + tail


def _der_variants() -> list[bytes]:
    der = CARD.der
    version, san = bytes.fromhex("a003020102"), bytes.fromhex("8209612e6578616d706c65")
    named = replace(CARD, more=[(x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)])
    return [
        der.replace(version, bytes.fromhex("a003020103"), 1),
        named.der.replace(san, bytes.fromhex("a309612e6578616d706c65"), 1),  # x400Address
        b"",
        b"\0",
        b"\x30\x80",
        der + b"\0",
        der + der,
        der[:-1],
        b"\x30\x83\0" + der[2:4] + der[4:],  # a length in more bytes than it needs: BER
        der[:1] + b"\x80" + der[4:] + b"\0\0",  # indefinite length: BER
        b"-----BEGIN CERTIFICATE-----",
        AUTHORITY.der[:200],
    ]


@pytest.mark.parametrize("der", _der_variants(), ids=range(len(_der_variants())))
def test_what_is_no_whole_certificate_in_der_is_refused(der: bytes) -> None:
    text = base64.b64encode(der).decode()
    assert refusal(lambda: verified(CARD, certificate=text)) == "card_shape"


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate": "A" * 5465},
        {"certificate": "A" * 10_000_000},
        {"signature": base64.b64encode(b"\1" * 513).decode()},
        {"signature": "!"},
        {"signature": ""},
        {"signature": "AB=="},
        {"signature": "AA==\n"},
        {"nonce": "n" * 42},
        {"nonce": "n" * 44},
        {"nonce": "あ" * 43},
        {"nonce": "n" * 42 + "="},
        {"nonce": "n" * 42 + "\0"},
        {"certificate": None},
        {"certificate": ["A"]},
        {"algorithm": 1},
        {"more": "x"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_body_of_another_shape_or_size_is_refused(changes: dict[str, Any]) -> None:
    body = {**CARD.answer(NONCE, ORIGIN), **changes}
    assert refusal(lambda: token.read(body)) == "card_shape"


def test_a_missing_field_and_another_version_are_refused() -> None:
    body = dict(CARD.answer(NONCE, ORIGIN))
    for name in body:
        rest = {each: value for each, value in body.items() if each != name}
        assert refusal(lambda r=rest: token.read(r)) == "card_shape"  # type: ignore[misc]
    assert refusal(lambda: token.read({**body, "version": "todoke-card/2"})) == "card_version"


@example(at=15, bit=7)  # the sign of the serial number
@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, len(CARD.der) - 1), bit=st.integers(0, 7))
def test_no_single_bit_of_a_certificate_can_be_changed(at: int, bit: int) -> None:
    der = bytearray(CARD.der)
    der[at] ^= 1 << bit
    text = base64.b64encode(bytes(der)).decode()
    assert refusal(lambda: verified(CARD, certificate=text)).startswith("card_")


def test_a_signature_with_unused_bits_is_refused() -> None:
    signature = x509.load_der_x509_certificate(CARD.der).signature
    before = len(CARD.der) - len(signature) - 1
    assert CARD.der[before] == 0
    cards = (replace(CARD, serial=4711 + each) for each in range(64))
    card = next(each for each in cards if each.der[-1] & 1 == 0)
    der = bytearray(card.der)
    der[before] = 1  # the last bit is zero: the library takes it for padding
    text = base64.b64encode(bytes(der)).decode()
    assert refusal(lambda: verified(card, certificate=text)) == "card_shape"


def test_a_broken_anchor_beside_a_good_one_is_passed_over() -> None:
    assert verified(CARD, b"no certificate", AUTHORITY.der)


def _answer(card: Card, **changes: Any) -> token.Answer:
    return token.read(card.answer(NONCE, ORIGIN, **changes))


def _subject(der: bytes) -> x509.Name:
    return x509.load_der_x509_certificate(der).subject
