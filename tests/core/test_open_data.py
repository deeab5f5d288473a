"""Open data as cities really publish it: each row taken, mended and said how, or refused and said
why. The examples are made up after files that were seen (`formats.yaml`, messy_reality)."""

from __future__ import annotations

import pytest

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
    rules,
)
from todoke.core import places


def test_a_sound_row_is_taken_as_it_is() -> None:
    reading = read(childcare())
    [outcome] = reading.outcomes
    assert (outcome.row, outcome.status, outcome.notes, reading.notes) == (2, "taken", (), ())
    assert place(outcome) == places.Place(
        id="SYN0001", name="(架空)あおぞら保育所", type="認可公立保育所",
        address="千葉県とどけ市見本町1-1", area="見本町", latitude=35.6081, longitude=140.1065,
        phones=("043-000-0001",), ages="0歳から5歳", age_from=0, age_to=71, days="月火水木金土",
        opens="07:00", closes="19:00", temporary="yes",
    )  # fmt: skip


# ------------------------------------------------------------------ each line of messy_reality
@pytest.mark.parametrize(
    ("codec", "told", "mended"),
    [
        ("utf-8", "UTF-8", []),
        ("utf-8-sig", "UTF-8 BOM", []),
        ("cp932", "Shift_JIS (cp932)", ["encoding"]),
        ("utf-16", "UTF-16LE BOM", ["encoding"]),
        ("utf-16-le", "UTF-16LE", ["encoding"]),
        ("utf-16-be", "UTF-16BE", ["encoding"]),
    ],
)
def test_bom_cp932_and_utf16_say_the_same(codec: str, told: str, mended: list[str]) -> None:
    body = childcare().decode().encode(codec)
    reading = read(body)
    assert reading.encoding == told
    assert rules(reading) == mended
    assert reading.outcomes == read(childcare()).outcomes


def test_tabs_as_excel_saves_its_unicode_text() -> None:
    body = childcare().decode().replace(",", "\t").encode("utf-16")
    assert rules(read(body)) == ["encoding", "tabs"]
    assert place(only(body)) == place(only(childcare()))


def test_a_line_break_in_a_name_is_joined_and_one_in_a_remark_stays() -> None:
    body = file_of([[*CHILDCARE, "備考"], [*SOUND.values(), "土曜は\r\n18:00まで"]])
    outcome = only(
        body.replace("(架空)あおぞら保育所".encode(), '"(架空)あおぞら\n保育所"'.encode())
    )
    assert mends(outcome) == [("名称", "newline_joined")]
    assert place(outcome).name == "(架空)あおぞら 保育所"
    assert place(outcome).about == "土曜は\n18:00まで"


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ("092011", ""),  # Utsunomiya
        ("92011", "code_zero"),
        ("13101", "code_check"),  # Chiyoda without its check digit
        ("１３１０１６", "code_written"),
        ("131016.0", "code_written"),
        ("131017", "code_out"),  # another check digit
        ("1.31E+05", "code_out"),
        ("480002", "code_out"),  # there are 47 prefectures
    ],
)
def test_a_code_that_lost_its_zero_or_check_digit(written: str, how: str) -> None:
    outcome = only(childcare(全国地方公共団体コード=written))
    assert mends(outcome) == ([("全国地方公共団体コード", how)] if how else [])


def test_names_of_columns_with_a_slip_of_the_pen() -> None:
    text = childcare().decode()
    for right, wrong in (
        ("所在地_連結表記", "所在地_連結標記"),  # Kumamoto, Suzu
        ("一時預かりの有無", "一時預りの有無"),
        ("電話番号", "ＴＥＬ"),
        ("利用可能曜日", "利用可能 曜日"),
    ):
        found = read(text.replace(right, wrong).encode())
        assert found.outcomes[0].place == place(only(childcare())), wrong
    kumamoto = read(text.replace("連結表記", "連結標記").encode())
    assert [(each.column, each.rule) for each in kumamoto.notes] == [
        ("所在地_連結標記", "column_slip")
    ]


def test_a_similar_name_is_not_taken_for_one_that_is_there_too() -> None:
    body = file_of([["利用可能曜目", *CHILDCARE], ["日", *SOUND.values()]])
    assert place(only(body)).days == "月火水木金土"


@pytest.mark.parametrize(
    ("prefecture", "city", "town", "block"),
    [
        ("千葉県", "とどけ市", "見本町", "1-1"),
        ("", "千葉県とどけ市見本町1-1", "", ""),  # Kawaguchi, Utsunomiya
        ("千葉県", "千葉県とどけ市見本町1-1", "", ""),
        ("千葉県", "とどけ市", "千葉県とどけ市見本町1-1", ""),
        ("千葉県", "とどけ市", "とどけ市見本町1-1", ""),
        ("", "", "千葉県とどけ市見本町1-1", ""),  # Shinjuku
    ],
)
def test_a_whole_address_in_one_column(prefecture: str, city: str, town: str, block: str) -> None:
    names = ["所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下"]
    header = ["ID", "名称", "受入年齢", *names]
    outcome = only(file_of([header, ["1", "(架空)園", "3歳", prefecture, city, town, block]]))
    assert place(outcome).address == "千葉県とどけ市見本町1-1"
    assert place(outcome).area == "見本町"
    assert outcome.status == "mended"


def test_a_column_without_a_name_is_left_out_and_named_by_its_place() -> None:
    header = [*CHILDCARE[:3], "", *CHILDCARE[3:]]
    cells = list(SOUND.values())
    found = read(file_of([header, [*cells[:3], "?", *cells[3:]]]))
    assert [(each.column, each.rule) for each in found.notes] == [("4", "column_unnamed")]
    assert found.outcomes[0].place == place(only(childcare()))


def test_an_id_that_a_spreadsheet_destroyed_is_made_anew() -> None:
    two = [{**SOUND, "ID": "1.2E+10", "名称": name} for name in ("(架空)い園", "(架空)ろ園")]
    body = file_of([CHILDCARE, *([row[each] for each in CHILDCARE] for row in two)])
    first, second = read(body).outcomes
    assert mends(first) == mends(second) == [("ID", "id_scientific")]
    assert place(first).id.startswith("p-")
    assert place(first).id != place(second).id
    assert place(only(body[: body.rindex(b"121002")])).id == place(first).id, "the same each time"


def test_one_id_for_several_places_tells_none_of_them_and_a_row_twice_is_one() -> None:
    other = {**SOUND, "名称": "(架空)ほかの園"}
    rows = [[row[each] for each in CHILDCARE] for row in (SOUND, other, SOUND)]
    first, second, third = read(file_of([CHILDCARE, *rows])).outcomes
    assert (first.status, second.status, third.status) == ("taken", "mended", "refused")
    assert mends(second) == [("ID", "id_twice")]
    assert mends(third) == [("ID", "twice")]


@pytest.mark.parametrize(
    ("latitude", "longitude", "at", "how"),
    [
        ("140.1065", "35.6081", (35.6081, 140.1065), "place_turned"),
        ("0", "0", None, "place_zero"),
        ("0", "140.1", None, "place_zero"),
        ("35.6081", "", None, "place_out"),
        ("51.5", "-0.12", None, "place_out"),  # London
        ("３５．６０８１", "140.1065", (35.6081, 140.1065), "place_written"),
        ("35°36′29″", "140°6′23″", (35.608056, 140.106389), "place_written"),
        ("35.6081,140.1065", "", (35.6081, 140.1065), "place_split"),
        ("ここ", "そこ", None, "place_out"),
        ("35°99′29″", "140°6′23″", None, "place_out"),
    ],
)
def test_coordinates_turned_zero_or_in_one_cell(
    latitude: str, longitude: str, at: tuple[float, float] | None, how: str
) -> None:
    outcome = only(childcare(緯度=latitude, 経度=longitude))
    found = place(outcome)
    assert (found.latitude, found.longitude) == (at or (None, None))
    assert mends(outcome) == [("緯度", how)]


def test_rows_that_begin_with_a_hash_and_blank_rows() -> None:
    """LinkData, as Takamatsu publishes it: the names of the columns stand in #property."""
    body = file_of(
        [
            ["#LINK", "http://linkdata.example/work/1"],
            ["#lang", "ja"],
            ["#property", "名称", "住所", "location", "flood_L1", "flood_L2", "tunami", "fire"],
            ["#object_type_xsd", "string:ja", "string:ja", "string", "string", "string"],
            [],
            ["s1", "(架空)見本公園", "とどけ市見本町3", "35.60,140.10", "○", "△", "×", "○"],
            ["", "", "", "", "", "", "", ""],
            ["s2", "(架空)浜の広場", "とどけ市浜1", "35.59,140.11", "", "", "○", "?"],
        ]
    )
    found = read(body, "evacuation")
    assert (found.header, found.marked, found.blank) == (3, 4, 2)
    assert rules(found) == ["column_unnamed", "rows_marked", "rows_blank"]
    first, second = found.outcomes
    assert (first.row, second.row) == (6, 8)
    assert place(first).hazards == ("fire",)
    assert place(first).partly == ("flood",), "fit for one flood and in part for the largest"
    assert (place(first).latitude, place(first).longitude) == (35.6, 140.1)
    assert place(second).hazards == ("tsunami",)
    assert ("fire", "answer_out") in mends(second)


@pytest.mark.parametrize(
    ("written", "value", "how"),
    [
        ("7:00", "07:00", "time_written"),
        ("22：00", "22:00", "time_written"),
        ("0.291666666666667", "07:00", "time_excel"),
        ("1899/12/30 7:00:00", "07:00", "time_excel"),
        ("午後1時半", "13:30", "time_written"),
        ("○", "", "time_out"),
        ("25:00", "", "time_out"),
        ("25:99", "", "time_out"),
        ("1.5", "", "time_out"),  # of a spreadsheet: noon of the second day
        ("0.99999", "24:00", "time_excel"),
    ],
)
def test_times_of_excel_full_width_colons_and_circles(written: str, value: str, how: str) -> None:
    outcome = only(childcare(開始時間=written))
    assert place(outcome).opens == value
    assert mends(outcome) == [("開始時間", how)]
    assert place(outcome).hours == ("" if value else written), "what cannot be read stays as text"


@pytest.mark.parametrize(
    ("written", "value", "how"),
    [
        ("○", "yes", ""), ("△", "partly", ""), ("×", "no", ""), ("〇", "yes", ""),
        ("無", "no", ""), ("", "", ""), ("1", "yes", ""), ("要相談", "", "answer_out"),
    ],
)  # fmt: skip
def test_circles_triangles_and_crosses(written: str, value: str, how: str) -> None:
    outcome = only(childcare(一時預かりの有無=written))
    assert place(outcome).temporary == value
    assert mends(outcome) == ([("一時預かりの有無", how)] if how else [])


@pytest.mark.parametrize(
    ("written", "value", "how"),
    [
        ("(048)252-4384", ("048-252-4384",), "phone_written"),
        ("090-0000-0001 080-0000-0002", ("090-0000-0001", "080-0000-0002"), "phone_several"),
        ("043-000-0001、043-000-0002", ("043-000-0001", "043-000-0002"), "phone_several"),
        ("430000001", ("0430000001",), "phone_zero"),
        ("０４３ー０００ー０００１", ("043-000-0001",), "phone_written"),
        ("+81-43-000-0001", ("043-000-0001",), "phone_written"),
        ("043-000-0001(内線12)", ("043-000-0001",), "phone_written"),
        ("110番", (), "phone_out"),
    ],
)
def test_telephone_numbers(written: str, value: tuple[str, ...], how: str) -> None:
    outcome = only(childcare(電話番号=written))
    assert place(outcome).phones == value
    assert mends(outcome) == [("電話番号", how)]


def test_several_places_may_have_one_address() -> None:
    other = {**SOUND, "ID": "SYN0002", "名称": "(架空)あおぞら児童館"}
    rows = [[row[each] for each in CHILDCARE] for row in (SOUND, other)]
    assert [each.status for each in read(file_of([CHILDCARE, *rows])).outcomes] == ["taken"] * 2


@pytest.mark.parametrize(
    ("first", "last", "name", "days", "how"),
    [
        ("2026-08-05", "", "", ("2026-08-05", "2026-08-05"), []),
        ("2026/8/5", "2026/8/16", "", ("2026-08-05", "2026-08-16"), ["date_written"] * 2),
        ("令和8年8月5日(水)", "", "", ("2026-08-05", "2026-08-05"), ["date_era"]),
        ("46239", "", "", ("2026-08-05", "2026-08-05"), ["date_excel"]),
        ("8月5日（水）～8月16日（日）", "", "e_20260801.csv", ("2026-08-05", "2026-08-16"),
         ["span_split", "date_year", "date_year"]),
        ("12月28日～1月5日", "", "e_20261201.csv", ("2026-12-28", "2027-01-05"),
         ["span_split", "date_year", "date_year"]),
        ("2026-12-28", "1/5", "", ("2026-12-28", "2027-01-05"), ["date_year"]),
    ],
)  # fmt: skip
def test_days_of_events(
    first: str, last: str, name: str, days: tuple[str, str], how: list[str]
) -> None:
    outcome = only(events(["1", "(架空)夏まつり", first, last, "見本公園"]), "events", name)
    assert (place(outcome).first, place(outcome).last) == days
    assert [each.rule for each in outcome.notes] == how


@pytest.mark.parametrize(
    ("first", "last", "name", "column", "rule"),
    [
        ("8月5日（水）～8月16日（日）", "", "", "開始日", "event_no_year"),
        ("8月5日（木）", "", "e_20260801.csv", "開始日", "event_weekday"),
        ("2026-02-30", "", "", "開始日", "event_date"),
        ("近日", "", "", "開始日", "event_date"),
        ("", "2026-08-05", "", "開始日", "event_no_date"),
        ("2026-08-05", "2026-08-04", "", "終了日", "event_ends_first"),
        ("2月29日", "", "e_20260801.csv", "開始日", "event_date"),
        ("0001-01-01", "", "", "開始日", "event_date"),
    ],
)
def test_an_event_without_a_sure_day_is_refused_and_said_why(
    first: str, last: str, name: str, column: str, rule: str
) -> None:
    outcome = only(events(["1", "(架空)夏まつり", first, last, ""]), "events", name)
    assert (outcome.status, mends(outcome)) == ("refused", [(column, rule)])


def test_an_event_takes_its_year_from_the_day_it_was_published() -> None:
    header = ["ID", "イベント名", "開始日", "公開日"]
    body = file_of([header, ["1", "(架空)節分", "2月3日", "2026-12-20"]])
    assert place(only(body, "events")).first == "2027-02-03"


# ------------------------------------------------------------------ the other kinds
def test_the_legacy_columns_of_every_kind() -> None:
    legacy = {
        "childcare": ("NO,名称,住所,受入年齢", "1,(架空)園,とどけ市見本町1,3歳～5歳"),
        "public": ("NO,名称,住所,バリアフリー情報", "1,(架空)館,とどけ市見本町1,"),
        "evacuation": ("NO,名称,住所,災害種別_洪水", "1,(架空)公園,とどけ市見本町1,1"),
        "medical": ("NO,名称,住所,診療科目,診療曜日", "1,(架空)医院,とどけ市見本町1,小児科,月～金"),
        "events": ("NO,イベント名,開始日,住所", "1,(架空)会,2026-12-01,とどけ市見本町1"),
    }
    for kind, lines in legacy.items():
        outcome = only("\n".join(lines).encode(), kind)
        assert place(outcome).address == "とどけ市見本町1", kind
        assert place(outcome).area == "見本町", kind
    assert place(only("\n".join(legacy["medical"]).encode(), "medical")).days == "月火水木金"


def test_the_sixteen_columns_of_takamatsus_events() -> None:
    header = (
        "№,対象,開催日,開始時間,終了時間,行事名,場所名称,緯度,経度,説明,料金,定員,申込期間,URL,"
        "問い合わせ先（市の担当課）,TEL"
    )
    row = (
        "7,親子,8月5日（水）,10：00,11:30,(架空)おはなし会,見本図書館,34.34,134.04,絵本,無料,20,"
        "7/1～,,見本課,087-000-0000"
    )
    found = place(only(f"{header}\n{row}\n".encode(), "events", "20260715.csv"))
    assert (found.id, found.first, found.opens) == ("7", "2026-08-05", "10:00")
    assert (found.target, found.fee, found.organiser) == ("親子", "無料", "見本課")


@pytest.mark.parametrize(
    ("written", "months"),
    [
        ("0歳から5歳", (0, 71)), ("3～5歳", (36, 71)), ("生後6か月～就学前", (6, 83)),
        ("生後57日から就学前まで", (1, 83)), ("2歳児", (24, 35)), ("1歳以上", (12, None)),
        ("3歳未満", (0, 35)), ("小学生", (None, None)), ("応相談", (None, None)),
    ],
)  # fmt: skip
def test_ages(written: str, months: tuple[int | None, int | None]) -> None:
    found = place(only(childcare(受入年齢=written)))
    assert (found.age_from, found.age_to) == months
    assert found.ages == written, "the words of the city stay"


@pytest.mark.parametrize(
    ("written", "days", "how"),
    [
        ("月火水木金土", "月火水木金土", ""), ("月～金", "月火水木金", "days_written"),
        ("月曜日から金曜日", "月火水木金", "days_written"),
        ("毎日", "月火水木金土日祝", "days_written"),
        ("平日", "月火水木金", "days_written"), ("土・日・祝日", "土日祝", "days_written"),
        ("金～月", "月金土日", "days_written"), ("第2日曜", "", "days_out"), ("○", "", "days_out"),
    ],
)  # fmt: skip
def test_weekdays(written: str, days: str, how: str) -> None:
    outcome = only(childcare(利用可能曜日=written))
    assert place(outcome).days == days
    assert mends(outcome) == ([("利用可能曜日", how)] if how else [])
    assert days or place(outcome).hours == written
