"""The keys of a reader: their bytes against the standard's layout, and a login through the real
pcscd and a driver that stands in for the reader (tests/parts/pin_pad.c says what is not real)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_bridge import jpki, login, pcsc, pinpad, protocol
from card_bridge.consent import Consent, Hangup
from card_bridge.errors import BridgeError
from card_bridge.examination import examine
from card_bridge.login import Desk
from card_bridge.pretend_folder import PretendFolder
from tests.card_bridge.at_reader import ASKED, ORIGIN, children
from tests.parts.bridge import Bridge, pinentry
from tests.parts.pin_pad import PinPad
from tests.parts.virtual_card import VirtualCard
from tests.parts.waiting import wait_for

SIGN = protocol.Sign("A" * 43, "en", "mihon.pdf", {"sha256": bytes(32), "sha384": bytes(48)})
#: by hand from PC/SC part 10 section 2.5.2: bTimeOut 60 s, bTimeOut2 60 s, bmFormatString (bytes,
#: position 0, left, ASCII), bmPINBlockString (4 bytes, no length), bmPINLengthFormat,
#: wPINMaxExtraDigit (at least 4, at most 4), bEntryValidationCondition (key pressed),
#: bNumberMessage 1, wLangId 0x0409, bMsgIndex, bTeoPrologue, ulDataLength 9; then the VERIFY
STRUCTURE = "3c 3c 82 04 00 0404 02 01 0904 00 000000 09000000 00 20 00 80 04 ffffffff"


# ---------------------------------------------------------------- bytes
def test_the_structure_is_as_the_standard_lays_it_out() -> None:
    assert pinpad.structure(4) == bytes.fromhex(STRUCTURE)


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ("", None),
        ("1204 42330012", None),  # vpcd: FEATURE_GET_TLV_PROPERTIES and nothing else
        ("0604 42330006", 0x42330006),
        ("0A04 4233000A 0604 42000DB6 0704 42330007", 0x42000DB6),
        ("0602 4233", None),
        ("0604 423300", None),
        ("06", None),
        ("1200 0604 00313520", 0x00313520),
    ],
)
def test_the_code_of_the_keys_is_found_among_the_features(features: str, code: int | None) -> None:
    assert pinpad.verify_code(bytes.fromhex(features)) == code


@given(st.binary(max_size=64))
def test_no_answer_of_a_driver_breaks_the_search(features: bytes) -> None:
    code = pinpad.verify_code(features)
    assert code is None or bytes([6, 4]) + code.to_bytes(4, "big") in features


@given(st.binary(max_size=4))
def test_what_is_no_answer_of_a_card_is_never_taken_for_a_yes(answer: bytes) -> None:
    if len(answer) == 2 and answer[0] != 0x64 and answer not in (b"\x6b\x80", b"\0\0"):
        pinpad.check(answer)  # the card's own, which is not looked at here
        return
    with pytest.raises(BridgeError, match=r"^(pin_timeout|pin_cancelled|pin_length|pad_failed)$"):
        pinpad.check(answer)


def test_only_digits_of_one_length_are_typed_on_keys() -> None:
    assert jpki.AUTHENTICATION.typed_on_keys
    assert not jpki.SIGNING.typed_on_keys


# ---------------------------------------------------------------- at the reader
@pytest.fixture(scope="module")
def running() -> Iterator[PinPad]:
    with PinPad.start() as pad:
        yield pad


@pytest.fixture
def pad(running: PinPad) -> PinPad:
    running.forget()
    running.pcscd.sees(card=False)
    return running


@pytest.fixture
def person(tmp_path: Path) -> Consent:
    """Who says yes to the first question."""
    (tmp_path / "answers").write_text("1234\n")
    return Consent([str(pinentry(tmp_path))], None)


def asked(tmp_path: Path) -> str:
    return (tmp_path / "asked").read_text("utf-8")


def sign_in(person: Consent, hangup: Hangup | None = None, keys: bool = True) -> str:
    desk = Desk(pcsc.open_pcsc(keys=keys), person)
    try:
        return login.authenticate(desk, ASKED, ORIGIN, hangup or Hangup())["algorithm"]
    except BridgeError as error:
        return error.code


@pytest.mark.real
def test_the_pin_is_typed_on_the_reader_after_the_window_said_who_asks(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path
) -> None:
    card_folder.keep("7391", 2)
    with VirtualCard(card_folder, pad.pcscd.ports[0]) as card, ThreadPoolExecutor(1) as page:
        pad.pcscd.sees()
        answer = page.submit(sign_in, person)
        pad.waits()
        assert "GETPIN" not in asked(tmp_path)
        before, _, _ = asked(tmp_path).partition("CONFIRM ''")
        assert f"{ORIGIN} asks for a login" in before
        assert "After 2 more" in before
        wait_for(lambda: "CONFIRM '--one-button'" in asked(tmp_path), "the second dialog")
        assert "reader's keys" in asked(tmp_path).rpartition("SETDESC")[2]
        assert card.tries() == 0, "nothing is shown to the card until she has typed"
        pad.press("7391")
        assert answer.result(60) == "RS256"
        assert pad.asked == [bytes.fromhex(STRUCTURE).hex()]
        shown = [each for each in card.told if each[1] == 0x20 and len(each) > 4]
        assert shown == [bytes.fromhex("0020008004") + b"7391"]
        wait_for(lambda: children() == [pad.pcscd.process.pid], "every process of the act to end")


@pytest.mark.real
@pytest.mark.parametrize(("left", "outcome", "after"), [(3, "pin_wrong", 2), (1, "pin_blocked", 0)])
def test_one_wrong_pin_on_the_keys_is_one_try(
    pad: PinPad,
    card_folder: PretendFolder,
    person: Consent,
    tmp_path: Path,
    left: int,
    outcome: str,
    after: int,
) -> None:
    card_folder.keep("1234", left)
    with VirtualCard(card_folder, pad.pcscd.ports[0]) as card:
        pad.pcscd.sees()
        pad.press("0000")
        assert sign_in(person) == outcome
        assert (card.tries(), len(pad.asked)) == (1, 1)
        assert card_folder.card() == ("1234", after)
        assert ("one more wrong PIN" in asked(tmp_path)) is (left == 1)


@pytest.mark.real
@pytest.mark.parametrize(
    ("typed", "outcome"),
    [("!timeout", "pin_timeout"), ("!cancel", "pin_cancelled"), ("123", "pin_length"),
     ("12345", "pin_length"), ("!refuse", "pad_failed"), ("!break", "pad_failed")],
)  # fmt: skip
def test_what_the_reader_itself_says_is_named_and_costs_no_try(
    pad: PinPad, card_folder: PretendFolder, person: Consent, typed: str, outcome: str
) -> None:
    with VirtualCard(card_folder, pad.pcscd.ports[0]) as card:
        pad.pcscd.sees()
        pad.press(typed)
        assert sign_in(person) == outcome
        assert (card.tries(), len(pad.asked)) == (0, 1), "and the reader is asked once"
        assert card_folder.card() == ("1234", 3)


@pytest.mark.real
def test_a_no_in_the_first_window_leaves_the_reader_alone(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path
) -> None:
    (tmp_path / "answers").write_text("!confirm-no\n")
    with VirtualCard(card_folder, pad.pcscd.ports[0]):
        pad.pcscd.sees()
        assert sign_in(person) == "pin_cancelled"
        assert pad.asked == []


@pytest.mark.real
@pytest.mark.parametrize("way", ["she presses Stop", "the page goes away"])
def test_stopping_while_the_reader_waits_answers_at_once_and_signs_nothing(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path, way: str
) -> None:
    hangup = Hangup()
    with VirtualCard(card_folder, pad.pcscd.ports[0]) as card, ThreadPoolExecutor(1) as page:
        pad.pcscd.sees()
        answer = page.submit(sign_in, person, hangup)
        pad.waits()
        wait_for(lambda: "CONFIRM '--one-button'" in asked(tmp_path), "the second dialog")
        started = time.monotonic()
        if way == "she presses Stop":
            (tmp_path / "stop").touch()
        else:
            hangup.now()
        assert answer.result(60) == "pin_cancelled"
        assert time.monotonic() - started < 10
        assert card.tries() == 0
        # the reader itself waits on: until its time is over, or somebody presses its own key
        pad.press("!cancel")
        wait_for(lambda: not (pad.folder / "typed").exists(), "the reader to be let go")


@pytest.mark.real
def test_a_pin_that_is_typed_after_she_stopped_opens_nothing(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path
) -> None:
    with VirtualCard(card_folder, pad.pcscd.ports[0]) as card, ThreadPoolExecutor(1) as page:
        pad.pcscd.sees()
        answer = page.submit(sign_in, person)
        pad.waits()
        (tmp_path / "stop").touch()
        assert answer.result(60) == "pin_cancelled"
        resets = card.resets
        pad.press("1234")
        wait_for(lambda: card.resets > resets, "pcscd to reset the card of a client that is gone")


@pytest.mark.real
def test_the_password_for_signing_is_typed_on_the_computer_as_keys_have_no_letters(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path
) -> None:
    (tmp_path / "answers").write_text("MIHON1234\n")
    with VirtualCard(card_folder, pad.pcscd.ports[0]):
        pad.pcscd.sees()
        said = login.sign_document(Desk(pcsc.open_pcsc(), person), SIGN, ORIGIN, Hangup())
        assert said["format"] == "cms-detached"
        assert pad.asked == []


@pytest.mark.real
@pytest.mark.parametrize("way", ["a reader without keys", "she wants the computer's"])
def test_without_keys_the_pin_is_typed_on_the_computer(
    pad: PinPad, card_folder: PretendFolder, person: Consent, tmp_path: Path, way: str
) -> None:
    (tmp_path / "answers").write_text("1234\n")
    pad.forget(keys=way != "a reader without keys")
    with VirtualCard(card_folder, pad.pcscd.ports[0]):
        pad.pcscd.sees()
        assert sign_in(person, keys=way == "a reader without keys") == "RS256"
        assert pad.asked == []


@pytest.mark.real
def test_the_daemon_logs_in_by_the_keys_and_is_told_not_to(
    pad: PinPad, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pad.pcscd.ports[0]):
        pad.pcscd.sees()
        pad.press("1234")
        with Bridge.start(None, ORIGIN) as bridge:
            assert bridge.authenticate("n" * 43)[0] == 200
            assert len(pad.asked) == 1
            assert "1234" not in bridge.output
        with Bridge.start(None, ORIGIN, words=("--no-pin-pad",)) as bridge:
            assert bridge.authenticate("n" * 43)[0] == 200
            assert len(pad.asked) == 1


@pytest.mark.real
def test_doctor_tells_of_the_keys(pad: PinPad, card_folder: PretendFolder, tmp_path: Path) -> None:
    with VirtualCard(card_folder, pad.pcscd.ports[0]):
        for keys in (True, False):
            pad.forget(keys)
            pad.pcscd.sees()
            names = [each.name for each in examine(tmp_path / "home", 1)]
            assert ("keys" in names) is keys
