"""A login with a card in a reader: the real pcscd, a virtual reader, the pretend card in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from card_bridge import jpki, login, pcsc, protocol
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.login import Desk
from card_bridge.pretend_folder import PretendFolder
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import VirtualCard

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"
ASKED = protocol.Authenticate("A" * 43, "login", "en")


class Typing(Consent):
    """A person who types the same each time."""

    def __init__(self, pin: bytes = b"1234") -> None:
        super().__init__(None, None)
        self._pin = pin
        self.lefts: list[int] = []

    def pin(self, question: Question, hangup: Hangup) -> bytearray:
        self.lefts.append(question.left)
        return bytearray(self._pin)


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    with Pcscd.start() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> PretendFolder:
    return PretendFolder(tmp_path_factory.mktemp("pcsc") / "card")


def test_a_login_through_a_reader(pcscd: Pcscd, folder: PretendFolder) -> None:
    with VirtualCard(folder, pcscd.ports[0]):
        pcscd.sees()
        said = login.authenticate(Desk(pcsc.open_pcsc(), Typing()), ASKED, ORIGIN, Hangup())
    message = protocol.signed_bytes("login", ORIGIN, ASKED.nonce)
    certificate, signature = (base64.b64decode(said[k]) for k in ("certificate", "signature"))
    jpki.check(certificate, message, signature)
