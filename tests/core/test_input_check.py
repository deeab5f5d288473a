"""One text checked: the state's numbers, eras, readings, telephone numbers, names, addresses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import address, input_check, words
from todoke.core.eras import ERAS
from todoke.core.input_check import KINDS

ROOT = Path(__file__).parents[2]
PLACES = address.municipalities((ROOT / "site/municipalities.csv").read_text("utf-8"))

#: kind, text, how it is written (None: wrong), why it is wrong
CASES = [
    ("corporate", "6000020121002", "6000020121002", None),
    ("corporate", "1000020372013", "1000020372013", None),
    ("corporate", "7000012050002", "7000012050002", None),
    ("corporate", "１０００-０２０３７-２０１３", "1000020372013", None),
    ("corporate", "2000020372013", None, "check_digit"),
    ("corporate", "1000020372014", None, "check_digit"),
    ("corporate", "100002037201", None, "corporate_digits"),
    ("lgcode", "011002", "011002", None),
    ("lgcode", "112038", "112038", None),
    ("lgcode", "372013", "372013", None),
    ("lgcode", "372014", None, "city_code_digit"),
    ("lgcode", "481009", None, "city_code_digit"),
    ("lgcode", "37201", None, "city_code"),
    ("lgcode", "37201x", None, "city_code"),
    ("wareki", "令和8年4月1日", "2026-04-01", None),
    ("wareki", "R8.4.1", "2026-04-01", None),
    ("wareki", "令和元年5月1日", "2019-05-01", None),
    ("wareki", "令和元年4月30日", None, "era_without_day"),
    ("wareki", "平成31年4月30日", "2019-04-30", None),
    ("wareki", "平成31年5月1日", None, "era_without_day"),
    ("wareki", "平成元年1月8日", "1989-01-08", None),
    ("wareki", "平成元年1月7日", None, "era_without_day"),
    ("wareki", "昭和64年1月7日", "1989-01-07", None),
    ("wareki", "昭和64年1月8日", None, "era_without_day"),
    ("wareki", "大正15年12月25日", "1926-12-25", None),
    ("wareki", "昭和元年12月25日", "1926-12-25", None),
    ("wareki", "明治45年7月30日", "1912-07-30", None),
    ("wareki", "明治45年7月31日", None, "era_without_day"),
    ("wareki", "明治5年12月2日", None, "era_without_day"),
    ("wareki", "令和0年1月1日", None, "era_without_day"),
    ("wareki", "令和8年2月29日", None, "era_without_day"),
    ("wareki", "令和8年2月30日", None, "era_without_day"),
    ("wareki", "令和6年2月29日", "2024-02-29", None),
    ("wareki", "令和８年１３月１日", None, "era_without_day"),
    ("wareki", "令和八年十二月三十一日", "2026-12-31", None),
    ("wareki", "㋿8年4月1日", "2026-04-01", None),
    ("wareki", "2026-04-01", None, "era_western"),
    ("wareki", "平成31年5月", None, "era_no_day"),
    ("phone", "000-000-0000", None, "phone"),
    ("postal", "000-0000", None, "postal_none"),
    ("wareki", "令和", None, "era_day"),
    ("kana", "さとう たろう", "サトウ タロウ", None),
    ("kana", "ｻﾄｳ ﾀﾛｳ", "サトウ タロウ", None),
    ("kana", "サトウ　タロウ", "サトウ タロウ", None),
    ("kana", "佐藤", None, "kana_only"),
    ("kana", "", None, "kana_only"),
    ("phone", "043-245-5111", "0432455111", None),
    ("phone", "０４３－２４５－５１１１", "0432455111", None),
    ("phone", "(048)252-4384", "0482524384", None),
    ("phone", "090-1234-5678", "09012345678", None),
    ("phone", "+81 90-1234-5678", "09012345678", None),
    ("phone", "0120-123-456", "0120123456", None),
    ("phone", "0800-123-4567", "08001234567", None),
    ("phone", "0570-012-345", "0570012345", None),
    ("phone", "119", "119", None),
    ("phone", "#8000", "#8000", None),
    ("phone", "043-245-5111/043-245-5112", None, "two_phones"),
    ("phone", "043-245-5111 043-245-5112", None, "two_phones"),
    ("phone", "043-245-5111、090-1234-5678", None, "two_phones"),
    ("phone", "043-2455-5111", None, "phone"),
    ("phone", "090-123-4567", None, "phone"),
    ("phone", "245-5111", None, "phone"),
    ("postal", "260-8722", "2608722", None),
    ("postal", "〒２６０－８７２２", "2608722", None),
    ("postal", "260-872", None, "postal_digits"),
    ("name", "髙橋 花子", "髙橋 花子", None),
    ("name", "﨑山 太郎", "﨑山 太郎", None),
    ("name", "𠮷田 一郎", "𠮷田 一郎", None),
    ("name", "渡邉\U000e0102 葵", "渡邉\U000e0102 葵", None),
    ("name", "葛\U000e0100城 蓮", "葛\U000e0100城 蓮", None),
    ("name", "Nguyễn Thị Hoa", "Nguyễn Thị Hoa", None),
    ("name", " 見本 たろう ", "見本 たろう", None),
    ("name", "見本\u200bたろう", None, "control_character"),
    ("name", "\ue000本", None, "control_character"),
    ("name", "見本3", None, "name_letters"),
    ("name", "見本😀", None, "name_letters"),
    ("name", " ", None, "required"),
    ("name", "あ" * 101, None, "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "normal", "why"), CASES)
def test_a_text_is_judged_by_its_kind(
    kind: str, text: str, normal: str | None, why: str | None
) -> None:
    found = KINDS[kind](text)
    assert (found.normal, found.why) == (normal, why)
    assert found.valid is (normal is not None)


def test_a_my_number_is_judged_and_never_given_back() -> None:
    for text in ("053703296641", "０５３７ ０３２９ ６６４１", "0537-0329-6641"):
        assert KINDS["mynumber"](text) == input_check.Check()
    assert KINDS["mynumber"]("053703296642").why == "check_digit"
    assert KINDS["mynumber"]("05370329664").why == "my_number_digits"


def test_a_selector_is_kept_and_is_no_letter_of_its_own() -> None:
    assert KINDS["name"]("邉\U000e0102" * input_check.MAX_NAME).valid
    assert not KINDS["name"]("邉\U000e0102" * (input_check.MAX_NAME + 1)).valid


@given(st.text(max_size=40))
def test_whatever_is_typed_is_judged_and_what_is_right_stays_right(text: str) -> None:
    for kind, judge in KINDS.items():
        found = judge(text)
        if found.normal is not None and kind != "wareki":
            assert judge(found.normal).normal == found.normal


@given(st.dates(min_value=date(1873, 1, 1), max_value=date(2060, 12, 31)))
def test_every_day_of_every_era_is_found_again(day: date) -> None:
    eras = [name for name, (first, last) in ERAS.items() if first <= day <= last]
    assert eras
    for era in eras:
        began = ERAS[era][0].year if era != "明治" else 1868
        text = f"{era}{day.year - began + 1}年{day.month}月{day.day}日"
        assert KINDS["wareki"](text).normal == day.isoformat()


# ------------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("text", "code", "city"),
    [
        ("千葉県千葉市中央区千葉港1-1", "121011", "千葉市中央区"),
        ("千葉市中央区千葉港1番1号", "121011", "千葉市中央区"),
        ("〒260-8722 千葉県 千葉市 中央区 千葉港1-1", "121011", "千葉市中央区"),
        ("高松市番町一丁目8番15号", "372013", "高松市"),
        ("東京都府中市宮西町2-24", "132063", "府中市"),
        ("東京都中央区築地1-1-1", "131024", "中央区"),
        ("奈良県大和郡山市北郡山町248-4", "292036", "大和郡山市"),
        ("北海道余市郡余市町朝日町26", "014087", "余市町"),
        ("三重県四日市市諏訪町1-5", "242021", "四日市市"),
        ("茅ケ崎市茅ケ崎1-1-1", "142077", "茅ヶ崎市"),
        ("静岡県浜松市浜名区貴布祢3000", "221392", "浜松市浜名区"),
        ("千葉県千葉市", "121002", "千葉市"),
    ],
)
def test_an_address_lies_in_a_municipality(text: str, code: str, city: str) -> None:
    found = address.check(text, PLACES)
    assert found.parts.get("lgcode") == code, found
    assert found.parts["city"] == city
    assert found.normal is not None
    assert found.normal.startswith(found.parts["pref"] + city)
    assert address.check(found.normal, PLACES) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("府中市宮西町2-24", "address_ambiguous"),
        ("中央区1-1", "address_ambiguous"),
        ("どこか1-1", "address_unknown"),
        ("千葉県どこか市1-1", "address_unknown"),
        ("千葉県高松市番町1", "address_unknown"),
        ("", "address_unknown"),
        ("千葉市\u200b中央区", "control_character"),
        ("千葉市中央区 053703296641", "my_number_here"),
    ],
)
def test_an_address_nobody_can_place_is_told_apart(text: str, why: str) -> None:
    assert address.check(text, PLACES) == input_check.Check(why=why)


def test_every_municipality_has_a_sound_code_of_its_own_and_is_found_by_its_name() -> None:
    codes = [each.code for each in PLACES]
    assert len(set(codes)) == len(codes) > 1900
    assert not [code for code in codes if input_check.city_code_problem(code)]
    for each in PLACES:
        found = address.check(f"{each.prefecture}{each.name}1-1", PLACES)
        assert found.parts.get("lgcode") == each.code, each


# ------------------------------------------------------------------------- words
def test_every_reason_has_words_in_three_languages() -> None:
    files = {
        path.relative_to(ROOT / "site").as_posix(): path.read_bytes()
        for path in (ROOT / "site/locales").rglob("*.yaml")
    }
    said = words.parse(files)
    reasons = {why for *_, why in CASES if why} | {"my_number_digits", "address_unknown"}
    for why in reasons | {"address_ambiguous", "my_number_here"}:
        for language in words.LANGUAGES:
            assert said.has(language, f"errors.rule.{why}"), (language, why)
