"""The whole daemon with a card in a reader: a page asks, a window asks, the card signs."""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from card_bridge import jpki, protocol
from card_bridge.__main__ import main
from card_bridge.pretend_folder import PUBLISHED_PIN, PretendFolder
from tests.card_bridge.asking import NONCE
from tests.card_bridge.at_reader import ORIGIN, SIGN_WITHOUT_PIN, other_program
from tests.parts.bridge import Bridge
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import Faults, VirtualCard
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real


@pytest.fixture
def bridge(pcscd: Pcscd) -> Iterator[Bridge]:
    with Bridge.start(None, ORIGIN) as running:
        yield running
        assert "Traceback" not in running.output


def test_a_page_gets_a_signature_of_the_card_in_the_reader(
    bridge: Bridge, pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    card_folder.keep("7391", 3)
    bridge.answers("7391")
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        _status, state = bridge.status()
        assert (state["card"], state["ready"], state["tries_left"]) == ("present", True, 3)
        status, said = bridge.authenticate(NONCE, language="en")
        assert (status, said["algorithm"]) == (200, "RS256")
        message = protocol.signed_bytes("fetch", "login", ORIGIN, NONCE)
        certificate, signature = (base64.b64decode(said[k]) for k in ("certificate", "signature"))
        jpki.check(certificate, message, signature)
        assert card.tries() == 1
        assert other_program(*SIGN_WITHOUT_PIN) == ["9000", "9000", "6982"]
    assert f"{ORIGIN} asks for a login" in bridge.asked
    assert "login: signed" in bridge.output
    assert "7391" not in bridge.output


def test_a_page_is_told_what_happened_to_the_card_and_what_to_do(
    bridge: Bridge, pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    status, said = bridge.authenticate(NONCE, language="en")
    assert (status, said["error"]) == (503, "no_card")
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        card.faults = Faults(pulled_at=18)
        status, said = bridge.authenticate(NONCE, language="en")
    assert (status, said["error"]) == (502, "card_pulled")
    assert said["message"] == "The card left the reader before the end."
    assert said["advice"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_daemon_that_ends_beside_a_mute_card_leaves_nothing_behind(
    bridge: Bridge, pcscd: Pcscd, card_folder: PretendFolder, how: signal.Signals
) -> None:
    with VirtualCard(card_folder, pcscd.ports[0]) as card, ThreadPoolExecutor(1) as page:
        pcscd.sees()
        card.faults = Faults(mute_at=18)
        asked = page.submit(bridge.authenticate, NONCE)
        wait_for(lambda: len(card.told) == 18, "the card to fall mute")
        assert len(_holders(pcscd)) == 1
        bridge.process.send_signal(how)
        bridge.process.wait(30)
        wait_for(lambda: asked.done(), "the page to hear of it")
        wait_for(lambda: not _holders(pcscd), "the child to end", seconds=20)


def test_the_doctor_tells_of_the_card_and_spends_no_try(
    pcscd: Pcscd, card_folder: PretendFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    def card_line() -> dict[str, Any]:
        main(["doctor", "--json"])
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["checks"]
        return {str(each["name"]): each for each in found}["card"]

    assert card_line()["state"] == "fail"
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        assert card_line()["state"] == "ok"
        card_folder.keep(PUBLISHED_PIN, 1)
        assert card_line()["state"] == "hint"
        card_folder.keep(PUBLISHED_PIN, 0)
        assert card_line()["state"] == "fail"
        assert card.tries() == 0


def _holders(pcscd: Pcscd) -> list[str]:
    """Processes of any parent that still hold a card of this pcscd for a bridge."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_bytes()
            uses = (each / "environ").read_bytes()
        except OSError:
            continue
        if b"pcsc_child" in words and str(pcscd.folder).encode() in uses:
            found.append(each.name)
    return found
