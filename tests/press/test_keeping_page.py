"""The pages name for how long what stays of a person is kept, from when, and who says so."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.parts.keeping import RULES, rules
from tests.press.conftest import ROOT, press_of, secrets_of
from todoke import config as settings
from todoke import store_schema
from todoke.adapters.site_folder import read
from todoke.core import keeping, words
from todoke.core.words import LANGUAGES
from todoke.press import build
from todoke.press.house import House

#: what stands on the page of the made-up city about applications, in words of each language
YEARS = {
    "ja": "決定の日の次の年度(4月1日)から5年残して、消します。",
    "easy": "市が 決めた 日の あとの 4月1日から 5年 残します。",
    "en": "Kept for 5 years from the first of April after the decision, then erased.",
}
BASIS = {
    "ja": "みなと野市文書管理規程の別表(見本)",
    "easy": "みなと野市の 文書の 決まり(見本)",
    "en": "Minatono City rules on documents, schedule (made up)",
}
UNDECIDED = {
    "ja": "この市はまだ決めていません",
    "easy": "まだ 決めて いません",
    "en": "This city has not decided yet",
}


def of_city(site: Mapping[str, bytes], keep: Mapping[str, object]) -> House:
    """The press of a city with other rules, or none."""
    config = settings.load(ROOT, ROOT / "data", {}, "https://city.minatono.example")
    found = settings.build({"keep": keep}, ROOT, ROOT).keep
    return build(
        replace(config, keep=found),
        words.parse(site),
        secrets_of(7),
        lambda: read(ROOT / "templates"),
        lambda: site,
    )


def privacy(press: House, language: str) -> dict[str, str]:
    """Kind -> for how long, as a reader of the page sees it."""
    values = {
        "people": [each for each in store_schema.RECORDS.values() if each.about_a_person],
        "others": [],
        "told": lambda *_: True,
    }
    page = press.page("about/privacy.html", language, values).decode()
    found = {}
    for each in page.split('id="record-')[1:]:
        kind, _, rest = each.partition('"')
        said = re.findall(r"<dd>(.*?)</dd>", rest, re.DOTALL)[1]
        found[kind] = shown(said)
    return found


def shown(markup: str) -> str:
    """Without tags and readings."""
    return html.unescape(re.sub(r"<rt>.*?</rt>|<rp>.*?</rp>|<[^>]*>", "", markup, flags=re.DOTALL))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_about_privacy_names_years_basis_and_day(
    site: Mapping[str, bytes], language: str
) -> None:
    found = privacy(press_of(site), language)
    for kind in keeping.KINDS["application"]:
        assert YEARS[language] in found[kind], kind
    assert BASIS[language] in found["application"]
    assert BASIS[language] not in found["attachment"]  # once is enough
    assert found["bill"].count("236") == 2  # the city's basis, and what holds for any city
    assert "3" in found["addressed_notice"]
    assert not any(UNDECIDED[language] in each for each in found.values())
    assert YEARS[language] not in found["account"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_city_that_has_not_decided_says_so(site: Mapping[str, bytes], language: str) -> None:
    some = {"bill": rules(7)["bill"]}
    found = privacy(of_city(site, some), language)
    undecided = {kind for kind, said in found.items() if UNDECIDED[language] in said}
    expected = keeping.RULE_OF.keys() - set(keeping.KINDS["bill"])
    assert undecided == {*expected}
    assert "7" in found["bill"]


def test_the_source_is_a_link_where_the_city_gives_one(site: Mapping[str, bytes]) -> None:
    values = {
        "people": [store_schema.RECORDS["application"]],
        "others": [],
        "told": lambda *_: True,
    }
    page = of_city(site, rules()).page("about/privacy.html", "ja", values).decode()
    assert f'href="{RULES}" rel="noopener noreferrer"' in page


def test_the_pages_are_printed_again_when_the_years_change(site: Mapping[str, bytes]) -> None:
    five, six = of_city(site, rules(5)), of_city(site, rules(6))
    assert five._frame.mark != six._frame.mark
