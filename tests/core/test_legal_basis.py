"""What a procedure stands on is a law by its name, or it says who set it up without one; and a
source can be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from todoke.adapters.site_folder import read
from todoke.core import catalogue
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]
FILES = read(ROOT / "site")
PASS = "procedures/si-pass.yaml"


def with_basis(lines: str) -> dict[str, bytes]:
    """The pass, without the pages it was read from, standing on these lines alone."""
    body, found = re.subn(r"sources:\n(?:  - .+\n)+", "", FILES[PASS].decode())
    assert found == 1
    assert "set_by:\n  - prefecture\n" in body
    body = body.replace("set_by:\n  - prefecture\n", lines)
    body = body.replace("evidence: seen", "evidence: memory")
    return {**FILES, PASS: body.encode()}


@pytest.mark.parametrize(
    "law",
    [
        "児童手当法26条",
        "同施行規則4条",
        "児童福祉法6条の3第2項・34条の8",
        "児童手当法施行規則(令和6年10月改正)",
        "高等学校等就学支援金の支給に関する法律",
        "特別支援学校への就学奨励に関する法律",
        "子ども・子育て支援法10条の8〜(2025年4月1日施行)",
        "みなと野市子ども医療費条例3条",
        "見本の要綱2条",
        "国際人権規約",
        "日本国憲法26条",
        "学校保健安全法施行令1条",
    ],
)
def test_a_law_is_cited_by_its_name(law: str) -> None:
    found = catalogue.parse(with_basis(f"legal_basis:\n  - {law}\n"))
    assert found.procedures["si-pass"].legal_basis == (law,)


@pytest.mark.parametrize(
    "words",
    [
        "都道府県事業",
        "自治体の定め",
        "市区町村の規則",
        "市区町村の条例",
        "都道府県・市区町村の条例",
        "国庫補助(都道府県事業)",
        "令和7年度補正予算",
        "2024年12月2日 特急発行",
        "法",
        "law",
        "7条",
    ],
)
def test_words_that_name_no_law_do_not_publish(words: str) -> None:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(with_basis(f"legal_basis:\n  - {words}\n"))
    assert caught.value.code == "site_file_invalid"
    assert str(caught.value.details["field"]).startswith("legal_basis[1]")
    assert "set_by" in str(caught.value.details["next"])


def test_who_set_it_up_is_one_of_a_list_and_enough_to_stand_on() -> None:
    assert catalogue.parse(FILES).procedures["si-pass"].set_by == ("prefecture",)
    for lines, says in (("set_by: [mayor]\n", "known value"), ("", "a law or on a source")):
        with pytest.raises(TodokeError) as caught:
            catalogue.parse(with_basis(lines))
        assert says in str(caught.value.details["rule"])


def test_a_source_with_a_title_alone_does_not_publish() -> None:
    """In the list of all, and written out in a procedure's own file."""
    path = "sources.yaml"
    listed = FILES[path] + b"  - {id: nobody, title: x}\n"
    own = with_basis("sources:\n  - {id: nobody, title: x}\nlegal_basis: []\n")
    for files in ({**FILES, path: listed}, own):
        with pytest.raises(TodokeError) as caught:
            catalogue.parse(files)
        assert "an address or a date" in str(caught.value.details["rule"])
        assert ".url" in str(caught.value.details["field"])
    dated = FILES[path] + b"  - {id: nobody, title: x, date: '2026-04'}\n"
    assert catalogue.parse({**FILES, path: dated}).sources["nobody"].date == "2026-04"
