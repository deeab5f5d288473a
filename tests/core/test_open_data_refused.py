"""Open data that is not what it claims, hostile cells, and any bytes at all: never half a list,
always a report."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.parts.open_lists import (
    CHILDCARE,
    SOUND,
    childcare,
    events,
    file_of,
    mends,
    only,
    place,
    read,
)
from todoke.core import open_data, places
from todoke.core.errors import TodokeError
from todoke.core.open_data import Reading


@pytest.mark.parametrize(
    ("kind", "body", "rule", "row", "column"),
    [
        ("childcare", b"", "csv_empty", "-", "-"),
        ("childcare", b"\n \n", "csv_empty", "-", "-"),
        ("childcare", b"\xff\xfe\x00\xd8", "csv_encoding", 1, "-"),
        ("childcare", b"a,b\n\x81", "csv_encoding", 2, "-"),
        ("childcare", b"PK\x03\x04\x00\x00", "open_data_packed", "-", "-"),
        ("childcare", b"\xd0\xcf\x11\xe0" + b"x" * 99, "open_data_packed", "-", "-"),
        ("childcare", b"%PDF-1.7\n", "open_data_packed", "-", "-"),
        ("childcare", childcare() + childcare() + b"\xe3\x81", "csv_encoding", 5, "-"),
        ("childcare", childcare(備考="x") + b"\x00", "csv_encoding", 3, "-"),
        ("childcare", childcare().replace(b"SYN", b"S" * 200_000), "open_data_cell", 2, "-"),
        ("childcare", file_of([["x"] * 1_000_000]), "csv_columns", 1, "-"),
        ("childcare", b"\xef\xbb\xbf", "csv_empty", "-", "-"),
        ("childcare", b"," * 1_000_000, "csv_empty", "-", "-"),
        ("childcare", b'"' * 1_000_001, "open_data_cell", 1, "-"),
        ("childcare", childcare() + b"\n" * 200_000, "csv_rows", 100_000, "-"),
        ("childcare", childcare() + b"#\n" * 200_000, "csv_rows", 100_000, "-"),
        ("childcare", 'ID,名称,受入年齢,住所\n1,"a\n'.encode(), "csv_quotes", 2, "-"),
        ("childcare", "氏名,生年月日\nx,y\n".encode(), "open_data_kind", 1, "受入年齢"),
        ("childcare", events(["1", "x", "2026-01-01", "", ""]), "open_data_is_events", 1,
         "受入年齢"),
        ("public", childcare(), "open_data_is_childcare", 1, "名称"),
        ("events", childcare(), "open_data_is_childcare", 1, "開始日"),
        ("childcare", "ID,受入年齢,住所\n1,3歳,x\n".encode(), "open_data_column", 1, "名称"),
        ("evacuation", "ID,名称,災害種別_洪水\n1,x,1\n".encode(), "open_data_column", 1,
         "所在地_連結表記"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_claims_is_refused_with_row_and_column(
    kind: str, body: bytes, rule: str, row: int | str, column: str
) -> None:
    with pytest.raises(TodokeError) as caught:
        read(body, kind)
    assert caught.value.code == "open_data_refused"
    assert caught.value.details == {"rule": rule, "row": row, "column": column}


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"名称": ""}, "名称", "name"),
        ({"名称": '=HYPERLINK("https://evil.example","x")'}, "名称", "name_formula"),
        ({"名称": "@SUM(1)"}, "名称", "name_formula"),
        ({"名称": "長" * 30_000}, "名称", "cell_long"),
        ({"名称": "＝cmd|' /C calc'!A0"}, "名称", "name_formula"),
        ({"名称": "+cmd|' /C calc'!A0"}, "名称", "name_formula"),
        ({"名称": "-2+3+cmd|' /C calc'!A0"}, "名称", "name_formula"),
        ({"名称": '="=cmd|x"'}, "名称", "name_formula"),
        ({"名称": "\t=1+1"}, "名称", "name_formula"),
        ({"名称": "\u200b\u3164\u2800"}, "名称", "name"),
        ({"名称": "……"}, "名称", "name"),
        ({"所在地_連結表記": "", "緯度": "NaN", "経度": "inf"}, "所在地_連結表記", "nowhere"),
        ({"所在地_連結表記": "", "緯度": "1e999"}, "所在地_連結表記", "nowhere"),
        ({"所在地_連結表記": "", "緯度": "91", "経度": "181"}, "所在地_連結表記", "nowhere"),
        ({"所在地_連結表記": "", "緯度": "0"}, "所在地_連結表記", "nowhere"),
        ({"種別": "番号 1234 5678 9018"}, "種別", "my_number"),
    ],
)
def test_a_row_that_says_no_place_is_refused(cells: dict[str, str], column: str, rule: str) -> None:
    outcome = only(childcare(**cells))
    assert (outcome.status, mends(outcome)) == ("refused", [(column, rule)])


def test_a_row_with_more_cells_than_columns_is_refused_and_the_next_one_taken() -> None:
    body = file_of([CHILDCARE, [*SOUND.values(), "x"], list(SOUND.values()), ["121002"]])
    first, second, third = read(body).outcomes
    assert (mends(first), second.status) == ([("", "csv_width")], "taken")
    assert (third.status, third.notes[-1].rule) == ("refused", "name")


def test_markup_is_text_and_an_address_that_runs_a_script_is_none() -> None:
    header = [*CHILDCARE, "URL"]
    for written, kept in (
        ("javascript:alert(1)", ""),
        ("https://www.city.example/a?b=1", "https://www.city.example/a?b=1"),
        ("www.city.example", "https://www.city.example"),
        ('https://x.example/"onclick="x', ""),
        (" JaVaScRiPt:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://www.city.example@evil.example/", ""),
        ("http:///x", ""),
        ("http://[::1", ""),
        ("https://x.example:99999/", ""),
        ("https://x.example:8443/a", "https://x.example:8443/a"),
        ("https://日本語.example/あ?い=う", "https://日本語.example/あ?い=う"),
    ):
        found = place(only(file_of([header, [*SOUND.values(), written]])))
        assert found.url == kept
    assert place(only(childcare(名称="<script>alert(1)</script>"))).name.startswith("<script>")


def test_invisible_characters_are_taken_out() -> None:
    outcome = only(childcare(名称="(架空)あお\u202eぞら\u200b\x07園"))
    assert place(outcome).name == "(架空)あおぞら園"
    assert mends(outcome) == [("名称", "invisible_out")]


def test_signs_piled_upon_a_letter_are_taken_off() -> None:
    outcome = only(childcare(名称="園" + "\u0301" * 100))
    assert place(outcome).name == "園\u0301\u0301"
    assert mends(outcome) == [("名称", "invisible_out")]


def test_files_put_one_after_the_other_name_their_columns_again() -> None:
    second = childcare(ID="SYN0002", 名称="(架空)ほかの園")
    first, again, last = read(childcare() + "\ufeff".encode() + second).outcomes
    assert (first.status, mends(again), last.status) == ("taken", [("", "header_again")], "taken")


def test_the_name_of_a_column_is_shown_without_what_a_terminal_obeys() -> None:
    text = childcare().decode().replace("利用可能曜日", "利用可能曜\x9b日")
    reading = read(text.replace("一時預かりの有無", "一時預り\x1bの有無").encode())
    assert [each.column for each in reading.notes] == ["一時預りの有無"]
    assert place(reading.outcomes[0]).days == "月火水木金土"


@pytest.mark.parametrize("count", [1, 300])
def test_no_more_telephone_numbers_than_a_page_shows(count: int) -> None:
    written = ";".join(f"043-000-{number:04}" for number in range(count))
    assert len(place(only(childcare(電話番号=written))).phones) == min(count, 6)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_of_the_data_that_is_none_gives_no_year(day: date) -> None:
    body = events(["1", "(架空)会", "8月5日", "", ""])
    [outcome] = open_data.read("events", body, "x.csv", day).outcomes
    assert mends(outcome) == [("開始日", "event_no_year")]


# ------------------------------------------------------------------ properties
KINDS = st.sampled_from(places.KINDS)
CELL = st.text(max_size=12) | st.sampled_from(
    ["", "0", "○", "8月5日（水）", "=1+1", "1.2E+10", "35.1,135.2", "月～金", "7:00",
     "(03)0000-0000", "-", "就学前", "3～5歳", "千葉県", "２", "9" * 30, "https://x.example",
     "\u202e", "令和元年5月1日", "46239", "1", "R8.13.45", "2026-02-30", "99:99", "日～", "第1土",
     "1.5", "0.99999", ".5", "24:00", "24:01", "35°99′99″", "99°0′0″", "٣", "²", "-0", "1e9",
     "+cmd|' /C calc'!A0", "\u3164", "9999-12-31", "0000-00-00", "999歳"]
)  # fmt: skip
NAMES = [*CHILDCARE, "イベント名", "開始日", "終了日", "災害種別_洪水", "診療科目", "備考", "URL",
         "所在地_都道府県", "所在地_市区町村", "所在地_町字", "公開日", "想定収容人数",
         ""]  # fmt: skip


def attempt(kind: str, body: bytes) -> Reading | None:
    """None for a file that is refused whole, which nothing but its own error may do."""
    try:
        return open_data.read(kind, body, "x.csv", date(2026, 8, 1))
    except TodokeError as error:
        if error.code != "open_data_refused":
            raise
        return None


@given(KINDS, st.binary(max_size=300))
@example("childcare", b"\xff\xfe")
@example("events", b'"')
def test_any_bytes_are_read_or_refused(kind: str, body: bytes) -> None:
    assert attempt(kind, body) is None or body


@settings(max_examples=300)
@given(KINDS, st.lists(st.sampled_from(NAMES), unique=True), st.lists(st.lists(CELL, max_size=14)))
def test_any_cells_give_a_report_in_the_order_of_the_rows(
    kind: str, names: list[str], rows: list[list[str]]
) -> None:
    needed = {"events": ["開始日"], "evacuation": ["災害種別_洪水"], "medical": ["診療科目"]}
    header = list(dict.fromkeys(["名称", "住所", *needed.get(kind, []), *names]))
    if kind == "childcare":
        header = list(dict.fromkeys([*header, "受入年齢"]))
    reading = attempt(kind, file_of([header, *rows]))
    if reading is None:  # a public list with the marks of another kind
        return
    numbers = [each.row for each in reading.outcomes]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + reading.blank + reading.marked == len(rows)
    taken = [each.place for each in reading.outcomes if each.place]
    assert list(reading.list.places) == taken
    assert all(each.notes for each in reading.outcomes if each.place is None)
    path = places.path_of(kind)
    assert places.read(path, places.write(reading.list)) == reading.list, "every page may show it"
