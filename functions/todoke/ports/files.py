"""Files: what the public may read, and what is about one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from todoke.core.files import Blob, Files, Kept, OtherRelease, Served


class Shelf(Protocol):
    """What can be made again at any time, kept for the next time."""

    def get(self, name: str) -> bytes | None:
        """The very bytes that were put, by this version of the program; None whenever there is
        any doubt."""

    def put(self, name: str, body: bytes) -> None:
        """Keep for the next time, or forget: nothing depends on it."""

    def parts(self, name: str) -> Mapping[str, bytes]:
        """What was put in parts, each read when it is asked for; a part of which there is any
        doubt is not there."""

    def put_parts(self, name: str, parts: Mapping[str, bytes]) -> None:
        """As ``put``, for what is read in parts."""


class Blobs(Protocol):
    """Files the public may read, and the releases of the site.

    Keys are relative URL paths without a leading slash ("feeds/all.atom")."""

    def put(self, key: str, body: bytes) -> None:
        """Write one file whole and durably, outside any release. Its name has an ending and
        those of its folders have none, so that no file can be a folder of another."""

    def get(self, key: str) -> Blob | None:
        """A file: of the current release if there, else one written by ``put``. Below
        ``assets/`` also of the releases kept before, so that a page opened before a switch
        still finds its scripts."""

    def list(self, prefix: str) -> Sequence[str]:
        """Keys written by ``put`` below a prefix, sorted."""

    def delete(self, key: str) -> None:
        """Erase a file written by ``put``; absent is fine."""

    def release(self, files: Files) -> int:
        """Make these files the site, whole: readers see the old release or the new one.

        Unchanged files are shared with the last release. Returns the release number (the
        same number when nothing changed). Raises ``OtherRelease`` for a file kept from a
        release that is not the one being served; the site stays as it was."""

    def current_release(self) -> int:
        """Number of the release being served; 0 before the first."""


class SharedReleases(Protocol):
    """Releases that share their files, so that a new one costs what is new in it."""

    def reader(self, release: int) -> Callable[[str], bytes | None] | None:
        """What reads a file of that release by key; None where it is not the one being served."""

    def release_but(self, release: int, count: int, files: Mapping[str, bytes]) -> int:
        """Make that release but for these of its files the site, whole. count: of its files.

        Raises ``OtherRelease`` when it is not the one being served, has another number of files
        or one of these not; the site stays as it was."""


class PrivateFiles(Protocol):
    """Files about a person (attachments): sealed by the journey before they come here, never
    public, never listed."""

    def put(self, key: str, body: bytes) -> None:
        """Write one file whole and durably (0600). Raises ``storage_full``."""

    def get(self, key: str) -> bytes | None:
        """The bytes, or None."""

    def delete(self, key: str) -> None:
        """Erase; absent is fine."""

    def tidy(self, key: str) -> None:
        """Take away what somebody left half of this file who died while he wrote it anew; whoever
        writes it at this very moment fails."""


@dataclass(frozen=True, slots=True)
class CleanFile:
    """An attachment written anew. media_type: application/pdf or image/jpeg."""

    media_type: str
    body: bytes = field(repr=False)
    pages: int


class Cleaner(Protocol):
    """Parses what a stranger uploaded and writes it anew, in a process of its own that has no
    network, little memory and little time."""

    def clean(self, body: bytes) -> CleanFile:
        """Only what the parser understood is in the result: no script, no second format.

        Raises ``attachment_refused`` with rule (type, damaged, password, too_large,
        too_many_pages, too_slow)."""


__all__ = [
    "Blob",
    "Blobs",
    "CleanFile",
    "Cleaner",
    "Files",
    "Kept",
    "OtherRelease",
    "PrivateFiles",
    "Served",
    "SharedReleases",
    "Shelf",
]
