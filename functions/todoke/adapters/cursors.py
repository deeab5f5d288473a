"""Cursors of lists: the sort key and id of the last record of a page, so rows that come and go
neither shift nor repeat the next one. The digest binds a cursor to its list: it is no secret
and no permission, it tells a damaged cursor from a whole one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from todoke.core.errors import TodokeError

_DIGEST_BYTES = 8


def listing(index: str, partition: str, descending: bool) -> str:
    """The name of a list, for the two below."""
    return f"{index}\0{partition}\0{descending}"


def write(listing: str, sort: str, id: str) -> str:
    """base64url of digest, sort key and id."""
    place = json.dumps([sort, id]).encode()
    return base64.urlsafe_b64encode(_digest(listing, place) + place).decode().rstrip("=")


def read(listing: str, cursor: str) -> tuple[str, str]:
    """(sort key, id). Raises ``bad_field`` for a cursor of another list, or none of ours."""
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        place = whole[_DIGEST_BYTES:]
        if whole[:_DIGEST_BYTES] == _digest(listing, place):
            sort, id = json.loads(place)
            return sort, id
    except (binascii.Error, ValueError):
        pass
    raise TodokeError("bad_field", field="cursor", rule="unknown_cursor")


def _digest(listing: str, place: bytes) -> bytes:
    named = listing.encode(errors="surrogatepass") + b"\0" + place
    return hashlib.sha256(named).digest()[:_DIGEST_BYTES]
