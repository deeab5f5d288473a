"""A process that does one flow again and again, each time in a child that may be killed:
``python -m tests.crash.driver FLOW FAULT FOLDER GO SAY``.

GO and SAY are descriptors: a child begins when it has read a byte from the one, and writes what
was acknowledged, one JSON line each, to the other. Everything that takes long (imports,
templates, keys of a card) is done once, before any child is forked.

Reads one JSON line (what the flow is told), prepares ``FOLDER/work`` and answers what it prepared.
Then for each line {"act": "flow" | "repeat first" | "settle first", "said": …} the child prints
its process id when it is ready, and at its death this process prints its wait status. FAULT is
"none" or one of ``FAULTS``.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import secrets
import sqlite3
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.crash.flows import FLOWS
from tests.crash.flows import deliver as deliver_flow
from tests.crash.flows.seen import Flow
from tests.crash.flows.settling import pass_time, settle
from tests.parts.applying import QuickCleaner
from todoke import assemble
from todoke.adapters import files, private_files, push_engine, sqlite, sqlite_file
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.core.audit_chain import Promise
from todoke.journeys import chain, once, pages
from todoke.ports import Create, Record, Services, Write

T = TypeVar("T")
#: prctl(2): any process of this user may trace this one
PR_SET_PTRACER, ANY = 0x59616D61, -1


# ------------------------------------------------------------------------- the mistakes
def _synchronous(mode: str) -> Callable[[], None]:
    """Every connection says this after it was opened."""

    def put_on() -> None:
        connect = sqlite_file.SqliteFile._connect

        def connected(file: sqlite_file.SqliteFile) -> sqlite3.Connection:
            connection = connect(file)
            connection.execute(f"PRAGMA synchronous = {mode}")
            return connection

        sqlite_file.SqliteFile._connect = connected  # type: ignore[method-assign,assignment]

    return put_on


def _forget_outbox() -> None:
    """See ``start.py``, which knows the whole city and is read only when it is needed."""
    from tests.crash.start import forget_outbox

    forget_outbox()


def _drop_unique_keys() -> None:
    """A record that is there already is written over."""
    refuse = sqlite._refuse_failed_condition

    def take(write: Write, kind: str, id: str, version: int) -> None:
        if not isinstance(write, Create):
            refuse(write, kind, id, version)

    sqlite._refuse_failed_condition = take


def _keep_no_keys() -> None:
    """What was sent with an idempotency key is kept under another one."""

    def elsewhere(services: Services, id: str, body: str, made: str, seconds: int = 60) -> Create:
        del services, id, seconds
        return Create(Record("idempotency", secrets.token_hex(16), {"body": body, "result": made}))

    once.remember = elsewhere


def _sync_no_folder() -> None:
    """Names reach the disk when they like."""
    for module in (files, private_files, sqlite_file):
        vars(module)["sync_folder"] = lambda folder: None


def _sync_no_file() -> None:
    """The bytes of attachments and pages reach the disk when they like; SQLite's are synced."""
    sync = os.fsync

    def sync_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            sync(descriptor)

    vars(os)["fsync"] = sync_folders


def _chain_apart() -> None:
    """A link is committed before the entries it takes."""
    append = chain._append

    def apart(
        services: Services,
        stored: chain.Stored,
        parts: Sequence[tuple[str, Sequence[Promise], str]],
        beside: Sequence[Write] = (),
    ) -> bool:
        done = append(services, stored, parts)
        for each in beside:
            services.store.commit([each])
        return done

    chain._append = apart


FAULTS: Mapping[str, Callable[[], None]] = {
    "none": lambda: None,
    "no_outbox": _forget_outbox,
    "no_unique_keys": _drop_unique_keys,
    "no_idempotency": _keep_no_keys,
    "synchronous_normal": _synchronous("NORMAL"),
    "synchronous_off": _synchronous("OFF"),
    "no_folder_sync": _sync_no_folder,
    "no_file_sync": _sync_no_file,
    "chain_apart": _chain_apart,
}


# ------------------------------------------------------------------------- the process
class InTurn:
    """An executor in the thread that asks: strace counts the calls of each thread by themselves,
    and every message must have its number."""

    def __init__(self, _most: int, _name: str) -> None:
        pass

    def submit(self, act: Callable[..., T], *given: Any) -> Future[T]:
        """Does it now."""
        done: Future[T] = Future()
        done.set_result(act(*given))
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing is under way."""


class Driver:
    """go, say: descriptors."""

    def __init__(self, flow: Flow, folder: Path, go: int, say: int) -> None:
        self.flow, self.work = flow, folder / "work"
        self.go, self.say = go, say
        self.told = json.loads(sys.stdin.readline())
        base = self._city(folder / "warm" if flow.begins else self.work, TurnedClock())
        if not flow.begins:
            self.told |= flow.prepare(base, self.told)
        _closed(base)
        self.base = flow.warm(base)
        _tell(self.told)

    def _city(self, data: Path, clock: TurnedClock) -> Services:
        services = assemble.fake(data, clock=clock)
        push = replace(services.config.push, allow_loopback=(self.told["push"],))
        config = replace(services.config, push=push)
        pushing = assemble._push(config, services.secrets, clock)
        return replace(services, config=config, push=pushing, cleaner=QuickCleaner())

    def _opened(self, clock: TurnedClock) -> Services:
        """The city in the folder of the flow, with what is in memory already."""
        if self.flow.begins:
            return replace(self._city(self.work, clock), press=self.base.press)
        stores = assemble.on_files(self.work, clock)
        return replace(
            self.base,
            store=stores.store,
            blobs=stores.blobs,
            queue=stores.queue,
            private=stores.private,
        )

    def serve(self) -> None:
        """Until nobody asks any more."""
        for line in sys.stdin:
            asked = json.loads(line)
            process = os.fork()
            if process == 0:
                _as_a_child(partial(self._run, asked["act"], asked["said"]))
            _tell(os.waitpid(process, 0)[1])

    def _run(self, act: str, said: dict[str, str]) -> None:
        clock = self.base.clock  # of this child alone
        assert isinstance(clock, TurnedClock)
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANY, 0, 0, 0)
        services = None if self.flow.begins else self._opened(clock)
        _tell(os.getpid())
        if os.read(self.go, 1) != b"g":
            return
        services = services or self._opened(clock)
        if act == "settle first":
            settle(services)
            pass_time(services, clock)
        self.flow.act(services, self.told, said, self._say)
        if act != "flow":
            pass_time(services, clock)
            clock.turn(self.flow.later)
            settle(services)
            _closed(services)

    def _say(self, name: str, value: str) -> None:
        os.write(self.say, json.dumps({name: value}).encode() + b"\n")


def _closed(services: Services) -> None:
    for each in (services.store, services.queue):
        assert isinstance(each, SqliteStore | LocalQueue)
        each.close()


def _as_a_child(act: Callable[[], None]) -> None:
    """Ends without closing anything: who is not killed ends as if he were."""
    code = 1
    try:
        act()
        code = 0
    except BaseException:
        logging.exception("the flow failed")
    finally:
        os._exit(code)


def _tell(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    logging.getLogger("todoke").setLevel(logging.CRITICAL)
    pages.PAGE, pages.JOB_SECONDS = deliver_flow.PAGE, -1
    vars(push_engine)["ThreadPoolExecutor"] = InTurn
    FAULTS[sys.argv[2]]()
    place = Path(sys.argv[3])
    Driver(FLOWS[sys.argv[1]], place, int(sys.argv[4]), int(sys.argv[5])).serve()
