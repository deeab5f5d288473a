"""Bytes that a record keeps as text come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.subscription import encode, stored


@given(st.binary(max_size=80))
def test_what_was_stored_is_read_again(data: bytes) -> None:
    assert stored(encode(data)) == data


@given(data=st.binary(max_size=80), foreign=st.sampled_from(["ぽ", " ", "\0", "é"]))
def test_what_no_encoder_wrote_is_refused(data: bytes, foreign: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        stored(encode(data) + foreign)
