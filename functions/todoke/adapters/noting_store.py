"""A store that remembers which outbox entries were committed through it.

A function on AWS answers one request at a time and ends; what its commits asked for can go into the
lanes at once, asked for by id, where a list of the outbox might not know it yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from todoke.ports import Create, Page, Put, Range, Record, Store, Write


class NotingStore:
    """Implements ``ports.Store``: another one's verbs, and ``noted``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, None] = {}

    def noted(self) -> list[str]:
        """Ids of entries committed since the last call, oldest first."""
        ids, self._noted = list(self._noted), {}
        return ids

    def commit(self, writes: Sequence[Write]) -> None:
        """See ``ports.Store.commit``."""
        self._store.commit(writes)
        for each in writes:
            if isinstance(each, Create | Put) and each.record.kind == "outbox":
                self._noted[each.record.id] = None

    @property
    def lag(self) -> int:
        """See ``ports.Store.lag``."""
        return self._store.lag

    def get(self, kind: str, id: str) -> Record | None:
        """See ``ports.Store.get``."""
        return self._store.get(kind, id)

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """See ``ports.Store.get_many``."""
        return self._store.get_many(kind, ids)

    def find(
        self,
        index: str,
        partition: str,
        range: Range = Range(),  # noqa: B008 (frozen)
        limit: int = 100,
        cursor: str | None = None,
        descending: bool = False,
    ) -> Page:
        """See ``ports.Store.find``."""
        return self._store.find(index, partition, range, limit, cursor, descending)

    def walk(self, kind: str, limit: int = 100, cursor: str | None = None) -> Page:
        """See ``ports.Store.walk``."""
        return self._store.walk(kind, limit, cursor)

    def rows_of(self, batch: str, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """See ``ports.Store.rows_of``."""
        return self._store.rows_of(batch, keys)

    def purge(self, limit: int = 1000) -> int:
        """See ``ports.Store.purge``."""
        return self._store.purge(limit)
