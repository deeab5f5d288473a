"""Our half of HTTP/2, byte by byte: what it writes another library can read, what it reads another
library wrote, and nothing that can come in does more than end the connection."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import h2.config
import h2.connection
import h2.events
import pytest
from hpack import Decoder, Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke.adapters import http2
from todoke.adapters.http2 import Answered, Http2, Refused
from todoke.adapters.http2_headers import ConnectionBrokenError, Head, read_block

FIELDS = [("authorization", "vapid t=x, k=y"), ("content-encoding", "aes128gcm"), ("ttl", "600")]
SETTINGS = struct.pack(">HBBBI", 0, 0, http2.SETTINGS, 0, 0)
SETTINGS_ACK = struct.pack(">HBBBI", 0, 0, http2.SETTINGS, 1, 0)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
    )


def ready(requests: int = 0) -> Http2:
    """A connection with so many requests under way."""
    line = Http2()
    line.receive(SETTINGS + SETTINGS_ACK)
    for number in range(requests):
        line.request(Head.of("push.example", FIELDS).block(f"/{number}", []), b"x")
    return line


def answered(status: int, huffman: bool = True) -> bytes:
    encoder = Encoder()
    encoder.header_table_size = 0
    block: bytes = encoder.encode([(":status", str(status))], huffman=huffman)
    # without the first byte, which says that the table has no size
    return block[1:] if block[0] & 0xE0 == 0x20 else block


@given(
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=300),
    values=st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=400), max_size=4
    ),
)
def test_another_library_reads_our_header_blocks(path: str, values: Sequence[str]) -> None:
    more = [(f"x-{number}", value) for number, value in enumerate(values)]
    block = Head.of("push.example:8443", FIELDS).block(f"/{path}", more)
    found = [(str(name), str(value)) for name, value in Decoder().decode(block)]
    pseudo = [(":method", "POST"), (":scheme", "https"), (":authority", "push.example:8443")]
    assert found == [*pseudo, (":path", f"/{path}"), *FIELDS, *more]


@pytest.mark.parametrize("huffman", [True, False])
def test_every_status_is_read_as_another_library_wrote_it(huffman: bool) -> None:
    for status in range(100, 600):
        assert read_block(answered(status, huffman)) == (status, None)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip))
def test_retry_after_is_read_however_it_is_written(text: str) -> None:
    encoder = Encoder()
    fields = [(":status", "429"), ("date", "x"), ("retry-after", text), ("retry-after", "second")]
    encoder.header_table_size = 0
    assert read_block(encoder.encode(fields)) == (429, text)


def test_a_table_that_we_did_not_allow_is_refused() -> None:
    encoder = Encoder()
    encoder.encode([(":status", "429"), ("x-a", "b")])
    second = encoder.encode([(":status", "429"), ("x-a", "b")])  # refers to the first
    with pytest.raises(ConnectionBrokenError):
        read_block(second)


@given(st.lists(st.binary(max_size=60), max_size=20))
@settings(max_examples=300)
def test_no_bytes_do_more_than_end_the_connection(chunks: Sequence[bytes]) -> None:
    line = ready(3)
    try:
        for chunk in chunks:
            for event in line.receive(chunk):
                assert event.stream in (1, 3, 5)
    except ConnectionBrokenError:
        pass


frames = st.builds(
    frame,
    st.integers(0, 11),
    st.sampled_from([0, 1, 4, 5, 8, 0x2C, 0xFF]),
    st.sampled_from([0, 1, 2, 3, 5, 7, 99]),
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([answered(201), answered(103), b"\0" * 4, b"\0" * 8]),
    ),
)


@given(st.lists(frames, max_size=30), st.integers(1, 50))
@settings(max_examples=500)
def test_any_frames_give_each_stream_one_answer_at_most(sent: Sequence[bytes], cut: int) -> None:
    """However they are cut into pieces."""
    line, data = ready(3), b"".join(sent)
    seen: list[int] = []
    try:
        for start in range(0, len(data), cut):
            seen += [event.stream for event in line.receive(data[start : start + cut])]
    except ConnectionBrokenError:
        pass
    assert len(seen) == len(set(seen))
    assert set(seen) <= {1, 3, 5}


BEGUN = frame(http2.HEADERS, 0, 1, b"")
INTERIM = frame(http2.HEADERS, 4, 1, answered(103))
HOSTILE = {
    "a frame of 16 MB": b"\xff\xff\xff\x00\x00" + bytes(4),
    "a push promise": frame(http2.PUSH_PROMISE, 4, 1, bytes(8)),
    "headers on our next stream": frame(http2.HEADERS, 5, 7, answered(201)),
    "headers on an even stream": frame(http2.HEADERS, 5, 2, answered(201)),
    "data before headers": frame(http2.DATA, 0, 1, b"x"),
    "a continuation of nothing": frame(http2.CONTINUATION, 4, 1, b""),
    "a header block interrupted": BEGUN + frame(http2.PING, 0, 0, bytes(8)),
    "headers without end": BEGUN + frame(http2.CONTINUATION, 0, 1, bytes(9000)) * 2,
    "a window of nothing": frame(http2.WINDOW_UPDATE, 0, 0, bytes(4)),
    "a window too wide": frame(http2.WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
    "settings of a stream": frame(http2.SETTINGS, 0, 1),
    "half a setting": frame(http2.SETTINGS, 0, 0, b"abc"),
    "a ping too short": frame(http2.PING, 0, 0, b"x"),
    "a flood of pings": frame(http2.PING, 0, 0, bytes(8)) * (http2.MOST_UNASKED + 1),
    "a flood of settings": SETTINGS * (http2.MOST_UNASKED + 1),
    "a flood of interim answers": INTERIM * (http2.MOST_UNASKED + 1),
    "an interim answer that is the last": frame(http2.HEADERS, 5, 1, answered(103)),
    "no status": frame(http2.HEADERS, 5, 1, b"\x84"),
    "padding beyond the frame": frame(http2.HEADERS, 0xD, 1, b"\xff" + answered(201)),
}  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_forbidden_ends_the_connection(data: bytes) -> None:
    line = ready(3)
    with pytest.raises(ConnectionBrokenError):
        line.receive(data)


def test_anything_before_the_settings_ends_the_connection() -> None:
    with pytest.raises(ConnectionBrokenError):
        Http2().receive(frame(http2.PING, 0, 0, bytes(8)))


def test_what_is_allowed_is_borne() -> None:
    line = ready(3)
    padded = b"\x03" + bytes(5) + answered(201) + bytes(3)
    assert line.receive(frame(http2.HEADERS, 0x2D, 1, padded)) == [Answered(1, 201)]
    split = answered(429)
    events = line.receive(
        frame(http2.HEADERS, 1, 3, split[:1]) + frame(http2.CONTINUATION, 4, 3, split[1:])
    )
    assert events == [Answered(3, 429)]
    assert line.receive(frame(77, 0xFF, 5, b"unknown") + frame(2, 0, 5, bytes(5))) == []
    assert line.receive(frame(http2.RST_STREAM, 0, 5, struct.pack(">I", 7))) == [Refused(5, True)]
    assert line.idle


def test_trailers_are_no_second_answer() -> None:
    line = ready(1)
    assert line.receive(frame(http2.HEADERS, 4, 1, answered(201))) == [Answered(1, 201)]
    assert line.receive(frame(http2.HEADERS, 5, 1, answered(500))) == []
    assert line.idle


def test_after_a_goaway_nothing_new_begins_and_the_unseen_come_back() -> None:
    line = ready(3)
    away = struct.pack(">II", 1, 0)
    assert line.receive(frame(http2.GOAWAY, 0, 0, away)) == [Refused(3, True), Refused(5, True)]
    assert not line.has_room(1)
    assert line.receive(frame(http2.HEADERS, 5, 1, answered(201))) == [Answered(1, 201)]


def test_nothing_goes_before_both_sides_have_settled() -> None:
    line = Http2()
    assert not line.has_room(1)
    line.receive(SETTINGS)
    assert not line.has_room(1)
    line.receive(SETTINGS_ACK)
    assert line.has_room(1)


def test_our_frames_are_what_another_library_expects() -> None:
    theirs = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    theirs.initiate_connection()
    line = Http2()
    events = theirs.receive_data(bytes(line.out))
    assert any(isinstance(each, h2.events.RemoteSettingsChanged) for each in events)
    line.out.clear()
    line.receive(theirs.data_to_send())
    line.request(Head.of("push.example", FIELDS).block("/a", [("topic", "T")]), b"sealed")
    events = theirs.receive_data(bytes(line.out))
    kinds = [type(each) for each in events]
    assert h2.events.RequestReceived in kinds
    assert h2.events.StreamEnded in kinds
    (data,) = [each.data for each in events if isinstance(each, h2.events.DataReceived)]
    assert data == b"sealed"
