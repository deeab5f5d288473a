"""The card bridge: how long a login takes after the person has typed the PIN."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from card_bridge import login, pcsc, protocol
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.login import Desk
from card_bridge.pretend_folder import PretendFolder
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import VirtualCard
from tools.figure import Figure, versions

LOGINS = 20
ASKED = protocol.Authenticate("A" * 43, "login", "en")


class _Typing(Consent):
    """A person who has just confirmed the PIN."""

    at, card_before = 0.0, 0.0

    def __init__(self, card: VirtualCard) -> None:
        super().__init__(None, None)
        self._card = card

    def pin(self, _question: Question, _hangup: Hangup) -> bytearray:
        self.at, self.card_before = time.perf_counter(), self._card.seconds
        return bytearray(b"1234")


def sign_ms() -> Iterator[Figure]:
    """Milliseconds from the confirmed PIN to the answer, signature checked and the card without
    power, with the virtual card in a reader of PC/SC; beside what the card itself took of it."""
    ours, cards = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        Pcscd.start() as pcscd,
        VirtualCard(PretendFolder(Path(folder) / "card"), pcscd.ports[0]) as card,
    ):
        pcscd.sees()
        person = _Typing(card)
        desk = Desk(pcsc.open_pcsc(), person)
        for _ in range(LOGINS):
            login.authenticate(desk, ASKED, "http://localhost:8080", Hangup())
            ours.append(1000 * (time.perf_counter() - person.at))
            cards.append(1000 * (card.seconds - person.card_before))
    yield Figure(
        "bridge.sign_ms", "ms", "the virtual card's own time of it", ours, cards,
        versions("cryptography", "pyscard"),
    )  # fmt: skip
