"""A mark is ours, of its door and of its days, or it is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from todoke.core import marks

KEY, OTHER = b"k" * 32, b"o" * 32
CHANCE, NOW = "c" * 22, 1_795_000_000
MARK = marks.dated(KEY, "door", CHANCE, NOW)


def read(shown: str, key: bytes = KEY, door: str = "door", now: int = NOW) -> str:
    return marks.chance_of(key, door, shown, now)


def test_a_mark_tells_its_browser_and_a_renewed_one_the_same() -> None:
    assert read(MARK) == CHANCE
    later = marks.dated(KEY, "door", read(MARK), NOW + 40 * 86400)
    assert later != MARK
    assert read(later) == CHANCE


def test_it_is_good_for_half_a_year() -> None:
    assert read(MARK, now=NOW + marks.KNOWN_SECONDS) == CHANCE
    assert read(MARK, now=NOW + marks.KNOWN_SECONDS + 86400) == ""


def test_of_another_city_or_another_door_it_is_none() -> None:
    assert read(MARK, key=OTHER) == ""
    assert read(MARK, door="desk") == ""


@given(st.integers(0, len(MARK) - 1), st.sampled_from("0aA9.あ\0 "))
def test_not_one_letter_of_it_can_be_changed(at: int, letter: str) -> None:
    changed = MARK[:at] + letter + MARK[at + 1 :]
    assert (read(changed) == CHANCE) == (changed == MARK)


@given(st.text(max_size=120))
def test_whatever_else_is_sent_is_none(text: str) -> None:
    assert read(text) == ""
    assert not marks.holds(KEY, "door", "", text)
