"""The code of a letter, however somebody types it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import letter_code

LETTERS = st.text(alphabet=letter_code.ALPHABET, min_size=12, max_size=12)
GAPS = st.sampled_from(["", " ", "-", "  ", "　", "－", "‐", "–", "ー", "−", "\t", "."])


def _wide(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0)


@given(LETTERS, st.lists(GAPS, min_size=13, max_size=13), st.data())
def test_every_way_of_typing_a_code_reads_as_the_code(
    letters: str, gaps: list[str], data: st.DataObject
) -> None:
    misread = {"0": "oO0", "1": "iIlL1"}
    typed = ""
    for letter, gap in zip(letters, gaps, strict=False):
        seen = data.draw(st.sampled_from(misread.get(letter, letter + letter.lower())))
        typed += gap + data.draw(st.sampled_from([seen, _wide(seen)]))
    typed += gaps[12]
    assert letter_code.read(typed) == letters


@given(st.text(max_size=80))
def test_whatever_is_read_is_twelve_letters_of_the_alphabet(typed: str) -> None:
    found = letter_code.read(typed)
    assert found is None or (len(found) == 12 and set(found) <= set(letter_code.ALPHABET))


@given(LETTERS)
def test_what_is_printed_reads_as_itself(letters: str) -> None:
    printed = letter_code.printed(letters)
    assert [len(each) for each in printed.split("-")] == [4, 4, 4]
    assert letter_code.read(printed) == letters


@pytest.mark.parametrize(
    "typed",
    ["", "7K3M-9QXR-2TV", "7K3M-9QXR-2TVAA", "7K3M-9QXR-2TVU", "7K3M-9QXR-2TV!", "あ" * 12,
     " " * 53 + "7K3M9QXR2TVA", "\x00" * 12, "7K3M-9QXR-2TV①"],
)  # fmt: skip
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    read = letter_code.read(typed)
    assert read is None or unicodedata.normalize("NFKC", typed) != typed


def test_new_codes_differ_and_use_the_whole_alphabet() -> None:
    codes = {letter_code.new() for _ in range(400)}
    assert len(codes) == 400
    assert set("".join(codes)) == {*letter_code.ALPHABET, "-"}
