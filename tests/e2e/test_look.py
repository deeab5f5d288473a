"""How pages look and feel in a real Chromium: from 320 px to 4K, with letters of twice the size,
with Tab alone, in high contrast, without motion and on paper; and what the first visit costs.

axe-core over every kind of page is in tests/e2e/test_chromium.py.
"""

from __future__ import annotations

import gzip
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_chromium import PAGES
from tests.parts import node
from tests.parts.announcing import announce
from tests.parts.city import City
from tests.parts.weighing import brotli
from todoke import assemble
from todoke.core.words import LANGUAGES
from todoke.press import reference_pages

#: one of each kind: those that differ in how they are laid out
KINDS = {name: path for name, path in PAGES.items() if name not in ("missing", "procedure-window")}
#: (css px, size of letters); 320 is also what 1,280 px at 400 % leaves (WCAG 1.4.10), 640 at 200 %
WIDTHS = [(320, 1), (640, 1), (1280, 1), (3840, 1), (1280, 2), (390, 2)]
#: the longest words are in やさしい日本語 and English; `make soak` tries every page at every width
SOME_WIDTHS = {
    "ja": [(320, 1), (3840, 1)],
    "easy": [(320, 1), (1280, 2), (390, 2)],
    "en": [(320, 1), (1280, 1)],
}
FIRST_PAGE = 10_000
FIRST_REQUESTS = 4


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.start(tmp_path_factory.mktemp("city")) as running:
        yield running


def look(
    check: str,
    city: City,
    folder: Path,
    *,
    pages: Mapping[str, str] = KINDS,
    languages: Sequence[str] = LANGUAGES,
    widths: Sequence[object] = WIDTHS,
    notice: str = "",
    scripts: Mapping[str, str] | None = None,
    without: str = "",
) -> dict[str, Any]:
    """What one check of look.mjs saw. SHOTS=folder keeps the pictures."""
    job = {
        "url": city.url,
        "profile": str(folder / "profile"),
        "pages": pages,
        "languages": languages,
        "widths": widths,
        "notice": notice,
        "scripts": scripts or {},
        "without": without,
    }
    return node.see("tests/e2e/look.mjs", job, check, seconds=1500)


def _body(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body: bytes = answer.read()
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


# ---------------------------------------------------------------- what the first visit costs
@pytest.mark.real
def test_nothing_moves_while_a_page_comes_to_a_slow_phone(city: City, tmp_path: Path) -> None:
    """Lighthouse looks at two pages; these are the others that a script fills (CLS is 0). Without
    the room that is kept for what comes, the foot of the page is seen to jump."""
    pages = {
        **{name: f"/{name}.html" for name in ("check", "timeline", "inbox", "topics", "pair")},
        **{name: f"/{name}.html" for name in ("account", "allow", "history")},
        "login": "/login.html",
        "form": "/apply/jt-nintei.html",
        "tongue": "/vi/topics.html",
    }
    moved = look("shifts", city, tmp_path, pages=pages, languages=["ja"])["moved"]
    assert {name: each["what"] for name, each in moved.items() if each["score"] > 0.001} == {}
    assert len(moved) == len(pages)
    control = {name: pages[name] for name in ("check", "login")}
    without = ".fills { min-height: 0 !important }"
    jumped = look("shifts", city, tmp_path, pages=control, languages=["ja"], without=without)
    assert all(each["score"] > 0.1 for each in jumped["moved"].values()), jumped


@pytest.mark.real
def test_a_first_visit_asks_for_four_files_and_ten_kilobytes(city: City, tmp_path: Path) -> None:
    """Counted where the requests arrive, with nothing kept before; the picture for the tab
    counts. The worker's own, after the page has loaded, are told apart by who asks: they fill
    the phone for the time without a network."""
    seen = look("first", city, tmp_path, pages={"home": "/index.html"}, languages=["ja", "en"])
    assert seen["troubles"] == []
    assert len(seen["seen"]) == 2 * 2
    for visit in seen["seen"]:
        assert len(visit["own"]) <= FIRST_REQUESTS, visit
        assert {Path(each).name.split(".")[0] for each in visit["own"]} >= {"todoke", "start"}
        sizes = brotli({each: _body(city.url + each) for each in visit["own"]})
        assert sum(sizes.values()) <= FIRST_PAGE, sizes
        assert visit["worker"] > 10, "the worker was not seen at all"


@pytest.mark.real
def test_notices_and_the_number_on_the_door_come_when_they_are_of_use(
    city: City, tmp_path: Path
) -> None:
    notice = announce(city, "health", "乳幼児健診の日程", "会場は保健センターです。")
    seen = look("later", city, tmp_path, languages=["ja"], notice=notice)
    assert seen["troubles"] == []
    assert seen["before"] == [], "asked for before anybody needs it"
    assert seen["newest"] == [f"/notices/{notice}.html"]
    assert (seen["nothing"], seen["count"]) == ("", "1")


# ---------------------------------------------------------------- the look
@pytest.mark.real
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_or_covered_from_320_px_to_4k_and_with_letters_twice_as_large(
    city: City, tmp_path: Path, language: str
) -> None:
    seen = look("fits", city, tmp_path, languages=[language], widths=SOME_WIDTHS[language])
    assert seen["troubles"] == []
    assert seen["looks"] == len(KINDS) * len(SOME_WIDTHS[language])


@pytest.mark.real
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_doors_hold_no_more_than_a_tenth_of_the_screen(
    city: City, tmp_path: Path, language: str
) -> None:
    """With large letters or on a low screen they stand in the page, where one scrolls past them."""
    seen = look("foot", city, tmp_path, languages=[language])
    assert seen["troubles"] == []
    shares = seen["shares"]
    assert max(shares.values()) < 0.11, shares
    assert shares["16/667"] > 0, "a usual phone keeps its doors within reach"
    assert shares["16/844"] > 0
    assert shares["32/844"] == 0


@pytest.mark.real
def test_pages_of_other_languages_look_right_and_are_accessible(city: City, tmp_path: Path) -> None:
    """Of the scripts the one with the highest letters, of the languages one with long words."""
    pages = {"nepali": "/ne/index.html", "filipino": "/fil/index.html", "choice": "/languages.html"}
    widths = [(320, 1), (1280, 1), (390, 2)]
    seen = look("fits", city, tmp_path, languages=["ja"], pages=pages, widths=widths)
    assert seen["troubles"] == []
    assert seen["looks"] == len(pages) * len(widths)
    seen = look("axe", city, tmp_path, languages=["ja"], pages=pages, widths=[320, 1280])
    assert seen["troubles"] == []


#: one page for each script that the pages of this program are written in
SCRIPTS = {
    "ne": ("/ne/index.html", "Devanagari"),
    "ko": ("/ko/index.html", "Hangul"),
    "zh-cn": ("/zh/index.html", "Han"),
    "ja": ("/index.html", "Hiragana"),
    "vi": ("/vi/index.html", "Latin"),
}


@pytest.mark.real
def test_the_letters_that_are_measured_are_letters_and_not_the_boxes_of_missing_ones(
    city: City, tmp_path: Path
) -> None:
    pages = {language: path for language, (path, _) in SCRIPTS.items()}
    scripts = {language: script for language, (_, script) in SCRIPTS.items()}
    seen = look("letters", city, tmp_path, pages=pages, languages=["ja"], scripts=scripts)
    for language, drawn in seen["fonts"].items():
        assert sum(drawn.values()) > 20, (language, drawn)
        # a sentence may hold a word of another language: the one button leads to やさしい日本語
        strange = set(drawn) - _fonts_that_have(language)
        foreign = sum(drawn[each] for each in strange)
        assert foreign < sum(drawn.values()) / 20, f"a font with {language} is missing: {drawn}"


def _fonts_that_have(language: str) -> set[str]:
    """Names of the fonts of this machine that have every letter of a language."""
    asked = ["fc-list", f":lang={language}", "family"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return {name.strip() for line in listed.splitlines() for name in line.split(",")}


@pytest.mark.real
def test_high_contrast_less_motion_and_paper_lose_nothing(city: City, tmp_path: Path) -> None:
    some = ("home", "search", "procedure", "event", "topics", "push")
    pages = {name: KINDS[name] for name in some}
    seen = look("moods", city, tmp_path, languages=["ja"], pages=pages)
    assert seen["troubles"] == []
    assert seen["looks"] == len(some)


@pytest.mark.real
def test_tab_goes_through_every_page_in_order_and_is_always_seen(
    city: City, tmp_path: Path
) -> None:
    some = ("home", "procedure", "topics")
    pages = {name: KINDS[name] for name in some}
    seen = look("keyboard", city, tmp_path, languages=["easy"], pages=pages)
    assert seen["troubles"] == []
    assert seen["stops"] > 80


@pytest.mark.real
@pytest.mark.parametrize(
    "trouble",
    [
        "px lie outside",
        "a year without its era: 2026年4月から",
        "too wide",
        "stand over each other",
        "a target under 24 px: small",
        "70 letters a line",
        "no edge: btn edgeless",
        "words at 3.4: grey",
        "moves: P",
        "white words: white",
        "no ring",
        "comes before what stands above it",
    ],
)
def test_the_look_notes_every_kind_of_fault(spoiled: list[str], trouble: str) -> None:
    assert [each for each in spoiled if trouble in each], spoiled


@pytest.fixture(scope="module")
def spoiled(city: City, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    seen = look("troubled", city, tmp_path_factory.mktemp("control"), languages=["ja"])
    found: list[str] = seen["troubles"]
    return found


# ---------------------------------------------------------------- every page, for hours of night
@pytest.mark.real
@pytest.mark.soak
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("check", ["fits", "moods", "keyboard", "axe"])
def test_every_printed_page_looks_right(
    city: City, tmp_path: Path, language: str, check: str
) -> None:
    addresses = _body(f"{city.url}/sitemap.xml").decode().split("<loc>")[1:]
    paths = ["/" + each.split("</loc>")[0].split("/", 3)[3] for each in addresses]
    pages = {path: path for path in paths if not path.startswith(("/en/", "/easy/"))}
    if language != "ja":  # a page of a reference language is one, not three
        for each in reference_pages.paths(assemble.catalogue()):
            pages.pop(f"/{each}", None)  # an inbox stands in no sitemap
    assert len(pages) > 90
    widths: Sequence[object] = [390, 1280] if check == "axe" else WIDTHS
    seen = look(check, city, tmp_path, languages=[language], pages=pages, widths=widths)
    assert seen["troubles"] == []
