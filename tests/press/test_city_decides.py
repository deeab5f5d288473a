"""What the municipality decided itself stands on its page, with its date and source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from tests.press.conftest import TODAY, press_of
from tests.press.test_procedure_pages import page, part, text
from todoke.core import catalogue
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.words import Dictionary
from todoke.press.frame import FOLDERS


@pytest.mark.parametrize("language", FOLDERS)
def test_what_the_city_decided_is_marked_with_date_and_source(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary, language: str
) -> None:
    own = [each for each in city.procedures.values() if each.own]
    assert {"ir-kodomo", "jt-nintei", "ho-moushikomi"} <= {each.id for each in own}
    name = {"ja": "みなと野市", "easy": "みなと野市", "en": "Minatono City"}[language]
    badge = said.say(language, "site.own.badge", city=name)
    for each in city.procedures.values():
        html = page(release, each.id, language)
        marks = re.findall(r'<p class="own small">(.*?)</p>', html)
        # the days of payment have a mark of their own (tests/press/test_payment_days.py)
        assert len(marks) == len(each.own) + html.count(" data-paid"), each.id
        for decided in each.own.values():
            source = decided.source.get(language, decided.source["ja"])
            assert [mark for mark in marks if badge in text(mark) and source in text(mark)]
            if decided.url:
                assert f'href="{decided.url}"' in html


def _decided(
    toml: str, site: Mapping[str, bytes], id: str = "ir-kodomo", language: str = "ja"
) -> tuple[Procedure, str]:
    """A procedure and its page in a city with other parameters, and its entry as open data."""
    base = re.sub(rb"\n# What .*", b"\n", site["todoke.toml"], flags=re.DOTALL)
    changed = {**site, "todoke.toml": base + toml.encode()}
    city = catalogue.parse(changed)
    printed = press_of(changed).site(city, TODAY)
    data = json.loads(printed["catalogue.json"])
    assert data["procedures"]
    shape = next(each for each in data["procedures"] if each["id"] == id)
    shown = page(printed, id, language)
    return city.procedures[id], shown + json.dumps(shape, ensure_ascii=False)


def test_every_parameter_is_shown_and_published(site: Mapping[str, bytes]) -> None:
    decided = 'as_of = "2026-05-07"\nsource = { title = "市の条例 第{}号" }\n'
    tables = {
        "amounts": 'value = ["1回 777円"]',
        "deadline": 'days = 17\nmoments = ["move_in"]',
        "ages": "under = 4",
        "hours": 'value = "午前だけ"',
        "counter": 'value = "別館の3番"',
        "phone": 'value = "000-777-0000"',
        "post": 'value = "郵便は受け取れません"',
        "fee": 'value = "50円かかります"',
        "online": 'value = "no"',
        "signature": 'value = "counter"',
    }
    toml = "\n".join(
        f"[procedures.ir-kodomo.{key}]\n{line}\n{decided.replace('{}', key)}"
        for key, line in tables.items()
    )
    procedure, html = _decided(toml, site)
    assert set(procedure.own) == set(tables)
    shown, data = html.split("</html>")
    for each in ("1回 777円", "17日以内", "4歳になる前の日まで", "午前だけ", "別館の3番",
                 "000-777-0000", "郵便は受け取れません", "50円かかります",
                 "家からは出せません。窓口で出します。"):  # fmt: skip
        assert each in text(shown), each
    assert "まだ確かめていない額" not in shown
    for key in tables:
        assert f"市の条例 第{key}号" in shown
        assert json.loads(data)["own"][key]["as_of"] == "2026-05-07"
        assert json.loads(data)["own"][key]["source"] == {"ja": f"市の条例 第{key}号"}
    assert json.loads(data)["own"]["ages"]["value"] == {"under": 4}


_CLUB = """
[procedures.ho-byoji.ages]
to = "elementary_4"
from_months = 6
as_of = "2026-05-07"
source = { title = { ja = "市の要綱", easy = "市の 決まり", en = "City rules" } }
"""


@pytest.mark.parametrize(
    ("language", "says", "source"),
    [
        ("ja", "対象の年齢: 生後6か月から 小学4年生が終わる3月31日まで", "市の要綱"),
        ("easy", "生まれて 6か月から 小学 4年生が 終わる 3月31日まで", "市の 決まり"),
        ("en", "From 6 months of age Until 31 March at the end of the fourth year", "City rules"),
    ],
)
def test_the_age_that_the_city_set_stands_on_the_page_with_its_source(
    site: Mapping[str, bytes], language: str, says: str, source: str
) -> None:
    _, html = _decided(_CLUB, site, "ho-byoji", language)
    shown, data = html.split("</html>")
    assert says in text(part(shown, "who"))
    assert source in text(part(shown, "who"))
    own, rule = json.loads(data)["own"]["ages"], json.loads(data)["eligibility"]
    assert own["value"] == {"to": "elementary_4", "from_months": 6}
    grade = {"fact": "child.grade_or_below", "op": "le", "value": "elementary_4"}
    assert {"fact": "child.age_months", "op": "ge", "value": 6} in rule["all"][1]["all"]
    assert grade in rule["all"][1]["all"]


def test_hours_of_use_are_amounts_and_hours_are_those_of_the_counter(
    site: Mapping[str, bytes],
) -> None:
    """こども誰でも通園制度 in a city of the transition: 3 hours a month instead of 10."""
    decided = 'as_of = "2026-05-07"\nsource = { title = "市の要綱" }\n'
    toml = (
        f'[procedures.ho-daredemo.amounts]\nvalue = ["月3時間まで"]\n{decided}'
        f'[procedures.ho-daredemo.hours]\nvalue = "火曜の午前だけ"\n{decided}'
    )
    procedure, html = _decided(toml, site, "ho-daredemo")
    shown = html.split("</html>")[0]
    assert set(procedure.own) == {"amounts", "hours"}
    assert "月3時間まで" in text(part(shown, "get"))
    assert "10時間" not in text(part(shown, "get"))
    assert "火曜の午前だけ" in text(part(shown, "where"))
    for each in ("get", "where"):
        assert "市の要綱" in text(part(shown, each))


def test_without_parameters_no_page_is_marked(site: Mapping[str, bytes]) -> None:
    procedure, html = _decided("", site)
    assert procedure.own == {}
    assert 'class="own' not in html


def test_a_fact_of_the_city_is_open_data(release: Mapping[str, bytes]) -> None:
    shape = json.loads(release["catalogue.json"])["city_facts"]["child.within_subsidy_age"]
    assert (shape["value"], shape["as_of"]) == ({"to": "high_school_3"}, "2026-04")
    facts = {each["name"]: each for each in json.loads(release["facts.json"])["facts"]}
    assert facts["child.within_subsidy_age"]["settled"] == {"to": "high_school_3"}
