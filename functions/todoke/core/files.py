"""Files of a release, as whoever prints them hands them to whoever keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blob:
    """One stored file: bytes, media type and the entity tag (quoted, strong)."""

    body: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Kept:
    """In place of bytes: the file is as it was in that release."""

    release: int


@dataclass(frozen=True, slots=True)
class Served:
    """The release being served. release: its number, 0 for none. read: a file of it by key, None
    when there is none."""

    release: int
    read: Callable[[str], bytes | None]


class OtherRelease(Exception):  # noqa: N818 - nothing is wrong: somebody else was quicker
    """What was to be kept is not in the release that is served now."""


#: the files of a release, one after the other or all at once
Files = Mapping[str, bytes] | Iterable[tuple[str, bytes | Kept]]
