"""One machine: the web server, the tick and the worker of the urgent lane in one process; what many
follow is sent by others (``senders``)."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Protocol

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry.demonstration import Application, beside
from todoke.entry.senders import LANE, Senders
from todoke.entry.server import Server
from todoke.journeys import deliver
from todoke.journeys.tick import tick
from todoke.ports import Services
from todoke.store_schema import LANES
from todoke.web import errors
from todoke.web.app import create_app

LOG = logging.getLogger("todoke.local")
#: lanes whose jobs are small
OURS = tuple(lane for lane in LANES if lane != LANE)
#: how soon a waiting job is seen; an empty look costs one indexed read
LANE_SECONDS = 0.1
#: the local tick is quicker than the minute of the cloud: it also relays the outbox
TICK_SECONDS = 0.25


class Neighbour(Protocol):
    """Something that runs beside the city, in threads or a process of its own."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End, and wait for the end."""


class City:
    """A running city. ``run()`` returns after SIGTERM or SIGINT, everything finished."""

    def __init__(
        self,
        services: Services,
        port: int,
        *neighbours: Neighbour,
        senders: Neighbour | None = None,
    ) -> None:
        application: Application = create_app(services)
        provider = assemble.pretend_provider(services)
        if provider is not None:
            application = beside(application, provider, services.config.pretend_pay_host)
            neighbours = (*neighbours, provider)
        self.server = Server(application, port, partial(errors.bare, services))
        self._neighbours = (*neighbours, senders or Senders(services))
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(name, act, pause), name=name)
            for name, act, pause in (
                ("tick", lambda: tick(services) and False, TICK_SECONDS),
                *((f"lane-{lane}", _lane(services, lane), LANE_SECONDS) for lane in OURS),
            )
        ]

    def run(self) -> None:
        """Serve until told to stop; then finish the requests and the jobs in hand."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        for thread in self._threads:
            thread.start()
        for neighbour in self._neighbours:
            neighbour.start()
        self.server.run()
        self._ending.set()
        for neighbour in self._neighbours:
            neighbour.stop()
        for thread in self._threads:
            thread.join(timeout=30)

    def _told_to_stop(self, number: int, _frame: FrameType | None) -> None:
        LOG.info("stopping", extra={"code": number})
        self.server.stop()

    def _repeat(self, name: str, act: Callable[[], bool], pause: float) -> None:
        """Again at once while there is work, after a pause otherwise; a failure waits longer."""
        while not self._ending.is_set():
            wait = pause
            try:
                if act():
                    continue
            except TodokeError as error:
                LOG.error("worker_failed", extra={"kind": name, "code": error.code})
                wait = 1.0
            except Exception as error:
                LOG.error("worker_defect", extra={"kind": name, "reason": type(error).__name__})
                wait = 1.0
            self._ending.wait(wait)


def _lane(services: Services, lane: str) -> Callable[[], bool]:
    return lambda: deliver.work(services, lane) > 0
