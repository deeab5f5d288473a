"""Whether the register and a certificate speak of one person. Everybody here is made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from todoke.core import address_forms, names, same_person
from todoke.core.kanji_variants import FORMS, MISTAKEN

VECTORS = [
    json.loads(line)
    for line in Path(__file__)
    .parents[1]
    .joinpath("vectors", "names.jsonl")
    .read_text("utf-8")
    .splitlines()
]
HOME = ("みなと野市",)


@dataclass(frozen=True)
class Somebody:
    """A made-up person; nothing said is the usual one."""

    name: str = "見本 花子"
    address: str = "見本県みなと野市見本町一丁目1番1号"
    born: date | None = date(1990, 4, 1)
    sex: str = "2"
    name_substitutes: str = ""
    address_substitutes: str = ""


def somebody(said: dict[str, Any]) -> Somebody:
    born = {"born": date.fromisoformat(said["born"])} if said.get("born") else {}
    return Somebody(**{**said, **born})


# ----------------------------------------------------------------------- by hand
@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["id"])
def test_two_people_are_compared_as_written_down_by_hand(vector: dict[str, Any]) -> None:
    one, other = somebody(vector["one"]), somebody(vector["other"])
    expected = same_person.Verdict(vector["answer"], vector["reason"])
    assert same_person.compare(one, other, HOME) == expected, vector["why"]
    assert same_person.compare(other, one, HOME) == expected, "the order matters"
    if vector["answer"] == same_person.SAME:
        assert same_person.key(one, HOME) == same_person.key(other, HOME) != ""


def test_the_examples_are_many_and_each_says_why() -> None:
    assert len(VECTORS) >= 80
    assert len({each["id"] for each in VECTORS}) == len(VECTORS)
    assert all(each["why"] for each in VECTORS)
    reasons = {each["reason"] for each in VECTORS}
    doubts = ("substituted", "alias", "mistakable", "part", "family", "script")
    assert reasons >= {f"name_{each}" for each in doubts}
    assert reasons >= {f"address_{each}" for each in ("unreadable", "partly", "differs")}


# ----------------------------------------------------------------------- properties
#: what stands in names: with old forms, selectors, marks, two scripts beside kanji
LETTERS = (
    "見本花子太郎髙﨑邉齋澤濵\U00020bb7\ufa19\ufa11はなこハナコッャヶーｰﾊﾟ々〓"
    "MIHONhanakoÉ'-‐・ 　\U000e0101\ufe00（）"
)
TEXTS = st.text(st.sampled_from(LETTERS), max_size=12)
DAYS = st.sampled_from([None, date(1990, 4, 1), date(1990, 4, 2)])
PLACES = st.sampled_from(
    ["見本町1-1-1", "みなと野市見本町一丁目１番１号", "見本町1-1", "見本町", "例町1-1-1", ""]
)
NAMES = st.sampled_from(
    [
        "髙見本 花子",
        "高見本花子",
        "〓見本花子",
        "MIHON HANAKO",
        "HANAKO MIHON",
        "ミホン ハナコ",
        "例 花子",
    ]
)
PEOPLE = st.builds(
    Somebody, name=NAMES, address=PLACES, born=DAYS, sex=st.sampled_from(["1", "2", "9"])
)
KANJI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@given(TEXTS)
def test_what_was_folded_once_stays_as_it_is(text: str) -> None:
    folded = names.key(text)
    assert names.key(folded) == folded
    assert names.plain(names.plain(text)) == names.plain(text)


@given(TEXTS)
def test_a_name_is_never_different_from_itself(text: str) -> None:
    assume(names.key(text))
    again = names.compare(text, text)
    assert again in (names.EXACT, names.SUBSTITUTED, names.MISTAKABLE, names.ALIAS)
    assert (again == names.EXACT) == (names.WILD not in names.key(text))


@given(TEXTS, TEXTS)
def test_the_order_of_two_names_does_not_matter(one: str, other: str) -> None:
    assert names.compare(one, other) == names.compare(other, one)


@given(PEOPLE, PEOPLE)
def test_the_order_of_two_people_does_not_matter(one: Somebody, other: Somebody) -> None:
    assert same_person.compare(one, other, HOME) == same_person.compare(other, one, HOME)


@given(PEOPLE, PEOPLE)
def test_the_same_are_those_with_one_key(one: Somebody, other: Somebody) -> None:
    """So three people of whom two pairs are the same are all the same."""
    same = same_person.compare(one, other, HOME).answer == same_person.SAME
    keys = {same_person.key(one, HOME), same_person.key(other, HOME)}
    assert same == (len(keys) == 1 and keys != {""})


@given(KANJI, KANJI)
def test_two_kanji_that_are_no_forms_of_one_are_never_the_same_name(one: str, other: str) -> None:
    assume(FORMS.get(one, one) != FORMS.get(other, other))
    found = same_person.compare(Somebody(f"見本 {one}子"), Somebody(f"見本 {other}子"))
    assert found.answer != same_person.SAME


@given(KANJI, KANJI)
def test_nor_in_the_same_place(one: str, other: str) -> None:
    assume(FORMS.get(one, one) != FORMS.get(other, other))
    assume(not {one, other} & set("之一二三四五六七八九十百千字市区町村郡県府"))
    places = (address_forms.read(f"見本{each}町1-1") for each in (one, other))
    assert address_forms.compare(*places) != address_forms.SAME


def kanji(number: int) -> str:
    """12 as 十二, 20 as 二十, 123 as 百二十三."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    digits: list[str] = ["", *"一二三四五六七八九"]
    found = "".join(
        ("" if count == 1 else digits[count]) + unit
        for count, unit in ((hundreds, "百"), (tens, "十"))
        if count
    )
    return found + digits[ones]


WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
HOUSES = st.tuples(*(st.integers(1, 130) for _ in range(3)))
#: how one house is written: 丁目, 番, 号
WAYS = (
    lambda a, b, c: f"{kanji(a)}丁目{b}番{c}号",
    lambda a, b, c: f"{a}丁目{b}番{c}号",
    lambda a, b, c: f"{a}丁目{b}-{c}",
    lambda a, b, c: f"{a}-{b}-{c}",
    lambda a, b, c: f"{a}-{b}-{c}".translate(WIDE),
    lambda a, b, c: f"{a}ー{b}ー{c}",
    lambda a, b, c: f"{a}の{b}の{c}",
    lambda a, b, c: f"{kanji(a)}丁目{kanji(b)}番{kanji(c)}号",
    lambda a, b, c: f"{a}丁目{b}番地の{c}",
    lambda a, b, c: f" {a}丁目 {b}番 {c}号",
)
ENDS = ("", "見本マンション101号室", " 101号室", "　見本荘 2-3", " 405")
TOWNS = ("見本町", "みなと野市見本町", "見本県みなと野市大字見本町", "〒999-0001 みなと野市見本町")


@given(
    HOUSES,
    HOUSES,
    *(st.sampled_from(each) for each in (WAYS, WAYS, ENDS, ENDS, TOWNS, TOWNS)),
)
def test_a_house_is_the_same_in_every_notation_and_never_another_one(
    one: tuple[int, int, int],
    other: tuple[int, int, int],
    way: Callable[[int, int, int], str],
    other_way: Callable[[int, int, int], str],
    end: str,
    other_end: str,
    town: str,
    other_town: str,
) -> None:
    first = address_forms.read(town + way(*one) + end, HOME)
    again = address_forms.read(other_town + other_way(*one) + other_end, HOME)
    second = address_forms.read(other_town + other_way(*other) + other_end, HOME)
    assert address_forms.compare(first, again) == address_forms.SAME
    assert (address_forms.compare(first, second) == address_forms.SAME) == (one == other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_read_without_a_fall(one: str, other: str) -> None:
    names.compare(one, other)
    address_forms.compare(address_forms.read(one), address_forms.read(other))


def test_no_letter_stands_in_two_groups_of_forms() -> None:
    for source in (FORMS, MISTAKEN):
        assert all(source[head] == head for head in source.values())
    assert not [each for each in MISTAKEN if FORMS.get(each, each) != each]


def test_long_texts_are_read_in_a_moment() -> None:
    """What a certificate or a file may hold is longer than any name; no pattern may stumble."""
    for text in ("見本町" * 200, "1-" * 400, "一" * 500, "(" * 300, "ー一" * 300, "郡" * 400):
        names.compare(text, text + "あ")
        address_forms.read(text)
