"""Furigana: from the table or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.press.ruby import Readings, pieces

TABLE = {
    "手続き": "てつづき",
    "手": "て",
    "申し込み": "もうしこみ",
    "市": "し",
    "市役所": "しやくしょ",
    "日": "ひ",
    "#日": "にち",
    "#人": "にん",
    "1人": "ひとり",
    "人": "ひと",
    "出す": "だす",
    "出る": "でる",
}


def ruby(text: str) -> str:
    """The markup with ruby written as 漢字(かんじ)."""
    html = str(Readings(TABLE).annotate(text)).removeprefix("<span>").removesuffix("</span>")
    return re.sub(r"<ruby>(.*?)<rt>(.*?)</rt></ruby>", r"\1(\2)", html)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("手続きを", "手続(てつづ)きを"),
        ("申し込みの 日", "申(もう)し込(こ)みの 日(ひ)"),
        ("市役所", "市役所(しやくしょ)"),
        ("市は", "市(し)は"),
        ("市民", "市民"),  # not 市(し)民: a reading is never put together from parts
        ("日程", "日程"),
        ("15日まで", "15日(にち)まで"),
        ("1人と 2人", "1人(ひとり)と 2人(にん)"),
        ("11人", "11人(にん)"),
        ("出すと 出る", "出(だ)すと 出(で)る"),
        ("右手", "右手"),
        ("人手", "人手"),  # both stand in the table, each for itself only
        ("<b>市</b>", "&lt;b&gt;市(し)&lt;/b&gt;"),
    ],
)
def test_a_reading_is_given_only_where_the_table_covers_the_whole_word(
    text: str, wanted: str
) -> None:
    assert ruby(text) == wanted


@pytest.mark.parametrize(
    ("word", "reading"), [("手続き", "てつづけ"), ("市", "shi"), ("申し込み", "もうこみ")]
)
def test_a_reading_that_does_not_fit_its_kana_is_refused(word: str, reading: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pieces(word, reading)


@given(st.text(st.sampled_from("手続き申し込み市役所日人出する1230 の、<&>ア々民"), max_size=30))
def test_the_words_stay_the_same_under_their_readings(text: str) -> None:
    html = str(Readings(TABLE).annotate(text))
    bare = re.sub(r"<rt>.*?</rt>", "", html)
    bare = re.sub(r"</?(?:ruby|span)>", "", bare)
    assert bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@given(
    st.lists(
        st.sampled_from([*"あ日第3月の1漢", "申し込み", "#", "日程", "３", "x ", "。"]), max_size=14
    )
)
def test_what_is_passed_over_never_begins_a_reading(parts: list[str]) -> None:
    table = {
        "#日": "にち",
        "申し込み": "もうしこみ",
        "日": "ひ",
        "の日": "のひ",
        "日程": "にってい",
    }
    quick, slow = Readings(table), Readings(table)
    slow._nothing = re.compile("(?!)")
    text = "".join(parts)
    assert quick.marked(text) == slow.marked(text)
    assert quick.uncovered(text) == slow.uncovered(text)
    assert quick.spoken(text) == slow.spoken(text)
