"""Work off the jobs of one lane, beside a running city (which starts this by itself)."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time

from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal
from todoke.journeys import deliver
from todoke.ports import Services
from todoke.store_schema import LANES

NAME = "work"
LOG = logging.getLogger("todoke.work")
IDLE_SECONDS = 10.0
LOOK_SECONDS = 0.1
#: beside those who answer citizens, whoever sends to many comes second
NICE = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--lane: whose jobs. --until-stdin-ends: as a child of the city."""
    parser.add_argument("--lane", choices=LANES, default=LANES[-1], help="whose jobs")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="end when standard input ends, too"
    )


def run(terminal: Terminal) -> int:
    """Ends when there was nothing to do for ten seconds, after the job in hand."""
    ending, services = threading.Event(), terminal.city
    if terminal.arguments.until_stdin_ends:
        os.nice(NICE)
        for number in (signal.SIGTERM, signal.SIGINT):  # Ctrl-C reaches children too
            signal.signal(number, signal.SIG_IGN)
        threading.Thread(target=watch_input, args=(ending,), daemon=True).start()
    done = work_off(services, terminal.arguments.lane, ending)
    terminal.answer({"jobs": done}, terminal.say("work.done", count=done))
    return 0


def work_off(services: Services, lane: str, ending: threading.Event) -> int:
    """Jobs done until none has come for ``IDLE_SECONDS``, or ``ending`` is set."""
    done, idle_since = 0, time.monotonic()
    while not ending.is_set() and time.monotonic() - idle_since < IDLE_SECONDS:
        if _one(services, lane):
            done, idle_since = done + 1, time.monotonic()
        else:
            ending.wait(LOOK_SECONDS)
    return done


def _one(services: Services, lane: str) -> bool:
    try:
        return deliver.work(services, lane) > 0
    except TodokeError as error:  # the store does not answer just now
        LOG.error("worker_failed", extra={"kind": lane, "code": error.code})
        time.sleep(1.0)
        return False


def watch_input(ending: threading.Event) -> None:
    """Sets ``ending`` when whoever started this process has gone."""
    # not through sys.stdin: its lock, held by this thread, would abort the interpreter's end
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ending.set()
