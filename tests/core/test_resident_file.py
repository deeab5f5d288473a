"""The file of the register: every line is read strictly, and named where it cannot be."""

from __future__ import annotations

import tracemalloc
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.snapshots import ON, crowd, file, line
from todoke.core import my_number, resident_file
from todoke.core.csv_file import Refusal
from todoke.core.errors import TodokeError
from todoke.core.resident_file import CLOSED, DECEASED, HERE, Row

#: computed, no person's
MY_NUMBER = "053703296641"


def rows(body: bytes) -> list[Row | Refusal]:
    return list(resident_file.read(body, ON).checked())


def one(**cells: str) -> Row | Refusal:
    (found,) = rows(file(line(**cells)))
    return found


def rule(**cells: str) -> tuple[str, str]:
    found = one(**cells)
    assert isinstance(found, Refusal), found
    assert found.line == 2
    return found.column, found.rule


def no_file(body: bytes) -> object:
    with pytest.raises(TodokeError) as refused:
        resident_file.read(body, ON)
    return refused.value.details.get("rule", refused.value.code)


def test_a_line_becomes_a_person() -> None:
    cells = {"異動日": "2026/10/5", "異動事由": "転入", "保護者の宛名番号": "1002、1003"}
    assert rows(file(line("1001", **cells))) == [
        Row(
            line=2,
            number="1001",
            name="見本 花子",
            kana="みほん はなこ",
            address="見本町一丁目1番1号",
            born=date(1990, 4, 1),
            sex="2",
            moved_on=date(2026, 10, 5),
            reason="転入",
            guardians=("1002", "1003"),
        )
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_excel_and_other_programs_write_it(encoding: str, ends: str) -> None:
    text = file(line(), line("1002")).decode().replace("\n", ends)
    found = rows(text.encode(encoding))
    assert [each.line for each in found if isinstance(each, Row)] == [2, 3]


def test_columns_stand_in_any_order_and_blank_lines_count_for_nothing() -> None:
    header = ("性別", "氏名", "宛名番号", "よみがな", "住所", "生年月日")
    body = file(line(), line("1002"), header=header).replace(b"\n", b"\n\n,,\n")
    found = rows(body)
    assert [(each.line, each.number) for each in found if isinstance(each, Row)] == [
        (4, "1001"),
        (7, "1002"),
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "csv_residents"),
        ("宛名番号,氏名,よみがな\n1,見本,みほん\n".encode(), "csv_residents"),
        (file(line(個人番号="1")), "csv_residents"),
        (file(line(), header=("氏名", *resident_file.COLUMNS)), "csv_residents"),
        (file(line()).decode().encode("utf-16"), "csv_encoding"),
        (file(line()) + b"\xff\xfe\xfd", "csv_encoding"),
        (file(line()) + b'"1002,' + b"x\n" * 9000, "csv_quotes"),
        (file(line()) + '1002,"見本'.encode(), "csv_quotes"),
    ],
)
def test_what_is_no_such_file_is_refused(body: bytes, why: str) -> None:
    assert no_file(body) == why


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident_file, "MAX_BYTES", 100)
    assert no_file(file(line())) == "body_too_large"
    monkeypatch.setattr(resident_file, "MAX_BYTES", 10_000)
    monkeypatch.setattr(resident_file, "MAX_ROWS", 1)
    assert no_file(file(line(), line("1002"))) == "csv_register_rows"


def test_half_a_line_and_a_number_that_comes_twice_are_named() -> None:
    body = file(line(), line()) + "1003,見本 月".encode()
    assert rows(body)[1:] == [
        Refusal(3, "宛名番号", "csv_twice"),
        Refusal(4, "", "csv_width"),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("氏名", "", "required"),
        ("氏名", "見" * 101, "too_long"),
        ("氏名", "見\u202e本", "control_character"),
        ("住所", "見" * 201, "too_long"),
        ("生年月日", "1990-02-30", "csv_day"),
        ("生年月日", "2026-11-02", "csv_born_later"),
        ("性別", "x", "csv_sex"),
        ("異動日", "昨日", "csv_day"),
        ("異動事由", "見" * 41, "too_long"),
        ("保護者の宛名番号", "1 2 3 4 5", "csv_guardians"),
        ("支援措置", "済", "csv_protected"),
        ("支援措置", "2", "csv_protected"),
        ("支援措置", "無 1002", "csv_protected"),
        ("支援措置", "有 1002", "csv_protected"),
        ("保護者の宛名番号", "一", "csv_number"),
    ],
)
def test_a_cell_that_cannot_be_is_named(column: str, cell: str, why: str) -> None:
    assert rule(**{column: cell}) == (column, why)


@pytest.mark.parametrize("number", ["", "12 34", "見本", "1" * 21])
def test_a_number_that_is_none_is_named(number: str) -> None:
    (found,) = rows(file(line(number)))
    expected = "csv_number" if number else "required"
    assert found == Refusal(2, "宛名番号", expected)


@pytest.mark.parametrize("column", [*resident_file.COLUMNS[1:], *resident_file.OPTIONAL])
def test_a_my_number_is_refused_in_every_cell(column: str) -> None:
    assert my_number.is_valid(MY_NUMBER)
    assert rule(**{column: MY_NUMBER}) == (column, "csv_my_number")
    (found,) = rows(file(line(MY_NUMBER)))
    assert found == Refusal(2, "宛名番号", "csv_my_number")


def test_nobody_knows_is_no_mistake() -> None:
    found = one(住所="", 生年月日="", 性別="", よみがな="")
    assert isinstance(found, Row)
    assert (found.address, found.born, found.sex, found.kana) == ("", None, "", "")
    for text in ("昭和25年不詳", "1950-00-00", "19500000", "1950/4/00", "不詳"):
        told = one(生年月日=text)
        if text == "昭和25年不詳":
            assert isinstance(told, Refusal)
        else:
            assert isinstance(told, Row)
            assert told.born is None


@pytest.mark.parametrize(
    "text", ["1990/4/1", "19900401", "平成2年4月1日", "H2.4.1", "平成二年四月一日"]
)
def test_a_birth_date_is_written_in_many_ways(text: str) -> None:
    found = one(生年月日=text)
    assert isinstance(found, Row)
    assert found.born == date(1990, 4, 1)


def test_a_letter_only_that_system_can_show_becomes_a_geta() -> None:
    found = one(氏名="\ue000見本 花子", 住所="見\uf8ff町1")
    assert isinstance(found, Row)
    assert (found.name, found.address) == ("〓見本 花子", "見〓町1")
    kept = one(氏名="邉\U000e0102見本　花子")
    assert isinstance(kept, Row)
    assert kept.name == "邉\U000e0102見本　花子"


@pytest.mark.parametrize(
    ("reason", "day", "state"),
    [
        ("死亡", "", DECEASED),
        ("死亡届出", "2026-10-30", DECEASED),
        ("転出", "2026-11-01", CLOSED),
        ("国外転出", "", CLOSED),
        ("職権消除", "", CLOSED),
        ("転出", "2026-11-02", HERE),
        ("転出予定", "", HERE),
        ("転出取消", "", HERE),
        ("死亡取消", "", HERE),
        ("転居", "2026-10-01", HERE),
        ("", "", HERE),
    ],
)
def test_the_reason_of_a_move_says_what_became_of_a_person(
    reason: str, day: str, state: str
) -> None:
    found = one(異動事由=reason, 異動日=day)
    assert isinstance(found, Row)
    assert found.state == state


def test_a_cell_in_quotes_may_hold_commas_and_line_ends() -> None:
    body = file(line(), line("1002")).replace(
        "見本町一丁目1番1号".encode(), '"見本町1,1"'.encode(), 1
    )
    first, second = rows(body)
    assert isinstance(first, Row)
    assert first.address == "見本町1,1"
    broken = body.replace(b'1,1"', b'1\n1"')
    first, second = rows(broken)
    assert (first.line, second.line) == (2, 4)
    assert isinstance(first, Refusal)
    assert (first.column, first.rule) == ("住所", "control_character")


def test_a_large_file_is_kept_once_and_not_as_its_rows() -> None:
    body = file(*crowd(20_000))
    tracemalloc.start()
    found = resident_file.read(body, ON)
    people = sum(isinstance(each, Row) for each in found.checked())
    peak = tracemalloc.get_traced_memory()[1]
    kept = list(found.checked())
    as_rows = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert people == len(kept) == 20_000
    assert peak < 4 * len(body)  # decoded once to find the encoding; then numbers alone
    assert as_rows > 2 * peak


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    for whole in (body, file(line()) + body):
        try:
            found = rows(whole)
        except TodokeError as error:
            found = []
            if error.code != "bad_field":
                raise
        assert all(isinstance(each, Row | Refusal) for each in found)


@pytest.mark.parametrize(
    ("text", "protected", "shown_to"),
    [
        ("", False, ()),
        ("無", False, ()),
        ("0", False, ()),
        ("対象外", False, ()),
        ("有", True, ()),
        ("1", True, ()),
        ("対象", True, ()),
        ("有 1002", True, ("1002",)),
        ("有、1003・1002", True, ("1003", "1002")),
    ],
)
def test_protection_is_told_with_the_guardians_who_may_read_all_the_same(
    text: str, protected: bool, shown_to: tuple[str, ...]
) -> None:
    found = one(保護者の宛名番号="1002 1003", 支援措置=text)
    assert isinstance(found, Row)
    assert (found.protected, found.shown_to) == (protected, shown_to)


@given(st.text("有無あなし対象外該当済01 、2", max_size=6))
def test_a_child_is_shown_only_by_a_word_that_the_list_knows(text: str) -> None:
    found = one(支援措置=text)
    if isinstance(found, Row) and not found.protected:
        assert text.strip(" 、") in resident_file._NOT_PROTECTED
