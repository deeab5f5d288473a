"""What an oracle outside the process sees of a city's folder, and how it says what is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from todoke.journeys import verify
from todoke.ports import Record, Services

#: tells the test, outside this process, what was acknowledged: a name and a value
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A folder at rest. told: by the preparation. said: what was acknowledged. ended: after the
    restart and everything that follows by itself and by the person. shown: endpoint -> messages
    that a browser would show."""

    services: Services
    told: Mapping[str, Any]
    said: Mapping[str, str]
    ended: bool
    shown: Counter[str]
    records: Mapping[str, list[Record]]
    jobs: list[Mapping[str, Any]] = field(default_factory=list)

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, read past the store."""
        return self.records.get(kind, [])

    def one(self, kind: str, id: str) -> Record | None:
        """A record, read past the store."""
        return next((each for each in self.all(kind) if each.id == id), None)

    def acts(self, name: str) -> int:
        """How often an act stands in the record of acts."""
        return sum(1 for each in self.all("audit") if each.data["act"] == name)

    def letters(self, kind: str) -> int:
        """Notices of a kind that were addressed to anybody."""
        return sum(1 for each in self.all("addressed_notice") if each.data["kind"] == kind)

    def waits(self, act: str) -> int:
        """Entries of the outbox and jobs of the queue that will do this."""
        waiting = [each for each in self.all("outbox") if each.data["act"] == act]
        return len(waiting) + sum(1 for each in self.jobs if each["act"] == act)

    def between(self, name: str, made: int) -> int:
        """How many of something there must be: one once it was acknowledged or everything has
        ended, otherwise one or none."""
        return 1 if self.ended or name in self.said else min(made, 1)


class Flow(Protocol):
    """One thing that people do. Its acts are known by what was said after them, so whoever did
    not hear an answer does the rest again with the same keys.

    later: seconds after the restart at which it is looked at. begins: it opens the city itself."""

    later: int
    begins: bool

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """What is there before; what the acts and the oracle are told."""

    def warm(self, services: Services) -> Services:
        """What a running city has in its memory by then."""

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Does what is not said yet."""

    def look(self, seen: Seen) -> Iterator[str]:
        """What is lost, doubled or half, one sentence each."""


class Plain:
    """A flow that needs nothing special."""

    later = 0
    begins = False

    def warm(self, services: Services) -> Services:
        """Nothing."""
        return services


def look_at(
    services: Services, told: Mapping[str, Any], said: Mapping[str, str], ended: bool,
    shown: Counter[str],
) -> Seen:  # fmt: skip
    """Reads the whole store with SQLite alone."""
    path = services.config.data / "todoke.sqlite3"
    records: dict[str, list[Record]] = {}
    with closing(sqlite3.connect(path)) as db:
        for kind, id, version, data in db.execute("SELECT kind, id, version, data FROM record"):
            records.setdefault(kind, []).append(Record(kind, id, json.loads(data), version))
        jobs = [json.loads(body) for (body,) in db.execute("SELECT body FROM job")]
    return Seen(services, told, said, ended, shown, records, jobs)


def exactly(what: str, times: int, wanted: int) -> Iterator[str]:
    """Complains unless something is there as often as it should."""
    if times < wanted:
        yield f"{what} is lost ({times} of {wanted})"
    if times > wanted:
        yield f"{what} is doubled ({times} of {wanted})"


def of_everything(seen: Seen) -> Iterator[str]:
    """What must hold of every folder, whatever was done in it."""
    store = seen.services.store
    yield from (f"the store: {fault}" for fault in store.integrity())  # type: ignore[attr-defined]
    yield from _of_the_chain(seen)
    known = {each.id for each in seen.all("attachment")}
    if not seen.ended:  # the input of a batch, until its letters are pushed
        known |= {each.id for each in seen.all("batch")}
    for name in _private_files(seen.services.config.data):
        if name in known or (name.startswith(".") and not seen.ended):
            continue
        yield f"{name}: a file of a person that no record knows"
    if not seen.ended:
        yield from _of_pushes(seen)
    else:
        yield from exactly("something to be done", len(seen.all("outbox")) + len(seen.jobs), 0)


def _of_the_chain(seen: Seen) -> Iterator[str]:
    """Every act is in the record of acts as it was written, and comes into the chain once."""
    report = verify.verify(seen.services)
    yield from (f"the chain: {each.what} {each.id or each.first}" for each in report.findings)
    entries = len(seen.all("audit"))
    hidden = 0 if seen.ended else entries  # rows of a batch that is not sealed
    if not entries - hidden <= report.entries + report.waiting <= entries:
        yield f"the chain: {report.entries} and {report.waiting} of {entries}"
    if seen.ended:
        yield from exactly("what waits for the chain", report.waiting, 0)


def _of_pushes(seen: Seen) -> Iterator[str]:
    """No flow waits until its letters are pushed, so each of them must still be asked for."""
    entries = [each.data for each in seen.all("outbox")]
    asked: list[Any] = [each["body"] for each in entries if each["act"] != "take_in_batch"]
    asked += [each for each in seen.jobs if each["act"] != "take_in_batch"]
    waiting = {
        each["addressed"] for each in asked if isinstance(each, dict) and "addressed" in each
    }
    # letters of a batch are pushed by one job, which reads their list
    batches = {each["batch"] for each in asked if isinstance(each, dict) and "batch" in each}
    for part in seen.all("batch_part"):
        if part.data["batch"] in batches:
            waiting |= {id for _, id in cast("list[tuple[str, str]]", part.data["rows"])}
    for each in seen.all("addressed_notice"):
        if each.id not in waiting:
            yield "the push of a letter is lost"


def _private_files(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "private").glob("*/*"))
