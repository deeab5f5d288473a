"""Records of a batch, written by hand: what a journey does with ``journeys/batches.py``."""

from __future__ import annotations

from collections.abc import Sequence

from todoke.ports import Count, Create, Json, Record, Replace, Store, Write
from todoke.store_schema.batches import SEAL


def seal_record(id: str, state: str = "open", version: int = 0) -> Record:
    """The record of a batch in a state."""
    data: dict[str, Json] = {
        "state": state, "batch": id, "act": "bills", "actor": "S-1", "input": "-",
        "detail": {}, "total": 0, "looked": 0, "outcomes": {}, "parts": 0, "rows": 0,
        "told_in": {}, "hash": "", "sums": {}, "started_at": 0, "changed_at": 0,
    }  # fmt: skip
    return Record(SEAL, id, data, version)


def follow(id: str, topic: str = "allowance", *, batch: str | None = None) -> Record:
    """A row with a line in an index."""
    data: dict[str, Json] = {"topic": topic, "subscription": id, "cohorts": [], "since": 1}
    return Record("follow", id, data, batch=batch)


def begin(store: Store, batch: str, rows: Sequence[Record]) -> None:
    """Opens a batch with its first rows, in one commit."""
    store.commit([Create(seal_record(batch)), *map(Create, rows)])


def seal(store: Store, batch: str, *also: Write | Count) -> None:
    """Seals it."""
    found = store.get(SEAL, batch)
    assert found is not None
    store.commit([Replace(seal_record(batch, "sealed", found.version)), *also])
