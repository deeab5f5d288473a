"""Every page of the demonstration city."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import urldefrag, urlsplit

import pytest
from PIL import Image

from tests.press.pages import Page, read
from todoke.core import words
from todoke.core.catalogue import Catalogue
from todoke.press import reference_pages
from todoke.press.frame import FOLDERS, LANG
from todoke.press.house import House, read_readings

#: written outside the release whenever a site is published, or answered by the functions
OUTSIDE = re.compile(
    r"/(?:easy/|en/)?notices/index\.html|/feeds/[a-z_]+\.(?:atom|json)|/apply/[a-z0-9-]+|/applications"
    r"|/my-data|/mandates"
)


@pytest.fixture(scope="session")
def pages(release: Mapping[str, bytes]) -> Mapping[str, Page]:
    return {path: read(body) for path, body in release.items() if path.endswith(".html")}


def language_of(path: str) -> str:
    return next(
        (each for each, folder in FOLDERS.items() if folder and path.startswith(folder)), "ja"
    )


@pytest.fixture(scope="session")
def editions(pages: Mapping[str, Page], city: Catalogue) -> Mapping[str, Page]:
    """Without the pages of the reference languages: tests/press/test_reference_pages.py."""
    small = reference_pages.paths(city)
    return {path: page for path, page in pages.items() if path not in small}


def test_every_page_of_the_map_is_there_in_three_languages(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    wanted = [
        *("index.html", "search.html", "check.html", "timeline.html", "topics.html", "inbox.html"),
        *("404.html", "offline.html", "procedures/index.html"),
        *("about/privacy.html", "about/accessibility.html", "about/push.html"),
        *(f"procedures/{each}.html" for each in city.procedures),
        *(f"events/{each}.html" for each in city.events),
    ]
    assert len(city.procedures) == 85
    for folder in FOLDERS.values():
        assert {folder + path for path in wanted} <= set(release)
    root = "catalogue.json sitemap.xml app.json manifest.webmanifest sw.js robots.txt assets.json"
    assert {*root.split(), "favicon.ico"} <= set(release)


def test_the_icon_that_browsers_ask_for_unasked_is_a_picture(release: Mapping[str, bytes]) -> None:
    with Image.open(io.BytesIO(release["favicon.ico"])) as icon:
        assert (icon.format, icon.size) == ("ICO", (192, 192))
        icon.load()


def test_pages_are_well_formed(pages: Mapping[str, Page]) -> None:
    assert {path: page.problems for path, page in pages.items() if page.problems} == {}


def test_ids_are_unique_and_references_to_them_exist(pages: Mapping[str, Page]) -> None:
    for path, page in pages.items():
        ids = page.values("id")
        assert [each for each, count in Counter(ids).items() if count > 1] == [], path
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for value in page.values(attribute):
                assert set(value.split()) <= set(ids), (path, attribute, value)


def test_every_internal_link_leads_to_a_file_that_is_published(
    pages: Mapping[str, Page], release: Mapping[str, bytes]
) -> None:
    seen = 0
    for path, page in pages.items():
        for tag, attributes in page.tags:
            for name in ("href", "src", "action", "data-words"):
                link = attributes.get(name, "")
                if not link or urlsplit(link).scheme:
                    continue
                seen += 1
                target, fragment = urldefrag(link.split("?")[0] if name != "href" else link)
                target = urlsplit(target).path
                if target and not OUTSIDE.fullmatch(target):
                    assert target.startswith("/"), (path, tag, link)
                    assert target.removeprefix("/") in release, (path, tag, link)
                there = pages.get(target.removeprefix("/")) if target else page
                if fragment.startswith("q="):  # words of the search, never sent to the city
                    assert target.endswith("/search.html"), (path, link)
                elif fragment and there is not None and "inbox.html" not in path + target:
                    assert fragment in there.values("id"), (path, link)
    assert seen > 5000


def test_pages_fit_a_policy_without_inline_style_or_script(pages: Mapping[str, Page]) -> None:
    for path, page in pages.items():
        assert not page.values("style"), path
        assert "style" not in [tag for tag, _ in page.tags], path
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
            assert not attributes.get("href", "").startswith("javascript:"), path
        for script in page.all("script"):
            if script == {"type": "application/ld+json"}:
                continue  # data, which no browser runs: tests/press/test_json_ld.py
            assert script["type"] == "module", path
            assert script["src"].startswith("/assets/js/"), path


def test_no_request_goes_to_another_host(
    pages: Mapping[str, Page], release: Mapping[str, bytes]
) -> None:
    for path, body in release.items():
        if path.endswith(".html"):
            page = pages[path]
            sources = [*page.values("src"), *(each["href"] for each in page.all("link"))]
            hosts = {urlsplit(each).netloc for each in sources}
            assert hosts <= {"", "city.minatono.example"}, (path, hosts)
        elif path.endswith(".css"):
            assert b"http" not in re.sub(rb"/\*.*?\*/", b"", body, flags=re.S), path


def test_no_sentence_is_left_untranslated_or_unfilled(pages: Mapping[str, Page]) -> None:
    for path, page in pages.items():
        words_of = page.text + " ".join(
            value
            for _, attributes in page.tags
            for name, value in attributes.items()
            if name in ("aria-label", "content", "placeholder", "title", "alt")
        )
        assert not re.search(r"\b(?:site|phone|errors)\.[a-z_]+", words_of), path
        assert not re.search(r"\{\w+\}", words_of), path
        assert "None" not in words_of, path


def test_furigana_never_get_into_an_attribute_or_a_title(
    pages: Mapping[str, Page], release: Mapping[str, bytes]
) -> None:
    for path, body in release.items():
        if path.startswith("easy/") and path.endswith(".html"):
            for _, attributes in pages[path].tags:
                assert not [value for value in attributes.values() if "<ruby" in value], path
            title = body.split(b"<title>")[1].split(b"</title>")[0]
            assert b"<ruby" not in title, path
            assert b"&lt;ruby" not in body, path


def test_every_page_says_its_language_and_links_the_others(editions: Mapping[str, Page]) -> None:
    for path, page in editions.items():
        language = language_of(path)
        html = next(page.all("html"))
        assert html["lang"] == LANG[language], path
        assert html["data-language"] == language, path
        bare = path.removeprefix(FOLDERS[language])
        assert f"/{FOLDERS[language]}languages.html" in page.values("href"), path
        offered = {each["href"] for each in page.all("a") if "hreflang" in each}
        assert offered == {f"/{folder}{bare}" for folder in FOLDERS.values()}, path


def test_indexed_pages_have_a_canonical_address_and_alternates(
    editions: Mapping[str, Page],
) -> None:
    for path, page in editions.items():
        links = {
            each["rel"]: each["href"] for each in page.all("link") if each["rel"] == "canonical"
        }
        robots = [each for each in page.all("meta") if each.get("name") == "robots"]
        names = ("404", "offline", "inbox", "login", "history", "account", "pair", "allow")
        alone = tuple(f"{each}.html" for each in names)
        if path.endswith(alone) or "apply/" in path:
            assert robots, path
            continue
        assert links["canonical"] == f"https://city.minatono.example/{path}"
        tongues = [each["hreflang"] for each in page.all("link") if "hreflang" in each]
        assert tongues == ["ja", "ja-x-easy", "en"], path
        assert not robots, path


def test_every_page_has_one_first_heading_and_skips_no_level(pages: Mapping[str, Page]) -> None:
    for path, page in pages.items():
        if path.endswith(("inbox.html", "topics.html")) or "apply/" in path:
            continue  # several views in one page, one shown at a time
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels.count(1) == 1, (path, levels)
        for before, after in pairwise(levels):
            assert after <= before + 1, (path, levels)


def test_titles_are_told_apart(release: Mapping[str, bytes]) -> None:
    for folder in FOLDERS.values():
        titles = Counter(
            body.split(b"<title>")[1].split(b"</title>")[0]
            for path, body in release.items()
            if path.endswith(".html") and language_of(path) == language_of(folder + "x")
        )
        assert [each.decode() for each, count in titles.items() if count > 1] == []


# --------------------------------------------------------------------------- procedures
def test_every_procedure_answers_the_questions_of_a_parent(
    pages: Mapping[str, Page], city: Catalogue
) -> None:
    for each in city.procedures:
        for folder in FOLDERS.values():
            page = pages[f"{folder}procedures/{each}.html"]
            found = set(page.values("id"))
            assert {"who", "when", "get", "papers", "where", "sure"} <= found, each
            assert "tel:0000000000" in page.values("href")


def test_unverified_amounts_are_never_shown_as_certain(
    release: Mapping[str, bytes], city: Catalogue, press: House
) -> None:
    warning = press._words.say("ja", "site.unsure.badge").encode()
    amounts = [each for each in city.procedures.values() if each.result.amounts]
    unsure = [each for each in amounts if not each.certain and "amounts" not in each.own]
    sure = [each for each in amounts if each.certain]
    assert len(unsure) > 3
    assert len(sure) > 3
    for each in unsure:
        assert warning in release[f"procedures/{each.id}.html"], each.id
    for each in sure:
        assert warning not in release[f"procedures/{each.id}.html"], each.id


def test_japanese_words_on_other_pages_are_marked_as_japanese(
    pages: Mapping[str, Page], release: Mapping[str, bytes], city: Catalogue
) -> None:
    for each in city.procedures.values():
        html = release[f"en/procedures/{each.id}.html"].decode()
        html = re.sub(r"<(script|nav|head)\b.*?</\1>", "", html, flags=re.S)
        html = re.sub(r'<(\w+)[^>]*\blang="ja"[^>]*>.*?</\1>', "", html, flags=re.S)
        words_left = re.sub(r"<[^>]+>", "", html)
        assert not re.search(r"[ぁ-ヺ一-鿿]", words_left), (each.id, words_left)
        page = pages[f"en/procedures/{each.id}.html"].text
        assert "in Japanese only" in page or not each.legal_basis


def test_what_need_not_be_brought_is_shown_with_its_ground(release: Mapping[str, bytes]) -> None:
    html = release["procedures/jt-nintei.html"].decode()
    none = html[html.index('<div class="none') : html.index('id="where"')]
    assert "請求者の加入年金・健康保険の種類がわかるもの" in none
    assert "情報連携" in none
    assert "認定請求書" not in none
    bring = html[html.index('id="papers"') : html.index('<div class="none')]
    assert "認定請求書" in bring
    assert "請求者の加入年金・健康保険の種類がわかるもの" not in bring


def test_an_ended_procedure_says_so_first(release: Mapping[str, bytes]) -> None:
    html = release["procedures/si-bukka.html"].decode()
    assert html.index("この制度は終わりました") < html.index('id="who"')


def test_every_kanji_of_easy_japanese_has_a_reading(site: Mapping[str, bytes]) -> None:
    readings = read_readings(site)
    sentences = words.parse(site).sentences["easy"]
    missing: Counter[str] = Counter()
    for name, sentence in sentences.items():
        if name.startswith(("site.", "phone.", "amounts.")):
            missing.update(readings.uncovered(re.sub(r"\{\w+\}", "1", sentence)))
    assert missing == Counter()


def test_every_kanji_of_an_easy_name_has_a_reading(
    site: Mapping[str, bytes], city: Catalogue
) -> None:
    readings = read_readings(site)
    groups = (city.procedures, city.topics, city.areas, city.events, city.benefits)
    names = [each.name["easy"] for group in groups for each in group.values()]
    periods = [part for each in city.benefits.values() for part in (*each.versions, *each.limits)]
    names += [each.uncertain["easy"] for each in periods if each.uncertain]
    assert [missing for name in names for missing in readings.uncovered(name)] == []
