"""HTTP/1.1 for one small request per connection (RFC 9112), strict and bounded.

No keep-alive, no chunks, no folded lines: what two parsers could read in two ways is refused.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from card_bridge.errors import BridgeError

#: bytes of request line and headers; a browser sends about 1,000
LARGEST_HEAD = 8192
_MOST_HEADERS = 64
#: seconds for a whole head, and again for a whole body; both come from this very machine
HEAD_SECONDS = 3.0
BODY_SECONDS = 3.0
_SEND_SECONDS = 5.0
#: what is read and thrown away after a refusal, so that the answer is not cut by a reset
_DRAINED_BYTES = 65536
_DRAIN_SECONDS = 1.0
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE = re.compile(r"([A-Z]{1,16}) (\S{1,2000}) HTTP/1\.1")
#: field values: visible, space, tab, and the bytes above ASCII (RFC 9110 section 5.5)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers. headers: lower-case name -> every value that came under it."""

    method: str
    target: str
    headers: Mapping[str, tuple[str, ...]]

    def one(self, name: str) -> str | None:
        """The value of a header that stands exactly once; None when absent or repeated."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    def has(self, name: str) -> bool:
        """Whether the header came at all, even empty."""
        return name in self.headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. body: JSON, a page's HTML as text, or None for no content. headers: besides
    the ones every answer has."""

    status: int
    body: Mapping[str, object] | str | None
    headers: Mapping[str, str]


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Reads a head within ``HEAD_SECONDS``.

    Raises ``too_slow``, ``headers_too_large`` or ``bad_request``; EOFError when the caller
    hung up first."""
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            raw = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError:
        raise BridgeError("too_slow") from None
    except asyncio.LimitOverrunError:
        raise BridgeError("headers_too_large") from None
    except asyncio.IncompleteReadError:
        raise EOFError from None
    if len(raw) > LARGEST_HEAD:
        raise BridgeError("headers_too_large")
    return parse_head(raw[:-4])


def parse_head(raw: bytes) -> Head:
    """Request line and headers without the empty line at the end; ``bad_request`` if unclear."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    asked = _LINE.fullmatch(first)
    if not asked or len(lines) > _MOST_HEADERS:
        raise BridgeError("bad_request", field="head")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BridgeError("bad_request", field="head")
        headers[name.lower()] = (*headers.get(name.lower(), ()), value.strip(" \t"))
    return Head(asked.group(1), asked.group(2), headers)


async def read_body(reader: asyncio.StreamReader, size: int) -> bytes:
    """Exactly ``size`` bytes within ``BODY_SECONDS``; ``too_slow``, or EOFError."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await reader.readexactly(size)
    except TimeoutError:
        raise BridgeError("too_slow") from None
    except asyncio.IncompleteReadError:
        raise EOFError from None


async def send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Writes the whole answer, or gives up on a caller that does not read it."""
    body, kind = _written(answer.body)
    fixed = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        # an answer opened as a page is text, and runs and frames nothing
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Connection": "close",
    }
    if kind:
        fixed |= {"Content-Type": f"{kind}; charset=utf-8"}
    if answer.status != HTTPStatus.NO_CONTENT:
        fixed |= {"Content-Length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in {**fixed, **answer.headers}.items()]
    head = "\r\n".join([f"HTTP/1.1 {answer.status} {_reason(answer.status)}", *lines, "", ""])
    async with asyncio.timeout(_SEND_SECONDS):
        writer.write(head.encode("latin-1") + body)
        await writer.drain()


async def finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says that nothing more comes and lets the caller read the answer: closing over unread
    bytes would reset the connection and take the answer away (RFC 9112 section 9.6)."""
    if writer.can_write_eof():
        writer.write_eof()
    left = _DRAINED_BYTES
    async with asyncio.timeout(_DRAIN_SECONDS):
        while left > 0 and (piece := await reader.read(8192)):
            left -= len(piece)


def _written(body: Mapping[str, object] | str | None) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, str):
        return body.encode(), "text/html"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase
