"""Attachments written anew in a process of their own (``reencode_child``), which is thrown away
after one file.

What holds: the child gets one file, an empty environment and pipes; it is killed with all it
might have started; its answer is bounded and looked at. Inside it gives up files, network and
programs before it parses (see ``reencode_child.confine`` for what depends on the system).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

from todoke.core.errors import TodokeError
from todoke.ports import CleanFile

#: what a person may upload (GOV.UK Forms takes 7 MB, a photograph of a phone is 2 to 5)
MAX_BYTES = 5 * 1024 * 1024
#: the child stops at 16 MB; more can only come from one that was taken over
MAX_RESULT = 17 * 1024 * 1024
SECONDS = 10
#: a child may need a gigabyte; so many at once, and the others wait this long
AT_ONCE = 2
WAIT_SECONDS = 15
_CHILD = Path(__file__).with_name("reencode_child.py")
_MAGIC = {"application/pdf": b"%PDF-1.4\n", "image/jpeg": b"\xff\xd8\xff"}
_RULES = frozenset(
    ("type", "damaged", "password", "letters", "too_large", "too_many_pixels", "too_many_pages")
)


class Reencoder:
    """Implements ``ports.Cleaner``. program: the child, for tests another one."""

    def __init__(self, program: Path = _CHILD, seconds: float = SECONDS) -> None:
        self._program, self._seconds = program, seconds
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def clean(self, body: bytes) -> CleanFile:
        """See ``ports.Cleaner.clean``."""
        if not body:
            raise refused("empty")
        if len(body) > MAX_BYTES:
            raise refused("too_large")
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise TodokeError("too_many_requests", retry_after=WAIT_SECONDS)
        try:
            return _judged(self._answer(body))
        finally:
            self._turns.release()

    def _answer(self, body: bytes) -> bytes:
        with _hidden_file() as given:
            given.write(body)
            given.seek(0)
            # -I: neither the environment nor this folder adds anything to what is imported
            child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-B", str(self._program)],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        assert child.stdout is not None
        try:
            return _read(child.stdout, time.monotonic() + self._seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            child.stdout.close()


def refused(rule: str) -> TodokeError:
    """The error for a file that is not taken."""
    return TodokeError("attachment_refused", rule=f"attachment_{rule}")


def _hidden_file() -> IO[bytes]:
    """In memory where the system can, else without a name on the disk."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("attachment", os.MFD_CLOEXEC), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _read(pipe: IO[bytes], until: float) -> bytes:
    """Everything the child says. Raises ``attachment_refused`` (too_slow) at the deadline."""
    said = bytearray()
    watch = select.poll()
    watch.register(pipe, select.POLLIN | select.POLLHUP)
    while True:
        left = until - time.monotonic()
        if left <= 0 or not watch.poll(left * 1000):
            raise refused("too_slow")
        part = os.read(pipe.fileno(), 1024 * 1024)
        if not part:
            return bytes(said)
        said += part
        if len(said) > MAX_RESULT:
            raise refused("damaged")


def _judged(said: bytes) -> CleanFile:
    """A child that died in the parser says nothing; one that was taken over says anything."""
    line, _, made = said.partition(b"\n")
    try:
        header = json.loads(line) if len(line) < 200 else None
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise refused("damaged")
    if "rule" in header:
        raise refused(header["rule"] if header["rule"] in _RULES else "damaged")
    media_type, pages = header.get("media_type"), header.get("pages")
    magic = _MAGIC.get(media_type) if isinstance(media_type, str) else None
    if magic is None or type(pages) is not int or not made.startswith(magic):
        raise refused("damaged")
    return CleanFile(str(media_type), made, pages)
