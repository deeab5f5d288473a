"""Logins at a reader, as the daemon does them, and what the tests look at besides."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from card_bridge import jpki, login, pcsc, pretend_ca, protocol
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.errors import BridgeError
from card_bridge.login import Desk
from card_bridge.pretend_folder import PretendFolder

ORIGIN = "http://localhost:8080"
ASKED = protocol.Authenticate("A" * 43, "login", "en")
MESSAGE = protocol.signed_bytes("fetch", "login", ORIGIN, ASKED.nonce)
OTHER = Path(__file__).parents[1] / "parts/other_program.py"
#: select JPKI, its key for authentication, and sign one byte
SIGN_WITHOUT_PIN = ("00A4040C0AD392F000260100000001", "00A4020C020017", "802A008001AA00")


def _nothing() -> None:
    pass


class Typing(Consent):
    """A person who types the same each time. then: what happens while the dialog is open."""

    def __init__(self, pin: bytes = b"1234", then: Callable[[], object] = _nothing) -> None:
        super().__init__(None, None)
        self._pin, self._then = pin, then
        self.lefts: list[int] = []

    def pin(self, question: Question, hangup: Hangup) -> bytearray:
        self.lefts.append(question.left)
        self._then()
        return bytearray(self._pin)


def sign_in(person: Typing | None = None, reader: str | None = None, patience: float = 10.0) -> str:
    """One login; the error's code, or the algorithm of a signature that holds."""
    desk = Desk(pcsc.open_pcsc(reader, patience), person or Typing())
    try:
        said = login.authenticate(desk, ASKED, ORIGIN, Hangup())
    except BridgeError as error:
        return error.code
    jpki.check(base64.b64decode(said["certificate"]), MESSAGE, base64.b64decode(said["signature"]))
    return said["algorithm"]


def other_program(*words: str) -> list[str]:
    """What another program is told when it uses the card."""
    ended = subprocess.run(
        [sys.executable, str(OTHER), *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert not ended.stderr, ended.stderr
    return ended.stdout.split()


def children() -> list[int]:
    """Processes that this one started and that have not ended."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent, state = (each / "stat").read_text().rpartition(")")[2].split()[1::-1]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(each.name))
    return found


def held() -> tuple[int, int]:
    """Handles and threads of this process."""
    own = Path("/proc/self")
    return len([*(own / "fd").iterdir()]), len([*(own / "task").iterdir()])


def reissued(folder: PretendFolder, days: int) -> PretendFolder:
    """Gives the card certificates of so many days ago (or to come)."""
    made = pretend_ca.issue(datetime.now(UTC) + timedelta(days=days))
    for name, content in (("card.pem", made.card), ("card.key", made.card_key)):
        (folder.path / name).write_bytes(content)
    return folder
