"""A card in a reader: the transport over PC/SC.

Each act on a card has a process of its own (``pcsc_child``), which connects alone
(SCARD_SHARE_EXCLUSIVE) and takes the power from the card when it ends: a PIN that was verified
stays so until then, for every program of the machine. This process never loads the PC/SC library.
"""

from __future__ import annotations

import importlib.util
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from card_bridge import jpki, pinpad
from card_bridge.errors import BridgeError
from card_bridge.pcsc_child import NO_PCSC
from card_bridge.protocol import Purpose
from card_bridge.transport import Card, Pad, Transport

#: the slowest a card does is to sign, in about a second; more is a card that is mute
PATIENCE_SECONDS = 10.0
#: for the child to load its libraries, on a busy machine
_START_SECONDS = 10.0
#: to take the power from a card and end
_LEAVE_SECONDS = 3.0
_PROGRAM = Path(__file__).with_name("pcsc_child.py")
#: codes of PC/SC (winscard.h, pcsclite.h); every other one is ``card_failed``
_MEANINGS = {
    0x8010001D: "pcsc_stopped",  # SCARD_E_NO_SERVICE
    0x8010001E: "pcsc_stopped",  # SCARD_E_SERVICE_STOPPED
    0x8010006A: "pcsc_refused",  # SCARD_W_SECURITY_VIOLATION: polkit
    0x8010002E: "no_reader",  # SCARD_E_NO_READERS_AVAILABLE
    0x80100009: "no_reader",  # SCARD_E_UNKNOWN_READER
    0x80100017: "no_reader",  # SCARD_E_READER_UNAVAILABLE
    0x8010000C: "no_card",  # SCARD_E_NO_SMARTCARD
    0x80100069: "card_pulled",  # SCARD_W_REMOVED_CARD
    0x8010000B: "card_taken",  # SCARD_E_SHARING_VIOLATION
    0x8010000A: "card_silent",  # SCARD_E_TIMEOUT
    0x80100066: "card_silent",  # SCARD_W_UNRESPONSIVE_CARD
}


def open_pcsc(
    reader: str | None = None, patience: float = PATIENCE_SECONDS, keys: bool = True
) -> Transport:
    """The readers of this machine. reader: part of a reader's name, where only that one is meant.
    patience: seconds for one answer of a card. keys: whether the PIN is typed on those of the
    reader, where it has them.

    Raises ``no_pcsc`` when pyscard is not installed (``todoke-card-bridge[pcsc]``)."""
    if importlib.util.find_spec("smartcard") is None:
        raise BridgeError("no_pcsc")
    return Readers(reader, patience, keys)


class Readers:
    """The transport: whichever reader has a card with JPKI in it."""

    kind = "present"

    def __init__(self, reader: str | None, patience: float, keys: bool) -> None:
        self._wanted = (reader or "").casefold()
        self._patience, self._keys = patience, keys
        self._held = threading.Lock()

    def published(self, _purpose: Purpose) -> None:
        """No secret of a real card is known."""

    @contextmanager
    def card(self) -> Iterator[Card]:
        """Holds the one card that has JPKI. With cards in several readers all are looked at:
        two that fit are ``cards_many``, because a PIN must not be shown to the wrong one."""
        if not self._held.acquire(blocking=False):
            raise BridgeError("busy")
        try:
            with Hand(self._patience) as hand:
                names = self._with_cards(hand)
                hand.connect(names[0] if len(names) == 1 else self._fitting(names))
                yield hand
        finally:
            self._held.release()

    def pad(self, card: Card) -> Pad | None:
        """The reader's keys, where it has some and they are wanted."""
        return card.pad() if self._keys and isinstance(card, Hand) else None

    def _with_cards(self, hand: Hand) -> Sequence[str]:
        found = [(name, full) for name, full in hand.readers() if self._wanted in name.casefold()]
        if not found:
            raise BridgeError("no_reader")
        names = [name for name, full in found if full]
        if not names:
            raise BridgeError("no_card")
        return names

    def _fitting(self, names: Sequence[str]) -> str:
        fitting, trouble = [], BridgeError("card_unknown")
        for name in names:
            try:
                with Hand(self._patience) as hand:  # one each: a mute card costs its process
                    hand.connect(name)
                    jpki.open_application(hand)
                fitting.append(name)
            except BridgeError as error:
                if trouble.code == "card_unknown":
                    trouble = error
        if len(fitting) > 1:
            raise BridgeError("cards_many")
        if not fitting:
            raise trouble
        return fitting[0]


class Hand:
    """The child process, from its start to its end. A ``Card``."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._process = subprocess.Popen(  # noqa: S603 (our own file; -P: nothing from the cwd)
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            close_fds=True,
        )
        try:
            self._answer(time.monotonic() + _START_SECONDS)
        except BaseException:
            self._end()
            raise

    def readers(self) -> Sequence[tuple[str, bool]]:
        """Names of readers, and whether a card is in each."""
        said = self._ask(b"R", b"")
        names = [each.decode("utf-8", "surrogateescape") for each in said.split(b"\0") if each]
        return [(each[1:], each[0] == "1") for each in names]

    def connect(self, reader: str) -> None:
        """Takes the card in a reader for this process alone."""
        self._ask(b"C", reader.encode("utf-8", "surrogateescape"))

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        """One APDU; an answer that takes too long ends the process and is ``card_silent``."""
        return self._ask(b"T", apdu)

    def pad(self) -> Pad | None:
        """The keys of the reader whose card is held."""
        code = pinpad.verify_code(self._ask(b"F", b""))
        return None if code is None else _Keys(self, code)

    def type_pin(self, code: int, structure: bytes) -> bytes:
        """Waits while the person types on the reader; its answer. code: as the reader gave it."""
        body = code.to_bytes(4, "big") + structure
        return self._ask(b"V", body, pinpad.PATIENCE_SECONDS)

    def kill(self) -> None:
        """Ends the process at once, from any thread."""
        self._process.kill()

    def __enter__(self) -> Hand:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _ask(self, letter: bytes, body: bytes | bytearray, patience: float | None = None) -> bytes:
        assert self._process.stdin
        deadline = time.monotonic() + (patience or self._patience)
        request = bytearray(letter) + len(body).to_bytes(2, "big") + body
        try:
            # less than a pipe holds: never blocks, never partly written (PIPE_BUF)
            os.write(self._process.stdin.fileno(), request)
        except OSError:
            raise self._ended() from None
        finally:
            request[:] = bytes(len(request))
        return self._answer(deadline)

    def _answer(self, deadline: float) -> bytes:
        head = self._read(3, deadline)
        said = self._read(int.from_bytes(head[1:], "big"), deadline)
        if head[:1] != b"+":
            raise BridgeError(_MEANINGS.get(int.from_bytes(said, "big"), "card_failed"))
        return said

    def _read(self, count: int, deadline: float) -> bytes:
        assert self._process.stdout
        pipe = self._process.stdout.fileno()
        waiting = select.poll()  # not select: a busy daemon's handles may be past 1,024
        waiting.register(pipe, select.POLLIN)
        got = b""
        while len(got) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                self._process.kill()
                raise BridgeError("card_silent")
            piece = os.read(pipe, count - len(got))
            if not piece:
                raise self._ended()
            got += piece
        return got

    def _ended(self) -> BridgeError:
        """Why there is no child any more."""
        try:
            code = self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        return BridgeError("no_pcsc" if code == NO_PCSC else "card_failed")

    def _end(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class _Keys:
    """The keys of a reader, as a ``Pad``. code: by which the reader asks for a PIN."""

    def __init__(self, hand: Hand, code: int) -> None:
        self._hand, self._code = hand, code

    def enter(self, structure: bytes) -> bytes:
        """The status of the card, or what the reader says instead (PC/SC part 10)."""
        try:
            return self._hand.type_pin(self._code, structure)
        except BridgeError as error:
            # the driver would not: nobody knows what it has done, and it is not asked twice
            raise BridgeError("pad_failed") if error.code == "card_failed" else error from None

    def stop(self) -> None:
        """Ends the process that waits; pcscd resets the card when the reader lets go of it."""
        self._hand.kill()
