"""The whole daemon with a card in a reader: HTTP, the person's window, PC/SC, the card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from card_bridge.__main__ import main
from card_bridge.pretend_folder import PUBLISHED_PIN, PretendFolder
from tests.card_bridge.asking import NONCE
from tests.card_bridge.at_reader import ORIGIN, SIGN_WITHOUT_PIN, other_program
from tests.card_bridge.test_person import holds
from tests.parts.bridge import Bridge
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import VirtualCard

pytestmark = pytest.mark.real


@pytest.fixture
def bridge(pcscd: Pcscd) -> Iterator[Bridge]:
    with Bridge.start(None, ORIGIN) as running:
        yield running
        assert "Traceback" not in running.output
        assert "defect" not in running.output


def test_a_page_logs_in_with_the_card_in_the_reader(
    bridge: Bridge, pcscd: Pcscd, card_folder: PretendFolder
) -> None:
    assert bridge.status()[1] == {
        "version": "todoke-card/1", "ready": False, "card": "absent", "tries_left": None,
    }  # fmt: skip
    assert bridge.authenticate(NONCE)[1]["error"] == "no_card"
    with VirtualCard(card_folder, pcscd.ports[0]) as card:
        pcscd.sees()
        assert bridge.status()[1]["card"] == "present"
        status, said = bridge.authenticate(NONCE)
        assert status == 200
        assert holds(said, f"todoke-card/1\0fetch\0login\0{ORIGIN}\0{NONCE}".encode())
        assert card.tries() == 1
        assert other_program(*SIGN_WITHOUT_PIN)[-1] == "6982", "the PIN must not stay verified"
        bridge.answers("0000")
        assert bridge.authenticate(NONCE)[1]["left"] == 2
        assert card.tries() == 2
    pcscd.sees(card=False)
    assert bridge.authenticate(NONCE)[1]["error"] == "no_card"


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
