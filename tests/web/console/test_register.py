"""The check of the register at the desk: what the administrator reads, and what she does not."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, enter
from tests.parts.desk import Desk
from tests.parts.snapshots import LATER, crowd, line, take, work
from todoke.core.notice import Person
from todoke.journeys import register_findings, staff
from todoke.journeys.register_findings import KINDS, MOST_LISTED, Finding, Report
from todoke.ports import MAX_PAGE

TWICE = (*crowd(3), line("1"), line("2"))


@pytest.fixture
def boss(app: Flask, desk: Desk) -> Clerk:
    link = staff.add(desk.services, "見本 ひまり", ["administrator"])
    return enter(app, desk, Person(link.staff, frozenset(["administrator"])))


def acts(desk: Desk) -> list[str]:
    found = desk.services.store.walk("audit", MAX_PAGE).records
    return [str(each.data["act"]) for each in sorted(found, key=lambda each: each.id)]


def main(clerk: Clerk, path: str = "/register") -> str:
    """What stands on the page, without its tags."""
    page = clerk.get(path)
    assert page.status_code == 200, page.text
    assert page.headers["Cache-Control"] == "no-store"
    inner = page.text[page.text.index('<main id="main"') :]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inner)).split())


def keep(desk: Desk, *found: Finding, times: int = 1) -> None:
    """As if this had been found in the register that is there."""
    kept = Report("2026-11-01", "x")
    for each in found * times:
        kept.add(each)
    desk.services.store.commit(register_findings.keeping(desk.services, kept))


def test_before_any_import_she_reads_how_a_register_comes_in(boss: Clerk) -> None:
    assert "まだ名簿がありません" in main(boss)
    assert '<form method="post" action="/register"' not in boss.get("/register").text
    assert boss.post("/register", act="look").status_code == 404


def test_she_asks_and_reads_what_was_found(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *TWICE)
    assert "まだ点検していません" in main(boss)
    assert boss.post("/register", act="look").headers["Location"] == "/register"
    assert "点検しています" in main(boss)
    assert '<form method="post" action="/register"' not in boss.get("/register").text
    work(desk.services)
    text = main(boss)
    assert "令和8年11月1日(2026年)の名簿(5人)" in text
    assert "1人が2行ある 1件" in text
    text = main(boss, "/register?kind=twice")
    assert "名前、生年月日、性別、住所が同じ" in text
    assert "住民記録で1つにしてください" in text


def test_no_name_address_or_birth_date_is_on_it(boss: Clerk, desk: Desk) -> None:
    doubtful = line("3", 氏名="見本 金糸雀", 住所="見本町8-8")
    take(desk.services, *TWICE, doubtful, line("4", 氏名="見本 金糸雀", 住所="見本町9-9", 性別=""))
    boss.post("/register", act="look")
    work(desk.services)
    for kind in ("", *KINDS):
        page = boss.get(f"/register?kind={kind}").text
        for each in ("金糸雀", "花子", "見本町", "1990"):
            assert each not in page, kind
    rows = boss.get("/register?kind=doubtful").text.partition("<caption>")[2]
    assert "<a " not in rows.partition("</table>")[0]


def test_nothing_to_look_at_is_said(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *crowd(5))
    boss.post("/register", act="look")
    work(desk.services)
    assert "見直すところは見つかりませんでした" in main(boss)


def test_a_newer_register_and_a_look_without_end_are_told(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *TWICE)
    boss.post("/register", act="look")
    work(desk.services)
    take(desk.services, *TWICE, on=LATER)
    assert "この後に、新しい名簿が入りました" in main(boss)
    boss.post("/register", act="look")
    desk.clock.turn(register_findings.STUCK_SECONDS)
    assert "まだ終わっていません" in main(boss)
    assert '<form method="post" action="/register"' in boss.get("/register").text


def test_many_rows_come_in_pages_and_the_end_of_the_list_is_told(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *crowd(3))
    keep(desk, Finding("no_sex", ("7",)), times=MOST_LISTED + 200)
    text = main(boss, "/register?kind=no_sex")
    assert "1〜200件目(全部で1,200件)" in text
    assert "はじめの1,000件まで" in text
    page = boss.get("/register?kind=no_sex&page=2").text
    assert 'href="/register?kind=no_sex&amp;page=3"' in page
    assert 'href="/register?kind=no_sex&amp;page=1"' in page
    assert page.count("<code>7</code>") == 200
    last = boss.get("/register?kind=no_sex&page=5").text
    assert "page=6" not in last
    for odd in ("0", "-1", "x", "９", "99999", "999"):
        assert boss.get(f"/register?kind=no_sex&page={odd}").status_code == 200
    assert boss.get("/register?kind=%3Cscript%3E").status_code == 200


def test_every_opening_is_an_act(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *TWICE)
    boss.post("/register", act="look")
    work(desk.services)
    for path in ("/register", "/register?kind=twice", "/register?kind=twice"):
        boss.get(path)
    assert acts(desk).count("register_findings_seen") == 3
    assert "名簿の点検の結果を見た" in boss.get("/audit").text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_kind_has_words_for_what_why_and_what_next(
    boss: Clerk, desk: Desk, kind: str, language: str
) -> None:
    take(desk.services, *crowd(3))
    reasons = {
        "doubtful": [
            *("no_birth_date", "no_sex", "name_substituted", "name_alias", "name_mistakable"),
            *("name_part", "name_family", "name_script", "name_variant"),
            *("address_unreadable", "address_partly", "address_differs"),
        ],
        "gone_account": ["closed", "deceased"],
    }
    keep(desk, *(Finding(kind, ("7", "8"), reason) for reason in reasons.get(kind, [""])))
    boss.post("/language", to=language)
    text = main(boss, f"/register?kind={kind}")
    assert not re.search(r"\b(console|register)\.[a-z]", text)
    assert "7" in text


def test_the_menu_leads_there_for_the_administrator_alone(
    boss: Clerk, author: Clerk, desk: Desk
) -> None:
    assert 'href="/register"' in boss.get("/").text
    assert 'href="/register"' not in author.get("/").text
    assert author.get("/register").status_code == 403
    assert author.post("/register", act="look").status_code == 403


def test_a_page_of_another_site_asks_for_nothing(boss: Clerk, desk: Desk) -> None:
    take(desk.services, *TWICE)
    assert boss.post("/register", act="look", origin="https://evil.example").status_code == 403
    assert "register_report_asked" not in acts(desk)
