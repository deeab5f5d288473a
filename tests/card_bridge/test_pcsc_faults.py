"""What goes wrong at a reader has a name, holds nothing up, and is over when it is over."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from card_bridge import jpki, login, pcsc
from card_bridge.errors import BridgeError
from card_bridge.login import Desk
from card_bridge.pretend_card import PoweredCard, Sort
from card_bridge.pretend_folder import PretendFolder
from tests.card_bridge.at_reader import OTHER, Typing, children, held, reissued, sign_in
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import Faults, VirtualCard
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real
#: commands of a login: the PIN is the 16th, the signature the last one
PIN_AT, SIGN_AT = 16, 18
PATIENCE = 1.0


def test_no_reader_and_no_card_are_told_apart(pcscd: Pcscd) -> None:
    assert sign_in() == "no_card"
    assert sign_in(reader="no such reader") == "no_reader"


def test_a_machine_without_any_reader_says_so() -> None:
    with Pcscd.start(readers=False):
        assert sign_in() == "no_reader"


@pytest.mark.parametrize("at", [1, 7, PIN_AT, SIGN_AT])
def test_a_card_that_is_pulled_is_named_and_the_next_login_works(
    pcscd: Pcscd, card_folder: PretendFolder, at: int
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        card.faults = Faults(pulled_at=at)
        assert sign_in() == "card_pulled"
        assert card.tries() == (at >= PIN_AT)
        card.faults = Faults()
        pcscd.sees(card=False)
        card.put_in()
        pcscd.sees()
        assert sign_in() == "RS256"


def test_a_card_that_is_pulled_while_the_person_types_is_named_and_costs_no_try(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()

        def put_down_again() -> None:
            card.pull()
            pcscd.sees(card=False)
            card.put_in()
            pcscd.sees()

        assert sign_in(Typing(then=put_down_again)) == "card_pulled"
        assert card.tries() == 0
    assert card_folder.card() == ("1234", 3)


@pytest.mark.parametrize("at", [1, 7, PIN_AT, SIGN_AT])
def test_a_mute_card_ends_at_the_deadline_and_holds_nothing_up(
    pcscd: Pcscd, card_folder: PretendFolder, at: int
) -> None:
    before = held(), children()
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        card.faults = Faults(mute_at=at)
        started = time.monotonic()
        assert sign_in(patience=PATIENCE) == "card_silent"
        assert time.monotonic() - started < PATIENCE + 5
        assert children() == before[1], "the process is gone, though the card still says nothing"
        assert sign_in(patience=PATIENCE) in ("card_taken", "card_silent")
        card.pull()
        card.faults = Faults()
        pcscd.sees(card=False)
        card.put_in()
        pcscd.sees()
        assert sign_in() == "RS256"
    # the kernel still lists a thread for a moment after it has ended
    wait_for(lambda: held() == before[0], "no handle and no thread to be left")


@pytest.mark.parametrize(
    ("sort", "faults", "code"),
    [
        (Sort(), Faults(other=True), "card_unknown"),
        (Sort(label=b"JPKIAPICCTOKEN"), Faults(), "card_old"),
        (Sort(label=b"JPKIAPGPSETOKEN"), Faults(), "RS256"),
        (Sort(signing=False), Faults(), "RS256"),
        (Sort(filler=b"\x00"), Faults(), "RS256"),
        (Sort(), Faults(answers=((0xB0, "6B00"),)), "card_failed"),
        (Sort(), Faults(answers=((0x20, "6A88"),)), "card_failed"),
        (Sort(), Faults(answers=((0x20, "63C0"),)), "pin_blocked"),
        (Sort(), Faults(answers=((0x2A, "6982"),)), "card_failed"),
        (Sort(), Faults(answers=((0x2A, "00" * 256 + "9000"),)), "card_failed"),
        (Sort(), Faults(answers=((0xA4, "6C10"),)), "card_failed"),
        (Sort(), Faults(answers=((0xB0, "61FF"), (0xC0, "61FF"))), "card_failed"),
    ],
)
def test_every_sort_of_card_is_named(
    pcscd: Pcscd, card_folder: PretendFolder, sort: Sort, faults: Faults, code: str
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0], sort) as card:
        card.faults = faults
        pcscd.sees()
        person = Typing()
        assert sign_in(person) == code
        assert card.tries() == len(person.lefts)


def test_a_card_without_a_certificate_for_signing_says_so_before_a_password_is_asked(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0], Sort(signing=False)) as card:
        pcscd.sees()
        with pytest.raises(BridgeError, match="card_without_signing"):
            _require_signing()
        assert card.tries() == 0


def _require_signing() -> None:
    with pcsc.open_pcsc().card() as card:
        jpki.open_application(card)
        jpki.require(card, jpki.AUTHENTICATION)
        jpki.require(card, jpki.SIGNING)


def test_a_locked_card_is_told_without_a_dialog(pcscd: Pcscd, card_folder: PretendFolder) -> None:
    card_folder.keep("1234", 0)
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        person = Typing()
        assert sign_in(person) == "pin_blocked"
        assert (card.tries(), person.lefts) == (0, [])


@pytest.mark.parametrize(("days", "code"), [(-2000, "card_expired"), (3, "card_not_yet")])
def test_a_certificate_out_of_its_dates_is_told_without_a_dialog(
    pcscd: Pcscd, tmp_path: Path, days: int, code: str
) -> None:
    folder = reissued(PretendFolder(tmp_path / "card"), days)
    with VirtualCard(folder, pcscd.ports[0]) as card:
        pcscd.sees()
        person = Typing()
        assert sign_in(person) == code
        assert (card.tries(), person.lefts) == (0, [])


@pytest.mark.parametrize("how", ["--hold", "--alone"])
def test_a_card_that_another_program_has_is_named_until_that_program_ends(
    pcscd: Pcscd, card_folder: PretendFolder, how: str
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        with subprocess.Popen(
            [sys.executable, str(OTHER), "--hold", how],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as other:  # fmt: skip
            assert other.stdout
            assert other.stdout.readline() == b"held\n"
            assert sign_in() == "card_taken"
        assert sign_in() == "RS256"


def test_without_pcscd_the_service_is_named_and_with_it_again_the_login_works(
    card_folder: PretendFolder,
) -> None:
    with Pcscd.start() as pcscd:
        pcscd.kill()
        assert sign_in() == "pcsc_stopped"
        pcscd.again()
        with VirtualCard(card_folder, pcscd.ports[0]):
            pcscd.sees()
            assert sign_in() == "RS256"


@pytest.mark.parametrize("at", [1, PIN_AT, SIGN_AT])
def test_a_pcscd_that_dies_in_the_middle_is_named(card_folder: PretendFolder, at: int) -> None:
    with Pcscd.start() as pcscd, VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()

        honest = card.answering

        def answering(powered: PoweredCard, apdu: bytes) -> bytes:
            if len(card.told) == at:
                pcscd.kill()
            return honest(powered, apdu)

        card.answering = answering
        assert sign_in() == "pcsc_stopped"


def test_a_pcscd_that_is_stuck_ends_at_the_deadline(card_folder: PretendFolder) -> None:
    with Pcscd.start() as pcscd, VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        with pcscd.stopped():
            assert sign_in(patience=PATIENCE) == "card_silent"
        assert sign_in() == "RS256"


def test_two_acts_at_once_never_mix_on_one_card(pcscd: Pcscd, card_folder: PretendFolder) -> None:
    readers = pcsc.open_pcsc()
    with VirtualCard(card_folder, pcscd.ports[0]):
        pcscd.sees()
        with readers.card(), pytest.raises(BridgeError, match="busy"), readers.card():
            pass
        assert login.status(Desk(readers, Typing()))["tries_left"] == 3


def test_a_status_asks_the_person_nothing_and_says_what_is_wrong(
    pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    desk = Desk(pcsc.open_pcsc(), Typing())
    assert login.status(desk)["card"] == "absent"
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        assert login.status(desk)["card"] == "present"
        assert login.status(desk)["ready"] is True
        assert card.tries() == 0


def test_a_bridge_without_pyscard_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # as in an installation without the extra; the test's own one has it
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(BridgeError, match="no_pcsc"):
        pcsc.open_pcsc()


def test_a_machine_without_the_library_of_pcsc_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smartcard.py").write_text("raise ImportError('libpcsclite.so.1 is not there')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sign_in() == "no_pcsc"


def test_a_machine_that_forbids_the_reader_to_this_user_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # polkit is not asked by the pcscd of every system; the code it leads to is
    (tmp_path / "smartcard").mkdir()
    (tmp_path / "smartcard/__init__.py").touch()
    (tmp_path / "smartcard/scard.py").write_text(
        "def SCardEstablishContext(scope): return 0x8010006A - (1 << 32), 0\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sign_in() == "pcsc_refused"


def test_a_child_that_dies_is_an_error_of_the_card_and_not_of_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smartcard").mkdir()
    (tmp_path / "smartcard/__init__.py").touch()
    (tmp_path / "smartcard/scard.py").write_text(
        "import os\ndef SCardEstablishContext(scope): os.kill(os.getpid(), 11)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sign_in() == "card_failed"
