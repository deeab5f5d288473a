"""What is sealed opens only where it was sealed: same record, same kind, same key, unchanged."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import sealed
from todoke.core.errors import TodokeError

RAW, OTHER_RAW = bytes(range(32)), bytes(range(1, 33))
KEY, OTHER = sealed.Ring({1: RAW}), sealed.Ring({1: OTHER_RAW})


def _refused(*place: object, key: sealed.Keys = KEY, text: bytes) -> None:
    kind, id = place
    with pytest.raises(TodokeError) as refused:
        sealed.unseal(key, str(kind), str(id), text)
    assert refused.value.code == "sealed_unreadable"
    assert refused.value.details == {"kind": str(kind)}, "nothing of the text or the id is told"


@given(st.binary(max_size=2000), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_sealed_opens_again_in_its_place(text: bytes, kind: str, id: str) -> None:
    assert sealed.unseal(KEY, kind, id, sealed.seal(KEY, kind, id, text)) == text


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(0, 7))
def test_one_flipped_bit_anywhere_closes_it(text: bytes, at: int, bit: int) -> None:
    box = bytearray(sealed.seal(KEY, "bill", "B-1", text))
    box[at % len(box)] ^= 1 << bit
    _refused("bill", "B-1", text=bytes(box))


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_cut_short_it_stays_closed(text: bytes, length: int) -> None:
    box = sealed.seal(KEY, "bill", "B-1", text)
    _refused("bill", "B-1", text=box[: length % len(box)])


def test_moved_to_another_record_or_kind_or_under_another_key_it_stays_closed() -> None:
    box = sealed.seal(KEY, "addressed_notice", "A-1", b"made up")
    _refused("addressed_notice", "A-2", text=box)
    _refused("application", "A-1", text=box)
    _refused("addressed_notice", "A-1", key=OTHER, text=box)
    # kind and id are not run together: ("ab", "c") is not ("a", "bc")
    _refused("b", "c", text=sealed.seal(KEY, "", "bc", b"x"))


def test_the_same_text_never_seals_to_the_same_bytes() -> None:
    boxes = {sealed.seal(KEY, "bill", "B-1", b"5000") for _ in range(50)}
    assert len(boxes) == 50
    assert all(b"5000" not in each for each in boxes)


@given(st.integers(1, sealed.MAX_NUMBER), st.binary(max_size=50))
def test_each_sealed_text_names_its_key_and_opens_with_it_alone(number: int, text: bytes) -> None:
    ring = sealed.Ring({number: RAW})
    box = sealed.seal(ring, "bill", "B-1", text)
    assert sealed.number_of(box) == number
    both = sealed.Ring({number: RAW, number + 1: OTHER_RAW})
    assert sealed.unseal(both, "bill", "B-1", box) == text
    later = sealed.Ring({number: RAW, sealed.MAX_NUMBER: RAW})
    assert sealed.number_of(sealed.again(later, "bill", "B-1", box)) == sealed.MAX_NUMBER
    with pytest.raises(TodokeError, match=f"sealed_key_missing: number={number}"):
        sealed.unseal(sealed.Ring({number + 1: RAW}), "bill", "B-1", box)


def test_a_city_that_never_rotated_stores_the_bytes_it_always_did() -> None:
    assert sealed.seal(KEY, "bill", "B-1", b"x")[:1] == b"\x01"
    assert sealed.seal(sealed.Ring({258: RAW}), "bill", "B-1", b"x")[:3] == b"\x02\x01\x02"


@pytest.mark.parametrize("head", [b"\0", b"\x02\0\0", b"\x02\0\x01", b"\x03"])
def test_no_second_way_names_a_key(head: bytes) -> None:
    """Else a text could be told apart from itself, and a count of key 1 would miss it."""
    assert not any(sealed.number_of(each) for each in (b"", head, b"\x02", b"\x02\1"))
    box = head + sealed.seal(KEY, "bill", "B-1", b"made up")[1:]
    assert sealed.number_of(box) == 0
    with pytest.raises(TodokeError, match="sealed_unreadable"):
        sealed.unseal(KEY, "bill", "B-1", box)


def test_a_field_is_sealed_anew_with_the_newest_key_and_counted_by_it() -> None:
    both = sealed.Ring({1: RAW, 2: OTHER_RAW})
    old = sealed.seal_json(KEY, "bill", "B-1", {"a": "見本"})
    new = sealed.again_in(both, "bill", "B-1", old)
    assert [sealed.number_in(each) for each in (old, new, "見本", None, 5, "")] == [
        1,
        2,
        0,
        0,
        0,
        0,
    ]
    assert sealed.open_json(both, "bill", "B-1", new) == {"a": "見本"}
    for broken in ("見本", new[:-8], "", None):
        with pytest.raises(TodokeError, match="sealed_unreadable"):
            sealed.again_in(both, "bill", "B-1", broken)


def test_no_key_stands_in_what_is_shown_of_a_ring() -> None:
    assert "\\x" not in repr(KEY)
    assert str(list(RAW[:4])) not in repr(KEY)


def test_a_field_holds_json_in_any_script_and_refuses_what_is_none() -> None:
    value = {"title": {"ja": "見本", "en": "sample"}, "link": None}
    text = sealed.seal_json(KEY, "addressed_notice", "A-1", value)
    assert sealed.open_json(KEY, "addressed_notice", "A-1", text) == value
    assert text.isascii()
    for broken in ("", "見本", "AAAA", text[:-4], text.lower(), None, 5):
        with pytest.raises(TodokeError, match="sealed_unreadable"):
            sealed.open_json(KEY, "addressed_notice", "A-1", broken)


def test_a_blind_identifier_depends_on_key_purpose_and_value() -> None:
    one = sealed.blind(RAW, "resident", "0000000001")
    assert one == sealed.blind(RAW, "resident", "0000000001")
    others = {
        sealed.blind(OTHER_RAW, "resident", "0000000001"),
        sealed.blind(RAW, "letter_code", "0000000001"),
        sealed.blind(RAW, "resident", "0000000002"),
    }
    assert len({one, *others}) == 4
    assert "0000000001" not in one


def test_a_text_sealed_elsewhere_in_this_shape_opens_today() -> None:
    """Kept bytes: a change of derivation, place or layout would lock every city out."""
    box = base64.b64decode(_KEPT)
    assert json.loads(sealed.unseal(KEY, "addressed_notice", "A-00000-00000", box)) == {"a": "見本"}


_KEPT = "AR/y094Cl4vMnDRrLR9K6IysJSpmj94aKIsWjXHCo3fhg5InPxv5udxKYg=="
