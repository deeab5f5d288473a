"""The Assuan protocol as a pinentry program speaks it: one line asks, lines answer.

(GnuPG, "The Assuan protocol" and the pinentry manual.) The PIN is read into one bytearray and
percent-decoded in place, so that ``erase`` reaches it; Python may have copied none of it.
"""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from types import TracebackType

#: bytes of a line, the newline not counted (libassuan refuses longer ones)
LONGEST_LINE = 1000
#: answers of a pinentry hold a handful of lines; more is no pinentry
_MOST_LINES = 100
#: seconds to put a terminal in order
_GRACE_SECONDS = 1.0


class AssuanError(Exception):
    """The program refused (``code``: gpg-error's number without its source) or broke (0)."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(str(code))
        self.code = code


#: gpg-error: GPG_ERR_TIMEOUT, GPG_ERR_CANCELED, GPG_ERR_NOT_CONFIRMED, GPG_ERR_FULLY_CANCELED
TIMEOUT, CANCELED, NOT_CONFIRMED, FULLY_CANCELED = 62, 99, 114, 198


class Conversation:
    """A pinentry program from its greeting to its end.

    deadline: by ``time.monotonic()``; past it every call raises ``AssuanError(TIMEOUT)``.
    Raises AssuanError when the program does not start or does not greet."""

    def __init__(self, command: Sequence[str], deadline: float) -> None:
        self._deadline = deadline
        # of one size for good: a buffer that grows leaves copies behind
        self._buffer = bytearray(2 * LONGEST_LINE)
        self._filled = 0
        try:
            self.process = subprocess.Popen(  # noqa: S603 (the person's own pinentry)
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,  # what it says passes through no buffer of Python's
                close_fds=True,
            )
        except OSError:
            raise AssuanError from None
        try:
            self._answer()
        except BaseException:
            self.end()
            raise

    def say(self, command: str, argument: str = "") -> bytearray:
        """Sends one command and reads until OK; the data that came (``D`` lines), decoded.

        The caller erases it. Raises AssuanError with the program's code."""
        line = f"{command} {escaped(argument)}" if argument else command
        sent = line.encode("utf-8")
        if len(sent) > LONGEST_LINE:
            raise AssuanError
        assert self.process.stdin
        try:
            self.process.stdin.write(sent + b"\n")
        except OSError:
            raise AssuanError from None
        return self._answer()

    def hang_up(self) -> None:
        """Asks the program to end, from any thread: SIGTERM lets it give the terminal back as
        it was; one that does not listen is killed."""
        self.process.terminate()
        late = threading.Timer(_GRACE_SECONDS, self.process.kill)
        late.daemon = True
        late.start()

    def end(self) -> None:
        """Ends the program, whatever it is doing, and forgets what it said."""
        erase(self._buffer)
        self.process.terminate()
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def _answer(self) -> bytearray:
        data = bytearray()
        try:
            for _ in range(_MOST_LINES):
                line = self._line()
                try:
                    if line == b"OK" or line.startswith(b"OK "):
                        return data
                    if line.startswith(b"ERR "):
                        raise AssuanError(_code(line))
                    if line.startswith(b"D "):
                        _add_decoded(data, line)
                    elif line.startswith(b"INQUIRE"):
                        raise AssuanError
                    # "S status" and "# comment" tell nothing that is needed here
                finally:
                    erase(line)
            raise AssuanError
        except BaseException:
            erase(data)
            raise

    def _line(self) -> bytearray:
        while (end := self._buffer.find(b"\n", 0, self._filled)) < 0:
            self._read_more()
        line = self._buffer[:end]
        rest = self._filled - end - 1
        whole = memoryview(self._buffer)
        whole[:rest] = whole[end + 1 : self._filled]
        whole[rest : self._filled] = bytes(self._filled - rest)
        self._filled = rest
        return line

    def _read_more(self) -> None:
        room = memoryview(self._buffer)[self._filled :]
        if not room:
            raise AssuanError
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        left = self._deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise AssuanError(TIMEOUT)
        count = os.readv(pipe, [room])
        if not count:
            raise AssuanError
        self._filled += count


def escaped(text: str) -> str:
    """An argument as Assuan wants it: %, CR and LF as percent and two digits."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def erase(secret: bytearray) -> None:
    """Overwrites with zeros: as much forgetting as Python can promise."""
    secret[:] = bytes(len(secret))


def _code(line: bytearray) -> int:
    # the low 16 bits are the reason, the rest says which program found it
    word = bytes(line[4:].split(b" ")[0])
    return int(word) & 0xFFFF if word.isdigit() and len(word) < 12 else 0


def _add_decoded(data: bytearray, line: bytearray) -> None:
    at = 2
    while at < len(line):
        if line[at] != ord("%"):
            data.append(line[at])
            at += 1
            continue
        try:
            data.append(int(line[at + 1 : at + 3], 16))
        except ValueError:
            raise AssuanError from None
        at += 3
