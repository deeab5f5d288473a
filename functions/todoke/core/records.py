"""Files of ``site/`` that were read and checked before: known again by their bytes.

YAML is the slowest part of a publication by far (1.3 ms a procedure), and of two thousand files
one has changed. What is kept here is read only by the very code that wrote it, and only where
whoever keeps it vouches for every byte (``ports.Shelf``): a pickle of a stranger could do anything.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Mapping
from typing import TypeVar

from todoke.core.site_yaml import SiteFile, load

_Item = TypeVar("_Item")
#: on the shelf
RECORDS = "records"


class Records:
    """Items by the digest of path and bytes. kept: what ``parts()`` gave the last time."""

    def __init__(self, kept: Mapping[str, bytes] | None = None) -> None:
        #: of this time; None for what is kept already, which is not held twice
        self._before, self._now = kept or {}, dict[str, bytes | None]()
        #: path -> SHA-256 of the bytes that were read, for who must not read a file twice
        self.marks: dict[str, str] = {}

    def item(self, path: str, body: bytes, read: Callable[[SiteFile], _Item]) -> _Item:
        """The item in a file, read anew only where it is new. Raises what ``read`` raises."""
        return self.seen(path, body, lambda path, body: read(load(path, body)))

    def seen(self, path: str, body: bytes, read: Callable[[str, bytes], _Item]) -> _Item:
        """The same for a file that is no YAML."""
        self.marks[path] = hashlib.sha256(body).hexdigest()
        digest = key_of(path, self.marks[path])
        known = self._before.get(digest)
        if known is not None:
            self._now[digest] = None
            kept: _Item = pickle.loads(known)  # noqa: S301
            return kept
        item = read(path, body)
        self._now[digest] = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        return item

    @property
    def changed(self) -> bool:
        """Whether ``parts()`` would be others than those it was made of."""
        return {*self._now} != {*self._before}

    def parts(self) -> Mapping[str, bytes]:
        """Everything asked for, to be kept."""
        found = ((key, new or self._before.get(key)) for key, new in self._now.items())
        return {key: body for key, body in found if body is not None}

    def kept(self, path: str, mark: str) -> bytes | None:
        """The item of a file by the SHA-256 of its bytes, as a pickle."""
        return self._before.get(key_of(path, mark))


def key_of(path: str, mark: str) -> str:
    """By which an item is kept. mark: SHA-256 of the file's bytes, as ``Marks`` has it."""
    return hashlib.sha256(f"{path}\0{mark}".encode()).hexdigest()
