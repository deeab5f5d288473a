"""What pages say to programs, and the feeds and the sitemap they are found by."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from todoke.core import catalogue
from todoke.core.catalogue import Catalogue
from todoke.press import json_ld
from todoke.press.frame import FOLDERS, HREFLANG
from todoke.press.house import House

_BLOCK = re.compile(rb'<script type="application/ld\+json">(.*?)</script>', re.S)
#: schema.org: properties of the types we write (of the type itself or of one above it)
_THING = {"name", "alternateName", "description", "identifier", "url"}
_ALLOWED = {
    "WebPage": {"inLanguage", "dateModified", "lastReviewed", "isBasedOn", "citation"}
    | {"breadcrumb", "mainEntity"},
    "WebSite": {"inLanguage", "publisher", "potentialAction"},
    "GovernmentService": {"serviceType", "provider", "areaServed", "audience", "serviceOutput"}
    | {"availableChannel"},
    "GovernmentOrganization": {"telephone", "email"},
    "GovernmentOffice": {"telephone", "address"},
    "AdministrativeArea": set(),
    "Audience": {"audienceType"},
    "ServiceChannel": {"servicePhone", "serviceLocation", "serviceUrl"},
    "ContactPoint": {"telephone", "email"},
    "Legislation": set(),
    "Thing": set(),
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "item"},
    "SearchAction": {"target", "query-input"},
    "EntryPoint": {"urlTemplate"},
}


def told(page: bytes) -> Mapping[str, Any]:
    """The one block of a page."""
    (block,) = _BLOCK.findall(page)
    found: Mapping[str, Any] = json.loads(block)
    return found


def things(value: Any) -> list[Mapping[str, Any]]:
    """Every object below a value, itself included."""
    if isinstance(value, list):
        return [each for one in value for each in things(one)]
    if not isinstance(value, dict):
        return []
    return [value, *(each for one in value.values() for each in things(one))]


@pytest.mark.parametrize("language", FOLDERS)
def test_every_procedure_says_what_the_catalogue_says(
    language: str, release: Mapping[str, bytes], city: Catalogue, press: House
) -> None:
    config = press._config
    pick = press._frame.pick
    for item in city.procedures.values():
        page = told(release[f"{FOLDERS[language]}procedures/{item.id}.html"])
        service = page["mainEntity"]
        assert (page["@type"], service["@type"]) == ("WebPage", "GovernmentService")
        assert service["name"] == pick(language, item.name)
        assert {service["name"], *service["alternateName"]} == set(item.name.values())
        assert service["description"] == pick(language, item.who)
        assert service["audience"]["audienceType"] == pick(language, item.who)
        assert service["serviceType"] == pick(language, city.topics[item.topic].name)
        assert service["provider"]["@type"] == "GovernmentOrganization"
        assert service["provider"]["name"] == pick(language, config.city.name)
        area = item.region or config.city.name
        assert service["areaServed"]["name"] == pick(language, area)
        address = f"{config.public_url}/{FOLDERS[language]}procedures/{item.id}.html"
        assert service["url"] == page["url"] == address
        assert page["inLanguage"] == HREFLANG[language]
        assert page["lastReviewed"] == item.as_of
        assert [each["name"] for each in page.get("isBasedOn", [])] == list(item.legal_basis)
        sources = [city.sources[each].url for each in item.sources]
        assert [each["url"] for each in page.get("citation", [])] == [
            each for each in sources if each
        ]
        phone = service["availableChannel"][0]["servicePhone"]
        assert phone["telephone"] == config.city.phone
        filed = [each["serviceUrl"] for each in service["availableChannel"] if "serviceUrl" in each]
        assert len(filed) == (1 if item.form else 0)
        assert ("serviceLocation" in service["availableChannel"][0]) is (item.counter == "city")


def test_an_amount_that_is_not_sure_is_not_told_to_programs_either(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    told_of = {
        item.id: "description"
        in told(release[f"procedures/{item.id}.html"])["mainEntity"]["serviceOutput"]
        for item in city.procedures.values()
        if item.result.amounts
    }
    assert told_of == {each: city.procedures[each].certain for each in told_of}
    assert set(told_of.values()) == {True, False}


def test_nothing_empty_and_no_word_that_schema_org_does_not_have(
    release: Mapping[str, bytes],
) -> None:
    blocks = {path: body for path, body in release.items() if _BLOCK.search(body)}
    assert len(blocks) == 3 * (1 + 85 + 12)
    for path, body in blocks.items():
        for thing in things(told(body)):
            own = {each for each in thing if not each.startswith("@")}
            assert own - _THING <= _ALLOWED[thing["@type"]], path
            assert all(each not in ("", [], {}, None) for each in thing.values()), path


def test_the_way_to_a_page_leads_over_pages_that_exist(release: Mapping[str, bytes]) -> None:
    for path, body in release.items():
        for thing in things(told(body)) if _BLOCK.search(body) else []:
            if thing["@type"] == "BreadcrumbList":
                steps = thing["itemListElement"]
                assert [each["position"] for each in steps] == list(range(1, len(steps) + 1))
                keys = [
                    each["item"].removeprefix("https://city.minatono.example/") for each in steps
                ]
                there = [
                    f"{key}index.html" if not key or key.endswith("/") else key for key in keys
                ]
                assert set(there) <= set(release), path
                assert there[-1] == path


def test_the_first_page_says_where_to_search(release: Mapping[str, bytes]) -> None:
    for language, folder in FOLDERS.items():
        site = told(release[f"{folder}index.html"])
        assert site["@type"] == "WebSite"
        assert site["inLanguage"] == HREFLANG[language]
        target = site["potentialAction"]["target"]["urlTemplate"]
        assert target == f"https://city.minatono.example/{folder}search.html#q={{words}}"


@given(st.text() | st.sampled_from(["</script><script>", "<!--<script>", "]]>&lt;\u2028\u2029"]))
def test_no_text_ends_the_block(text: str) -> None:
    printed = str(json_ld.script({"name": text}))
    inside = printed.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not re.search("[<>&\u2028\u2029]", inside)
    assert json.loads(inside) == {"name": text}


def test_a_catalogue_of_markup_says_it_as_words(site: Mapping[str, bytes]) -> None:
    path = "procedures/jt-nintei.yaml"
    evil = "</script><script>alert(1)</script><!--"
    body = site[path].decode().replace("  ja: 児童手当 認定請求", f"  ja: '{evil}'", 1)
    changed = {**site, path: body.encode()}
    page = press_of(changed).site(catalogue.parse(changed), TODAY)["procedures/jt-nintei.html"]
    assert told(page)["mainEntity"]["name"] == evil
    assert read(page).problems == []
    assert "alert(1)" in read(page).text


# ----------------------------------------------------------------------- sitemap
def test_the_sitemap_says_when_the_facts_of_a_procedure_were_looked_at(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    dates = {
        each.findtext("s:loc", "", space): each.findtext("s:lastmod", "", space)
        for each in ElementTree.fromstring(release["sitemap.xml"]).findall("s:url", space)
    }
    for item in city.procedures.values():
        for folder in FOLDERS.values():
            address = f"https://city.minatono.example/{folder}procedures/{item.id}.html"
            assert dates[address] == item.as_of
    assert dates["https://city.minatono.example/index.html"] == ""
