"""APDUs: what the pretend card answers, and what the reading side makes of any card's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from card_bridge import der, jpki
from card_bridge.errors import BridgeError
from card_bridge.pretend_card import PoweredCard, PretendCard
from card_bridge.pretend_folder import PretendFolder
from card_bridge.transport import Card

SELECT_AP = "00A4040C0AD392F000260100000001"
PIN = "00A4020C020018"
KEY = "00A4020C020017"
VERIFY = "00200080"
RIGHT, WRONG = VERIFY + "0431323334", VERIFY + "0430303030"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> PretendFolder:
    return PretendFolder(tmp_path_factory.mktemp("cards") / "card")


def unlocked(folder: PretendFolder) -> PoweredCard:
    folder.keep("1234", 3)
    return PoweredCard(folder)


def statuses(card: Card, commands: Iterable[str]) -> list[str]:
    return [card.exchange(bytes.fromhex(each))[-2:].hex().upper() for each in commands]


@pytest.mark.parametrize(
    ("commands", "answers"),
    [
        (["00A40000"], ["6A86"]),
        ([SELECT_AP, "00A40000"], ["9000", "9000"]),
        (["00A4040C0AD3921000310001010408"], ["6A82"]),
        (["00A4000C023F00"], ["6A86"]),
        ([PIN], ["6A82"]),
        ([SELECT_AP, "00A4020C020003"], ["9000", "6A82"]),
        ([SELECT_AP, PIN, VERIFY, VERIFY], ["9000", "9000", "63C3", "63C3"]),
        ([SELECT_AP, PIN, VERIFY + "00"], ["9000", "9000", "63C3"]),
        ([SELECT_AP, "00200098", "002000980431323334"], ["9000", "63C3", "9000"]),
        ([SELECT_AP, KEY, VERIFY], ["9000", "9000", "6985"]),
        ([SELECT_AP, PIN, WRONG, RIGHT, VERIFY], ["9000", "9000", "63C2", "9000", "63C3"]),
        ([SELECT_AP, PIN, WRONG, WRONG, WRONG, VERIFY, RIGHT, WRONG],
         ["9000", "9000", "63C2", "63C1", "63C0", "63C0", "6984", "6984"]),
        ([SELECT_AP, KEY, "802A008001AA00"], ["9000", "9000", "6982"]),
        ([SELECT_AP, PIN, RIGHT, KEY, "802A008001AA00"], ["9000"] * 5),
        ([SELECT_AP, PIN, RIGHT, WRONG, KEY, "802A008001AA00"],
         ["9000", "9000", "9000", "63C2", "9000", "6982"]),
        ([SELECT_AP, PIN, RIGHT, "802A009701AA00"], ["9000"] * 4),
        ([SELECT_AP, PIN, RIGHT, KEY, "802A068001AA00"], ["9000"] * 4 + ["6A86"]),
        ([SELECT_AP, PIN, RIGHT, KEY, "802A0080F6" + "AA" * 246 + "00"], ["9000"] * 4 + ["6700"]),
        ([SELECT_AP, "00A4020C02000A", "00B0000000", "00B0063F01", "00B0064001"],
         ["9000", "9000", "9000", "9000", "6B00"]),
        ([SELECT_AP, "00B08A0004"], ["9000", "9000"]),
        (["00B08A0004"], ["6985"]),
        (["00", "90A40000", "00FF0000", "00A4040C05D392"], ["6700", "6E00", "6D00", "6700"]),
    ],
)  # fmt: skip
def test_the_pretend_card_answers_as_test_cards_do(
    folder: PretendFolder, commands: list[str], answers: list[str]
) -> None:
    assert statuses(unlocked(folder), commands) == answers


def test_a_read_that_crosses_the_end_is_shorter_and_the_rest_is_filler(
    folder: PretendFolder,
) -> None:
    card = unlocked(folder)
    statuses(card, [SELECT_AP, "00A4020C02000A"])
    answer = card.exchange(bytes.fromhex("00B0060000"))
    assert answer == b"\xff" * 64 + b"\x90\x00"


def test_the_try_is_spent_before_the_pin_is_judged(
    folder: PretendFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = unlocked(folder)
    statuses(card, [SELECT_AP, PIN])
    # the disk is full at the very moment: no answer, and no try for free
    monkeypatch.setattr(folder, "keep", _full_disk)
    with pytest.raises(OSError, match="full"):
        card.exchange(bytes.fromhex(RIGHT))
    assert statuses(card, [KEY, "802A008001AA00"])[-1] == "6982"


def _full_disk(_pin: str, _left: int) -> None:
    raise OSError("the disk is full")


def test_leaving_the_card_forgets_the_pin(folder: PretendFolder) -> None:
    folder.keep("1234", 3)
    reader = PretendCard(folder)
    with reader.card() as card:
        assert statuses(card, [SELECT_AP, PIN, RIGHT])[-1] == "9000"
        with pytest.raises(BridgeError, match="busy"), reader.card():
            pass
    with reader.card() as card:
        assert statuses(card, [SELECT_AP, KEY, "802A008001AA00"])[-1] == "6982"


def test_the_counter_survives_and_a_broken_one_unlocks_nothing(tmp_path: Path) -> None:
    opened = PretendFolder(tmp_path / "card")
    statuses(PoweredCard(opened), [SELECT_AP, PIN, WRONG])
    opened.close()
    again = PretendFolder(tmp_path / "card")
    assert statuses(PoweredCard(again), [SELECT_AP, PIN, VERIFY])[-1] == "63C2"
    for broken in ("", "{}", "[]", '{"pin": "1234", "left": "x"}'):
        (tmp_path / "card/card.json").write_text(broken)
        with pytest.raises(BridgeError, match="folder_refused"):
            again.card()
    (tmp_path / "card/card.json").write_text(json.dumps({"pin": "1234", "left": 99}))
    assert again.card() == ("1234", 3)


def test_a_first_start_that_was_cut_short_is_done_again_and_a_finished_one_never(
    tmp_path: Path,
) -> None:
    (tmp_path / "card").mkdir(mode=0o700)
    (tmp_path / "card/card.key").write_bytes(b"half")
    opened = PretendFolder(tmp_path / "card")
    first = opened.read("ca.pem")
    jpki.open_application(PoweredCard(opened))
    opened.close()
    again = PretendFolder(tmp_path / "card")
    assert again.read("ca.pem") == first
    again.close()


def test_a_signature_of_the_card_holds_and_a_wrong_one_is_found(folder: PretendFolder) -> None:
    card = unlocked(folder)
    jpki.open_application(card)
    certificate = jpki.certificate(card)
    parsed = x509.load_der_x509_certificate(certificate)
    assert parsed.public_bytes(Encoding.DER) == certificate, "no filler"
    jpki.verify(card, bytearray(b"1234"))
    signature = jpki.sign(card, b"message")
    key = cast(rsa.RSAPublicKey, parsed.public_key())
    key.verify(signature, b"message", padding.PKCS1v15(), SHA256())
    jpki.check(certificate, b"message", signature)
    for wrong in (signature[:-1] + bytes([signature[-1] ^ 1]), b"", signature[:-1]):
        with pytest.raises(BridgeError, match="card_failed"):
            jpki.check(certificate, b"message", wrong)
    with pytest.raises(BridgeError, match="card_failed"):
        jpki.check(b"0\x03abc", b"message", signature)


class Answering:
    """A card whose answers a test writes; remembers what it was told."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self.told: list[bytes] = []

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        self.told.append(bytes(apdu))
        return self._answer(bytes(apdu))


def test_a_card_that_splits_corrects_and_shortens_is_read_to_the_end(
    folder: PretendFolder,
) -> None:
    honest = unlocked(folder)
    waiting = bytearray()

    def difficult(apdu: bytes) -> bytes:
        if apdu[1] == 0xC0:
            piece, waiting[:] = bytes(waiting[: apdu[4]]), waiting[apdu[4] :]
            return piece + (b"\x61" + bytes([min(255, len(waiting))]) if waiting else b"\x90\x00")
        if apdu[1] == 0xB0 and apdu[4] not in (0, 100):
            return honest.exchange(apdu)
        if apdu[1] == 0xB0 and apdu[4] == 0:
            return b"\x6c\x64"
        answer = honest.exchange(apdu)
        if apdu[1] == 0x2A and answer[-2:] == b"\x90\x00":
            waiting[:] = answer[:-2]
            return b"\x61\x80"
        return answer

    card = Answering(difficult)
    jpki.open_application(card)
    certificate = jpki.certificate(card)
    jpki.verify(card, bytearray(b"1234"))
    jpki.check(certificate, b"message", jpki.sign(card, b"message"))


@pytest.mark.parametrize(
    ("status", "code"),
    [("6A82", "card_unknown"), ("6E00", "card_unknown"), ("", "card_failed"), ("90", "card_failed"),
     ("6C10", "card_failed"), ("6110", "card_failed")],
)  # fmt: skip
def test_a_card_that_is_another_or_broken_is_named(status: str, code: str) -> None:
    card = Answering(lambda _apdu: bytes.fromhex(status))
    with pytest.raises(BridgeError, match=code):
        jpki.open_application(card)
    assert len(card.told) <= 16


@pytest.mark.parametrize(("status", "left"), [("63C3", 3), ("63C0", 0), ("6983", 0), ("6984", 0)])
def test_the_counter_is_read_for_nothing(status: str, left: int) -> None:
    card = Answering(lambda apdu: bytes.fromhex(status if apdu[1] == 0x20 else "9000"))
    assert jpki.tries_left(card) == left
    assert [each.hex() for each in card.told] == [PIN.lower(), "00200080"]


@pytest.mark.parametrize(
    ("status", "code"),
    [("63C2", "pin_wrong"), ("63C0", "pin_blocked"), ("6983", "pin_blocked"),
     ("6984", "pin_blocked"), ("6C04", "card_failed"), ("6104", "card_failed"),
     ("6F00", "card_failed"), ("", "card_failed")],
)  # fmt: skip
def test_a_pin_is_shown_once_whatever_the_card_says(status: str, code: str) -> None:
    card = Answering(lambda apdu: bytes.fromhex(status if apdu[1] == 0x20 else "9000"))
    with pytest.raises(BridgeError, match=code):
        jpki.verify(card, bytearray(b"1234"))
    assert len([each for each in card.told if each[1] == 0x20]) == 1


def encoded(content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return b"\x30" + bytes([size]) + content
    count = 1 if size < 0x100 else 2
    return b"\x30" + bytes([0x80 | count]) + size.to_bytes(count, "big") + content


@given(content=st.binary(max_size=3000), filler=st.binary(max_size=50))
@example(content=b"", filler=b"\0\0").via("the shortest value")
@example(content=b"a" * 127, filler=b"").via("edge of the short form")
@example(content=b"a" * 256, filler=b"").via("edge of one length byte")
def test_a_value_ends_where_it_says_and_not_at_the_filler(content: bytes, filler: bytes) -> None:
    value = encoded(content)
    assert der.whole_length((value + filler).ljust(der.HEADER, b"\xff")) == len(value)


@given(start=st.binary(max_size=8))
@example(start=b"\x30\x80\x00\x00").via("indefinite length")
@example(start=b"\x30\x81\x7f\x00").via("one length byte where none is due")
@example(start=b"\x30\x82\x00\xff").via("two length bytes where one is due")
@example(start=b"\x30\x83\x01\x00\x00").via("three length bytes")
@example(start=b"\x31\x03").via("no sequence")
def test_any_other_start_is_refused(start: bytes) -> None:
    try:
        length = der.whole_length(start)
    except BridgeError:
        return
    header = 2 if start[1] < 0x80 else 2 + (start[1] & 0x7F)
    assert encoded(b"\0" * (length - header))[:header] == start[:header]


_answers = st.binary(max_size=300) | st.sampled_from(
    [bytes.fromhex(each) for each in
     ("9000", "63C3", "63C1", "63C0", "6984", "6A82", "6C10", "61FF", "308204009000",
      "3082FFFF9000", "30030102039000", "")]
)  # fmt: skip


def _code(act: Callable[[Card], object], card: Card) -> str:
    try:
        act(card)
    except BridgeError as error:
        return error.code
    return ""


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(answers=st.lists(_answers, min_size=1, max_size=30))
def test_whatever_a_card_answers_ends_in_a_named_error(answers: list[bytes]) -> None:
    turn = iter(range(10**9))
    card = Answering(lambda _apdu: answers[next(turn) % len(answers)])
    for act in (
        jpki.open_application,
        jpki.certificate,
        jpki.tries_left,
        lambda c: jpki.verify(c, bytearray(b"1234")),
        lambda c: jpki.sign(c, b"message"),
    ):
        card.told.clear()
        assert _code(act, card).partition("_")[0] in ("", "card", "pin")
        assert len(card.told) < 5000
        assert len([each for each in card.told if each[1] == 0x20 and len(each) > 4]) <= 1


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    apdus=st.lists(
        st.binary(max_size=20)
        | st.sampled_from([bytes.fromhex(e) for e in (SELECT_AP, PIN, KEY, VERIFY, "00B0000000")]),
        max_size=10,
    )
)
def test_no_stray_command_costs_a_try_or_breaks_the_pretend_card(
    folder: PretendFolder, apdus: list[bytes]
) -> None:
    assume(not any(each[:2] == b"\x00\x20" and len(each) > 5 for each in apdus))
    card = unlocked(folder)
    for each in apdus:
        assert len(card.exchange(each)) >= 2
    assert folder.card() == ("1234", 3)


def test_the_application_that_reveals_the_number_is_not_in_the_program() -> None:
    here = Path(jpki.__file__).parent
    text = "".join(each.read_text("utf-8").upper() for each in here.rglob("*.py"))
    assert "D392F000260100000001" in text
    assert "D3921000310001" not in text
