"""Reference languages in other cities: a file less, a procedure of their own, other letters."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from tests.press.test_reference_pages import described
from todoke.core import catalogue
from todoke.core.catalogue import Catalogue
from todoke.press import pages, reference_pages
from todoke.press.house import House
from todoke.press.plan import Marker


def zh(site: Mapping[str, bytes], old: str, new: str) -> Mapping[str, bytes]:
    """The site with a line of the Chinese file changed."""
    path = "reference/zh.yaml"
    text = site[path].decode()
    found = re.sub(old, new, text, count=1, flags=re.M)
    assert found != text, old
    return {**site, path: found.encode()}


def test_who_has_checked_a_language_is_named_on_its_page_and_counted(
    site: Mapping[str, bytes],
) -> None:
    more = zh(site, "^checked: nobody$", "checked: {by: Made-up Mei, on: 2026-11-20}")
    city = catalogue.parse(more)
    printed = press_of(more).site(city, TODAY)
    page = printed["zh/index.html"].decode()
    assert city.references["zh"].say("checked", by="Made-up Mei", on="2026-11-20") in page
    assert city.references["zh"].say("nobody") not in page
    said = "Read and checked by Made-up Mei (Friday, 20 November 2026)"
    assert said in read(printed["en/about/languages.html"]).text


def test_what_a_language_lacks_is_shown_in_english_and_counted(site: Mapping[str, bytes]) -> None:
    less = zh(site, r"^  jt-nintei:\n    name: .*\n    summary: .*\n", "")
    less = zh(less, r"^  born: .*\n", "")
    city = catalogue.parse(less)
    printed = press_of(less).site(city, TODAY)
    html = printed["zh/index.html"].decode()
    assert '<span lang="en">A baby is born</span></a>' in html
    card = described(city.references["zh"], printed, city, "jt-nintei")
    assert '<summary><span><span lang="en">Child allowance: first claim</span></span>' in card
    assert city.references["zh"].say("untranslated") in card
    page = read(printed["en/about/languages.html"]).text
    assert "Procedures: 84 of 85" in page
    assert re.search(r"\d+ of \d+ texts are there; 3 are shown in English", page)


def test_a_procedure_of_the_citys_own_stands_among_the_others_in_english(
    site: Mapping[str, bytes],
) -> None:
    own = site["procedures/si-hiroba.yaml"].replace(b"id: si-hiroba", b"id: si-ehon")
    more = {**site, "procedures/si-ehon.yaml": own}
    city = catalogue.parse(more)
    printed = press_of(more).site(city, TODAY)
    assert b'id="si-ehon"' in printed["zh/events/others.html"]
    card = described(city.references["zh"], printed, city, "si-ehon")
    assert f'<span lang="en">{city.procedures["si-ehon"].name["en"]}</span>' in card
    assert f'<span class="go-s" lang="en">{city.procedures["si-ehon"].who["en"]}</span>' in card


def test_a_city_may_do_without_the_folder(site: Mapping[str, bytes], city: Catalogue) -> None:
    bare = {path: body for path, body in site.items() if not path.startswith("reference")}
    found = catalogue.parse(bare)
    assert found.references == {}
    printed = press_of(bare).site(found, TODAY)
    assert not {each.path for each in city.references.values()} & printed.keys()
    assert 'href="/easy/index.html"' in printed["languages.html"].decode()


def test_a_city_may_do_without_a_procedure_that_the_shared_file_translates(
    site: Mapping[str, bytes],
) -> None:
    more = zh(site, "^procedures:$", 'procedures:\n  si-nashi:\n    name: "中"\n    summary: "文"')
    city = catalogue.parse(more)
    assert "si-nashi" in city.references["zh"].procedures
    printed = press_of(more).site(city, TODAY)
    assert not [each for each in printed if each.startswith("zh/") and b"si-nashi" in printed[each]]
    assert "Procedures: 85 of 85" in read(printed["en/about/languages.html"]).text


def test_a_language_written_from_the_right_is_printed_that_way(site: Mapping[str, bytes]) -> None:
    more = zh(site, "^direction: ltr$", "direction: rtl")
    html = press_of(more).site(catalogue.parse(more), TODAY)["zh/index.html"]
    assert b'<html lang="zh-Hans" dir="rtl">' in html


def test_markup_in_a_translation_stays_words(site: Mapping[str, bytes]) -> None:
    more = zh(site, "^  title: .*$", '  title: "<script>中</script>文"')
    html = press_of(more).site(catalogue.parse(more), TODAY)["zh/index.html"]
    assert b"<script>" not in html


@pytest.mark.usefixtures("release")  # pages name the index of the search, which is made with it
def test_a_page_that_did_not_change_may_stay(press: House, city: Catalogue) -> None:
    marker = Marker(city, press._frame.mark)
    for sheet in pages.sheets(city, press._frame, TODAY):
        if sheet.template.startswith(("reference/", "languages.html")):
            assert marker.mark(sheet, "ja"), sheet.path


def test_every_procedure_has_one_place_where_it_stands_first(city: Catalogue) -> None:
    found = [each for group in reference_pages.groups(city) for each in group.entries]
    assert sorted(each.item.id for each in found if each.first) == sorted(city.procedures)
    assert set(reference_pages.homes(city)) == set(city.procedures)
