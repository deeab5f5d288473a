"""What the journeys need of the world, as Protocols. Adapters implement them; only
``assemble`` knows which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from todoke.ports.delivery import (
    Message,
    Outgoing,
    Push,
    PushAnswer,
    PushMessage,
    PushTarget,
    Queue,
)
from todoke.ports.files import (
    Blob,
    Blobs,
    Cleaner,
    CleanFile,
    Files,
    Kept,
    OtherRelease,
    PrivateFiles,
    Served,
    SharedReleases,
    Shelf,
)
from todoke.ports.keys import DataKeys, Master
from todoke.ports.outside import (
    AppLogin,
    CardTrust,
    Checkout,
    OpenedCheckout,
    PaymentEvent,
    Payments,
    StaffLogin,
)
from todoke.ports.store import (
    MAX_COMMIT_BYTES,
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    MAX_RECORD_BYTES,
    Check,
    Count,
    Create,
    Delete,
    Json,
    Page,
    Put,
    Range,
    Record,
    Replace,
    Store,
    Write,
)

if TYPE_CHECKING:
    from todoke.config import Config
    from todoke.core.catalogue import Catalogue
    from todoke.core.clock_moves import Mark
    from todoke.core.notice import PublicNotice
    from todoke.core.words import Dictionary


class Clock(Protocol):
    """The time of the server; tests turn it."""

    def now(self) -> datetime:
        """Aware datetime in UTC."""

    def unix(self) -> int:
        """Whole seconds since 1970-01-01 UTC."""

    def stamp(self) -> int:
        """Microseconds since 1970, each larger than those before in this process: what is listed
        in the order of its making is sorted by it, also after the clock was set back."""

    def not_before(self, stamp: int) -> None:
        """Stamps from here on are larger than ``stamp``."""

    def mark(self) -> Mark:
        """The wall clock beside one that nobody can set."""

    def follows_a_server(self) -> bool:
        """Whether a time server keeps the wall clock right at this moment."""


class Printing(Protocol):
    """The files of a release while they are printed, so that they are never all in memory."""

    def __iter__(self) -> Iterator[tuple[str, bytes | Kept]]:
        """Each file once. Iterating again prints again."""

    def plan(self, release: int) -> bytes:
        """After the last file: what the next printing needs to know of this one, which became
        that release."""

    def ledger(self, release: int) -> bytes | None:
        """After the last file: what ``Few`` needs to know of this one."""


class Few(Protocol):
    """A few changed procedures of the release being served, printed without a look at the others.

    release: whose files they are; count: how many it has; words: its sentences."""

    @property
    def release(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def words(self) -> Dictionary: ...

    def files(
        self, bodies: Mapping[str, bytes], read: Callable[[str], bytes | None]
    ) -> Mapping[str, bytes] | None:
        """The files that are others now, by key; None where the full way must look. bodies: what
        stands in the files of the procedures, by id. read: a file of the release."""

    def journal(self, release: int) -> bytes:
        """After ``files``, which became that release: what the next printing needs to know."""


class Press(Protocol):
    """Turns data into public files; pure (templates and assets were read beforehand)."""

    def printing(
        self, catalogue: Catalogue, today: date, plan: bytes | None, served: Served
    ) -> Printing:
        """As ``site``, file by file. plan: of the printing before; what certainly did not change
        since the release being served is not printed again but kept. Raises ``OtherRelease``
        while it prints, when what is to be kept is not what was printed."""

    def site(self, catalogue: Catalogue, today: date) -> Mapping[str, bytes]:
        """Every file of a release: pages in three languages, catalogue.json, sitemap.xml,
        app.json, sw.js, assets with hashed names."""

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """Files outside the release: page and JSON of each changed notice, and the list and
        the feeds made of the latest ones (newest first)."""

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> bytes:
        """One page for one person, in the frame of the site: what a function answers to a
        form. template: below templates/. values: besides what every page may call."""

    def furigana(self, text: str) -> str:
        """Words in やさしい日本語 with their readings, [漢字|かんじ], for a page's script."""

    def asset(self, name: str) -> str:
        """Address of an asset, of a name below site/assets, as a release holds it."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of this installation, never logged.

    vapid_private: P-256 private key, PKCS#8 PEM. seal_key: 32 bytes for tokens and blind
    identifiers (HMAC-SHA-256). data_key: the numbered keys from which those of sealed records and
    attachments are derived (core/sealed.py).
    """

    vapid_private: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)
    data_key: DataKeys = field(repr=False)


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
    private: PrivateFiles
    cleaner: Cleaner
    card: CardTrust
    app: AppLogin
    staff_login: StaffLogin
    payments: Payments
    clock: Clock
    secrets: Secrets = field(repr=False)
    shelf: Shelf
    read_site: Callable[[], Mapping[str, bytes]] = field(repr=False)


__all__ = [
    "MAX_COMMIT_BYTES",
    "MAX_COMMIT_WRITES",
    "MAX_PAGE",
    "MAX_RECORD_BYTES",
    "AppLogin",
    "Blob",
    "Blobs",
    "CardTrust",
    "Check",
    "Checkout",
    "CleanFile",
    "Cleaner",
    "Clock",
    "Count",
    "Create",
    "DataKeys",
    "Delete",
    "Few",
    "Files",
    "Json",
    "Kept",
    "Mark",
    "Master",
    "Message",
    "OpenedCheckout",
    "OtherRelease",
    "Outgoing",
    "Page",
    "PaymentEvent",
    "Payments",
    "Press",
    "Printing",
    "PrivateFiles",
    "Push",
    "PushAnswer",
    "PushMessage",
    "PushTarget",
    "Put",
    "Queue",
    "Range",
    "Record",
    "Replace",
    "Secrets",
    "Served",
    "Services",
    "SharedReleases",
    "Shelf",
    "StaffLogin",
    "Store",
    "Write",
]
