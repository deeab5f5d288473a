"""What a benefit comes to, on its page: the table in force, the next change, the example, and the
small calculator, which says what ``todoke amount`` says."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import subprocess
from collections.abc import Mapping
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import rjsmin

from tests.press.conftest import ROOT, TODAY
from todoke.core import amounts
from todoke.core.benefits import Benefit, Period
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.press import amount_page, eras
from todoke.press.frame import FOLDERS
from todoke.press.house import House

#: procedure -> benefit
LEADS = {
    "jt-nintei": "jidou_teate",
    "jt-kaitei": "jidou_teate",
    "hi-jifu-nintei": "jidou_fuyou_teate",
    "sh-tokuji": "tokubetsu_jidou_fuyou_teate",
    "sh-shofuku": "shougaiji_fukushi_teate",
    "bo-shien1": "ninpu_shien_kyufu",
    "bo-shien2": "ninpu_shien_kyufu",
}
PAGES = {benefit: procedure for procedure, benefit in LEADS.items()}


def page(release: Mapping[str, bytes], id: str, language: str = "ja") -> str:
    return release[f"{FOLDERS[language]}procedures/{id}.html"].decode()


def plain(html: str) -> str:
    """The text of a piece of HTML, without readings."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<rt>.*?</rt>|<[^>]+>", "", html)))


def file_of(html: str) -> dict[str, Any]:
    """What the page's calculator computes with."""
    found = re.search(r'data-file="([^"]*)"', html)
    assert found
    shape: dict[str, Any] = json.loads(unescape(found[1]))
    return shape


def example_of(html: str) -> list[str]:
    found = re.search(r'id="amount-example">.*?<ol class="sum">(.*?)</ol>', html, re.DOTALL)
    assert found
    return [plain(each) for each in re.findall(r"<li[^>]*>(.*?)</li>", found[1])]


# ------------------------------------------------------------------------- what is printed
def test_every_procedure_that_leads_to_a_benefit_has_its_amounts(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    assert set(LEADS.values()) == set(city.benefits) == set(amounts.CALCULATORS)
    with_form = [id for id in city.procedures if 'id="amount-form"' in page(release, id)]
    assert sorted(with_form) == sorted(LEADS)


@pytest.mark.parametrize("id", sorted(LEADS))
@pytest.mark.parametrize("language", FOLDERS)
def test_every_amount_in_force_stands_in_the_table(
    release: Mapping[str, bytes], city: Catalogue, id: str, language: str
) -> None:
    html = page(release, id, language)
    table = plain(html[html.index('<table class="t amount-table">') : html.index("</table>")])
    benefit = city.benefits[LEADS[id]]
    now = next(each for each in benefit.versions if each.holds_in("2026-11"))
    shown = {name for row in amount_page.ROWS[benefit.id] for name in row}
    assert shown == set(now.amounts)
    for yen in now.amounts.values():
        assert f"{yen:,}" in table


@pytest.mark.parametrize("id", sorted(LEADS))
def test_the_example_is_computed_without_a_script(
    release: Mapping[str, bytes], city: Catalogue, id: str
) -> None:
    shown = amount_page.amount_page(city, LEADS[id], TODAY)
    assert shown is not None
    answer = amounts.compute(city.benefits, LEADS[id], shown.facts)
    lines = example_of(page(release, id))
    assert len(lines) == len(answer.steps)
    assert any(f"{answer.yen:,}円" in line for line in lines if line.startswith("合わせて"))
    assert answer.yen > 0
    assert not [line for line in lines if "{" in line]


def test_the_partial_amount_shows_rate_and_rounding(release: Mapping[str, bytes]) -> None:
    html = page(release, "hi-jifu-nintei")
    # (1,500,000 - 1,450,000) × 0.0264029 = 1320.145: 1,320; × 0.0040719 = 203.595: 200
    assert example_of(html)[2].endswith("= 46,720円")
    assert example_of(html)[3].endswith("= 11,140円")
    assert "10円未満を四捨五入します(児童扶養手当法施行令2条の4)" in html


@pytest.mark.parametrize("language", FOLDERS)
def test_what_dependents_add_by_age_stands_under_the_limits(
    release: Mapping[str, bytes], press: House, language: str
) -> None:
    """No figure where the city's file has none: then the city reckons it."""
    city_reckons = press._words.say(language, "amounts.more_city")
    for id, figures in (("hi-jifu-nintei", True), ("sh-tokuji", False), ("sh-shofuku", False)):
        html = page(release, id, language)
        rows = [plain(each) for each in re.findall(r'<tr data-added="\w+">.*?</tr>', html)]
        assert len(rows) == 2, id
        for row, yen in zip(rows, ("+100,000", "+150,000"), strict=True):
            assert row.count(yen) == 2 * figures, id
            assert row.count(city_reckons) == (1 if figures else 2), id
        law = re.search(r'data-period="limits.*?</div>', html, re.DOTALL)
        assert law
        assert "同法施行令" in law[0]
    assert "data-added" not in page(release, "jt-nintei", language)


@pytest.mark.parametrize("language", FOLDERS)
def test_what_was_not_confirmed_is_labelled(
    release: Mapping[str, bytes], press: House, language: str
) -> None:
    label = press._words.say(language, "amounts.unsure")
    for id, unsure in (
        ("jt-nintei", False),
        ("hi-jifu-nintei", True),
        ("sh-tokuji", True),
        ("sh-shofuku", True),
    ):
        html = page(release, id, language)
        shown = html[html.index('class="paper stack amount"') : html.index('id="amount-own"')]
        assert (label in plain(shown)) == unsure, id
    html = page(release, "sh-tokuji", language)
    limits = html[html.index('data-period="limits/2023-04"') :]
    assert label in plain(limits[: limits.index("</div>")])


def test_every_period_has_its_law_and_its_source(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for id, benefit in LEADS.items():
        html = page(release, id)
        now = next(each for each in city.benefits[benefit].versions if each.holds_in("2026-11"))
        part = html[html.index(f'data-period="versions/{now.start}"') :]
        part = part[: part.index("</div>")]
        assert now.law in unescape(part)
        for source in now.sources:
            assert eras.beside(city.sources[source].title["ja"]) in unescape(part)
        if not now.sources:
            assert "まだ、公表資料へのリンクがありません。" in part


def test_a_change_that_is_known_stands_beside_the_amount_in_force(
    press: House, city: Catalogue
) -> None:
    benefit = city.benefits["shougaiji_fukushi_teate"]
    *before, now = benefit.versions
    later = dataclasses.replace(
        now, start="2027-04", amounts={"child": 17_010}, confidence="low", verified_until="2027-03"
    )
    changed = dataclasses.replace(
        benefit, versions=(*before, dataclasses.replace(now, until="2027-03"), later)
    )
    known = dataclasses.replace(city, benefits={**city.benefits, benefit.id: changed})
    html = press.site(known, TODAY)["procedures/sh-shofuku.html"].decode()
    table = plain(html[html.index('<table class="t amount-table">') : html.index("</table>")])
    assert "次2027年(令和9年)4月から" in table
    assert "16,560円17,010円" in table
    assert "data-no-change" not in html
    assert 'data-period="versions/2027-04"' in html
    assert "data-no-change" in press.site(city, TODAY)["procedures/sh-shofuku.html"].decode()


def test_the_words_of_the_calculator_are_all_there(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    said: dict[str, set[str]] = {}
    for line in (ROOT / "tests/vectors/amounts.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        try:
            answer = amounts.compute(city.benefits, vector["benefit"], vector["facts"])
        except TodokeError:
            continue
        said.setdefault(vector["benefit"], set()).update(each.key for each in answer.steps)
    assert set(said) == set(LEADS.values())
    for benefit, keys in said.items():
        assert keys <= set(amount_page.STEPS[benefit])
        for language in FOLDERS:
            html = page(release, PAGES[benefit], language)
            assert keys <= set(re.findall(r'data-step="(\w+)"', html))
            for start in {each["from"] for each in file_of(html)["benefits"][0]["versions"]}:
                assert f'data-month="{start}"' in html


def test_a_figure_that_a_script_fills_in_keeps_the_reading_of_its_counter(
    release: Mapping[str, bytes],
) -> None:
    html = page(release, "sh-tokuji", "easy")
    step = html[html.index('data-step="grade1"') :]
    step = step[: step.index("</li>")]
    assert '<span data-figure="children"></span><ruby>人<rt>にん</rt></ruby>' in step


# ------------------------------------------------------------------------- the calculator
def ask_the_page(release: Mapping[str, bytes], cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    files = {benefit: file_of(page(release, id)) for benefit, id in PAGES.items()}
    done = subprocess.run(
        ["node", "tests/js/amount_form_agree.mjs"],
        cwd=ROOT,
        input=json.dumps({"files": files, "cases": cases}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def typed(benefit: str, chance: random.Random) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Fields as a person fills them in, and the facts they mean."""
    fields: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    for ask in amount_page.ASKED[benefit]:
        meant: Any = None
        values: list[str] = []
        if ask.kind == "month":
            year, month = chance.choice([(2024, 11), (2025, 3), (2026, 4), (2026, 11), (2027, 11)])
            meant = f"{year}-{month:02d}"
            values = [meant]
        elif ask.kind == "births":
            meant = [
                f"{chance.randint(2004, 2026)}-{chance.choice(['04-01', '04-02', '01-31'])}"
                for _ in range(chance.randint(1, 4))
            ]
            values = [*meant, ""]
        elif ask.kind == "flag":
            meant = chance.choice([True, None])
            values = ["yes" if meant else ""]
        elif ask.kind == "choice":
            meant = chance.choice([1, 2])
            values = [str(meant)]
        elif ask.kind == "count":
            meant = chance.randint(1, 8)
            values = [chance.choice([str(meant), f" {meant}人", chr(ord("０") + meant)])]
        else:
            meant = chance.choice([0, 689_999, 690_000, 1_500_000, 2_080_000, 4_596_000, 7_000_000])
            values = [chance.choice([str(meant), f"{meant:,}円"])]
        if ask.optional and ask.kind != "flag" and chance.random() < 0.4:
            meant, values = None, [""]
        if meant is not None:
            facts[ask.name] = meant
        field = {"name": ask.name, "kind": ask.kind, "values": values, "optional": ask.optional}
        fields.append(field)
    return fields, facts


def test_the_page_says_what_todoke_amount_says(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    chance = random.Random(20261124)
    asked = [(each, *typed(each, chance)) for each in PAGES for _ in range(80)]
    cases = [
        {"benefit": benefit, "today": "2026-11-24", "fields": fields}
        for benefit, fields, _ in asked
    ]
    paid = 0
    for (benefit, _, facts), found in zip(asked, ask_the_page(release, cases), strict=True):
        assert found["facts"] == facts
        here = amounts.compute(city.benefits, benefit, facts)
        assert found["answer"] == here.as_json()
        paid += here.yen > 0
    assert paid > 200


@pytest.mark.parametrize(
    ("benefit", "name", "values", "rule"),
    [
        ("jidou_teate", "children", [""], "births"),
        ("jidou_teate", "children", ["2026-02-30"], "births"),
        ("jidou_teate", "children", ["平成31年5月"], "births"),
        ("jidou_teate", "children", ["2026-11-25"], "born_later"),
        ("jidou_teate", "children", ["2020-01-01", "2001-11-24"], "too_old"),
        ("jidou_fuyou_teate", "children", ["ふたり"], "count"),
        ("jidou_fuyou_teate", "children", ["31"], "count"),
        ("jidou_fuyou_teate", "income", [""], "yen"),
        ("jidou_fuyou_teate", "income", ["-1"], "yen"),
        ("jidou_fuyou_teate", "income", ["150万"], "yen"),
        ("jidou_fuyou_teate", "income", ["99999999999"], "yen"),
        ("jidou_fuyou_teate", "month", ["2020-01"], "month"),
        ("tokubetsu_jidou_fuyou_teate", "guardian_income", ["x"], "yen"),
        ("ninpu_shien_kyufu", "fetuses", ["0"], "fetuses"),
        ("ninpu_shien_kyufu", "fetuses", ["11"], "fetuses"),
    ],
)
def test_what_cannot_be_meant_is_named_with_what_to_do(
    release: Mapping[str, bytes], benefit: str, name: str, values: list[str], rule: str
) -> None:
    fields, _ = typed(benefit, random.Random(1))
    for each in fields:
        if each["name"] == name:
            each["values"] = values
    case = {"benefit": benefit, "today": "2026-11-24", "fields": fields}
    (found,) = ask_the_page(release, [case])
    assert found == {"wrong": {name: rule}}
    for language in FOLDERS:
        assert f'data-error="{rule}"' in page(release, PAGES[benefit], language)


def test_the_first_and_the_last_day_of_a_birthday_that_fits(release: Mapping[str, bytes]) -> None:
    fields, _ = typed("jidou_teate", random.Random(1))
    for each in fields:
        if each["name"] == "children":
            each["values"] = ["2001-11-25", "2026-11-24"]
    case = {"benefit": "jidou_teate", "today": "2026-11-24", "fields": fields}
    (found,) = ask_the_page(release, [case])
    assert found["facts"]["children"] == ["2001-11-25", "2026-11-24"]


def test_the_calculator_asks_nobody() -> None:
    """Its modules hold no way to send, fetch or keep anything."""
    seen: set[str] = set()
    todo = ["amount_form.js"]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        text = rjsmin.jsmin((Path(ROOT) / "site/assets/js" / name).read_text("utf-8"))
        todo += re.findall(r'from ?"\./([\w.]+)"', text)
        for way in ("fetch(", "XMLHttpRequest", "sendBeacon", "WebSocket", "localStorage",
                    "sessionStorage", "indexedDB", "document.cookie", "import("):  # fmt: skip
            assert way not in text, (name, way)
    assert {"amount_form.js", "amounts.js", "amount_facts.js"} <= seen


def test_months_that_can_be_chosen_have_amounts(city: Catalogue) -> None:
    for id, benefit in city.benefits.items():
        shown = amount_page.amount_page(city, id, date(2026, 11, 24))
        assert shown is not None
        assert bool(shown.months) != benefit.paid_once
        for month in shown.months:
            assert _holds(benefit, month)


def _holds(benefit: Benefit, month: str) -> list[Period]:
    return [each for each in benefit.versions if each.holds_in(month)]


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("", "この額が書いてある資料は、まだ確かめていません。"),
        ("easy/", "資料は、まだ 見て いません。"),
        ("en/", "No document that states these figures has been checked yet."),
    ],
)
def test_figures_that_no_source_states_are_said_to_be_unchecked(
    release: Mapping[str, bytes], folder: str, says: str
) -> None:
    page = release[f"{folder}procedures/sh-tokuji.html"].decode()
    page = re.sub(r"<rt>.*?</rt>|<[^>]+>", "", page)
    assert says in page
    assert says not in re.sub(
        r"<rt>.*?</rt>|<[^>]+>", "", release[f"{folder}procedures/bo-shien1.html"].decode()
    )
