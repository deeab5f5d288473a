"""A document is signed as a hash in attributes that the bridge makes; OpenSSL checks it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from card_bridge import cms, protocol
from card_bridge.errors import BridgeError
from tests.card_bridge.asking import NONCE, refused, request
from tests.parts.bridge import Bridge

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"
DOCUMENT = "見本の申請書（本物ではありません）".encode()
NAME = "児童手当 認定請求書.pdf"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def asked(document: bytes = DOCUMENT, **changed: Any) -> dict[str, Any]:
    """The body of POST /v1/sign as a right page sends it."""
    return {
        "nonce": NONCE, "purpose": "sign-document", "language": "en", "name": NAME,
        "sha256": encoded(hashlib.sha256(document).digest()),
        "sha384": encoded(hashlib.sha384(document).digest()), **changed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with Bridge.start(tmp_path_factory.mktemp("sign") / "card", ORIGIN) as bridge:
        yield bridge
        assert "Traceback" not in bridge.output
        assert "defect" not in bridge.output


@pytest.fixture
def bridge(running: Bridge) -> Bridge:
    running.forget()
    running.answers("mihon1234")
    return running


def openssl(*words: str, document: bytes = DOCUMENT, folder: Path) -> tuple[bool, str]:
    (folder / "document").write_bytes(document)
    done = subprocess.run(
        ["openssl", "cms", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr


def verified(
    bridge: Bridge, said: dict[str, Any], folder: Path, document: bytes = DOCUMENT
) -> bool:
    """Whether OpenSSL finds this signature good for a document, with the chain to the issuer."""
    (folder / "cms").write_bytes(base64.b64decode(said["cms"]))
    ca = next(each for each in bridge.folder.glob("sign-ca.pem"))
    (folder / "ca.pem").write_bytes(ca.read_bytes())
    words = ("-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "document")
    return openssl(
        *words, "-CAfile", "ca.pem", "-purpose", "any", "-out", "out",
        document=document, folder=folder,
    )[0]  # fmt: skip


def test_openssl_finds_the_signature_good_for_this_document_only(
    bridge: Bridge, tmp_path: Path
) -> None:
    status, said = bridge.post("/v1/sign", asked())
    assert status == 200, said
    assert sorted(said) == [
        "algorithm", "certificate", "cms", "format", "mode", "origin", "signature", "version",
    ]  # fmt: skip
    assert (said["format"], said["algorithm"]) == ("cms-detached", "RS256")
    assert verified(bridge, said, tmp_path)
    assert not verified(bridge, said, tmp_path, DOCUMENT + b".")


def test_what_is_signed_names_page_purpose_and_nonce(bridge: Bridge, tmp_path: Path) -> None:
    _status, said = bridge.post("/v1/sign", asked())
    message = base64.b64decode(said["cms"])
    context = f"todoke-card/1\0fetch\0sign-document\0{ORIGIN}\0{NONCE}".encode()
    assert message.count(context) == 1
    # inside of the signed attributes: another byte there, and the signature does not hold
    for old, new in ((ORIGIN, "http://localhost:8081"), (NONCE, "x" * 43), ("fetch", "visit")):
        changed = message.replace(old.encode(), new.encode())
        assert changed != message
        forged = {**said, "cms": base64.b64encode(changed).decode()}
        assert not verified(bridge, forged, tmp_path)
    ok, shown = openssl("-cmsout", "-print", "-inform", "DER", "-in", "cms", folder=tmp_path)
    assert ok
    for each in ("contentType", "messageDigest", "signingTime", "signingCertificateV2"):
        assert each in shown
    assert cms.CONTEXT in shown


def test_the_person_reads_which_page_what_document_and_that_her_name_goes_there(
    bridge: Bridge,
) -> None:
    assert bridge.post("/v1/sign", asked())[0] == 200
    text = bridge.asked
    for each in (ORIGIN, NAME, "your name and address", "After 5 more", "MIHON1234"):
        assert each in text
    assert f"{ORIGIN} sign-document: signed" in bridge.output
    for secret in (NONCE, NAME, "mihon1234", "MIHON1234\n", asked()["sha256"]):
        assert secret not in bridge.output, "the log tells who asked for what, not what about"


def test_a_wrong_password_costs_one_of_five_and_nothing_of_the_login(bridge: Bridge) -> None:
    bridge.answers("WRONG123", "MIHON1234", "1234")
    status, said = bridge.post("/v1/sign", asked())
    assert (status, said["error"], said["left"]) == (403, "pin_wrong", 4)
    assert bridge.status()[1]["tries_left"] == 3
    assert bridge.post("/v1/sign", asked())[0] == 200
    assert bridge.authenticate(NONCE)[0] == 200


def test_what_is_no_password_never_reaches_the_card(bridge: Bridge, tmp_path: Path) -> None:
    with Bridge.start(tmp_path / "card", ORIGIN) as fresh:
        for typed in ("1234", "A" * 17, "MIHON 1234", "ＭＩＨＯＮ１２３４", "MIHON-12"):
            fresh.answers(typed, typed, typed, "mihon1234")
            assert fresh.post("/v1/sign", asked())[1]["error"] == "pin_cancelled"
        assert fresh.post("/v1/sign", asked())[0] == 200
        assert "After 4 more" not in fresh.asked


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": "login"}, "purpose"), ({"nonce": "x"}, "nonce"),
        ({"language": "fr"}, "language"), ({"sha256": "x"}, "sha256"),
        ({"sha256": "A" * 42 + "B"}, "sha256"), ({"sha256": 5}, "sha256"),
        ({"sha384": "A" * 63}, "sha384"), ({"sha384": None}, "sha384"),
        ({"name": ""}, "name"), ({"name": " x"}, "name"), ({"name": "a\nb"}, "name"),
        ({"name": "a\u202eb"}, "name"), ({"name": "a\u200bb"}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "か\u3099"}, "name"), ({"name": ["x"]}, "name"), ({"name": "\ud800"}, "name"),
        ({"bytes": "AAAA"}, "unknown"), ({"password": "MIHON1234"}, "unknown"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_no_window_opens(
    bridge: Bridge, changed: dict[str, Any], field: str
) -> None:
    status, said = bridge.post("/v1/sign", asked(**changed))
    assert (status, said["error"], said["field"]) == (400, "bad_request", field)
    assert "GETPIN" not in bridge.asked


def test_it_is_a_post_by_a_trusted_page_like_a_login(bridge: Bridge) -> None:
    body = json.dumps(asked()).encode()
    assert refused(bridge, request(bridge, "GET", "/v1/sign", body)) == (405, "method_refused")
    foreign = request(bridge, path="/v1/sign", body=body, origin="https://evil.example")
    assert refused(bridge, foreign) == (403, "origin_refused")
    plain = request(bridge, path="/v1/sign", body=body, content_type="text/plain")
    assert refused(bridge, plain) == (415, "type_refused")


# ---------------------------------------------------------------- the bytes themselves
@given(number=st.integers(0, 1 << 160))
def test_numbers_are_written_as_der_has_them(number: int) -> None:
    raw = cms._integer(number)
    assert raw[0] == 2
    assert raw[1] == len(raw) - 2
    assert int.from_bytes(raw[2:], "big", signed=True) == number
    assert len(raw) == 3 or raw[2:4] > b"\x00\x7f", "not the shortest"


@given(size=st.integers(0, 70_000))
def test_a_length_is_the_shortest_and_true(size: int) -> None:
    raw = cms._tlv(0x04, b"a" * size)
    head = len(raw) - size
    assert head == (2 if size < 128 else 3 if size < 256 else 4 if size < 65536 else 5)


@given(parts=st.lists(st.integers(0, 1 << 130), min_size=1, max_size=5))
def test_an_oid_is_read_back_by_the_library(parts: list[int]) -> None:
    dotted = ".".join(str(each) for each in (2, 5, *parts))
    wanted = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(dotted), None)]
    ).public_bytes() if all(each < 1 << 127 for each in parts) else None  # fmt: skip
    if wanted is not None:
        assert cms._oid(dotted) in wanted


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC), b"\x17\x0d261123010203Z"),
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
    ],
)
def test_the_time_is_written_as_rfc_5652_wants_it(moment: datetime, written: bytes) -> None:
    assert cms._time(moment) == written


@given(name=st.text(max_size=60))
def test_a_name_that_is_taken_has_no_line_and_no_hidden_letter(name: str) -> None:
    try:
        read = protocol.sign(json.dumps(asked(name=name)).encode())
    except BridgeError:
        return
    assert re.fullmatch(r"[^\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]{1,40}", read.name)
