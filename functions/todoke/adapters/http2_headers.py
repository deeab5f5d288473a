"""Header blocks of HTTP/2 (HPACK, RFC 7541) without any table: what a push message says and what
its answer says, each block for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_HEADER_BYTES = 16_384


class ConnectionBrokenError(Exception):
    """The other side broke the protocol or a limit: this connection is over."""


#: appendix A: names of the static table that a push message needs
_STATIC = {":authority": 1, ":path": 4, "authorization": 23, "content-encoding": 26}
_STATIC |= {"content-length": 28, "content-type": 31}
_METHOD_POST, _SCHEME_HTTPS = b"\x83", b"\x87"
_NEVER_INDEXED = 0x10


@dataclass(frozen=True, slots=True)
class Head:
    """What the header blocks of many requests share: pseudo-headers before ``:path`` and fields
    after it (section 8.3 of RFC 9113: pseudo-headers first)."""

    before: bytes
    after: bytes

    @classmethod
    def of(cls, authority: str, fields: Sequence[tuple[str, str]]) -> Head:
        """fields: lower case names, ASCII values."""
        before = _METHOD_POST + _SCHEME_HTTPS + _literal(":authority", authority)
        return cls(before, b"".join(_literal(name, value) for name, value in fields))

    def block(self, path: str, more: Sequence[tuple[str, str]]) -> bytes:
        """The header block of one request."""
        own = b"".join(_literal(name, value) for name, value in more)
        return self.before + _literal(":path", path) + self.after + own


def _literal(name: str, value: str) -> bytes:
    """Section 6.2.3: never indexed, so no table and no proxy keeps it."""
    return _named(name) + _text(value)


@lru_cache(maxsize=32)
def _named(name: str) -> bytes:
    """Remembered: every message has the same names."""
    index = _STATIC.get(name, 0)
    start = _integer(index, 4, _NEVER_INDEXED)
    return start + (b"" if index else _text(name))


def _text(text: str) -> bytes:
    raw = text.encode("ascii")
    return _integer(len(raw), 7, 0) + raw


@lru_cache(maxsize=4096)
def _integer(value: int, bits: int, first: int) -> bytes:
    """Section 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    found, value = bytearray([first | most]), value - most
    while value >= 128:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


#: section 6.1: indexed fields whose value is a status
_INDEXED_STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}


def read_block(block: bytes) -> tuple[int, str | None]:
    """(status, Retry-After). Of a success only the beginning is read: nothing else of it is
    asked, and without a table nothing else can matter. Raises ConnectionBrokenError."""
    status = _status_at_once(block)
    return (status, None) if 200 <= status < 300 else _read_whole(block)


def _status_at_once(block: bytes) -> int:
    """The status where it is written in a usual way, 0 elsewhere."""
    if not block:
        return 0
    if block[0] in _INDEXED_STATUS:
        return _INDEXED_STATUS[block[0]]
    if block[0] not in _STATUS_LITERAL:
        return 0
    return _STATUS_TEXT.get(block[1:4]) or _STATUS_TEXT.get(block[1:5], 0)


def _status_texts() -> dict[bytes, int]:
    """Three digits as a string of HPACK, plain and in Huffman code (appendix B: 0 to 2 have five
    bits, 3 to 9 six; the rest of the last byte is ones)."""
    codes = [f"{digit:05b}" for digit in range(3)] + [f"{25 + n:06b}" for n in range(7)]
    found = {}
    for status in range(200, 600):
        digits = str(status)
        bits = "".join(codes[int(digit)] for digit in digits)
        whole = bits + "1" * (-len(bits) % 8)
        packed = int(whole, 2).to_bytes(len(whole) // 8, "big")
        found[b"\x03" + digits.encode()] = status
        found[bytes([0x80 | len(packed)]) + packed] = status
    return found


#: a literal whose name is that of entry 8: indexed, not indexed, never indexed
_STATUS_LITERAL = frozenset({0x48, 0x08, 0x18})
_STATUS_TEXT = _status_texts()


def _read_whole(block: bytes) -> tuple[int, str | None]:
    from hpack import Decoder
    from hpack.exceptions import HPACKError

    decoder = Decoder(max_header_list_size=MAX_HEADER_BYTES)
    decoder.max_allowed_table_size = 0
    decoder.header_table_size = 0
    try:
        fields = [(str(name), str(value)) for name, value in decoder.decode(block)]
    except (HPACKError, UnicodeDecodeError) as error:
        raise ConnectionBrokenError("headers") from error
    found = dict(reversed(fields))  # the first of several counts
    status = found.get(":status", "")
    if not (len(status) == 3 and status.isascii() and status.isdigit()) or status < "100":
        raise ConnectionBrokenError("no status")
    return int(status), found.get("retry-after")
