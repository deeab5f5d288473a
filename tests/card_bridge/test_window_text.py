"""How the words of our own window are laid into lines, without a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_bridge.sentences import LANGUAGES, say
from card_bridge.tk_pinentry import folded

LETTERS = st.text(
    alphabet=st.sampled_from("あ漢字カー、。（）「」 abc.-/:\n"), min_size=1, max_size=120
)


def wide(text: str) -> float:
    """A Japanese letter is as wide as two others."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


@given(text=LETTERS, room=st.integers(4, 60))
def test_every_letter_is_there_and_every_line_fits(text: str, room: int) -> None:
    lines = folded(text, room, wide)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(wide(each) <= room for each in lines)
    assert len(lines) >= text.count("\n") + 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["asks_login", "new_site", "last_try", "type_on_reader"])
def test_no_sentence_of_ours_breaks_before_a_mark_or_within_a_word(
    language: str, name: str
) -> None:
    spoken = next(each for each in LANGUAGES if each == language)
    text = say(spoken, "dialog", name, origin="https://city.example", left=3)
    for room in range(24, 100, 7):
        lines = folded(text, room, wide)
        assert not any(each[0] in "、。」）" or each[-1] in "「（" for each in lines if each)
        if spoken != "ja" and room > 60:
            rest = text
            for line in lines:
                assert rest.startswith(line)
                rest = rest.removeprefix(line)
                assert not rest or rest[0] == " " or line.endswith("。")
                rest = rest.lstrip(" ")


def test_an_address_that_is_longer_than_a_line_is_cut_and_not_lost() -> None:
    address = "https://" + "a" * 200 + ".example"
    lines = folded(f"{address} asks", 40, wide)
    assert "".join(lines).replace(" ", "") == f"{address}asks"
    assert len(lines) > 4
