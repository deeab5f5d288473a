"""Looking for a text in bytes, however it may be written down there."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterator

#: a text in base64, of the standard or for URLs, long enough to hold something
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
#: members: gzip, zlib of any strength, raw deflate behind the head of a zip's entry
_GZIP, _ZLIB, _ZIP = (
    b"\x1f\x8b\x08",
    (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
    b"PK\3\4",
)
#: base64 of a compressed text in base64 is deep enough
DEPTH = 3
MOST = 50_000_000


def seen(text: str, body: bytes) -> bool:
    """Whether the text is in there."""
    needles = list(_written(text))
    return any(needle in piece for piece in _unpacked(body, DEPTH) for needle in needles)


def _written(text: str) -> Iterator[bytes]:
    """Each way to write it that hides nothing."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc_jp"):
        try:
            raw = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for lead in range(3):  # where it begins within three bytes
            whole = base64.b64encode(bytes(lead) + raw)
            cut = whole[-(-lead * 8 // 6) : (lead + len(raw)) * 8 // 6]
            yield cut
            yield cut.translate(bytes.maketrans(b"+/", b"-_"))
    escaped = json.dumps(text)[1:-1].encode()
    yield escaped
    yield escaped.upper().replace(b"\\U", b"\\u")
    quoted = urllib.parse.quote(text)
    yield quoted.encode()
    yield quoted.lower().encode()


def _unpacked(body: bytes, depth: int) -> Iterator[bytes]:
    yield body
    if depth == 0:
        return
    for inner in (*_inflated(body), *_decoded(body)):
        yield from _unpacked(inner, depth - 1)


def _inflated(body: bytes) -> Iterator[bytes]:
    starts = [(place, 31) for place in _places(body, _GZIP)]
    starts += [(place, 15) for magic in _ZLIB for place in _places(body, magic)]
    for place in _places(body, _ZIP):
        name, more = (
            int.from_bytes(body[place + at : place + at + 2], "little") for at in (26, 28)
        )
        starts.append((place + 30 + name + more, -15))
    for place, window in starts:
        try:
            found = zlib.decompressobj(window).decompress(body[place:], MOST)
        except zlib.error:
            continue
        if found:
            yield found


def _places(body: bytes, magic: bytes) -> Iterator[int]:
    place = body.find(magic)
    while place >= 0:
        yield place
        place = body.find(magic, place + 1)


def _decoded(body: bytes) -> Iterator[bytes]:
    for run in _BASE64.findall(body):
        plain = run.translate(bytes.maketrans(b"-_", b"+/"))
        for lead in range(4):  # letters before it may belong to something else
            text = plain[lead:]
            found = base64.b64decode(text[: len(text) // 4 * 4])
            # a needle in plain base64 is found without decoding; only what is packed inside is new
            if _GZIP in found[:8] or found[:2] in _ZLIB or _ZIP in found[:8]:
                yield found
