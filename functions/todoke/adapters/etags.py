"""Strong entity tags of files (RFC 9110 section 8.8.3), remembered while a file stays."""

from __future__ import annotations

import hashlib
import os
import time

#: files remembered; then everything is forgotten and learnt again
MOST = 20_000
#: A file replaced within one tick of the file system's clock may look the same (inode,
#: time and size), so only what has been quiet for a while is remembered.
QUIET_NS = 2_000_000_000


def etag_of(body: bytes) -> str:
    """The quoted tag: 128 bits of SHA-256, in hex."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


class Etags:
    """Tags by (inode, time of change, size)."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], str] = {}

    def of(self, status: os.stat_result, body: bytes) -> str:
        """The tag of an opened file whose bytes were just read."""
        name = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._known.get(name)
        if known is not None:
            return known
        tag = etag_of(body)
        if time.time_ns() - status.st_mtime_ns > QUIET_NS:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[name] = tag
        return tag
