"""What the journeys need of the world, as Protocols. Adapters implement them; only
``assemble`` knows which.

Store: four verbs over versioned records, the same on SQLite and DynamoDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from todoke.config import Config
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.core.words import Dictionary

#: what a record may hold: JSON values (no float: DynamoDB and money both dislike them)
Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

#: DynamoDB's limit for one item, kept on every backend (400 KB = 409,600 bytes of JSON).
MAX_RECORD_BYTES = 400 * 1024
#: a transaction of DynamoDB takes 100 items; ten are kept back for shards and guards.
MAX_COMMIT_WRITES = 90
#: all records of one commit together: a transaction of DynamoDB ends at 4 MB, keys included
MAX_COMMIT_BYTES = 3_500_000
#: the largest page one ``find`` returns
MAX_PAGE = 1000


# --------------------------------------------------------------------------- Store
@dataclass(frozen=True, slots=True)
class Record:
    """One row. ``kind`` is declared in ``store_schema``; ``data`` holds its fields.

    version: 1 when created, +1 at each replacement. 0 on a record not yet stored.
    expires_at: unix seconds from which on no verb returns it (``purge`` erases it); None
        keeps it. DynamoDB's TTL erases late, so readers check on every backend.
    """

    kind: str
    id: str
    data: Mapping[str, Json]
    version: int = 0
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Write a record that must not exist (an expired one does not count as existing)."""

    record: Record


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a record over the stored one whose version is ``record.version``."""

    record: Record


@dataclass(frozen=True, slots=True)
class Put:
    """Write a record whatever is there (last writer wins; its version still grows)."""

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

    def get(self, kind: str, id: str) -> Record | None:
        """The record, or None if absent or expired. ``get("counter.NAME", key)`` reads a
        counter: a record whose data is {cell: int} (absent counter: None)."""

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

        Raises ``store_misuse`` for an undeclared index or limit > MAX_PAGE."""

    def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, durable when it returns (fsynced).

        Raises ``record_exists`` / ``version_conflict`` (with kind and id) when a condition
        fails, ``record_too_large``, ``too_many_writes``, ``storage_full`` (507),
        ``store_misuse`` (undeclared kind, field of wrong type, the same record twice)."""

    def purge(self, limit: int = 1000) -> int:
        """Erase up to ``limit`` expired records; how many were erased."""


# --------------------------------------------------------------------------- Blobs
@dataclass(frozen=True, slots=True)
class Blob:
    """One stored file: bytes, media type and the entity tag (quoted, strong)."""

    body: bytes
    content_type: str
    etag: str


class Blobs(Protocol):
    """Files the public may read, and the releases of the site.

    Keys are relative URL paths without a leading slash ("feeds/all.atom")."""

    def put(self, key: str, body: bytes) -> None:
        """Write one file whole and durably, outside any release."""

    def get(self, key: str) -> Blob | None:
        """A file: of the current release if there, else one written by ``put``. Below
        ``assets/`` also of the releases kept before, so that a page opened before a switch
        still finds its scripts."""

    def list(self, prefix: str) -> Sequence[str]:
        """Keys written by ``put`` below a prefix, sorted."""

    def delete(self, key: str) -> None:
        """Erase a file written by ``put``; absent is fine."""

    def release(self, files: Mapping[str, bytes]) -> int:
        """Make these files the site, whole: readers see the old release or the new one.

        Unchanged files are shared with the last release. Returns the release number (the
        same number when nothing changed)."""

    def current_release(self) -> int:
        """Number of the release being served; 0 before the first."""


# --------------------------------------------------------------------------- Queue
@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of one queued job. ``tries`` counts this delivery (1 = the first)."""

    id: str
    lane: str
    body: Mapping[str, Json]
    tries: int


class Queue(Protocol):
    """Jobs, at least once, in named lanes (``store_schema.LANES``)."""

    def send(self, lane: str, body: Mapping[str, Json], delay_seconds: int = 0) -> None:
        """Add a job, durable when it returns."""

    def receive(self, lane: str, limit: int = 1, visible_after: int = 60) -> Sequence[Message]:
        """Take jobs; each comes back after ``visible_after`` seconds unless acknowledged."""

    def acknowledge(self, message: Message) -> None:
        """Done: never deliver it again. Absent is fine."""

    def give_back(self, message: Message, delay_seconds: int) -> None:
        """Try again after the delay; from the 8th try it becomes a dead letter instead."""

    def dead_letters(self, limit: int = 100) -> Sequence[Message]:
        """Jobs given up on."""

    def redrive(self, limit: int = 1000) -> int:
        """Put dead letters back in their lanes with no tries; how many."""

    def waiting(self, lane: str) -> int:
        """Jobs not yet acknowledged, dead letters apart."""


# --------------------------------------------------------------------------- Push
@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where one message goes. endpoint: URL; p256dh: 65-byte point; auth: 16 bytes."""

    endpoint: str
    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One message on the wire (RFC 8030): plaintext before sealing, TTL in seconds,
    urgency (very-low | low | normal | high), topic (≤ 32 base64url characters)."""

    body: bytes
    ttl: int
    urgency: str
    topic: str


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What became of one message.

    outcome: accepted | gone (404, 410: remove this subscription) | later (theirs: try again
        after ``retry_after`` seconds) | refused (401, 403: our VAPID key; trips the breaker)
        | defect (400, 413 after shrinking: ours) | blocked (the guard refused the address).
    status: the HTTP status, 0 when there was none.
    """

    outcome: str
    status: int = 0
    retry_after: int | None = None
    detail: str = ""


class Push(Protocol):
    """Seals (RFC 8291), signs (RFC 8292) and sends (RFC 8030) one message."""

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """Never raises for what the network does; every answer becomes an outcome."""


# --------------------------------------------------------------------------- Clock
class Clock(Protocol):
    """The time of the server; tests turn it."""

    def now(self) -> datetime:
        """Aware datetime in UTC."""

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""


# --------------------------------------------------------------------------- Press
class Press(Protocol):
    """Turns data into public files; pure (templates and assets were read beforehand)."""

    def site(self, catalogue: Catalogue, today: date) -> Mapping[str, bytes]:
        """Every file of a release: pages in three languages, catalogue.json, sitemap.xml,
        app.json, sw.js, assets with hashed names."""

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """Files outside the release: page and JSON of each changed notice, and the list and
        the feeds made of the latest ones (newest first)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of this installation, never logged.

    vapid_private: P-256 private key, PKCS#8 PEM. seal_key: 32 bytes for tokens and blind
    identifiers (HMAC-SHA-256).
    """

    vapid_private: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a journey may use, wired by ``assemble`` and never changed after."""

    config: Config
    words: Dictionary
    store: Store
    blobs: Blobs
    queue: Queue
    push: Push
    press: Press
    clock: Clock
    secrets: Secrets = field(repr=False)
    read_site: Callable[[], Mapping[str, bytes]] = field(repr=False)
