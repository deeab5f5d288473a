"""What the person is asked, and what her answer does: the real daemon, a pinentry by script."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from card_bridge.__main__ import main
from tests.card_bridge.asking import NONCE, receive, request
from tests.parts.bridge import ROOT, Bridge
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"
OFFICE = "http://console.localhost:8080"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of one pretend card for the module: making them takes a while."""
    return tmp_path_factory.mktemp("person") / "card"


@pytest.fixture
def folder(keys: Path) -> Path:
    """That card as new: all tries left, whatever another test did to it."""
    (keys / "card.json").unlink(missing_ok=True)
    return keys


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """One bridge for the tests that ask little: a page may ask 30 times at once."""
    with Bridge.start(tmp_path_factory.mktemp("running") / "card", ORIGIN) as bridge:
        yield bridge
        assert "Traceback" not in bridge.output


@pytest.fixture
def shared(running: Bridge) -> Bridge:
    """The shared bridge, as new: its card has all tries, nothing was asked."""
    running.forget()
    assert left(running) == 3
    return running


@pytest.fixture
def bridge(folder: Path) -> Iterator[Bridge]:
    """A fresh bridge over the module's card, unlocked at its municipal office."""
    with Bridge.start(folder, ORIGIN) as running:
        yield running
        assert "Traceback" not in running.output
        assert "defect" not in running.output


def left(bridge: Bridge) -> int:
    status, said = bridge.status()
    assert (status, said["version"], said["card"]) == (200, "todoke-card/1", "pretend")
    assert said["ready"] is (said["tries_left"] > 0)
    return int(said["tries_left"])


def dialogs(bridge: Bridge) -> list[str]:
    """The words of each dialog that asked for a PIN."""
    found = re.findall(r"SETDESC '(.*)'\n(?:SETERROR .*\n|GETPIN ''\n)*GETPIN", bridge.asked)
    return [each.replace("\\n", "\n") for each in found]


def holds(said: dict[str, Any], message: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(base64.b64decode(said["certificate"]))
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(base64.b64decode(said["signature"]), message, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def test_the_card_signs_version_purpose_the_browsers_origin_and_the_nonce(shared: Bridge) -> None:
    status, said = shared.authenticate(NONCE)
    assert status == 200
    assert sorted(said) == ["algorithm", "certificate", "mode", "origin", "signature", "version"]
    assert (said["version"], said["algorithm"], said["origin"]) == (
        "todoke-card/1", "RS256", ORIGIN,
    )  # fmt: skip
    assert holds(said, b"todoke-card/1\0fetch\0login\0http://localhost:8080\0" + NONCE.encode())
    assert not holds(said, b"todoke-card/1\0fetch\0login\0https://evil.example\0" + NONCE.encode())


def test_another_page_that_may_ask_gets_its_own_origin_signed(folder: Path) -> None:
    with Bridge.start(folder, OFFICE, words=("--origin", ORIGIN)) as both:
        _status, said = both.authenticate(NONCE)
        assert holds(said, f"todoke-card/1\0fetch\0login\0{OFFICE}\0{NONCE}".encode())
        assert OFFICE in dialogs(both)[0]
        both.origin = ORIGIN
        _status, said = both.authenticate(NONCE)
        assert holds(said, f"todoke-card/1\0fetch\0login\0{ORIGIN}\0{NONCE}".encode())


def test_the_certificate_is_a_pretend_one_with_the_profile_of_a_real_one(shared: Bridge) -> None:
    _status, said = shared.authenticate(NONCE)
    leaf = x509.load_der_x509_certificate(base64.b64decode(said["certificate"]))
    ca = x509.load_pem_x509_certificate((shared.folder / "ca.pem").read_bytes())
    leaf.verify_directly_issued_by(ca)
    assert "O=TODOKE-PRETEND" in ca.subject.rfc4514_string()
    policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [p.policy_identifier.dotted_string for p in policies] == ["1.2.392.200149.8.5.1.3.30"]
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign) == (True, False)
    name = str(leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    assert len(name) == 23


def test_the_dialog_names_page_purpose_and_tries_before_anything_is_typed(shared: Bridge) -> None:
    for language, purpose, tries in (
        ("ja", "ログイン", "あと3回"), ("easy", "ログイン", "あと 3回"),
        ("en", "login", "After 3 more"),
    ):  # fmt: skip
        assert shared.authenticate(NONCE, language=language)[0] == 200
        text = dialogs(shared)[-1]
        assert ORIGIN in text
        assert purpose in text
        assert tries in text
        assert "1234" in text, "a pretend card says which PIN it has, so that no real one is typed"


def test_one_wrong_pin_costs_one_try_and_a_right_one_gives_all_back(shared: Bridge) -> None:
    shared.answers("0000", "9999", "1234")
    for tries in (2, 1):
        status, said = shared.authenticate(NONCE)
        assert (status, said["error"], said["left"]) == (403, "pin_wrong", tries)
        assert str(tries) in said["message"]
        assert left(shared) == tries
    assert shared.authenticate(NONCE)[0] == 200
    assert left(shared) == 3


def test_the_last_try_is_never_used_silently_and_a_locked_card_opens_no_dialog(
    bridge: Bridge, folder: Path
) -> None:
    bridge.answers("0000", "0000", "!confirm-no", "0000", "1234")
    bridge.authenticate(NONCE)
    bridge.authenticate(NONCE)
    assert "CONFIRM" not in bridge.asked
    status, said = bridge.authenticate(NONCE, language="en")
    assert (status, said["error"]) == (403, "pin_cancelled")
    assert "one more wrong PIN locks the card" in bridge.asked
    assert left(bridge) == 1
    assert bridge.authenticate(NONCE)[1]["error"] == "pin_blocked"
    assert left(bridge) == 0
    before = len(dialogs(bridge))
    assert bridge.authenticate(NONCE)[1]["error"] == "pin_blocked"
    assert len(dialogs(bridge)) == before
    bridge.stop()
    with Bridge.start(folder, ORIGIN) as again:
        assert left(again) == 0, "a restart must not unlock"


def test_whatever_is_no_pin_never_reaches_the_card(bridge: Bridge) -> None:
    for answer, code, status in (
        ("!cancel", "pin_cancelled", 403), ("!timeout", "pin_timeout", 403),
        ("!crash", "pin_dialog_missing", 503), ("12345", "pin_cancelled", 403),
        ("12a4", "pin_cancelled", 403), ("１２３４", "pin_cancelled", 403),
        ("", "pin_cancelled", 403), ("1" * 1500, "pin_dialog_missing", 503),
    ):  # fmt: skip
        bridge.answers(answer)
        got, said = bridge.authenticate(NONCE)
        assert (got, said["error"]) == (status, code), answer[:5]
        assert left(bridge) == 3


def test_a_page_may_not_ask_until_the_person_is_tired_of_saying_no(bridge: Bridge) -> None:
    bridge.answers("!cancel")
    noes = 0
    while bridge.authenticate(NONCE)[1]["error"] == "pin_cancelled" and noes < 30:
        noes += 1
    # 30 asks at four each, and a little for the time it takes
    assert 7 <= noes <= 15
    assert bridge.asked.count("GETPIN") == noes


def test_a_pin_of_the_wrong_shape_is_asked_for_again(shared: Bridge) -> None:
    shared.answers("12", "1234")
    assert shared.authenticate(NONCE)[0] == 200
    assert shared.asked.count("GETPIN") == 2
    assert "SETERROR" in shared.asked


def test_a_second_request_is_told_that_the_card_is_busy(shared: Bridge) -> None:
    shared.answers("!wait")
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as first:
        first.sendall(request(shared))
        wait_for(lambda: "GETPIN" in shared.asked, "the dialog")
        assert shared.authenticate(NONCE)[1]["error"] == "busy"
        assert shared.status()[0] == 409
    # the page is gone: its dialog goes too, and the card is free
    wait_for(lambda: shared.status()[0] == 200, "the bridge to be free")
    assert children(shared) == []
    shared.answers("1234")
    assert shared.authenticate(NONCE)[0] == 200
    assert shared.asked.count("GETPIN") == 2


def test_two_requests_never_mix_on_the_card(shared: Bridge) -> None:
    shared.answers("!slow 1234")

    def until_signed(nonce: str) -> dict[str, Any]:
        while True:
            status, said = shared.authenticate(nonce)
            if status == 200:
                return said
            assert said["error"] == "busy"
            time.sleep(0.02)

    nonces = [secrets.token_urlsafe(32) for _ in range(4)]
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(until_signed, nonces))
    for nonce, said in zip(nonces, answers, strict=True):
        assert holds(said, f"todoke-card/1\0fetch\0login\0{ORIGIN}\0{nonce}".encode())
    spoken = re.findall(r"^(SETTITLE|GETPIN)", shared.asked, re.M)
    assert spoken == ["SETTITLE", "GETPIN"] * 4


def test_a_page_that_keeps_asking_is_slowed_before_the_card_is_touched(folder: Path) -> None:
    # a locked card answers fastest: more asks in a second than come back in one
    (folder / "card.json").write_text(json.dumps({"pin": "1234", "left": 0}))
    with Bridge.start(folder, ORIGIN) as bridge:
        asked = 0
        while (answer := bridge.authenticate(NONCE))[1]["error"] == "pin_blocked" and asked < 200:
            asked += 1
        assert (answer[0], answer[1]["error"]) == (429, "too_many_requests")
        assert answer[1]["seconds"] in (1, 2)
        assert asked >= 30
        # who asks for the state only is not slowed by it
        assert bridge.status()[0] == 200


def test_a_stop_ends_the_open_dialog_and_answers_its_page(bridge: Bridge) -> None:
    bridge.answers("!wait")
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as page:
        page.sendall(request(bridge))
        wait_for(lambda: "GETPIN" in bridge.asked, "the dialog")
        dialog = children(bridge)
        bridge.process.terminate()
        status, _headers, said = receive(page)
        assert (status, said["error"]) == (403, "pin_cancelled")
        assert bridge.process.wait(10) == 0
    assert dialog
    assert not any(Path(f"/proc/{each}").exists() for each in dialog)


def test_neither_pin_nor_nonce_is_logged(bridge: Bridge) -> None:
    bridge.answers("7391", "1234")
    assert bridge.authenticate(NONCE)[1]["error"] == "pin_wrong"
    assert bridge.authenticate(NONCE)[0] == 200
    assert "7391" not in bridge.output
    assert NONCE not in bridge.output
    assert f"{ORIGIN} login: pin_wrong" in bridge.output
    assert f"{ORIGIN} login: signed" in bridge.output


def test_without_a_pinentry_the_pretend_card_types_its_own_pin_and_says_so(folder: Path) -> None:
    with Bridge.start(folder, ORIGIN, words=("--pinentry", "none")) as alone:
        assert "no program that asks for a PIN" in alone.output
        assert alone.authenticate(NONCE, language="en")[0] == 200
        assert f"{ORIGIN} asks for a login" in alone.output
        assert "typed its own" in alone.output
        assert alone.asked == ""


def test_files_of_the_pretend_card_are_the_owners_alone(shared: Bridge) -> None:
    folder = shared.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}
    assert sorted(modes) == [
        "ca.key", "ca.pem", "card.json", "card.key", "card.pem", "lock",
        "sign-ca.key", "sign-ca.pem", "sign-card.key", "sign-card.pem",
    ]  # fmt: skip
    assert set(modes.values()) == {0o600}


def test_what_cannot_work_is_told_before_it_listens(
    bridge: Bridge, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(*words: str) -> str:
        assert (
            main(["serve", "--pretend", str(folder), "--origin", ORIGIN, "--port", "0", *words])
            == 1
        )
        said = capfd.readouterr()
        assert said.out == ""
        return said.err

    assert "Another bridge uses" in refused("--pinentry", "none")
    assert "cannot ask for a PIN" in refused("--pinentry", "no-such-program")
    assert "cannot ask for a PIN" in refused("--pinentry", "true")
    bridge.stop()
    kept = (folder / "card.key").read_bytes()
    (folder / "card.key").unlink()
    assert "missing or broken" in refused("--pinentry", "none")
    (folder / "card.key").write_bytes(kept)
    folder.chmod(0o755)
    assert "chmod 700" in refused("--pinentry", "none")
    folder.chmod(0o700)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "Cannot listen" in refused("--pinentry", "none", "--port", port)


def test_it_ends_with_its_starter_where_that_was_asked_for(folder: Path) -> None:
    words = (
        "serve",
        "--pretend",
        str(folder),
        "--origin",
        ORIGIN,
        "--port",
        "0",
        "--pinentry",
        "none",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "card_bridge", *words, "--until-stdin-ends"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as child:  # fmt: skip
        try:
            assert child.stdout
            assert child.stdin
            assert json.loads(child.stdout.readline())["ready"] is True
            child.stdin.close()
            assert child.wait(10) == 0
        finally:
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
    ended = subprocess.run(
        [sys.executable, "-m", "card_bridge", *words, "--until-stdin-ends"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, "an end that has already come is an end"
    assert "Traceback" not in ended.stderr


def children(bridge: Bridge) -> list[int]:
    """Processes that the bridge has started and that still run."""
    tasks = Path(f"/proc/{bridge.process.pid}/task")
    return [int(n) for each in tasks.iterdir() for n in (each / "children").read_text().split()]
