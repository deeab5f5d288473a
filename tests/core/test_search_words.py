"""A city's own words for the search are read strictly."""

from __future__ import annotations

import pytest

from todoke.core import search_words
from todoke.core.errors import TodokeError
from todoke.core.site_yaml import load


def read(text: str) -> search_words.SearchWords:
    return search_words.read(load(search_words.PATH, text.encode()))


def test_spellings_meanings_and_idle_words_are_read() -> None:
    tables = "spellings:\n  てあて: [手当]\nmeanings:\n  児手: [児童手当]\n"
    found = read(f"{tables}skip: [方法]\npages: {{timeline: [健診]}}\n")
    assert found.spellings == (("手当", "てあて"),)
    assert found.meanings == {"児手": ("児童手当",)}
    assert found.skip == ("方法",)
    assert found.pages == {"timeline": ("健診",)}
    assert found.folding.fold("児童手当") == "児童てあて"


def test_an_empty_table_is_no_mistake() -> None:
    assert read("{}\n") == search_words.SearchWords()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("spellings:\n  手当: [てあて]\n", "hiragana"),
        ("spellings:\n  てあて: [手当]\n  とどけ: [手当]\n", "stands for"),
        ("spellings: [手当]\n", "lines of word"),
        ("meanings:\n  児手: []\n", "at least one word"),
        ("meanings:\n  赤ちゃん お金: [手当]\n", "without a space"),
        ("synonyms: {}\n", "unknown field"),
        ("pages: {inbox: [手紙]}\n", "one of timeline, check"),
    ],
)
def test_a_mistake_is_named(text: str, named: str) -> None:
    with pytest.raises(TodokeError) as caught:
        read(text)
    assert named in str(caught.value.details)
    assert caught.value.details["file"] == "site/search.yaml"
