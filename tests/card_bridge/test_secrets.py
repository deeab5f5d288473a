"""What held the PIN is overwritten, however the act ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from card_bridge import algorithms, login
from card_bridge.assuan import AssuanError, Conversation
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.errors import BridgeError
from card_bridge.login import Desk
from card_bridge.pretend_card import PoweredCard, PretendCard
from card_bridge.pretend_folder import PretendFolder
from card_bridge.protocol import Authenticate
from card_bridge.transport import Card

ASKED = Authenticate("A" * 43, "login", "en")
ORIGIN = "http://localhost:8080"
SCRIPT = Path(__file__).parents[1] / "parts/scripted_pinentry.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> PretendFolder:
    return PretendFolder(tmp_path_factory.mktemp("secrets") / "card")


def _nothing() -> None:
    pass


class Typing(Consent):
    """A person who types the same; the test keeps what she handed over."""

    def __init__(self, pin: bytes) -> None:
        super().__init__(None, None)
        self._pin = pin
        self.given: list[bytearray] = []
        self.lefts: list[int] = []
        self.then: Callable[[], None] = _nothing

    def pin(self, question: Question, hangup: Hangup) -> bytearray:
        self.lefts.append(question.left)
        self.given.append(bytearray(self._pin))
        then, self.then = self.then, _nothing
        then()
        return self.given[-1]


class Keeping(PretendCard):
    """The pretend card; the test keeps the very buffers it was shown."""

    def __init__(self, folder: PretendFolder) -> None:
        super().__init__(folder)
        self.shown: list[bytearray] = []

    @contextmanager
    def card(self) -> Iterator[Card]:
        with super().card() as card:
            yield _Kept(card, self.shown)


class _Kept:
    def __init__(self, card: Card, shown: list[bytearray]) -> None:
        self._card, self._shown = card, shown

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        if isinstance(apdu, bytearray):
            assert apdu[1] == 0x20
            assert any(apdu[5:]), "it held the PIN when the card saw it"
            self._shown.append(apdu)
        return self._card.exchange(apdu)


@pytest.mark.parametrize(("pin", "code"), [(b"1234", ""), (b"0000", "pin_wrong")])
def test_the_pin_and_the_command_that_carried_it_are_overwritten(
    folder: PretendFolder, pin: bytes, code: str
) -> None:
    folder.keep("1234", 3)
    person, reader = Typing(pin), Keeping(folder)
    try:
        login.authenticate(Desk(reader, person), ASKED, ORIGIN, Hangup())
        outcome = ""
    except BridgeError as error:
        outcome = error.code
    assert outcome == code
    assert person.given == [bytearray(4)]
    assert len(reader.shown) == 1
    assert not any(reader.shown[0])


def test_a_page_that_left_while_the_pin_was_typed_costs_no_try(folder: PretendFolder) -> None:
    folder.keep("1234", 3)
    person, reader, hangup = Typing(b"0000"), Keeping(folder), Hangup()
    person.then = hangup.now
    with pytest.raises(BridgeError, match="pin_cancelled"):
        login.authenticate(Desk(reader, person), ASKED, ORIGIN, hangup)
    assert reader.shown == []
    assert person.given == [bytearray(4)]
    assert folder.card() == ("1234", 3)


def test_tries_that_fell_while_the_dialog_was_open_are_told_before_the_pin_is_used(
    folder: PretendFolder,
) -> None:
    folder.keep("1234", 3)
    person, reader = Typing(b"1234"), Keeping(folder)
    # another program on the same card uses up two tries meanwhile
    person.then = lambda: folder.keep("1234", 1)
    login.authenticate(Desk(reader, person), ASKED, ORIGIN, Hangup())
    assert person.lefts == [3, 1]
    assert person.given == [bytearray(4), bytearray(4)]
    assert len(reader.shown) == 1


def test_a_card_that_breaks_at_the_pin_leaves_nothing_behind(
    folder: PretendFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.keep("1234", 3)
    person, reader = Typing(b"1234"), Keeping(folder)
    honest = PoweredCard.exchange

    def pulled(card: PoweredCard, apdu: bytes | bytearray) -> bytes:
        if isinstance(apdu, bytearray):
            raise BridgeError("card_failed")
        return honest(card, apdu)

    # the card leaves the reader at this very command: no real part can be made to
    monkeypatch.setattr(PoweredCard, "exchange", pulled)
    with pytest.raises(BridgeError, match="card_failed"):
        login.authenticate(Desk(reader, person), ASKED, ORIGIN, Hangup())
    assert person.given == [bytearray(4)]
    assert not any(reader.shown[0])


@pytest.mark.real
def test_what_a_pinentry_said_does_not_stay_in_the_buffer_it_was_read_into(
    tmp_path: Path,
) -> None:
    (tmp_path / "answers").write_text("7391\n")
    command = [sys.executable, "-S", str(SCRIPT), str(tmp_path)]
    with Conversation(command, time.monotonic() + 30) as dialog:
        assert dialog.say("GETPIN") == b"7391"
        assert not any(dialog._buffer)


@pytest.mark.real
@pytest.mark.parametrize(
    "said",
    ["", "NO", "OK\nERR x\n", "OK\nD %zz\nOK\n", "OK\nD 12\n", "OK\nINQUIRE PIN\n",
     "OK\n" + "# x\n" * 200, "x" * 5000, "OK\nD " + "1" * 3000 + "\nOK\n"],
)  # fmt: skip
def test_a_program_that_is_no_pinentry_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "said").write_text(said)
    command = ["/bin/sh", "-c", f"cat {tmp_path}/said; cat >/dev/null"]
    with (
        pytest.raises(AssuanError),
        Conversation(command, time.monotonic() + 1) as dialog,
    ):
        dialog.say("GETPIN")


@pytest.mark.real
def test_a_program_that_is_silent_ends_at_the_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(AssuanError) as silent:
        Conversation(["/bin/sh", "-c", "trap '' TERM; sleep 60"], time.monotonic() + 0.2)
    assert silent.value.code == 62
    assert time.monotonic() - started < 10


def test_a_real_card_is_never_used_without_a_dialog(folder: PretendFolder) -> None:
    folder.keep("1234", 3)
    reader = Keeping(folder)
    reader.published = lambda _purpose: None  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(BridgeError, match="pin_dialog_missing"):
        login.authenticate(Desk(reader, Consent(None, None)), ASKED, ORIGIN, Hangup())
    assert reader.shown == []


def test_the_digest_info_holds_the_null_that_strict_verifiers_want() -> None:
    assert algorithms.DIGEST_INFO.hex() == "3031300d060960864801650304020105000420"
    assert b"\x05\x00" in algorithms.DIGEST_INFO
