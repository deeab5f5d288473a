"""A file of open data as text: whatever a spreadsheet of Japan saves as CSV."""

from __future__ import annotations

from dataclasses import dataclass

from todoke.core.errors import TodokeError

#: the largest list seen has some thousand rows of half a kilobyte; in UTF-16 twice as many bytes
MAX_BYTES = 32 * 1024 * 1024
#: of the beginning, in which UTF-16 without a mark is known by its zero bytes
_SAMPLE = 2000

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 BOM"),
    (b"\xff\xfe", "utf-16-le", "UTF-16LE BOM"),
    (b"\xfe\xff", "utf-16-be", "UTF-16BE BOM"),
)
#: first bytes of what somebody hands in for a CSV: Excel (xlsx is a zip), zip, gzip, PDF
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF-")


@dataclass(frozen=True, slots=True)
class Decoded:
    """encoding: as the report names it."""

    text: str
    encoding: str


def refused(rule: str, row: int = 0, column: str = "") -> TodokeError:
    """The file as a whole is not taken. row: as a spreadsheet counts, 0 for the file."""
    return TodokeError("open_data_refused", rule=rule, row=row or "-", column=column or "-")


def decode(body: bytes) -> Decoded:
    """The text. Raises ``body_too_large``, ``open_data_refused`` (empty, encoding)."""
    if len(body) > MAX_BYTES:
        raise TodokeError("body_too_large", limit=MAX_BYTES)
    if not body.strip():
        raise refused("csv_empty")
    if body.startswith(_PACKED):
        raise refused("open_data_packed")
    for mark, codec, name in _MARKS:
        if body.startswith(mark):
            return _whole(body[len(mark) :], codec, name)
    wide = _wide(body[:_SAMPLE])
    if wide:
        return _whole(body, wide, wide.upper().replace("-LE", "LE").replace("-BE", "BE"))
    try:
        body.decode()
    except UnicodeDecodeError as error:
        # the Excel of Japan saves its own kind of Shift_JIS
        return _whole(body, "cp932", "Shift_JIS (cp932)", error.start)
    return _whole(body, "utf-8", "UTF-8")


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: commas and digits leave a zero in every second byte."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 20 < len(sample):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _whole(body: bytes, codec: str, name: str, read: int = 0) -> Decoded:
    """read: how far another encoding came. A file is broken where the better one ends."""
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        end = max(error.start, read)
        raise refused("csv_encoding", body.count(b"\n", 0, end) + 1) from error
    if "\0" in text:
        raise refused("csv_encoding", text.count("\n", 0, text.index("\0")) + 1)
    return Decoded(text.removeprefix("\ufeff"), name)
