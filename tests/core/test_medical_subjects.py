"""診療科目 as cities write them: parted, named as the law names them, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.medical_subjects import MOST, TABLE, key_of, subjects_of


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("小児科", ["小児科"]),
        ("内科；小児科", ["内科", "小児科"]),
        ("内・小", ["内科", "小児科"]),
        ("内科、小児科/皮膚科", ["内科", "小児科", "皮膚科"]),
        ("内科　小児科", ["内科", "小児科"]),
        ("内科\n小児科", ["内科", "小児科"]),
        ("内科小児科", ["内科", "小児科"]),
        ("整形外科外科", ["整形外科", "外科"]),
        ("ﾘﾊﾋﾞﾘﾃｰｼｮﾝ科", ["リハビリテーション科"]),
        ("耳鼻咽喉科", ["耳鼻いんこう科"]),
        ("耳鼻いんこう科・耳鼻咽喉科", ["耳鼻いんこう科"]),
        ("小児科(予約制、午後のみ)、内科", ["小児科", "内科"]),
        ("内科(予約、小児科", ["内科", "予約", "小児科"]),
        ("小児科、内科など", ["小児科", "内科"]),
        ("漢方内科・小児科", ["漢方内科", "小児科"]),
        ("脳", ["脳"]),  # neurology or neurosurgery: nobody knows
        ("内外", ["内外"]),
        ("", []),
        ("1・2", []),
        ("-", []),
    ],
)
def test_departments_as_they_are_written(written: str, found: list[str]) -> None:
    assert list(subjects_of(written)) == found


def test_what_a_family_looks_for_first_is_first() -> None:
    assert next(iter(TABLE)) == "小児科"
    assert key_of("小児科") == "children"
    assert key_of("漢方内科") == ""
    assert len({key for key, _ in TABLE.values()}) == len(TABLE)


def test_a_way_to_write_a_name_belongs_to_one_name() -> None:
    written = [each for name, (_, others) in TABLE.items() for each in (name, *others.split())]
    assert len(written) == len(set(written))
    assert all(subjects_of(each) == (each,) for each in TABLE)


@given(st.text(alphabet='内科小児外整形・；、()（） 　a<>&"|', max_size=60) | st.text(max_size=60))
def test_any_cell_gives_names_that_part_nothing(text: str) -> None:
    found = subjects_of(text)
    assert len(found) == len(set(found)) <= MOST
    assert not [each for each in found if set(each) & set("|、；;・ \n")]
    assert all(subjects_of(each) == (each,) for each in found if key_of(each))
