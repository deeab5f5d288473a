"""The pretend card in a reader of PC/SC: a client of vpcd that answers with the pretend card's own
APDU code (``card_bridge.pretend_card.PoweredCard``), and does on demand what cards do wrong.

    card = VirtualCard(folder, pcscd.ports[0])
    card.faults = Faults(mute_at=5)
    card.pull()

It keeps every command it was told, so that a test can count them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from card_bridge.pretend_card import PoweredCard, Sort
from card_bridge.pretend_folder import PretendFolder

#: of a contactless card without historical bytes (PC/SC part 3, section 3.1.3.2.3): T=0 and T=1
ATR = bytes.fromhex("3B80800101")
#: T=0 and nothing else
ATR_T0 = bytes.fromhex("3B00")
_OFF, _ON, _RESET, _GIVE_ATR = 0x00, 0x01, 0x02, 0x04
#: the pretend card's own application; a card of another kind does not have it
_SELECT_APPLICATION = b"\x00\xa4\x04"


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. Counts are of commands since the card was put in, from 1.

    pulled_at: instead of answering this one the card leaves. mute_at: this one is never answered.
    corrects: 6Cxx to every Le=00 of a read or a signature. splits: answers come in pieces of so
    many bytes by 61xx. short: no answer holds more bytes than this. other: has no JPKI.
    answers: a status instead of an answer, by the command's second byte (INS)."""

    pulled_at: int = 0
    mute_at: int = 0
    corrects: bool = False
    splits: int = 0
    short: int = 0
    other: bool = False
    answers: tuple[tuple[int, str], ...] = ()


class VirtualCard:
    """A card in a reader, from its making (put in) to ``pull``. slow: seconds per command."""

    def __init__(
        self, folder: PretendFolder, port: int, sort: Sort | None = None, atr: bytes = ATR
    ) -> None:
        self.folder, self.sort, self.atr = folder, sort or Sort(), atr
        self.faults = Faults()
        self.told: list[bytes] = []
        #: seconds the card itself spent on answers since it was put in
        self.seconds = 0.0
        #: how often power was taken from it, or it was reset
        self.resets = 0
        self.answering: Callable[[PoweredCard, bytes], bytes] = PoweredCard.exchange
        self._powered = PoweredCard(folder, self.sort)
        self._waiting = b""
        self._port = port
        self._gone = threading.Event()
        self.put_in()

    def put_in(self) -> None:
        """Into the reader (again)."""
        self._gone = threading.Event()
        self.told.clear()
        # a reader that has just seen a card go listens again at its next glance
        deadline = time.monotonic() + 10
        while True:
            try:
                self._line = socket.create_connection(("127.0.0.1", self._port), 10)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self._line.settimeout(None)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Out of the reader."""
        self._gone.set()
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join(10)
        self._line.close()

    def tries(self) -> int:
        """How many PINs it was shown (an empty VERIFY is a question, not a try)."""
        return len([each for each in self.told if each[1] == 0x20 and len(each) > 5])

    def __enter__(self) -> VirtualCard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pull()

    def _live(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                command = self._receive(int.from_bytes(self._receive(2), "big"))
                if command == bytes([_GIVE_ATR]):
                    self._send(self.atr)
                elif len(command) == 1:
                    self.resets += command[0] in (_OFF, _RESET)
                    self._powered, self._waiting = PoweredCard(self.folder, self.sort), b""
                else:
                    self._told(command)

    def _told(self, command: bytes) -> None:
        self.told.append(command)
        if len(self.told) == self.faults.pulled_at:
            self.pull()
            return
        if len(self.told) == self.faults.mute_at:
            self._gone.wait()
            return
        started = time.perf_counter()
        answer = self._answer(command)
        self.seconds += time.perf_counter() - started
        self._send(answer)

    def _answer(self, command: bytes) -> bytes:
        for number, status in self.faults.answers:
            if command[1:2] == bytes([number]):
                return bytes.fromhex(status)
        if self.faults.other and command.startswith(_SELECT_APPLICATION):
            return b"\x6a\x82"
        if self.faults.corrects and command[1] in (0xB0, 0x2A) and command[-1] == 0:
            return b"\x6c\x80" if command[1] == 0xB0 else b"\x6c\xff"
        if self.atr == ATR_T0 and len(command) > 5 and command[1] == 0x2A:
            if len(command) != 5 + command[4]:
                return b"\x67\x00"  # T=0 has no Le beside data
            command += b"\x00"
        if command[:2] == b"\x00\xc0":
            return self._piece(command[4] or 256)
        answer = self.answering(self._powered, command)
        if self.faults.short and command[1] == 0xB0 and answer[-2:] == b"\x90\x00":
            return answer[:-2][: self.faults.short] + b"\x90\x00"
        if (self.faults.splits or self.atr == ATR_T0) and command[1] == 0x2A and len(answer) > 2:
            self._waiting = answer[:-2]
            return b"\x61" + bytes([min(self.faults.splits or 255, len(self._waiting), 255)])
        return answer

    def _piece(self, count: int) -> bytes:
        piece, self._waiting = self._waiting[:count], self._waiting[count:]
        more = min(self.faults.splits or 255, len(self._waiting), 255)
        return piece + (b"\x61" + bytes([more]) if more else b"\x90\x00")

    def _receive(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            # vpcd sends length and content apart: without this the kernel waits 40 ms to say
            # that the first one came, and the second one waits for that
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            piece = self._line.recv(count - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got

    def _send(self, answer: bytes) -> None:
        self._line.sendall(len(answer).to_bytes(2, "big") + answer)
