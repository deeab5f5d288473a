"""What opening hours say of holidays and of the turn of the year: believed where it is plain."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.closing_words import HOLIDAY, OWN, YEAR_END, said

BOTH = {HOLIDAY, YEAR_END}


@pytest.mark.parametrize(
    ("text", "shut"),
    [
        ("祝日休み", {HOLIDAY}),
        ("日祝休診", {HOLIDAY}),
        ("土曜午後、日曜、祝日休診", {HOLIDAY}),
        ("休診日：木・日・祝", {HOLIDAY}),
        ("定休日は祝日です", {HOLIDAY}),
        ("祝祭日は閉園", {HOLIDAY}),
        ("祝日は診療していません", {HOLIDAY}),
        ("平日のみ", {HOLIDAY}),
        ("月～金(祝日以外)", {HOLIDAY}),
        ("月～金 9:00～17:00（祝日・年末年始は除く）", BOTH),
        ("祝日と年末年始を除き無休", BOTH),
        ("土曜は18:00まで\n祝日と12/29から1/3は休み", BOTH),
        ("休館日 月曜日(祝日の場合は翌日)、年末年始", {YEAR_END}),
        ("休館日:月曜日、祝日の翌日、年末年始", {YEAR_END}),
        ("休館日：毎週月曜日(祝日を除く)、年末年始", {YEAR_END}),
    ],
)
def test_closed_where_it_is_plainly_said(text: str, shut: set[str]) -> None:
    assert said(text).shut == shut
    assert not said(text).runs


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("祝日も開館", {HOLIDAY}),
        ("祝日・日曜診療", {HOLIDAY}),
        ("月曜日は休館。ただし祝日は開館", {HOLIDAY}),
        ("12月29日から1月3日も開いています。", {YEAR_END}),
        ("年中無休", {HOLIDAY, YEAR_END, OWN}),
        ("年中無休(年末年始を除く)", {HOLIDAY, OWN}),
    ],
)
def test_open_where_it_is_plainly_said(text: str, runs: set[str]) -> None:
    assert said(text).runs == runs


@pytest.mark.parametrize(
    "text",
    [
        "", "祝日の午後は休診", "月曜日が祝日のときは、次の日が休みです。", "月曜休館(祝日は除く)",
        "祝日休みなし", "祝日は休まず営業", "不定休", "祝日以外は休み", "土日祝日は17時まで",
        "祝日、水曜午後休診", "木曜・日曜・祝日", "祝日を除く月曜日休館", "祝日は要確認、日曜休み",
        "休日・祝日の診療は休日急病診療所へ", "休館日は月曜日、年末年始は開館",
        "祝日(こどもの日を除く)は休館", "祝日は休み\n祝日も開館",
        "休館日:月曜日(祝日、振替休日の場合は開館)", "月曜が祝日なら開館",
        "月曜日が祝日に当たるときは翌日休館", "祝日の翌日は休み",
    ],
)  # fmt: skip
def test_neither_where_it_is_not(text: str) -> None:
    assert not said(text).shut
    assert not said(text).runs


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("年末年始(12/28～1/4)は休み", ("12-28", "01-04")),
        ("12月29日（火）から翌年1月3日（日）まで休み", ("12-29", "01-03")),
        ("年末年始は休み", None),
        ("12/99～1/4は休み", None),
        ("図書室12/28～1/4、体育室12/30～1/3は休み", None),
    ],
)
def test_the_days_of_its_own_turn_of_the_year(text: str, turn: tuple[str, str] | None) -> None:
    assert said(text).turn == turn


@given(st.text(alphabet="祝日休館診月年末始12/29~は、(開のを除く場合翌。\n", max_size=80))
def test_never_both(text: str) -> None:
    found = said(text)
    assert not found.shut & found.runs
    assert found.shut | found.runs <= {HOLIDAY, YEAR_END, OWN}


@pytest.mark.parametrize(
    "part", ["祝日", "祝、", "休み(祝日", "(場合", "12/29~", "休館", "年末年始", "("]
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    """Each part can be read in two ways: trying them all would never end."""
    begun = time.process_time()
    said(part * (4_000 // len(part)))
    assert time.process_time() - begun < 2
