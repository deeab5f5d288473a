"""Every backend behind the ports, by name. A second backend joins the whole contract suite by
one line in each of these three tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from _pytest.mark import ParameterSet

from tests.parts.aws_city import name_of, settle
from todoke.adapters.dynamodb import DynamoStore
from todoke.adapters.files import FileBlobs
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.s3 import S3Blobs
from todoke.adapters.sqlite import SqliteStore
from todoke.adapters.sqs import SqsQueue
from todoke.ports import Blobs, Clock, Queue, Store

Port = TypeVar("Port", covariant=True)


def _dynamodb(folder: Path, clock: Clock) -> Store:
    settle(name_of(folder), ["Table"])
    return DynamoStore(f"{name_of(folder)}-records", clock)


def _sqs(folder: Path, clock: Clock) -> Queue:
    settle(name_of(folder), ["UrgentDead", "Urgent", "BulkDead", "Bulk"])
    return SqsQueue(name_of(folder), clock)


def _s3(folder: Path, clock: Clock) -> Blobs:
    settle(name_of(folder), ["Public"])
    return S3Blobs(f"{name_of(folder)}-public")


STORES: Mapping[str, Callable[[Path, Clock], Store]] = {
    "sqlite": lambda folder, clock: SqliteStore(folder / "todoke.sqlite3", clock),
    "dynamodb": _dynamodb,
}
QUEUES: Mapping[str, Callable[[Path, Clock], Queue]] = {
    "local": lambda folder, clock: LocalQueue(folder / "todoke.sqlite3", clock),
    "sqs": _sqs,
}
BLOBS: Mapping[str, Callable[[Path, Clock], Blobs]] = {
    "files": lambda folder, clock: FileBlobs(folder / "public"),
    "s3": _s3,
}
#: those that need tests/parts/aws_service.py
ON_AWS = frozenset({"dynamodb", "sqs", "s3"})
PORTS: Mapping[str, Mapping[str, Callable[[Path, Clock], object]]] = {
    "store": STORES,
    "queue": QUEUES,
    "blobs": BLOBS,
}


def each_of(backends: Mapping[str, object]) -> list[ParameterSet]:
    """Their names, for ``parametrize``; those on AWS have a real part."""
    return [
        pytest.param(name, marks=[pytest.mark.real] if name in ON_AWS else [])
        for name in sorted(backends)
    ]


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
