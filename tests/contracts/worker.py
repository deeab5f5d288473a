"""One process of a crowd: ``python -m tests.contracts.worker PORT BACKEND FOLDER ACT JSON``.
Prints "ready", waits for a line, does the act, prints what it found as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.contracts.backends import PORTS, let_go
from todoke.adapters.clock import SystemClock
from todoke.core.errors import TodokeError
from todoke.ports import Blobs, Count, Create, Queue, Record, Replace, Store


def won(store: Store, id: str, value: str) -> bool:
    """Whether this conditional create was the one that succeeded."""
    try:
        store.commit([Create(Record("setting", id, {"value": value}))])
    except TodokeError as error:
        if error.code != "record_exists":
            raise
        return False
    return True


def create(store: Store, name: str) -> list[bool]:
    """Ten races for ten ids against the other processes."""
    return [won(store, f"race-{number}", name) for number in range(10)]


def count(store: Store, steps: int) -> int:
    """So many increments of one cell, one commit each."""
    for _ in range(steps):
        store.commit([Count("followers", "crowd", {"*|*": 1})])
    return steps


def add_one(store: Store, times: int) -> int:
    """Read, add one, replace: again from the start whenever somebody else was quicker."""
    left = times
    while left:
        record = store.get("setting", "sum")
        assert record is not None
        value = str(int(str(record.data["value"])) + 1)
        try:
            store.commit([Replace(Record("setting", "sum", {"value": value}, record.version))])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
            continue
        left -= 1
    return times


def take_all(queue: Queue, lane: str) -> list[int]:
    """Take and acknowledge jobs until none is visible."""
    taken = []
    while messages := queue.receive(lane, 3):
        for message in messages:
            taken.append(int(str(message.body["number"])))
            queue.acknowledge(message)
    return taken


def publish(blobs: Blobs, names: list[str]) -> list[int]:
    """One release after the other, every page of it saying the name of its release."""
    return [blobs.release(pages(name)) for name in names]


def pages(name: str) -> Mapping[str, bytes]:
    """A small site in which each page changes with the release and one never does."""
    changing = {f"pages/{number}.html": name.encode() for number in range(5)}
    return {**changing, f"only/{name}.html": name.encode(), "same.css": b"p{}"}


def put(blobs: Blobs, name: str) -> int:
    """Thirty notices, and one that everybody overwrites."""
    for number in range(30):
        blobs.put(f"notices/{name}-{number}.html", name.encode())
        blobs.put("notices/index.html", name.encode() * 1000)
    return 30


ACTS: Mapping[str, Callable[[Any, Any], object]] = {
    each.__name__: each for each in (create, count, add_one, take_all, publish, put)
}


def main(port: str, backend: str, folder: str, act: str, argument: str) -> None:
    """Open, wait for the word, act, tell."""
    opened = PORTS[port][backend](Path(folder), SystemClock())
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(ACTS[act](opened, json.loads(argument))))
    let_go(opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
