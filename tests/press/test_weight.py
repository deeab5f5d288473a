"""Few bytes and few requests: what a visitor's phone brings (asserted, brotli)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tests.parts.weighing import (
    as_list,
    brotli,
    catalogue_scripts,
    closure,
    public_scripts,
    weighed,
)
from tests.press.pages import read
from todoke.press.frame import FOLDERS
from todoke.press.house import House

FIRST_PAGE = 10_000
#: the most that the catalogue may weigh, which it only just keeps to; and just above what all of
#: them weigh: smaller is always right
CATALOGUE_SCRIPTS = 25_000
EVERY_SCRIPT = 67_700
STYLESHEET = 5_000


@pytest.mark.real
def test_the_scripts_of_the_catalogue_grow_no_more(
    release: Mapping[str, bytes], press: House
) -> None:
    """What a family brings who looks for what is theirs and follows nothing."""
    sizes = weighed(release, catalogue_scripts(release))
    told = "\n" + as_list(sizes, press._frame.assets.members)
    assert sum(sizes.values()) <= CATALOGUE_SCRIPTS, told
    assert {"check", "search", "amount_form"} <= names_of(sizes)
    assert not {"follow", "inbox", "subscription"} & names_of(sizes)


@pytest.mark.real
def test_all_scripts_of_the_public_site_grow_no_more(
    release: Mapping[str, bytes], press: House
) -> None:
    sizes = weighed(release)
    told = "\n" + as_list(sizes, press._frame.assets.members)
    assert sum(sizes.values()) <= EVERY_SCRIPT, told


def names_of(paths: Iterable[str]) -> set[str]:
    """assets/js/check.0123abcd.js -> check."""
    return {path.split("/")[-1].split(".")[0] for path in paths}


@pytest.mark.real
@pytest.mark.parametrize("folder", FOLDERS.values())
def test_the_first_page_is_small_in_every_language(
    release: Mapping[str, bytes], folder: str
) -> None:
    """What its markup asks for at once; the browser's own count is in tests/e2e/test_look.py."""
    page = read(release[f"{folder}index.html"])
    links = [each for each in page.all("link") if each["rel"] in ("stylesheet", "icon")]
    asked = [each["href"] for each in links] + page.values("src")
    parts = {f"{folder}index.html", *(each.removeprefix("/") for each in asked)}
    sizes = brotli({name: release[name] for name in parts})
    assert len(sizes) <= 4, sizes
    assert sum(sizes.values()) <= FIRST_PAGE, sizes
    assert not [name for name in release if name.endswith((".woff", ".woff2", ".ttf", ".otf"))]


@pytest.mark.real
def test_the_one_stylesheet_is_small(release: Mapping[str, bytes]) -> None:
    page = read(release["index.html"])
    [sheet] = [each["href"] for each in page.all("link") if each["rel"] == "stylesheet"]
    name = sheet.removeprefix("/")
    assert brotli({name: release[name]})[name] <= STYLESHEET


def test_what_every_page_loads_imports_nothing(release: Mapping[str, bytes]) -> None:
    start = next(name for name in release if name.startswith("assets/js/start."))
    text = release[start].decode()
    assert "import(" in text
    assert text.replace("import(", "").count("import") == 0
    assert len(closure([start], release)) > 3, "what it brings later is followed too"
    assert {start} < public_scripts(release)


def test_pages_for_who_is_logged_in_do_not_count(release: Mapping[str, bytes]) -> None:
    names = names_of(public_scripts(release))
    assert {"start", "search", "follow", "inbox"} <= names
    assert not {"apply", "login", "mine"} & names
