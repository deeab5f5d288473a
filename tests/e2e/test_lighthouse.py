"""Lighthouse gives full points for accessibility, best practices and search engines. What a city
gets is what this gives: its audits of https take localhost for a safe place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.city import City
from tools.bench_page import lighthouse

FULL = ("accessibility", "best-practices", "seo")
#: the English and the easy edition come of the same templates; axe looks at all of them
PAGES = [
    "/index.html",
    "/easy/procedures/jt-nintei.html",
    pytest.param("/search.html", marks=pytest.mark.soak),
    pytest.param("/en/events/born.html", marks=pytest.mark.soak),
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.start(tmp_path_factory.mktemp("city")) as running:
        yield running


@pytest.mark.real
@pytest.mark.parametrize("page", PAGES)
def test_lighthouse_gives_full_points(city: City, page: str) -> None:
    seen = lighthouse(city.url + page)
    assert {name: seen["scores"][name] for name in FULL} == dict.fromkeys(FULL, 100), seen["failed"]
    assert seen["ms"]["cls"] < 0.001, "nothing moves while the page comes"


@pytest.mark.real
def test_lighthouse_sees_what_search_engines_must_not_list(city: City) -> None:
    """The inbox says noindex: fewer points for search engines, the others stay full."""
    scores = lighthouse(f"{city.url}/inbox.html")["scores"]
    assert scores["seo"] < 100
    assert scores["accessibility"] == 100
