"""Processes that send what many follow, one for each processor.

Sealing holds the interpreter's lock, so threads do not help; and while others send, the process
that answers citizens has its own lock for itself. They come when the bulk lane has work, end when
it has had none for a while, and end with the city, however that ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from todoke.core.errors import TodokeError
from todoke.ports import Services

LOG = logging.getLogger("todoke.senders")
LANE = "bulk"
#: how soon waiting work is seen
LOOK_SECONDS = 0.2
#: a process that was started takes its first job within this
START_SECONDS = 3.0
#: one that ended badly is not followed by another at once
PAUSE_SECONDS = 2.0
#: a page of a slow push service lasts a while; what is cut off comes again
END_SECONDS = 30.0


def command(data: Path) -> Sequence[str]:
    """What a sender runs (entry/commands/work.py)."""
    words = ["work", "--lane", LANE, "--data", str(data.absolute()), "--until-stdin-ends"]
    return [sys.executable, "-m", "todoke", *words]


class Senders:
    """Implements ``entry.local.Neighbour``."""

    def __init__(self, services: Services, words: Sequence[str] | None = None) -> None:
        self._services = services
        self._command = words or command(services.config.data)
        self._most = services.config.push.processes or len(os.sched_getaffinity(0))
        self._children: list[_Child] = []
        self._not_before = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="senders")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End all, and wait for their jobs in hand."""
        self._ending.set()
        self._thread.join()
        for each in self._children:
            each.let_end()
        until = time.monotonic() + END_SECONDS
        for each in self._children:
            each.wait(max(0.0, until - time.monotonic()))

    def _keep(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self._look()
            except TodokeError as error:
                LOG.error("senders_failed", extra={"code": error.code})
            except Exception as error:  # without this thread nothing large would ever go out
                LOG.error("senders_failed", extra={"code": type(error).__name__})
                self._not_before = time.monotonic() + PAUSE_SECONDS

    def _look(self) -> None:
        """One more process, if there is more work than processes about to take it."""
        now = time.monotonic()
        for each in [each for each in self._children if each.ended]:
            self._children.remove(each)
            if each.code:
                LOG.warning("sender_ended", extra={"code": each.code})
                self._not_before = now + PAUSE_SECONDS
        if len(self._children) >= self._most or now < self._not_before:
            return
        starting = sum(now - each.began < START_SECONDS for each in self._children)
        if self._services.queue.ready(LANE) > starting:
            self._children.append(_Child(self._command, self._services.config.root))


class _Child:
    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.began = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 (our own words)
            words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    @property
    def code(self) -> int:
        """How it ended."""
        return self._process.returncode

    def let_end(self) -> None:
        """It ends when its input does; not even SIGKILL of this process leaves one behind."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Until it has ended, or it is made to."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
