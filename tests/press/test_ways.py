"""Ways into the catalogue without a script: by event, by age, by topic, by reading."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.press.conftest import TODAY
from tests.press.pages import read
from todoke.core import ages
from todoke.core.catalogue import Catalogue
from todoke.press.frame import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_a_page_of_an_age_lists_what_the_rules_say(
    release: Mapping[str, bytes], city: Catalogue, folder: str
) -> None:
    for age, items in ages.by_age(city, TODAY).items():
        links = [each["href"] for each in read(release[f"{folder}ages/{age}.html"]).all("a")]
        wanted = [f"/{folder}procedures/{each.id}.html" for each in items]
        assert [each for each in links if re.search(r"/procedures/(?!index)", each)] == wanted


@pytest.mark.parametrize("folder", FOLDERS.values())
@pytest.mark.parametrize("page", ["index.html", "search.html"])
def test_home_and_search_lead_to_every_way(
    release: Mapping[str, bytes], city: Catalogue, folder: str, page: str
) -> None:
    links = {each["href"] for each in read(release[folder + page]).all("a")}
    assert {f"/{folder}ages/{age}.html" for age in ages.IDS} <= links
    assert {f"/{folder}events/{each}.html" for each in city.events} <= links
    assert f"/{folder}procedures/index.html" in links


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_a_child_s_own_dates_are_one_tap_from_the_first_page(
    release: Mapping[str, bytes], folder: str
) -> None:
    links = [each["href"] for each in read(release[f"{folder}index.html"]).all("a")]
    assert f"/{folder}timeline.html" in links


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_who_came_from_the_dates_to_give_a_birthday_finds_back_above_the_results(
    release: Mapping[str, bytes], folder: str
) -> None:
    page = release[f"{folder}check.html"].decode()
    assert 0 < page.find(f'href="/{folder}timeline.html"') < page.find('id="stage"')


def test_there_is_an_event_for_whatever_happens_to_a_family(city: Catalogue) -> None:
    """妊娠, 出生, 転入, 転出, 入園, 就学, ひとり親, 障害, 災害."""
    happens = "pregnant born moved moving_out nursery school single_parent illness disaster"
    assert set(happens.split()) <= set(city.events)


def test_every_procedure_that_is_in_force_is_reached_without_a_search(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    links = {each["href"] for each in read(release["search.html"]).all("a")}
    assert {f"/procedures/{each}.html" for each in city.procedures} <= links
