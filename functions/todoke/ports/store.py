"""The Store: few verbs over versioned records, the same on SQLite and DynamoDB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

#: what a record may hold: JSON values (no float: DynamoDB and money both dislike them)
Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

#: bytes of JSON, on every backend: an item of DynamoDB ends at 400 KB, its keys in the table
#: and in four indexes included
MAX_RECORD_BYTES = 390 * 1024
#: a transaction of DynamoDB takes 100 items; ten are kept back for shards and guards.
MAX_COMMIT_WRITES = 90
#: all records of one commit together: a transaction of DynamoDB ends at 4 MB, keys included
MAX_COMMIT_BYTES = 3_500_000
#: the largest page one ``find`` returns
MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One row. ``kind`` is declared in ``store_schema``; ``data`` holds its fields.

    version: 1 when created, +1 at each replacement. 0 on a record not yet stored.
    expires_at: unix seconds from which on no verb returns it (``purge`` erases it); None
        keeps it. DynamoDB's TTL erases late, so readers check on every backend.
    batch: id of the ``batch`` it is created with: until that is sealed, no verb returns it but
        ``rows_of``. What ``get`` and ``find`` return is visible, so it says None there.
    """

    kind: str
    id: str
    data: Mapping[str, Json]
    version: int = 0
    expires_at: int | None = None
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Write a record that must not exist (an expired one does not count as existing, one that
    waits in a batch does). Only a Create may name a batch."""

    record: Record


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a record over the stored one whose version is ``record.version``."""

    record: Record


@dataclass(frozen=True, slots=True)
class Put:
    """Write a record whatever is there (last writer wins; its version still grows, also over an
    expired record that is not yet purged)."""

    record: Record


@dataclass(frozen=True, slots=True)
class Delete:
    """Erase a record. ``version`` None: whatever is there, even nothing."""

    kind: str
    id: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Fail the commit unless the record has this version (0: unless it is absent)."""

    kind: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Count:
    """Add to cells of a declared counter: ``Count("followers", "allowance", {"*|*": 1})``.

    One Count is one write however many cells it moves (one item update on DynamoDB).
    """

    counter: str
    key: str
    cells: Mapping[str, int]


Write = Create | Replace | Put | Delete | Check | Count


@dataclass(frozen=True, slots=True)
class Page:
    """One page of ``find``. ``cursor`` is opaque; None on the last page."""

    records: Sequence[Record]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds on the sort key of an index, inclusive; None is open."""

    low: str | None = None
    high: str | None = None


class Store(Protocol):
    """Versioned records with declared indexes and counters (``store_schema``)."""

    @property
    def lag(self) -> int:
        """Seconds for which ``find`` may not know of a commit; 0 where it always does."""

    def get(self, kind: str, id: str) -> Record | None:
        """The record, or None if absent or expired. ``get("counter.NAME", key)`` reads a
        counter: a record whose data is {cell: int} (absent counter: None)."""

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """Id -> record, for those that are there and have not expired; an id may stand twice.

        Each record is as it is stored now, as ``get`` would say. On SQLite all are of one moment
        of the store; on DynamoDB each is of its own.

        Raises ``store_misuse`` for more than MAX_PAGE ids, and for counters: each of them is
        several items on DynamoDB, so who needs one asks ``get``."""

    def find(
        self,
        index: str,
        partition: str,
        range: Range = Range(),
        limit: int = 100,
        cursor: str | None = None,
        descending: bool = False,
    ) -> Page:
        """Records of one partition of a declared index, by sort key then id.

        Each record is as it is stored now. On DynamoDB the list may lack what was written within
        the last moment, and is no single moment of the store; who must know asks ``get``.

        Raises ``store_misuse`` for an undeclared index or limit > MAX_PAGE."""

    def walk(self, kind: str, limit: int = 100, cursor: str | None = None) -> Page:
        """Every visible record of a kind, in an order of the backend's own: for what must see all
        of them and asks no index (sealing anew, checking the record of acts), never for a request.

        A record that stands still is met once; one that is created meanwhile may be missed. On
        DynamoDB it reads the whole table, strongly.

        Raises ``store_misuse`` for an undeclared kind, a counter, or limit > MAX_PAGE,
        ``bad_field`` for a cursor of another walk."""

    def rows_of(self, batch: str, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """Those of the records (kind, id) that were created with this batch and not written
        since, sealed or not: the one window into a batch, for whoever writes or erases it."""

    def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, durable when it returns (fsynced).

        A row of a batch is created in a commit that also writes the record ``batch`` of that id,
        still open; a sealed batch is final, and nothing writes it any more.

        Raises ``record_exists`` / ``version_conflict`` (with kind and id) when a condition
        fails, ``record_too_large``, ``too_many_writes``, ``storage_full`` (507),
        ``store_misuse`` (undeclared kind, field of wrong type, the same record twice)."""

    def purge(self, limit: int = 1000) -> int:
        """Erase up to ``limit`` expired records; how many were erased."""
