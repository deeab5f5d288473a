"""OpenSC, which many people already use with their card, takes the virtual card for a real one:
what our own program reads of it is not only what we believe of cards."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from card_bridge import pretend_ca
from card_bridge.pretend_folder import PretendFolder
from tests.card_bridge.at_reader import SIGN_WITHOUT_PIN, other_program, sign_in
from tests.parts.pcscd import READERS, Pcscd
from tests.parts.virtual_card import ATR, VirtualCard

pytestmark = pytest.mark.real
AUTHENTICATION, SIGNING = "JPKI (User Authentication PIN)", "JPKI (Digital Signature PIN)"


@pytest.fixture
def card(pcscd: Pcscd, card_folder: PretendFolder) -> Iterator[VirtualCard]:
    if not shutil.which("pkcs11-tool"):
        pytest.skip("NO CARD TEST: opensc is not installed (tools/system_packages.sh)")
    with VirtualCard(card_folder, pcscd.ports[0]) as inside:
        pcscd.sees()
        yield inside


def run(*words: str, ends: int = 0) -> str:
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == ends, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def certificate(card: VirtualCard, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(card.folder.read(name))


def test_it_lists_the_readers_and_knows_the_card(card: VirtualCard) -> None:
    listed = run("opensc-tool", "--list-readers").splitlines()
    assert [line.split("  ")[-1].strip() for line in listed[2:4]] == list(READERS)
    assert ["Yes" in line for line in listed[2:4]] == [True, False]
    assert ATR.hex(":") in run("opensc-tool", "--atr")
    assert run("opensc-tool", "--name").splitlines()[0] == "jpki"


def test_it_lists_and_reads_the_certificates(card: VirtualCard) -> None:
    listed = run("pkcs15-tool", "--list-certificates")
    for name in ("User Authentication Certificate", "Digital Signature Certificate"):
        assert f"[{name}]" in listed
        assert f"[{name} CA]" in listed
    for number, name in (("1", "card.pem"), ("3", "ca.pem"), ("4", "sign-ca.pem")):
        read = run("pkcs15-tool", "--read-certificate", number).encode()
        assert x509.load_pem_x509_certificate(read) == certificate(card, name)
    # the one with name and address is behind the password
    assert "failed" in run("pkcs15-tool", "--read-certificate", "2", ends=1)
    assert card.tries() == 0


def test_it_reads_both_counters_for_nothing(card: VirtualCard) -> None:
    card.folder.keep("1234", 2)
    card.folder.keep_signing("MIHON1234", 4)
    listed = run("pkcs15-tool", "--list-pins")
    left = [line.split(":")[1].strip() for line in listed.splitlines() if "Tries left" in line]
    assert left == ["2", "4"]
    assert card.tries() == 0


@pytest.mark.parametrize(
    ("token", "pin", "name"),
    [(AUTHENTICATION, "1234", "card.pem"), (SIGNING, "MIHON1234", "sign-card.pem")],
)
def test_it_lists_the_objects_logs_in_and_signs_with_both_keys(
    card: VirtualCard, tmp_path: Path, token: str, pin: str, name: str
) -> None:
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(b"made up")
    login = ("pkcs11-tool", "--token-label", token, "--login", "--pin", pin)
    listed = run(*login, "--list-objects")
    assert "Private Key Object; RSA" in listed
    assert "Certificate Object; type = X.509 cert" in listed
    before = card.tries()
    run(*login, "--sign", "--mechanism", "SHA256-RSA-PKCS",
        "--input-file", str(message), "--output-file", str(signature))  # fmt: skip
    # the key for signing wants its password for every signature: always authenticate
    assert card.tries() - before in (1, 2)
    key = certificate(card, name).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature.read_bytes(), b"made up", padding.PKCS1v15(), SHA256())


def test_a_wrong_pin_is_told_as_such(card: VirtualCard) -> None:
    said = run(
        "pkcs11-tool", "--token-label", AUTHENTICATION, "--login", "--pin", "0000",
        "--list-objects", ends=1,
    )  # fmt: skip
    assert "CKR_PIN_INCORRECT" in said
    assert card.folder.card() == ("1234", 2)


def test_after_it_the_bridge_logs_in_and_after_the_bridge_it_must_ask_for_the_pin(
    card: VirtualCard,
) -> None:
    run(
        "pkcs11-tool", "--token-label", AUTHENTICATION, "--login", "--pin", "1234", "--list-objects"
    )
    assert sign_in() == "RS256"
    assert other_program(*SIGN_WITHOUT_PIN)[-1] == "6982"


def test_the_certificate_for_signing_has_the_profile_of_a_real_one(card: VirtualCard) -> None:
    leaf, ca = certificate(card, "sign-card.pem"), certificate(card, "sign-ca.pem")
    leaf.verify_directly_issued_by(ca)
    policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert policies.critical
    assert [each.policy_identifier for each in policies.value] == [pretend_ca.SIGNING_POLICY]
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (
        True, True, False,
    )  # fmt: skip
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    person = {
        each.type_id.dotted_string.rpartition(".")[2]: each.value[2:].decode()
        for each in names.get_values_for_type(x509.OtherName)
    }
    assert list(person) == ["1", "4", "3", "5", "2", "6"]
    assert person["1"] == "見本　はなこ"
    assert "見本" in person["5"]
    assert "O=TODOKE-PRETEND" in ca.subject.rfc4514_string()
