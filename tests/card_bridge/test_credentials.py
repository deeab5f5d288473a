"""Both certificates of a card, both kinds of keys, and cards that are not what one hopes for."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from card_bridge import algorithms, jpki, pretend_ca
from card_bridge.errors import RETRIABLE, STATUS, BridgeError
from card_bridge.pretend_card import PoweredCard, Sort
from card_bridge.pretend_folder import PretendFolder

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
PASSWORD = b"MIHON1234"


def opened(folder: PretendFolder, sort: Sort | None = None) -> PoweredCard:
    card = PoweredCard(folder, sort)
    jpki.open_application(card)
    return card


def status(card: PoweredCard, command: str) -> str:
    return card.exchange(bytes.fromhex(command))[-2:].hex().upper()


def test_each_secret_opens_its_own_key_and_nothing_else(card_folder: PretendFolder) -> None:
    card = opened(card_folder)
    jpki.verify(card, bytearray(b"1234"))
    jpki.sign(card, b"message")
    with pytest.raises(BridgeError, match="card_failed"):
        jpki.certificate(card, jpki.SIGNING)
    with pytest.raises(BridgeError, match="card_failed"):
        jpki.sign(card, b"message", credential=jpki.SIGNING)
    card = opened(card_folder)
    jpki.verify(card, bytearray(PASSWORD), jpki.SIGNING)
    jpki.sign(card, b"message", credential=jpki.SIGNING)
    with pytest.raises(BridgeError, match="card_failed"):
        jpki.sign(card, b"message")


def test_the_certificates_come_with_their_issuers(card_folder: PretendFolder) -> None:
    card = opened(card_folder)
    jpki.verify(card, bytearray(PASSWORD), jpki.SIGNING)
    for credential in (jpki.AUTHENTICATION, jpki.SIGNING):
        leaf = x509.load_der_x509_certificate(jpki.certificate(card, credential))
        leaf.verify_directly_issued_by(
            x509.load_der_x509_certificate(jpki.authority(card, credential))
        )


def test_the_password_locks_after_five_tries_and_the_pin_does_not_mind(
    card_folder: PretendFolder,
) -> None:
    card = opened(card_folder)
    for left in (4, 3, 2, 1):
        with pytest.raises(BridgeError, match="pin_wrong") as wrong:
            jpki.verify(card, bytearray(b"WRONG123"), jpki.SIGNING)
        assert wrong.value.details == {"left": left}
    for secret in (b"WRONG123", PASSWORD):
        with pytest.raises(BridgeError, match="pin_blocked"):
            jpki.verify(card, bytearray(secret), jpki.SIGNING)
    assert jpki.tries_left(card, jpki.SIGNING) == 0
    assert jpki.tries_left(card) == 3
    jpki.verify(card, bytearray(b"1234"))


@pytest.mark.parametrize(
    ("credential", "secret", "fits"),
    [
        (jpki.AUTHENTICATION, b"1234", True), (jpki.AUTHENTICATION, b"123", False),
        (jpki.AUTHENTICATION, b"12345", False), (jpki.AUTHENTICATION, b"12A4", False),
        (jpki.SIGNING, b"ABC123", True), (jpki.SIGNING, b"A" * 16, True),
        (jpki.SIGNING, b"ABC12", False), (jpki.SIGNING, b"A" * 17, False),
        (jpki.SIGNING, b"abc123", False), (jpki.SIGNING, b"ABC 12", False),
        (jpki.SIGNING, b"", False),
    ],
)  # fmt: skip
def test_a_secret_of_the_wrong_shape_is_known_before_the_card_sees_it(
    credential: jpki.Credential, secret: bytes, fits: bool
) -> None:
    assert credential.takes(secret) is fits
    assert credential.takes(bytearray(secret)) is fits


def test_a_childs_card_has_no_certificate_for_signing(card_folder: PretendFolder) -> None:
    card = opened(card_folder, Sort(signing=False))
    jpki.require(card, jpki.AUTHENTICATION)
    with pytest.raises(BridgeError, match="card_without_signing"):
        jpki.require(card, jpki.SIGNING)
    assert status(card, "00A4020C020001") == "6A82"
    assert status(card, "00A4020C02001A") == "6A82"


class Without:
    """A card that lacks a file, or answers one of them in its own way."""

    def __init__(self, card: PoweredCard, file: int, content: bytes | None) -> None:
        self._card, self._file, self._content = card, file, content
        self._here = False

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        if apdu[1] == 0xA4:
            self._here = apdu[5:] == self._file.to_bytes(2, "big")
            if self._here and self._content is None:
                return b"\x6a\x82"
        if self._here and apdu[1] == 0xB0 and self._content is not None:
            return self._content[apdu[3] : apdu[3] + apdu[4]] + b"\x90\x00"
        return self._card.exchange(apdu)


def test_a_card_that_does_not_say_what_it_carries_is_not_refused_for_that(
    card_folder: PretendFolder,
) -> None:
    card = Without(PoweredCard(card_folder), jpki.PRESENT, None)
    jpki.open_application(card)
    jpki.require(card, jpki.SIGNING)
    jpki.open_application(Without(PoweredCard(card_folder), jpki.TOKEN_INFO, None))


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (b"JPKIAPICCTOKEN2".ljust(32), ""), (b"JPKIAPICCTOKEN".ljust(32), "card_old"),
        (b"JPKIAPICCTOKEN".ljust(32, b"\0"), "card_old"), (b"JPKIAPIOSTOKEN".ljust(32), ""),
        (b"of a card to come".ljust(32), ""), (b"JPKIAPICCTOKEN", ""), (b"", ""),
    ],
)  # fmt: skip
def test_the_card_before_the_my_number_card_is_told_by_its_label(
    card_folder: PretendFolder, label: bytes, code: str
) -> None:
    card = Without(PoweredCard(card_folder), jpki.TOKEN_INFO, label)
    try:
        jpki.open_application(card)
        said = ""
    except BridgeError as error:
        said = error.code
    assert said == code


@given(hours=st.integers(-100_000, 100_000))
@example(hours=0)
@example(hours=-25).via("a day and an hour before it was made")
@example(hours=1826 * 24).via("the last hour")
@example(hours=1826 * 24 + 1).via("an hour later")
def test_a_certificate_is_used_within_its_dates_only(hours: int) -> None:
    made = _made_once()
    at = NOW + timedelta(hours=hours)
    try:
        jpki.check_days(made, at)
        said = ""
    except BridgeError as error:
        said = error.code
    assert said == (
        "card_not_yet" if at < NOW - DAY else "card_expired" if at > NOW + 1826 * DAY else ""
    )


_made: list[bytes] = []


def _made_once() -> bytes:
    if not _made:
        _made.append(_der(pretend_ca.issue(NOW, "ES384").card))
    return _made[0]


def _der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def test_the_kind_of_key_decides_how_the_card_signs(tmp_path: Path) -> None:
    kinds: tuple[pretend_ca.Kind, ...] = ("RS256", "ES384")
    for kind in kinds:
        folder = PretendFolder(tmp_path / kind, kind)
        card = opened(folder)
        certificate = jpki.certificate(card)
        algorithm = algorithms.of(certificate)
        assert algorithm.name == kind
        jpki.verify(card, bytearray(b"1234"))
        signature = jpki.sign(card, b"message", algorithm)
        jpki.check(certificate, b"message", signature)
        for message, wrong in ((b"another", signature), (b"message", signature[:-1]),
                               (b"message", b""), (b"message", b"\0" * 96)):  # fmt: skip
            with pytest.raises(BridgeError, match="card_failed"):
                jpki.check(certificate, message, wrong)


def test_a_signature_of_the_next_card_is_taken_in_both_spellings() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    spelled = key.sign(b"message", ec.ECDSA(SHA384()))
    r, s = decode_dss_signature(spelled)
    bare = r.to_bytes(48, "big") + s.to_bytes(48, "big")
    assert algorithms.ES384.signature(bare) == spelled
    assert algorithms.ES384.signature(spelled) == spelled
    assert algorithms.ES384.given(b"message") == hashlib.sha384(b"message").digest()


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP521R1()])
def test_a_key_that_no_card_has_is_refused(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mihon")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(key.public_key())
    made = builder.not_valid_before(NOW).not_valid_after(NOW + DAY).sign(key, SHA256())
    with pytest.raises(BridgeError, match="card_unknown"):
        algorithms.of(made.public_bytes(Encoding.DER))


def test_the_person_of_the_pretend_card_is_visibly_made_up_and_its_authority_too() -> None:
    made = pretend_ca.issue_signing(NOW)
    leaf, ca = (x509.load_pem_x509_certificate(each) for each in (made.card, made.ca))
    leaf.verify_directly_issued_by(ca)
    assert "O=TODOKE-PRETEND" in ca.subject.rfc4514_string()
    assert isinstance(leaf.public_key(), rsa.RSAPublicKey)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    texts = [each.value[2:].decode() for each in names.get_values_for_type(x509.OtherName)]
    assert "見本" in texts[0]
    assert not [each for each in texts if len(each) == 12 and each.isdigit()], "no My Number"


def test_the_folder_of_an_older_bridge_gets_what_signing_needs(tmp_path: Path) -> None:
    first = PretendFolder(tmp_path / "card")
    kept = first.read("card.pem")
    first.close()
    for each in (tmp_path / "card").glob("sign-*"):
        each.unlink()
    (tmp_path / "card/card.json").write_text(json.dumps({"pin": "1234", "left": 2}))
    again = PretendFolder(tmp_path / "card")
    assert again.read("card.pem") == kept
    assert (again.card(), again.signing()) == (("1234", 2), ("MIHON1234", 5))
    jpki.verify(opened(again), bytearray(PASSWORD), jpki.SIGNING)
    assert again.card() == ("1234", 2), "one counter does not touch the other"
    again.close()
    (tmp_path / "card/sign-card.key").unlink()
    with pytest.raises(BridgeError, match="folder_refused"):
        PretendFolder(tmp_path / "card")


def test_what_may_be_tried_again_is_said_of_every_error_of_the_card() -> None:
    assert set(STATUS) >= RETRIABLE
    lasting = {code for code in STATUS if code.startswith(("card_", "no_", "pcsc"))} - RETRIABLE
    assert lasting == {
        "no_pcsc", "pcsc_refused", "card_unknown", "card_old", "card_expired", "card_not_yet",
        "card_without_signing",
    }  # fmt: skip
    assert BridgeError("card_pulled").retriable
    assert not BridgeError("card_old").retriable
