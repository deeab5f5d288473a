"""Years with their era beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.press.pages import read
from todoke.press.eras import beside


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026年4月", "2026年(令和8年)4月"),
        ("2026年 4月", "2026年(令和8年) 4月"),
        ("2026年度は", "2026年度(令和8年度)は"),
        ("2026年", "2026年(令和8年)"),
        ("2026年11月24日(火)", "2026年(令和8年)11月24日(火)"),
        # 元号法: 令和 began on 1 May 2019, 平成 on 8 January 1989, 昭和 on 25 December 1926
        ("2019年4月30日", "2019年(平成31年)4月30日"),
        ("2019年5月1日", "2019年(令和元年)5月1日"),
        ("2019年4月", "2019年(平成31年)4月"),
        ("2019年5月", "2019年(令和元年)5月"),
        ("2019年の", "2019年(平成31年・令和元年)の"),
        ("2019年度", "2019年度(平成31年度・令和元年度)"),
        ("1989年1月7日", "1989年(昭和64年)1月7日"),
        ("1989年1月8日", "1989年(平成元年)1月8日"),
        ("1989年1月", "1989年(昭和64年・平成元年)1月"),
        ("1926年12月25日生まれ", "1926年(大正15年・昭和元年)12月25日生まれ"),
        ("2007年4月2日から2026年3月31日", "2007年(平成19年)4月2日から2026年(令和8年)3月31日"),
        ("2026年(令和8年)4月", "2026年(令和8年)4月"),
        ("令和8年(2026年)", "令和8年(2026年)"),
        ("12026年と20年", "12026年と20年"),
        ("2026年2月31日", "2026年(令和8年)2月31日"),
        ("2026-04", "2026-04"),
    ],
)
def test_the_era_stands_beside_the_year(text: str, wanted: str) -> None:
    assert beside(text) == wanted
    assert beside(wanted) == wanted  # a text that went through twice is the same


@given(st.text(alphabet="0123456789年月日度()令和 a"))
def test_nothing_else_of_a_text_is_changed(text: str) -> None:
    added = re.compile(r"\((?:(?:令和|平成|昭和|大正|明治)(?:[0-9]+|元)年度?・?)+\)")
    assert added.sub("", beside(text)) == added.sub("", text)


def test_no_page_has_a_year_without_its_era(release: Mapping[str, bytes]) -> None:
    """Whatever the text is from: a sentence, the catalogue, a source, a note to a law."""
    bare = re.compile(
        r"(?<![0-9])(?<!年\()(?:19|20)[0-9]{2} ?(?:年度|年(?!度))(?! ?\((?:令和|平成|昭和))"
    )
    years = 0
    for path, body in release.items():
        if path.endswith(".html") and not path.startswith("en/"):
            text = read(body).text
            years += len(re.findall("[0-9]{4}年", text))
            assert [text[each.start() : each.end() + 30] for each in bare.finditer(text)] == [], (
                path
            )
    assert years > 400


def test_no_date_is_written_for_machines(release: Mapping[str, bytes]) -> None:
    """2025-05-01 in a text; the pages of the seven languages write days so on purpose."""
    iso = re.compile(r"(?<![0-9-])(?:19|20)[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?(?![0-9-])")
    pages = {path: read(body).text for path, body in release.items() if path.endswith(".html")}
    tongues = ("zh/", "ko/", "vi/", "pt/", "es/", "ne/", "fil/")
    for path, text in pages.items():
        if not path.startswith(tongues):
            assert [text[max(0, e.start() - 30) : e.end()] for e in iso.finditer(text)] == [], path


def test_english_pages_have_the_year_alone(release: Mapping[str, bytes]) -> None:
    page = release["en/procedures/jt-nintei.html"].decode()
    assert "as of April 2026" in read(page.encode()).text
    # but for the name of a law, which is quoted as it is
    assert "令和" not in re.sub(r'<span lang="ja">[^<]*</span>|<li>[^<]*</li>', "", page)
