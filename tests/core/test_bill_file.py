"""A file of bills is read strictly: money is never guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.payer import HEADER, csv, row
from todoke import assemble
from todoke.core import bill_file, csv_file
from todoke.core.errors import TodokeError

TODAY = date(2026, 11, 24)


def refused(body: bytes) -> list[tuple[int, str, str]]:
    """(line, column, rule) of each refused line."""
    return [(each.line, each.column, each.rule) for each in bill_file.read(body, TODAY).refused]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_excel_and_of_others_are_read(encoding: str, end: str) -> None:
    text = end.join([HEADER, row("B-1"), '"0001",B-2,給食費,"見本, 12月",1,2026/1/2', ""])
    found = bill_file.read(text.encode(encoding), TODAY)
    assert not found.refused
    assert [(each.line, each.reference, each.kind, each.yen) for each in found.rows] == [
        (2, "B-1", "nursery_fee", 12_000),
        (3, "B-2", "school_lunch", 1),
    ]
    assert (found.rows[1].title, found.rows[1].due) == ("見本, 12月", date(2026, 1, 2))


def test_columns_may_stand_in_any_order() -> None:
    header = ",".join(reversed(HEADER.split(",")))
    line = ",".join(reversed(row("B-1").split(",")))
    assert bill_file.read(csv(line, header=header), TODAY).rows[0].reference == "B-1"


LINES = [
    (row("B-1", number="０００１"), "宛名番号", "csv_number"),
    (row("B-1", number=""), "宛名番号", "required"),
    (row("B 1"), "請求番号", "csv_number"),
    (row("B" * 41), "請求番号", "csv_number"),
    (row("B-1", kind="税"), "種別", "csv_kind"),
    (row("B-1", title="長" * 61), "件名", "too_long"),
    (row("B-1", title="番号 123456789018"), "件名", "csv_my_number"),
    (row("B-1", title="あ\u202eい"), "件名", "control_character"),
    (row("B-1", title="あ\x07い"), "件名", "control_character"),
    (row("B-1", title=" "), "件名", "required"),
    (row("B-1", yen="0"), "金額", "csv_yen"),
    (row("B-1", yen="10000000"), "金額", "csv_yen"),
    (row("B-1", yen="-1"), "金額", "csv_yen"),
    (row("B-1", yen="+1"), "金額", "csv_yen"),
    (row("B-1", yen="1.0"), "金額", "csv_yen"),
    (row("B-1", yen="１２"), "金額", "csv_yen"),
    (row("B-1", yen='"1,200"'), "金額", "csv_yen"),
    (row("B-1", yen="1e3"), "金額", "csv_yen"),
    (row("B-1", yen="1_000"), "金額", "csv_yen"),
    (row("B-1", due="2026-02-29"), "納期限", "csv_date"),
    (row("B-1", due="2026-12/28"), "納期限", "csv_date"),
    (row("B-1", due="12/28"), "納期限", "csv_date"),
    (row("B-1", due="令和8年12月28日"), "納期限", "csv_date"),
    (row("B-1", due="0000-01-01"), "納期限", "csv_date"),
    (row("B-1", due="2062-12-28"), "納期限", "csv_date_far"),
    ("a,b,c", "", "csv_width"),
    (row("B-1") + ",", "", "csv_width"),
]


@pytest.mark.parametrize(("line", "column", "rule"), LINES)
def test_a_line_that_is_not_right_is_refused_with_its_reason(
    line: str, column: str, rule: str
) -> None:
    assert refused(csv(line)) == [(2, column, rule)]
    assert not bill_file.read(csv(line), TODAY).rows


def test_good_lines_are_read_beside_bad_ones_and_counted_as_an_editor_counts() -> None:
    body = csv(row("B-1"), "", row("B-2", title='"二行\nの件名"'), row("B-3", yen="x"), row("B-1"))
    assert [each.line for each in bill_file.read(body, TODAY).rows] == [2]
    assert [(line, rule) for line, _, rule in refused(body)] == [
        (4, "control_character"),
        (6, "csv_yen"),
        (7, "csv_twice"),
    ]


FILES = [
    (b"", "csv_header"),
    (b"\xff\xfe\x00\x01", "csv_encoding"),
    (b"\x00", "csv_encoding"),
    (HEADER.encode("utf-16"), "csv_encoding"),
    (b"a,b\n1,2\n", "csv_header"),
    ((HEADER + ",x").encode(), "csv_header"),
    (HEADER.replace("金額", "件名").encode(), "csv_header"),
    (csv('"1,2'), "csv_quotes"),
    (csv('"1"x,2,3,4,5,6'), "csv_quotes"),
    (csv("x" * 140_000), "csv_quotes"),
    (csv(*["x"] * (csv_file.MAX_ROWS + 1)), "csv_rows"),
]


@pytest.mark.parametrize(("body", "rule"), FILES)
def test_what_is_no_such_file_is_refused_as_a_whole(body: bytes, rule: str) -> None:
    with pytest.raises(TodokeError) as caught:
        bill_file.read(body, TODAY)
    assert caught.value.code == "bad_field"
    assert (caught.value.details["field"], caught.value.details["rule"]) == ("file", rule)


def test_every_reason_is_a_sentence() -> None:
    found = assemble.dictionary()
    rules = {rule for _, _, rule in LINES} | {rule for _, rule in FILES}
    rules |= {"csv_nobody", "csv_changed", "csv_twice"}
    for rule in rules:
        assert all(found.has(each, f"errors.rule.{rule}") for each in ("ja", "easy", "en")), rule


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(TodokeError, match="body_too_large"):
        bill_file.read(b"x" * (csv_file.MAX_BYTES + 1), TODAY)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: csv(text)))
def test_any_bytes_are_read_or_refused_and_never_a_defect(body: bytes) -> None:
    try:
        found = bill_file.read(body, TODAY)
    except TodokeError as error:
        assert error.code == "bad_field"  # noqa: PT017
    else:
        assert not found.rows
