"""Who goes on next: threads of one run, one at a time, in an order drawn from a seed.

Every call of the city to its store, its queue or a push service is a place where another thread
may go on instead. So a seed gives one interleaving, as often as it is asked for, and the races
that a machine shows once in a thousand days are drawn as often as any other. ``Free`` is the
other way: threads as the machine runs them.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

#: how often a thread stalls, and for how many pauses of all threads at most: what goes wrong when
#: one of them wakes up in another world needs long stalls, which a fair order hardly ever draws
STALLS, LONGEST_STALL = 0.01, 400
#: only to end a run that hangs
LONGEST_SECONDS = 300.0
Work = Callable[[], None]


class HungError(AssertionError):
    """A thread did not end."""


class Turns(Protocol):
    """How threads of a run take turns. tick: the next place in the order of all events."""

    def tick(self) -> int:
        """A number larger than any before."""

    def pause(self) -> None:
        """Another thread may go on here."""

    def rest(self) -> None:
        """The same of a worker that looks for work again and again."""

    def run(self, works: Sequence[Work]) -> None:
        """All of them at once, until the last has ended; raises what one of them raised."""


class _Threads:
    """What both ways share."""

    def __init__(self, seed: int) -> None:
        self._events = itertools.count(1)
        self._failed: list[BaseException] = []
        self.luck = random.Random(f"turns {seed}")

    def tick(self) -> int:
        """See ``Turns``."""
        return next(self._events)

    def _guarded(self, work: Work) -> None:
        try:
            work()
        except BaseException as error:
            self._failed.append(error)

    def _join(self, threads: Sequence[threading.Thread]) -> None:
        until = time.monotonic() + LONGEST_SECONDS
        for each in threads:
            each.join(max(0.0, until - time.monotonic()))
        if self._failed:
            raise self._failed[0]
        if any(each.is_alive() for each in threads):
            raise HungError([each.name for each in threads if each.is_alive()])


class Free(_Threads):
    """As the machine runs them, with a short sleep here and there."""

    def pause(self) -> None:
        """See ``Turns``."""
        if self.luck.random() < 0.2:
            time.sleep(self.luck.uniform(0, 0.002))

    def rest(self) -> None:
        """See ``Turns``."""
        time.sleep(self.luck.uniform(0, 0.02))

    def run(self, works: Sequence[Work]) -> None:
        """See ``Turns``."""
        threads = [threading.Thread(target=self._guarded, args=(each,)) for each in works]
        for each in threads:
            each.start()
        self._join(threads)


class Baton(_Threads):
    """One at a time, in the order of the seed. A thread outside the run is never held up."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._gates: dict[threading.Thread, threading.Semaphore] = {}
        self._order: list[threading.Thread] = []
        self._until: dict[threading.Thread, int] = {}
        self._pauses = 0

    def pause(self) -> None:
        """See ``Turns``."""
        me = threading.current_thread()
        if me not in self._gates:
            return
        self._pauses += 1
        if self.luck.random() < STALLS:
            self._until[me] = self._pauses + self.luck.randrange(LONGEST_STALL)
        chosen = self._next()
        if chosen is not me:
            self._gates[chosen].release()
            self._wait(me)

    rest = pause

    def run(self, works: Sequence[Work]) -> None:
        """See ``Turns``."""
        threads = [threading.Thread(target=self._turn, args=(each,), daemon=True) for each in works]
        self._order = list(threads)
        self._gates = {each: threading.Semaphore(0) for each in threads}
        for each in threads:
            each.start()
        self._gates[self.luck.choice(self._order)].release()
        self._join(threads)

    def _turn(self, work: Work) -> None:
        me = threading.current_thread()
        self._wait(me)
        self._guarded(work)
        self._order.remove(me)
        if self._order:
            self._gates[self._next()].release()

    def _next(self) -> threading.Thread:
        awake = [each for each in self._order if self._until.get(each, 0) <= self._pauses]
        return self.luck.choice(awake or self._order)

    def _wait(self, me: threading.Thread) -> None:
        if not self._gates[me].acquire(timeout=LONGEST_SECONDS):
            raise HungError(me.name)
