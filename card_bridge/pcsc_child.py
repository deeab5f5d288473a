"""The process that holds a card in a reader (PC/SC), for as long as one act lasts.

``pcsc`` starts it and speaks to it through two pipes; it imports nothing of the bridge. It is a
process of its own because a mute card blocks a transmit for ever: a process can be killed. The
PIN comes through the pipe, never as an argument or in the environment, and what copies of it the
libraries made end with the process. Nothing is logged, no core is dumped.

A request is a letter, two bytes of length and so many bytes; an answer is the same with ``+``, or
``-`` and PC/SC's 32-bit code. The first answer is unasked: the libraries are there. ``R`` names of
readers, each with 1 (card) or 0 before it and parted by zero bytes; ``C`` connect to the named
reader, alone; ``T`` transmit an APDU; ``F`` what the reader says to CM_IOCTL_GET_FEATURE_REQUEST
(nothing where its driver knows no such word); ``V`` a control code of four bytes and what belongs
to it: the reader's keys are waited for. The end of the requests ends the process: the card loses
power, and with it the verified PIN. When the process is killed instead, pcscd resets the card.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import threading
import time
from typing import Any, NoReturn

#: exit code: this Python has no pyscard, or the machine no PC/SC library
NO_PCSC = 3
_MOST = 512
_NO_SERVICE, _REMOVED, _COMM_ERROR = 0x8010001D, 0x80100069, 0x80100013
_SECURITY = 0x8010006A
_CARD_ERRORS_THAT_MAY_MEAN_PULLED = (
    _COMM_ERROR,
    0x80100016,  # SCARD_E_NOT_TRANSACTED
    0x8010001F,  # SCARD_E_UNEXPECTED
    0x8010002F,  # SCARD_E_COMM_DATA_LOST
    0x80100066,  # SCARD_W_UNRESPONSIVE_CARD
    0x80100067,  # SCARD_W_UNPOWERED_CARD
    0x80100068,  # SCARD_W_RESET_CARD
)
#: to take the power from the card
_LEAVE_SECONDS = 2.0
#: pcscd looks for cards every 400 ms
_NOTICED_SECONDS = 1.0
_PRESENT, _MUTE = 0x20, 0x200  # SCARD_STATE_PRESENT, SCARD_STATE_MUTE


class _PcscError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(f"{code:08X}")
        self.code = code


class _Hand:
    """One context of PC/SC with at most one card in it."""

    def __init__(self, scard: Any) -> None:
        self._pcsc = scard
        self._context: Any = None
        self._card: Any = None
        self._protocol = 0
        self._reader = ""

    def answer(self, letter: bytes, body: bytearray) -> bytes:
        """Does what a request says."""
        if self._context is None:
            self._context = self._done(self._pcsc.SCardEstablishContext(2))  # SCARD_SCOPE_SYSTEM
        if letter == b"R":
            return b"\0".join(
                str(int(self._has_card(each))).encode() + each.encode("utf-8", "surrogateescape")
                for each in self._readers()
            )
        if letter == b"C":
            self._connect(body.decode("utf-8", "surrogateescape"))
            return b""
        if letter == b"F":
            return self._features()
        if letter == b"V":
            return self._control(int.from_bytes(body[:4], "big"), body[4:])
        return self._transmit(body)

    def leave(self) -> None:
        """Takes the power from the card."""
        if self._card is not None:
            code = self._pcsc.SCardDisconnect(self._card, self._pcsc.SCARD_UNPOWER_CARD)
            self._card = None
            if code != 0:
                os._exit(1)  # pcscd cleans up after the dead, and resets
        if self._context is not None:
            self._pcsc.SCardReleaseContext(self._context)

    def _readers(self) -> list[str]:
        code, names = self._pcsc.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == 0x8010002E:  # SCARD_E_NO_READERS_AVAILABLE
            return []
        self._done((code, names))
        return list(names)

    def _has_card(self, reader: str) -> bool:
        unaware = [(reader, self._pcsc.SCARD_STATE_UNAWARE)]
        states = self._done(self._pcsc.SCardGetStatusChange(self._context, 0, unaware))
        return bool(states[0][1] & _PRESENT)

    def _connect(self, reader: str) -> None:
        both = self._pcsc.SCARD_PROTOCOL_T0 | self._pcsc.SCARD_PROTOCOL_T1
        alone = self._pcsc.SCARD_SHARE_EXCLUSIVE
        self._reader = reader
        code, card, protocol = self._pcsc.SCardConnect(self._context, reader, alone, both)
        self._done((code, card))
        self._card, self._protocol = card, protocol

    def _transmit(self, apdu: bytearray) -> bytes:
        t0 = self._protocol == self._pcsc.SCARD_PROTOCOL_T0
        if t0 and len(apdu) > 5 and len(apdu) == 6 + apdu[4]:
            del apdu[-1:]  # T=0 has no Le beside data (ISO/IEC 7816-3); 61xx tells what waits
        told = list(apdu)
        try:
            way = self._pcsc.SCARD_PCI_T0 if t0 else self._pcsc.SCARD_PCI_T1
            code, answer = self._pcsc.SCardTransmit(self._card, way, told)
            if code == 0 and len(answer) < 2:
                code = _COMM_ERROR  # some drivers call that a success when the card has gone
            return bytes(self._done((code, answer)))
        finally:
            told[:] = [0] * len(told)

    def _features(self) -> bytes:
        """PC/SC part 10 section 2.2."""
        wanted = self._pcsc.SCARD_CTL_CODE(3400)
        code, answer = self._pcsc.SCardControl(self._card, wanted, [])
        return b"" if code else bytes(answer)

    def _control(self, number: int, told: bytearray) -> bytes:
        return bytes(self._done(self._pcsc.SCardControl(self._card, number, list(told))))

    def _serves(self) -> bool:
        """Whether pcscd is there: only a new conversation tells."""
        failed, another = self._pcsc.SCardEstablishContext(2)
        if not failed:
            self._pcsc.SCardReleaseContext(another)
        return not failed

    def _done(self, outcome: Any) -> Any:
        code = outcome[0] & 0xFFFFFFFF
        if code:
            raise _PcscError(self._understood(code))
        return outcome[1]

    def _understood(self, code: int) -> int:
        """What an error that may mean many things means: pcscd gone, or the card gone."""
        if code == _SECURITY:
            return code
        if self._context is None or not self._serves():
            return _NO_SERVICE
        if code not in _CARD_ERRORS_THAT_MAY_MEAN_PULLED:
            return code
        deadline = time.monotonic() + _NOTICED_SECONDS
        while time.monotonic() < deadline:
            asked = [(self._reader, self._pcsc.SCARD_STATE_UNAWARE)]
            failed, states = self._pcsc.SCardGetStatusChange(self._context, 0, asked)
            if failed or not states[0][1] & _PRESENT:
                return _REMOVED
            time.sleep(0.05)
        return code


def main() -> NoReturn:
    """Answers requests until they end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bridge, which then ends us
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        from smartcard import scard
    except Exception:
        os._exit(NO_PCSC)
    threading.Thread(target=_end_when_alone, daemon=True).start()
    hand = _Hand(scard)
    request = bytearray(_MOST)
    try:
        os.write(answers, b"+\0\0")
        while size := _read(request, 3):
            size = int.from_bytes(request[1:3], "big")
            letter = bytes(request[:1])
            if size > _MOST or _read(request, size) != size:
                break
            body = request[:size]
            try:
                reply = b"+", hand.answer(letter, body)
            except _PcscError as error:
                reply = b"-", error.code.to_bytes(4, "big")
            finally:
                body[:] = bytes(len(body))
                request[:] = bytes(_MOST)
            os.write(answers, reply[0] + len(reply[1]).to_bytes(2, "big") + reply[1])
    except OSError:
        pass  # the bridge is gone
    hand.leave()
    os._exit(0)


def _end_when_alone() -> None:
    """Ends the process some time after the requests have: also when a mute card holds it up and
    the bridge that would kill it is gone."""
    requests = select.poll()
    requests.register(0, 0)  # nothing but the end
    requests.poll()
    time.sleep(_LEAVE_SECONDS)
    os._exit(1)


def _read(into: bytearray, count: int) -> int:
    got = 0
    while got < count:
        piece = os.readv(0, [memoryview(into)[got:count]])
        if not piece:
            return 0
        got += piece
    return got


if __name__ == "__main__":
    sys.exit(main())
