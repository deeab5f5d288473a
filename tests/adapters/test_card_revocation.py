"""Whether a certificate was stopped: by a responder on a real socket, and by lists in files. What
is not certain is unknown."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.pretend_signer import Authority, Card, rsa_key
from tests.parts.responder import Responder, answering, delegate
from todoke import assemble
from todoke.adapters import card_revocation
from todoke.adapters.card_revocation import GOOD, REVOKED, UNKNOWN, Lists, Ocsp
from todoke.adapters.card_trust import CardTrustFiles
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError

AUTHORITY = Authority(key=rsa_key("real"))
FOREIGN = Authority(key=rsa_key("second authority"))
ISSUER = AUTHORITY.certificate


def leaf(serial: int = 4711) -> x509.Certificate:
    return x509.load_der_x509_certificate(Card(authority=AUTHORITY, serial=serial).der)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def responder(clock: TurnedClock) -> Iterator[Responder]:
    now = clock.now().replace(microsecond=0)
    with answering(Responder(AUTHORITY, now, revoked={4712})) as found:
        yield found


# ------------------------------------------------------------------------------- a responder
def test_a_responder_says_good_and_revoked(responder: Responder, clock: TurnedClock) -> None:
    asked = Ocsp(responder.url, clock)
    assert [asked.status(leaf(each), ISSUER) for each in (4711, 4712)] == [GOOD, REVOKED]


def test_an_answer_is_kept_for_as_long_as_it_says(responder: Responder, clock: TurnedClock) -> None:
    asked = Ocsp(responder.url, clock)
    for _ in range(3):
        assert asked.status(leaf(), ISSUER) == GOOD
    assert responder.asked == 1
    clock.turn(3600)
    assert asked.status(leaf(), ISSUER) == UNKNOWN, "it says the same as an hour ago"
    responder.now += timedelta(hours=1)
    responder.revoked.add(4711)
    assert asked.status(leaf(), ISSUER) == REVOKED


def test_whom_the_issuer_named_may_answer_and_nobody_else(
    responder: Responder, clock: TurnedClock
) -> None:
    key, yesterday = rsa_key("responder"), clock.now() - timedelta(days=1)
    ways = {
        GOOD: [delegate(AUTHORITY, key)],
        UNKNOWN: [
            delegate(AUTHORITY, key, named=False),
            delegate(AUTHORITY, key, end=yesterday),
            delegate(FOREIGN, key),
            (FOREIGN.certificate, FOREIGN.key),
            (ISSUER, rsa_key("thief")),
        ],
    }
    for said, signers in ways.items():
        for signer in signers:
            responder.signer = signer
            assert Ocsp(responder.url, clock).status(leaf(), ISSUER) == said


WRONG: dict[str, dict[str, Any]] = {
    "another number": {"about": Card(authority=AUTHORITY, serial=1)},
    "no end": {"life": None},
    "too old": {"begins": timedelta(hours=-2)},
    "of tomorrow": {"begins": timedelta(days=1)},
    "an old nonce": {"nonce": b"n" * 32},
    "the responder does not know": {"unknown": True},
    "SHA-1": {"hash": SHA1()},
    "an error of the server": {"status": 500},
    "led away": {"status": 302},
    "nothing": {"raw": b""},
    "no answer": {"raw": b"<html>"},
    "too much": {"raw": bytes(20_000)},
    "try later": {
        "raw": ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(Encoding.DER)
    },
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_is_not_certain_is_unknown(
    responder: Responder, clock: TurnedClock, wrong: str
) -> None:
    for name, value in WRONG[wrong].items():
        setattr(responder, name, value)
    assert Ocsp(responder.url, clock).status(leaf(), ISSUER) == UNKNOWN
    assert responder.asked == 1


def test_an_answer_made_beforehand_has_no_nonce(responder: Responder, clock: TurnedClock) -> None:
    responder.with_nonce = False
    assert Ocsp(responder.url, clock).status(leaf(), ISSUER) == GOOD


def test_who_does_not_answer_is_left_alone_for_a_while(clock: TurnedClock) -> None:
    asked = Ocsp("http://127.0.0.1:9/ocsp", clock)  # discard: nobody listens
    assert asked.status(leaf(), ISSUER) == UNKNOWN
    with answering(Responder(AUTHORITY, clock.now().replace(microsecond=0))) as responder:
        asked._url = asked._url._replace(netloc=responder.url.split("/")[2])
        assert asked.status(leaf(), ISSUER) == UNKNOWN
        assert responder.asked == 0
        clock.turn(card_revocation.REST_SECONDS)
        assert asked.status(leaf(), ISSUER) == GOOD


def test_an_answer_in_drops_is_cut_off(
    responder: Responder, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_revocation, "TIMEOUT_SECONDS", 0.5)
    responder.drops = 0.1  # each byte in time, the whole after minutes
    begun = time.monotonic()
    assert Ocsp(responder.url, clock).status(leaf(), ISSUER) == UNKNOWN
    assert time.monotonic() - begun < 30, "it was waited for"


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 2000), bit=st.integers(0, 7))
def test_no_bit_of_an_answer_can_be_changed(at: int, bit: int) -> None:
    clock = TurnedClock()
    now = clock.now().replace(microsecond=0)
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf(4712), ISSUER, SHA256())
    nonce = x509.OCSPNonce(b"n" * 32)
    asked = request.add_extension(nonce, critical=False).build()
    whole = bytearray(
        Responder(AUTHORITY, now, revoked={4712}).answer(asked.public_bytes(Encoding.DER))
    )
    whole[at % len(whole)] ^= 1 << bit
    try:
        answer = ocsp.load_der_ocsp_response(bytes(whole))
        said = card_revocation._read(answer, asked, nonce, ISSUER, clock.now())
    except card_revocation._UNREADABLE:
        return
    assert said is None or said.said == REVOKED


# ------------------------------------------------------------------------------------- lists
def crl(clock: TurnedClock, *serials: int, authority: Authority = AUTHORITY, **wrong: Any) -> bytes:
    """A list in DER. wrong: begins, ends, hash, extension."""
    now = clock.now().replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.name)
    builder = builder.last_update(now + wrong.get("begins", timedelta(0)))
    builder = builder.next_update(now + wrong.get("ends", timedelta(days=1)))
    for serial in serials:
        made = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
        builder = builder.add_revoked_certificate(made.build())
    if "extension" in wrong:
        builder = builder.add_extension(wrong["extension"], critical=True)
    return builder.sign(wrong.get("key", authority.key), wrong.get("hash", SHA256())).public_bytes(
        Encoding.DER
    )


def test_a_list_names_who_was_stopped(clock: TurnedClock, tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(crl(clock, 4712))
    lists = Lists([path], clock)
    assert [lists.status(leaf(each), ISSUER) for each in (4711, 4712)] == [GOOD, REVOKED]
    path.write_bytes(crl(clock, 4711, 4712))
    os.utime(path, ns=(1, 1))
    assert lists.status(leaf(), ISSUER) == REVOKED, "a new list was not read"
    clock.turn(86400)
    assert lists.status(leaf(1), ISSUER) == UNKNOWN, "the list is over"
    assert lists.status(leaf(), ISSUER) == REVOKED, "who was stopped stays so"


PART = x509.IssuingDistributionPoint(
    [x509.UniformResourceIdentifier("http://city.example/part.crl")],
    None,
    False,
    False,
    None,
    False,
    False,
)
BAD_LISTS: dict[str, dict[str, Any]] = {
    "of another authority": {"authority": FOREIGN},
    "signed by another key": {"key": rsa_key("thief")},
    "over": {"begins": timedelta(days=-2), "ends": timedelta(days=-1)},
    "of tomorrow": {"begins": timedelta(days=1), "ends": timedelta(days=2)},
    "a part of the whole": {"extension": PART},
    "changes only": {"extension": x509.DeltaCRLIndicator(1)},
}


@pytest.mark.parametrize("wrong", BAD_LISTS)
def test_a_list_that_is_not_certain_says_nothing(
    clock: TurnedClock, tmp_path: Path, wrong: str
) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(crl(clock, **BAD_LISTS[wrong]))
    assert Lists([path], clock).status(leaf(), ISSUER) == UNKNOWN


@pytest.mark.parametrize("raw", [b"", b"-----BEGIN", b"0\x82", bytes(1000)])
def test_what_is_no_list_says_nothing(clock: TurnedClock, tmp_path: Path, raw: bytes) -> None:
    good, bad = tmp_path / "good.crl", tmp_path / "bad.crl"
    good.write_bytes(crl(clock))
    assert Lists([good], clock).status(leaf(), ISSUER) == GOOD
    assert Lists([good, bad], clock).status(leaf(), ISSUER) == UNKNOWN, "one is missing"
    bad.write_bytes(raw)
    assert Lists([good, bad], clock).status(leaf(), ISSUER) == UNKNOWN


def test_one_list_of_several_that_is_over_makes_all_unknown(
    clock: TurnedClock, tmp_path: Path
) -> None:
    fresh, old = tmp_path / "fresh.crl", tmp_path / "old.crl"
    fresh.write_bytes(crl(clock))
    old.write_bytes(crl(clock, **BAD_LISTS["over"]))
    assert Lists([fresh, old], clock).status(leaf(), ISSUER) == UNKNOWN
    old.write_bytes(crl(clock, authority=FOREIGN))
    assert Lists([fresh, old], clock).status(leaf(), ISSUER) == GOOD, "another authority's"


# ------------------------------------------------------------------------------ the settings
def test_the_settings_name_the_way(
    responder: Responder, clock: TurnedClock, tmp_path: Path
) -> None:
    config = assemble.fake(tmp_path / "data").config
    (tmp_path / "site").mkdir()
    (tmp_path / "site/ca.pem").write_bytes(ISSUER.public_bytes(Encoding.PEM))
    (config.data / "a.crl").write_bytes(crl(clock, 4712))
    ways = {UNKNOWN: {}, GOOD: {"ocsp": responder.url}, "list": {"crls": ("a.crl",)}}
    for said, way in ways.items():
        card = replace(config.card, anchors=("ca.pem",), **way)  # type: ignore[arg-type]
        trust = CardTrustFiles(replace(config, root=tmp_path, card=card), clock)
        der = Card(authority=AUTHORITY).der
        assert trust.revocation(der, AUTHORITY.der) == said.replace("list", GOOD)
        assert trust.revocation(der, FOREIGN.der) == UNKNOWN
        assert trust.revocation(b"no certificate", AUTHORITY.der) == UNKNOWN


@pytest.mark.parametrize(
    "card",
    [
        {"ocsp": "ftp://city.example/"},
        {"ocsp": "http:///x"},
        {"ocsp": "http://city.example/?a=b"},
        {"crls": ("/etc/passwd",)},
        {"crls": ("../list.crl",)},
        {"crls": ("",)},
        {"ocsp": "http://city.example/", "crls": ("a.crl",)},
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(card: dict[str, Any], tmp_path: Path) -> None:
    from todoke.config import _check

    config = assemble.fake(tmp_path).config
    with pytest.raises(TodokeError) as refused:
        _check(replace(config, card=replace(config.card, **card)))
    assert refused.value.details["field"] == ("card.crls" if "crls" in card else "card.ocsp")
