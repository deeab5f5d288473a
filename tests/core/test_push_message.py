"""Words, sealing, signature and headers of one push message."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta

import http_ece  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02  # type: ignore[import-untyped]

from todoke.core import push_message as message
from todoke.core.subscription import decode, encode

BROWSER = ec.generate_private_key(ec.SECP256R1())
POINT = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = b"an auth secret 1"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _open(sealed: bytes) -> bytes:
    """As a browser would: by an implementation that is not ours."""
    return bytes(http_ece.decrypt(sealed, private_key=BROWSER, auth_secret=AUTH))


def _words(body: str, title: str = "みなと野市", language: str = "ja") -> message.Words:
    return message.Words(
        title, body, "http://localhost:8080/inbox.html#N-2026-0001", "N-2026-0001", language
    )


# ------------------------------------------------------------------------- sealing
def test_the_published_vector_of_rfc_8291_comes_out() -> None:
    private = int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    sealed = message.seal_with(
        b"When I grow up, I want to be a watermelon\x02",
        decode(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        decode("BTBZMqHH6r4Tts7J_aSIgg"),
        key=ec.derive_private_key(private, ec.SECP256R1()),
        salt=decode("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert encode(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("plaintext", [b"", b"x", "お知らせ".encode(), b"x" * 1023])
def test_another_implementation_opens_what_we_seal(plaintext: bytes) -> None:
    assert _open(message.seal(plaintext, POINT, AUTH)) == plaintext


def test_a_plaintext_without_room_for_its_delimiter_is_refused() -> None:
    with pytest.raises(ValueError, match="padded length"):
        message.seal(b"x" * message.PADDED, POINT, AUTH)


@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_so_many_messages_share_neither_key_nor_salt(count: int) -> None:
    salts, keys, texts = set(), set(), set()
    for _ in range(count):
        sealed = message.seal(b"same", POINT, AUTH)
        salts.add(sealed[:16])
        keys.add(sealed[21:86])
        texts.add(hash(sealed[86:]))
    assert (len(salts), len(keys)) == (count, count)
    assert len(texts) >= count - 1  # a hash of 64 bits may meet once


def test_threads_share_neither_key_nor_salt() -> None:
    sealed: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: sealed.extend(message.seal(b"same", POINT, AUTH) for _ in range(50))
        )
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({each[:86] for each in sealed}) == 200


@given(st.text(max_size=600), st.sampled_from(["ja", "easy", "en"]))
def test_every_message_has_one_length_on_the_wire(body: str, language: str) -> None:
    sealed = message.seal(message.payload(_words(body, language=language)), POINT, AUTH)
    assert len(sealed) == 16 + 4 + 1 + 65 + message.PADDED + 16
    assert len(sealed) <= 4096  # RFC 8030 section 7.2
    assert int.from_bytes(sealed[16:20], "big") >= message.PADDED + 16  # a single record


# ------------------------------------------------------------------------- words
@given(st.text(max_size=900))
def test_a_payload_fits_is_json_and_keeps_the_beginning_of_the_words(body: str) -> None:
    raw = message.payload(_words(body))
    assert len(raw) < message.PADDED
    shown = json.loads(raw.decode("utf-8"))["notification"]["body"]
    safe = body.encode("utf-8", "replace").decode()
    assert shown == safe or (shown.endswith("…") and safe.startswith(shown[:-1]))


def test_the_payload_has_the_declarative_shape() -> None:
    assert json.loads(message.payload(_words("本文", language="easy"))) == {
        "web_push": 8030,
        "notification": {
            "title": "みなと野市",
            "body": "本文",
            "navigate": "http://localhost:8080/inbox.html#N-2026-0001",
            "tag": "N-2026-0001",
            "lang": "ja",
            "silent": False,
        },
    }


@pytest.mark.parametrize("unit", ["あ", "a", "\\", '"', "\n", "🏫", "か\u3099", "👨‍👩‍👧"])
def test_long_words_are_cut_between_whole_characters_and_use_the_room(unit: str) -> None:
    raw = message.payload(_words(unit * 2000))
    shown = json.loads(raw)["notification"]["body"]
    assert shown.endswith("…")
    kept = shown[:-1]
    assert kept
    assert kept == unit * (len(kept) // len(unit))
    assert len(raw) > message.PADDED - 1 - 30


def test_words_that_just_fit_are_not_shortened() -> None:
    room = message.PADDED - 1 - len(message.payload(_words("")))
    assert json.loads(message.payload(_words("x" * room)))["notification"]["body"] == "x" * room
    longer = json.loads(message.payload(_words("x" * (room + 1))))["notification"]["body"]
    assert longer == "x" * (room - 3) + "…"  # "…" is three bytes


def test_a_title_too_long_for_any_message_is_a_defect() -> None:
    with pytest.raises(ValueError, match="too long"):
        message.payload(_words("x", title="あ" * 400))


def test_words_come_in_the_next_best_language() -> None:
    assert message.in_language({"ja": "和", "easy": "易"}, "en") == "易"
    assert message.in_language({"ja": "和", "easy": ""}, "easy") == "和"
    assert message.in_language({"ja": "和", "en": "E"}, "ja") == "和"


def test_the_second_attempt_after_413_is_the_notice_id_alone() -> None:
    small = message.shrink(message.payload(_words("x" * 2000)))
    assert json.loads(small) == {"v": 1, "id": "N-2026-0001"}
    assert _open(message.seal(small, POINT, AUTH, message.PADDED_SMALL)) == small


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"notification":5}', b"\xff", b"null"])
def test_a_body_that_cannot_be_shrunk_says_so(body: bytes) -> None:
    with pytest.raises(ValueError):
        message.shrink(body)


# ------------------------------------------------------------------------- headers
def _pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def test_the_signature_is_one_another_implementation_accepts() -> None:
    key = message.VapidKey(_pem())
    expires = 4_000_000_000
    header = key.authorization("https://fcm.googleapis.com", "mailto:a@city.example", expires)
    scheme, _, rest = header.partition(" ")
    fields = dict(each.split("=", 1) for each in rest.split(", "))
    assert (scheme, sorted(fields)) == ("vapid", ["k", "t"])
    assert fields["k"] == key.public
    head, claims, signature = fields["t"].split(".")
    assert json.loads(decode(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(decode(claims)) == {
        "aud": "https://fcm.googleapis.com",
        "exp": expires,
        "sub": "mailto:a@city.example",
    }
    raw = decode(signature)
    assert len(raw) == 64
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key.public))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert Vapid02.verify(header.replace(", ", ","))  # its parser knows no space there


def test_only_a_p256_key_signs() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(ValueError, match="P-256"):
        message.VapidKey(other)


def test_a_printed_key_shows_nothing_secret() -> None:
    pem = _pem()
    assert base64.b64encode(pem[30:60]).decode() not in repr(message.VapidKey(pem))
    assert "PRIVATE" not in repr(message.VapidKey(pem))


def test_the_topic_differs_between_subscriptions_and_between_notices() -> None:
    topics = {
        message.topic_header(secret, notice)
        for secret in (b"a" * 32, b"b" * 32)
        for notice in ("N-2026-0001", "N-2026-0002")
    }
    assert len(topics) == 4
    assert all(len(each) == 32 for each in topics)
    assert all(set(each) <= set("-_" + "".join(map(chr, range(48, 123)))) for each in topics)
    assert message.topic_header(b"a" * 32, "N-2026-0001") in topics


def test_time_to_live_ends_with_the_notice_and_after_28_days() -> None:
    assert message.time_to_live(1_000, 400) == 600
    assert message.time_to_live(1_000, 1_000) == 0
    assert message.time_to_live(1_000, 5_000) == 0
    assert message.time_to_live(10**10, 0) == 2_419_200


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("1000000000", 86_400),
        ("9" * 60, 86_400),
        ("9" * 5000, None),
        ("-5", None),
        ("1.5", None),
        ("１２０", None),
        ("soon", None),
        ("Tue, 24 Nov 2026 00:10:00 GMT", 600),
        ("Tue, 24 Nov 2026 09:10:00 +0900", 600),
        ("Mon, 23 Nov 2026 00:00:00 GMT", 0),
        ("Tue, 24 Nov 2099 00:00:00 GMT", 86_400),
        ("Tue, 24 Nov 2026 00:10:00", None),
        ("Tue, 99 Nov 2026 00:10:00 GMT", None),
        ("\x00", None),
    ],
)
def test_retry_after_is_read_in_every_shape_and_capped(
    header: str | None, seconds: int | None
) -> None:
    assert message.retry_after(header, NOW) == seconds


@given(st.text(max_size=80))
def test_no_retry_after_breaks_the_sender(header: str) -> None:
    found = message.retry_after(header, NOW + timedelta(days=1))
    assert found is None or 0 <= found <= message.MAX_RETRY_AFTER
