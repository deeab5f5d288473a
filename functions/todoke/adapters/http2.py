"""The client's half of one HTTP/2 connection (RFC 9113), without any socket: bytes in, bytes out.

Made for one purpose: many small POSTs to one push service. A request is one HEADERS and one DATA
frame that fit the windows, or it waits. An answer is a status; its body is thrown away. What the
other side does is bounded everywhere: header blocks, unasked frames, bytes of bodies, streams that
do not end. Whatever RFC 9113 forbids ends the connection.

We ask for a header table of no size (RFC 7541 section 4.2) and send nothing before that is
acknowledged: so every header block stands for itself, and of an accepted message nothing but the
status at its beginning is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from todoke.adapters.http2_headers import MAX_HEADER_BYTES, ConnectionBrokenError, read_block

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, _PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE = range(9)
CONTINUATION = 9
ACK = END_STREAM = 0x1
END_HEADERS, PADDED, PRIORITY = 0x4, 0x8, 0x20
#: RFC 9113 section 7
NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM, CANCEL = 0, 1, 7, 8
#: RFC 9113 section 6.5.2
_HEADER_TABLE_SIZE, _ENABLE_PUSH, _MAX_STREAMS, _INITIAL_WINDOW, _MAX_FRAME, _MAX_HEADERS = range(
    1, 7
)
MAX_FRAME_BYTES = 16_384
MAX_WINDOW = 2**31 - 1
#: of the body of one answer; what is longer is cancelled
MAX_ANSWER_BYTES = 4096
#: streams that we have under way at once, however many are allowed
MOST_STREAMS = 100
#: a stream's number ends at 2^31; a fresh connection comes long before
LAST_STREAM = 2**31 - 1001
#: settings, pings and other frames that need an answer, before one of our answers was accepted
MOST_UNASKED = 1000
_WINDOW_STEP = 32_768
#: length (24 bits), type, flags, stream (RFC 9113 section 4.1)
_FRAME_HEAD = struct.Struct(">HBBBI")


@dataclass(frozen=True, slots=True)
class Answered:
    """The final answer of a stream. retry_after: the header as it came."""

    stream: int
    status: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The stream has no answer. unseen: the other side says that it did not look at it, so it
    may be sent again at once (RFC 9113 section 8.7)."""

    stream: int
    unseen: bool


Event = Answered | Refused


class Http2:
    """State of one connection. ``out`` holds what has to be written next."""

    def __init__(self) -> None:
        self.out = bytearray(
            PREFACE
            + _frame(
                SETTINGS,
                0,
                0,
                b"".join(
                    struct.pack(">HI", name, value)
                    for name, value in (
                        (_HEADER_TABLE_SIZE, 0),
                        (_ENABLE_PUSH, 0),
                        (_INITIAL_WINDOW, MAX_ANSWER_BYTES),
                        (_MAX_HEADERS, MAX_HEADER_BYTES),
                    )
                ),
            )
        )
        self.closing = False
        self._next = 1
        #: stream -> bytes of its answer's body so far; answered ones wait for their end
        self._open: dict[int, int] = {}
        self._answered: set[int] = set()
        self._window, self._stream_window, self._most = 65_535, 65_535, MOST_STREAMS
        self._settled = self._acknowledged = False
        self._unread = bytearray()
        self._block: tuple[int, int, bytearray] | None = None
        self._unasked = 0
        self._consumed = 0

    @property
    def waiting(self) -> int:
        """Streams without an answer yet."""
        return len(self._open) - len(self._answered)

    @property
    def half_open(self) -> int:
        """Streams whose answer is known and whose end is not."""
        return len(self._answered)

    @property
    def ready(self) -> bool:
        """Both sides have said how they want it."""
        return self._settled and self._acknowledged

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._open

    def has_room(self, body_bytes: int) -> bool:
        """Whether a request with such a body may go now."""
        return (
            self.ready
            and not self.closing
            and len(self._open) < self._most
            and self._next < LAST_STREAM
            and body_bytes <= min(self._window, self._stream_window, MAX_FRAME_BYTES)
        )

    def request(self, block: bytes, body: bytes) -> int:
        """Puts one POST into ``out``; its stream. block: from ``header_block``. Only where
        ``has_room`` said so."""
        stream, self._next = self._next, self._next + 2
        self._open[stream] = 0
        self._window -= len(body)
        out = self.out
        out += _frame_head(len(block), HEADERS, END_HEADERS, stream)
        out += block
        out += _frame_head(len(body), DATA, END_STREAM, stream)
        out += body
        return stream

    def cancel(self, stream: int) -> None:
        """Stops waiting for a stream."""
        if self._open.pop(stream, None) is not None:
            self._answered.discard(stream)
            self.out += _frame(RST_STREAM, 0, stream, CANCEL.to_bytes(4, "big"))

    def receive(self, data: bytes) -> Sequence[Event]:
        """What the bytes mean. Raises ConnectionBrokenError."""
        self._unread += data
        events: list[Event] = []
        at, view = 0, self._unread
        while len(view) - at >= 9:
            high, low, kind, flags, stream = _FRAME_HEAD.unpack_from(view, at)
            length = high << 8 | low
            if length > MAX_FRAME_BYTES:
                raise ConnectionBrokenError("a frame too large")
            if len(view) - at < 9 + length:
                break
            payload = bytes(view[at + 9 : at + 9 + length])
            at += 9 + length
            self._take(kind, flags, stream & MAX_WINDOW, payload, events)
        del view[:at]
        if len(view) > 9 + MAX_FRAME_BYTES:
            raise ConnectionBrokenError("more than a frame")
        return events

    # ------------------------------------------------------------------ frames
    def _take(
        self, kind: int, flags: int, stream: int, payload: bytes, events: list[Event]
    ) -> None:
        if self._block is not None and (kind != CONTINUATION or stream != self._block[0]):
            raise ConnectionBrokenError("a header block was interrupted")
        if not self._settled and kind != SETTINGS:
            raise ConnectionBrokenError("no settings first")
        take = _TAKERS.get(kind)
        if take is not None:  # unknown frames are ignored (section 4.1)
            take(self, flags, stream, payload, events)

    def _headers(self, flags: int, stream: int, payload: bytes, events: list[Event]) -> None:
        block = _unpadded(flags, payload)
        if flags & PRIORITY:
            block = block[5:]
        if stream == 0 or stream % 2 == 0 or stream >= self._next:
            raise ConnectionBrokenError("headers on a stream that is none of ours")
        self._block = (stream, flags, bytearray(block))
        if flags & END_HEADERS:
            self._finish_block(events)

    def _continuation(self, flags: int, _stream: int, payload: bytes, events: list[Event]) -> None:
        if self._block is None:
            raise ConnectionBrokenError("a continuation of nothing")
        self._count_unasked()
        self._block[2].extend(payload)
        if len(self._block[2]) > MAX_HEADER_BYTES:
            raise ConnectionBrokenError("headers too long")
        if flags & END_HEADERS:
            self._finish_block(events)

    def _finish_block(self, events: list[Event]) -> None:
        assert self._block is not None
        (stream, flags, block), self._block = self._block, None
        if stream not in self._open:
            self._count_unasked()
            return  # cancelled before
        if stream not in self._answered:
            status, retry_after = read_block(bytes(block))
            if status >= 200:
                self._answered.add(stream)
                self._unasked = 0
                events.append(Answered(stream, status, retry_after))
            else:  # 1xx: the answer is still to come
                self._count_unasked()
                if flags & END_STREAM:
                    raise ConnectionBrokenError("an interim answer was the last")
        if flags & END_STREAM:
            self._ended(stream)

    def _data(self, flags: int, stream: int, payload: bytes, _events: list[Event]) -> None:
        if stream == 0 or stream >= self._next:
            raise ConnectionBrokenError("data on a stream that is none of ours")
        self._consumed += len(payload)
        if self._consumed >= _WINDOW_STEP:
            self.out += _frame(WINDOW_UPDATE, 0, 0, self._consumed.to_bytes(4, "big"))
            self._consumed = 0
        if stream not in self._open:
            return
        if stream not in self._answered:
            raise ConnectionBrokenError("data before headers")
        self._open[stream] += len(payload)
        if flags & END_STREAM:
            self._ended(stream)
        elif self._open[stream] >= MAX_ANSWER_BYTES or not payload:
            self._count_unasked()
            self.cancel(stream)

    def _reset(self, _flags: int, stream: int, payload: bytes, events: list[Event]) -> None:
        if stream == 0 or stream >= self._next or len(payload) != 4:
            raise ConnectionBrokenError("a reset of no stream of ours")
        if stream in self._open and stream not in self._answered:
            unseen = int.from_bytes(payload, "big") == REFUSED_STREAM
            events.append(Refused(stream, unseen))
        self._count_unasked()
        self._ended(stream)

    def _settings(self, flags: int, stream: int, payload: bytes, _events: list[Event]) -> None:
        if stream != 0 or len(payload) % 6 or (flags & ACK and payload):
            raise ConnectionBrokenError("settings")
        if flags & ACK:
            self._acknowledged = True
            return
        self._count_unasked()
        for name, value in struct.iter_unpack(">HI", payload):
            if name == _MAX_STREAMS:
                self._most = min(value, MOST_STREAMS)
            elif name == _INITIAL_WINDOW:
                if value > MAX_WINDOW:
                    raise ConnectionBrokenError("window")
                self._stream_window = value
            elif name == _MAX_FRAME and not MAX_FRAME_BYTES <= value < 2**24:
                raise ConnectionBrokenError("frame size")
        self._settled = True
        self.out += _frame(SETTINGS, ACK, 0, b"")

    def _ping(self, flags: int, stream: int, payload: bytes, _events: list[Event]) -> None:
        if stream != 0 or len(payload) != 8:
            raise ConnectionBrokenError("ping")
        self._count_unasked()
        if not flags & ACK:
            self.out += _frame(PING, ACK, 0, payload)

    def _goaway(self, _flags: int, stream: int, payload: bytes, events: list[Event]) -> None:
        if stream != 0 or len(payload) < 8:
            raise ConnectionBrokenError("goaway")
        self._count_unasked()
        self.closing = True
        last = int.from_bytes(payload[:4], "big") & MAX_WINDOW
        for each in [each for each in self._open if each > last and each not in self._answered]:
            events.append(Refused(each, unseen=True))
            self._ended(each)

    def _window_update(
        self, _flags: int, stream: int, payload: bytes, _events: list[Event]
    ) -> None:
        if len(payload) != 4:
            raise ConnectionBrokenError("window update")
        step = int.from_bytes(payload, "big") & MAX_WINDOW
        if stream == 0:
            self._window += step
            if step == 0 or self._window > MAX_WINDOW:
                raise ConnectionBrokenError("window")
        # of a stream: we have sent all we had to say on it

    def _push_promise(self, *_: object) -> None:
        raise ConnectionBrokenError("a push that we said we do not want")

    # ------------------------------------------------------------------ bookkeeping
    def _ended(self, stream: int) -> None:
        self._open.pop(stream, None)
        self._answered.discard(stream)

    def _count_unasked(self) -> None:
        self._unasked += 1
        if self._unasked > MOST_UNASKED:
            raise ConnectionBrokenError("too many frames that nobody asked for")


_Taker = Callable[[Http2, int, int, bytes, list[Event]], None]
_TAKERS: dict[int, _Taker] = {
    DATA: Http2._data,
    HEADERS: Http2._headers,
    RST_STREAM: Http2._reset,
    SETTINGS: Http2._settings,
    PUSH_PROMISE: Http2._push_promise,
    PING: Http2._ping,
    GOAWAY: Http2._goaway,
    WINDOW_UPDATE: Http2._window_update,
    CONTINUATION: Http2._continuation,
}


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return _frame_head(len(payload), kind, flags, stream) + payload


def _frame_head(length: int, kind: int, flags: int, stream: int) -> bytes:
    return _FRAME_HEAD.pack(length >> 8, length & 0xFF, kind, flags, stream)


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise ConnectionBrokenError("padding")
    return payload[1 : len(payload) - payload[0]]
