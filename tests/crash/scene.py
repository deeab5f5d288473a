"""One flow with its driver: it is done, killed, recovered, and an oracle in this process, which
knows only what was acknowledged, looks at the folder."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.crash.flows import FLOWS, deliver
from tests.crash.flows.seen import look_at, of_everything
from tests.crash.flows.settling import STEPS
from tests.crash.tracing import Trace
from tests.parts.city import ROOT
from tests.parts.push_mailroom import Kept
from tests.parts.push_service import PushService
from todoke import assemble
from todoke.adapters.fakes import START, TurnedClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.core.errors import TodokeError
from todoke.ports import Services

PHONES = 5
#: who does what first after the restart: the person, or what happens by itself
ORDERS = ("repeat first", "settle first")


@dataclass(slots=True)
class Died:
    """killed: whether it did not come to its end. said: what was acknowledged."""

    killed: bool
    said: dict[str, str]


@dataclass(slots=True)
class Scene:
    """A context. folder: empty."""

    flow: str
    folder: Path
    fault: str = "none"
    told: dict[str, Any] = field(default_factory=dict)
    push: PushService = field(default_factory=PushService)
    _services: Services | None = None
    _driver: subprocess.Popen[str] | None = None
    _go: int = -1
    _said: int = -1

    @property
    def work(self) -> Path:
        """Where the flow happens."""
        return self.folder / "work"

    @property
    def template(self) -> Path:
        """As it was prepared."""
        return self.folder / "template"

    def __enter__(self) -> Scene:
        self.push.now = lambda: START.timestamp()
        self.push.start()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise
        return self

    def _begin(self) -> None:
        (self.folder / "work").mkdir(parents=True)
        waits, self._go = os.pipe()
        self._said, says = os.pipe()
        os.set_blocking(self._said, False)
        command = [sys.executable, "-m", "tests.crash.driver", self.flow, self.fault]
        with (self.folder / "stderr").open("wb") as words:
            self._driver = subprocess.Popen(
                [*command, str(self.folder), str(waits), str(says)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, text=True,
                pass_fds=(waits, says), env=_environment(),
            )  # fmt: skip
        os.close(waits)
        os.close(says)
        self._ask({"push": self.push.address, "endpoints": self._endpoints()})
        self.told = self._answer()
        shutil.copytree(self.work, self.template, symlinks=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Every process and socket is gone afterwards."""
        if self._driver is not None:
            self._driver.kill()
            self._driver.wait()
            for pipe in (self._driver.stdin, self._driver.stdout):
                assert pipe is not None
                pipe.close()
        os.close(self._go)
        os.close(self._said)
        self.push.stop()

    def restore(self) -> None:
        """Everything as it was prepared; no phone was reached yet."""
        shutil.rmtree(self.work)
        shutil.copytree(self.template, self.work, symlinks=True)
        self.push.room.kept.clear()

    def run(
        self,
        act: str = "flow",
        said: Mapping[str, str] | None = None,
        trace: Trace | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> Died:
        """Does it in a child of the driver, under a trace perhaps. ready: called once the child
        has opened the city and waits."""
        self._ask({"act": act, "said": dict(said or {})})
        process = int(self._answer())
        ready()
        with trace.of(process) if trace else nullcontext():
            os.write(self._go, b"g")
            status = int(self._answer())
        ended = os.WIFEXITED(status)
        failed = ended and os.WEXITSTATUS(status) != 0
        assert not failed, f"{self.flow}: {act} failed: {self._last_words()}"
        return Died(not ended, {**(said or {}), **self._heard()})

    def complaints(self, said: Mapping[str, str], order: str) -> list[str]:
        """Looks at the folder as it lies there, starts the city again, and looks once more."""
        found = [f"at rest: {each}" for each in self._look(said, ended=False)]
        try:
            after = self.run(order, said).said
        except AssertionError as error:
            return [*found, f"the restart is lost: {error}"]
        return found + [f"after the restart: {each}" for each in self._look(after, ended=True)]

    def believe_deliveries(self) -> None:
        """The phones that were reached are those that the folder names, as far as it can be read:
        the time at which the push service stood is not that of the folder."""
        self.push.room.kept.clear()
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._copy())) as db:
            rows = db.execute("SELECT kind, id, data FROM record").fetchall()
            records = {(kind, id): json.loads(data) for kind, id, data in rows}
            # a page is the receipt of its messages, in the order of the subscriptions' ids
            followers = sorted(id for kind, id in records if kind == "subscription")
            done = sum(data["page"] for (kind, _), data in records.items() if kind == "sending")
            # an alarm is erased when its phone was reached
            woken = [
                id
                for id in followers
                if not records["subscription", id]["topics"] and ("alarm", id) not in records
            ]
            for id in {*followers[: done * deliver.PAGE], *woken}:
                place = records["subscription", id]["endpoint"].rpartition("/")[2]
                self.push.room.kept[id] = Kept(id, place, b"", None, math.inf)

    def _copy(self) -> Path:
        """Of the store, for those who must not touch it before the city does."""
        copies = self.folder / "copy"
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        for each in self.work.glob("todoke.sqlite3*"):
            shutil.copy(each, copies)
        return copies / "todoke.sqlite3"

    def _look(self, said: Mapping[str, str], *, ended: bool) -> Sequence[str]:
        try:
            services = self._opened()
        except TodokeError as error:
            return [f"the city is lost: {error.code} {error.details}"]
        try:
            seen = look_at(services, self.told, said, ended, self._shown())
            return [*of_everything(seen), *FLOWS[self.flow].look(seen)]
        except ValueError as error:
            return [f"what is there is half: {error}"]
        finally:
            _close(services)

    def _opened(self) -> Services:
        if FLOWS[self.flow].begins:  # its keys are part of the question
            return assemble.fake(self.work)
        if self._services is None:
            # later than any moment of the city's: a session of the future is none
            clock = TurnedClock()
            clock.turn(2 * sum(STEPS))
            self._services = assemble.fake(self.work, clock=clock)
            _close(self._services)
        stores = assemble.on_files(self.work, self._services.clock)
        return replace(
            self._services,
            store=stores.store,
            blobs=stores.blobs,
            queue=stores.queue,
            private=stores.private,
        )

    def _shown(self) -> Counter[str]:
        kept = list(self.push.room.kept.values())
        return Counter(f"{self.push.origin}/push/{each.endpoint}" for each in kept)

    def _endpoints(self) -> list[str]:
        rooms = [self.push.room.register("drawer", f"c-{n}", None) for n in range(PHONES)]
        return [f"{self.push.origin}/push/{each}" for each in rooms]

    def _heard(self) -> dict[str, str]:
        try:
            text = os.read(self._said, 1 << 16).decode()
        except BlockingIOError:
            return {}
        heard: dict[str, str] = {}
        for line in text.splitlines():
            heard |= json.loads(line)
        return heard

    def _last_words(self) -> str:
        return (self.folder / "stderr").read_text("utf-8", "replace").strip()[-200:]

    def _ask(self, what: object) -> None:
        assert self._driver is not None
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps(what) + "\n")
        self._driver.stdin.flush()

    def _answer(self) -> Any:
        assert self._driver is not None
        assert self._driver.stdout is not None
        line = self._driver.stdout.readline()
        assert line, f"the driver of {self.flow} ended: {self._last_words()}"
        return json.loads(line)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TODOKE_")}
    return {**kept, "PYTHONPATH": str(ROOT / "functions")}


def _close(services: Services) -> None:
    for each in (services.store, services.queue):
        assert isinstance(each, SqliteStore | LocalQueue)
        each.close()
