"""A login with a card in a reader: the real pcscd, virtual readers, the pretend card in them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from card_bridge import jpki, pcsc
from card_bridge.errors import BridgeError
from card_bridge.pretend_card import PoweredCard
from card_bridge.pretend_folder import PretendFolder
from tests.card_bridge.at_reader import (
    MESSAGE,
    SIGN_WITHOUT_PIN,
    Typing,
    children,
    held,
    other_program,
    sign_in,
)
from tests.parts.bridge import ROOT
from tests.parts.pcscd import READERS, Pcscd
from tests.parts.virtual_card import ATR_T0, Faults, VirtualCard
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real


def test_a_login_shows_the_pin_once_and_takes_the_power_from_the_card(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        before = card.resets
        assert sign_in() == "RS256"
        assert card.tries() == 1
        # the card learns of it from vpcd after pcscd has told the bridge that it is done
        wait_for(lambda: card.resets > before, "the power to be taken from the card")
        assert other_program(*SIGN_WITHOUT_PIN) == ["9000", "9000", "6982"]


def test_without_taking_the_power_another_program_could_sign(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    """The danger is real here: what the test before this one looks at would happen."""
    with VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        shown = ("00A4040C0AD392F000260100000001", "00A4020C020018", "002000800431323334")
        assert other_program(*shown) == ["9000"] * 3
        assert other_program(*SIGN_WITHOUT_PIN) == ["9000"] * 3


def test_no_other_program_gets_at_the_card_while_the_bridge_has_it(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    seen: list[list[str]] = []
    with VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        assert sign_in(Typing(then=lambda: seen.append(other_program()))) == "RS256"
    assert seen == [["8010000B"]]


@pytest.mark.parametrize("way", ["the sign fails", "the bridge is killed"])
def test_a_pin_that_was_shown_is_forgotten_however_the_act_ends(
    pcscd: Pcscd, card_folder: PretendFolder, way: str
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        if way == "the sign fails":
            card.faults = Faults(answers=((0x2A, "6F00"),))
            assert sign_in() == "card_failed"
            card.faults = Faults()
        else:
            _killed_after_the_pin()
        assert card.tries() == 1
        # pcscd notices the death of a client by itself
        wait_for(
            lambda: other_program(*SIGN_WITHOUT_PIN) == ["9000", "9000", "6982"],
            "the card to be reset",
            seconds=5,
        )


def _killed_after_the_pin() -> None:
    program = (
        "import sys; from card_bridge import jpki, pcsc\n"
        "with pcsc.open_pcsc().card() as card:\n"
        "    jpki.open_application(card); jpki.verify(card, bytearray(b'1234'))\n"
        "    print('shown', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as bridge:
        assert bridge.stdout
        assert bridge.stdout.readline() == b"shown\n"
        bridge.send_signal(signal.SIGKILL)


@pytest.mark.parametrize(
    ("pin", "left", "code"), [(b"0000", 3, "pin_wrong"), (b"0000", 1, "pin_blocked")]
)
def test_a_wrong_pin_is_one_try_and_not_two(
    pcscd: Pcscd, card_folder: PretendFolder, pin: bytes, left: int, code: str
) -> None:
    card_folder.keep("1234", left)
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        assert sign_in(Typing(pin)) == code
        assert card.tries() == 1
        assert card_folder.card() == ("1234", left - 1)


def test_the_card_of_the_next_kind_signs_with_p384(pcscd: Pcscd, tmp_path: Path) -> None:
    with VirtualCard(PretendFolder(tmp_path / "next", "ES384"), pcscd.ports[0]):
        pcscd.sees()
        assert sign_in() == "ES384"


def test_the_certificate_for_signing_needs_its_password_and_signs(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        _sign_with_the_other_certificate()


def _sign_with_the_other_certificate() -> None:
    with pcsc.open_pcsc().card() as card:
        jpki.open_application(card)
        jpki.require(card, jpki.SIGNING)
        assert jpki.tries_left(card, jpki.SIGNING) == 5
        with pytest.raises(BridgeError, match="card_failed"):
            jpki.certificate(card, jpki.SIGNING)
        jpki.verify(card, bytearray(b"MIHON1234"), jpki.SIGNING)
        certificate = jpki.certificate(card, jpki.SIGNING)
        signature = jpki.sign(card, MESSAGE, credential=jpki.SIGNING)
        jpki.check(certificate, MESSAGE, signature)
        assert certificate != jpki.certificate(card)


@pytest.mark.parametrize(
    "faults", [Faults(corrects=True), Faults(splits=100), Faults(short=50), Faults(short=1)]
)
def test_a_card_that_corrects_splits_or_shortens_its_answers_logs_in(
    pcscd: Pcscd, card_folder: PretendFolder, faults: Faults
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        card.faults = faults
        pcscd.sees()
        assert sign_in() == "RS256"


def test_a_card_that_speaks_the_older_protocol_only_logs_in(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0], atr=ATR_T0):
        pcscd.sees()
        assert sign_in() == "RS256"


def test_the_reader_that_has_the_right_card_is_found(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with (
        VirtualCard(card_folder, pcscd.ports[0]) as other,
        VirtualCard(card_folder, pcscd.ports[1]) as right,
    ):
        other.faults = Faults(other=True)
        pcscd.sees(other=True)
        assert sign_in() == "RS256"
        assert (other.tries(), right.tries()) == (0, 1)
        assert sign_in(reader=READERS[0]) == "card_unknown"


def test_a_mute_card_in_another_reader_is_no_hindrance(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with (
        VirtualCard(card_folder, pcscd.ports[0]) as mute,
        VirtualCard(card_folder, pcscd.ports[1]),
    ):
        mute.faults = Faults(mute_at=1)
        pcscd.sees(other=True)
        assert sign_in(patience=2.0) == "RS256"


def test_of_two_right_cards_none_is_shown_a_pin_unless_the_reader_is_named(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with (
        VirtualCard(card_folder, pcscd.ports[0]) as first,
        VirtualCard(card_folder, pcscd.ports[1]) as second,
    ):
        pcscd.sees(other=True)
        assert sign_in() == "cards_many"
        assert (first.tries(), second.tries()) == (0, 0)
        assert sign_in(reader="reader 00 01") == "RS256"
        assert (first.tries(), second.tries()) == (0, 1)


def test_the_pin_is_in_no_argument_and_no_environment(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    card_folder.keep("7391", 3)
    seen: list[bytes] = []

    def looking(powered: PoweredCard, apdu: bytes) -> bytes:
        # between the PIN and the answer: what the card is told is the moment at which to look
        for each in children():
            seen.extend(
                Path(f"/proc/{each}/{name}").read_bytes() for name in ("cmdline", "environ")
            )
        return powered.exchange(apdu)

    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        card.answering = looking
        assert sign_in(Typing(b"7391")) == "RS256"
    assert any(b"pcsc_child" in each for each in seen)
    assert not any(b"7391" in each for each in seen)


def test_fifty_logins_leave_nothing_open(pcscd: Pcscd, card_folder: PretendFolder) -> None:
    _logins(pcscd, card_folder, 50)


@pytest.mark.soak
def test_a_thousand_logins_leave_nothing_open(pcscd: Pcscd, card_folder: PretendFolder) -> None:
    _logins(pcscd, card_folder, 1000)


def _logins(pcscd: Pcscd, folder: PretendFolder, times: int) -> None:
    with VirtualCard(folder, pcscd.ports[0]) as card:
        pcscd.sees()
        assert sign_in() == "RS256"
        before, started, daemon = held(), {*children()}, pcscd.held()
        for _ in range(times):
            assert sign_in() == "RS256"
        # fewer: at the first look the last child or client had perhaps not quite gone
        wait_for(lambda: _no_more(held(), before), f"the bridge to hold no more than {before}")
        wait_for(lambda: started.issuperset(children()), "every child of the bridge to be gone")
        wait_for(lambda: _no_more(pcscd.held(), daemon), f"pcscd to hold no more than {daemon}")
        assert card.tries() == times + 1


def _no_more(now: tuple[int, int], then: tuple[int, int]) -> bool:
    return all(each <= before for each, before in zip(now, then, strict=True))
