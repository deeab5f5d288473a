"""Every backend behind the ports, by name. A second backend joins the whole contract suite by
one line in each of these three tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from todoke.adapters.files import FileBlobs
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.ports import Blobs, Clock, Queue, Store

Port = TypeVar("Port", covariant=True)

STORES: Mapping[str, Callable[[Path, Clock], Store]] = {
    "sqlite": lambda folder, clock: SqliteStore(folder / "todoke.sqlite3", clock),
}
QUEUES: Mapping[str, Callable[[Path, Clock], Queue]] = {
    "local": lambda folder, clock: LocalQueue(folder / "todoke.sqlite3", clock),
}
BLOBS: Mapping[str, Callable[[Path, Clock], Blobs]] = {
    "files": lambda folder, clock: FileBlobs(folder / "public"),
}
PORTS: Mapping[str, Mapping[str, Callable[[Path, Clock], object]]] = {
    "store": STORES,
    "queue": QUEUES,
    "blobs": BLOBS,
}


@dataclass(frozen=True)
class Place(Generic[Port]):
    """Where a backend keeps its things: opened any number of times, also by other processes,
    it is the same store. ``folder`` belongs to one test."""

    port: str
    backend: str
    folder: Path
    make: Callable[[Path, Clock], Port]

    def open(self, clock: Clock) -> Port:
        """The backend, opened once more."""
        return self.make(self.folder, clock)


def let_go(opened: object) -> None:
    """Close what has something to close."""
    close = getattr(opened, "close", None)
    if close is not None:
        close()
