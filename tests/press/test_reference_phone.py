"""Following topics and the inbox in a reference language: the elements of the Japanese pages in
other words, what the city sends in Japanese and marked, a missing word in easy Japanese."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from markupsafe import escape

from tests.press.conftest import TODAY, press_of
from tests.press.pages import Page, read
from tests.press.test_reference_pages import LETTERS
from tests.press.test_reference_words import RUN, less, said
from todoke.core import catalogue, words
from todoke.core.catalogue import Catalogue
from todoke.core.reference import Reference
from todoke.core.reference_words import of_following, sources
from todoke.core.words import Dictionary
from todoke.press.reference_phone import OWN

#: by which the scripts find what they fill, hide or listen to
HELD = ("id", "for", "name", "value", "data-view", "data-part", "data-do", "data-why", "data-pause")
PAGES = ("topics", "inbox")


@pytest.fixture(params=list(LETTERS))
def tongue(request: pytest.FixtureRequest, city: Catalogue) -> Reference:
    return city.references[request.param]


@pytest.fixture(scope="module")
def dictionary(site: Mapping[str, bytes]) -> Dictionary:
    return words.parse(site)


def held(html: bytes) -> list[tuple[str, str, str]]:
    """What the scripts hold on to, in its order."""
    within = html.split(b"<main", 1)[1].split(b"</main>")[0]
    page = Page()
    page.feed(within.decode())
    found = [(tag, name, own[name]) for tag, own in page.tags for name in HELD if name in own]
    assert len(found) > 30
    return found


@pytest.mark.parametrize("path", PAGES)
def test_the_scripts_find_what_they_find_on_the_japanese_page(
    tongue: Reference, release: Mapping[str, bytes], path: str
) -> None:
    mine, ours = (held(release[key]) for key in (f"{tongue.id}/{path}.html", f"{path}.html"))
    assert mine == ours


def test_nothing_is_japanese_but_the_districts_the_city_and_what_stands_behind_the_login(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue, dictionary: Dictionary
) -> None:
    def japanese(path: str) -> set[str]:
        main = release[f"{tongue.id}/{path}.html"].decode().split("<main")[1].split("</main>")[0]
        assert tongue.say("gaps") not in main
        return set(re.findall('<span lang="ja">(.*?)</span>', main))

    assert japanese("topics") == set()
    behind = ("phone.letters.", "phone.history.", "site.account.", "site.foot.")
    sentences = dictionary.sentences["easy"].items()
    mine = said(tongue)
    letters = {text for name, text in sentences if name.startswith(behind) and name not in mine}
    own = {each.name["ja"] for each in city.areas.values()}
    left = {each for each in japanese("inbox") - own if escape(each) not in map(escape, letters)}
    assert left <= {"みなと野市", "月曜日から 金曜日 8:30から 17:15まで"}


def test_what_the_lock_screen_shows_is_what_the_city_sends(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    html = release[f"{tongue.id}/topics.html"].decode()
    shown = re.findall(r'<span class="lockscreen"([^>]*)>', html)
    assert shown == [' lang="ja"'] * 4
    assert 'data-discreet="お知らせが 届きました"' in html


@pytest.mark.parametrize("path", PAGES)
def test_a_link_stays_in_the_language_where_it_has_the_page(
    tongue: Reference, release: Mapping[str, bytes], path: str
) -> None:
    page = read(release[f"{tongue.id}/{path}.html"])
    main = release[f"{tongue.id}/{path}.html"].decode().split("<main")[1].split("</main>")[0]
    for each in re.findall(r'href="(/[^"#]*\.html)', main):
        folder, _, name = each.removeprefix("/").partition("/")
        assert folder == (tongue.id if name in (*OWN, "index.html") else "easy"), each
        assert each.removeprefix("/") in release or name == "notices/index.html", each
    doors = [each for each in page.all("a") if "data-door" in each]
    assert [each["href"] for each in doors] == [
        f"/{tongue.id}/{each}.html" for each in ("all", "check", "inbox", "topics")
    ]
    assert [each["data-door"] for each in doors if each.get("aria-current") == "page"] == [
        {"topics": "follow", "inbox": "notices"}[path]
    ]


def test_the_inbox_is_not_for_search_engines_as_in_the_editions(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    robots = '<meta name="robots" content="noindex">'
    assert robots in release[f"{tongue.id}/inbox.html"].decode()
    assert robots not in release[f"{tongue.id}/topics.html"].decode()
    listed = release["sitemap.xml"].decode()
    assert f"/{tongue.id}/topics.html</loc>" in listed
    assert f"/{tongue.id}/inbox.html</loc>" not in listed


def test_a_script_has_every_sentence_that_it_has_in_the_editions(
    tongue: Reference, release: Mapping[str, bytes], dictionary: Dictionary
) -> None:
    found = json.loads(release[f"phone/{tongue.id}.json"])
    assert set(found) == set(dictionary.part("easy", "phone")) | {"date.day"}
    assert found["date.day"] == "{iso}"
    assert found["topics.lead"] == said(tongue)["phone.topics.lead"]
    letters = "[ぁ-ゖァ-ヺ]" if tongue.id == "zh" else "[ぁ-ゖァ-ヺ一-鿿]"
    for name, text in found.items():
        assert not re.search(letters, RUN.sub("", text)), (name, text)
    assert f'data-words="/phone/{tongue.id}.json"' in release[f"{tongue.id}/check.html"].decode()


def test_a_missing_word_is_easy_japanese_on_the_page_and_in_the_script(
    site: Mapping[str, bytes],
) -> None:
    site = less(less(site, r"^  phone\.ask\.agree: .*\n"), r"^  phone\.inbox\.found: .*\n")
    site = less(site, r"^  topic\.health\.name: .*$", '  topic.health.name: "健診・予防接種"')
    city = catalogue.parse(site)
    printed = press_of(site).site(city, TODAY)
    page = printed["vi/topics.html"].decode()
    assert '</svg><span lang="ja">知らせて もらう</span></button>' in page
    assert '<span data-name><span lang="ja">健診・注射</span></span>' in page, "a copy is no word"
    assert city.references["vi"].say("gaps") in page
    assert json.loads(printed["phone/vi.json"])["inbox.found"].startswith("{count}[")
    assert city.references["ko"].say("gaps") not in printed["ko/topics.html"].decode()


def test_a_hostile_name_of_a_topic_stays_text(site: Mapping[str, bytes]) -> None:
    name = '"<script>alert(1)</script>[x|ja] {topic}"'
    site = less(site, r"^  topic\.health\.name: .*$", f"  topic.health.name: {name}")
    page = press_of(site).site(catalogue.parse(site), TODAY)["vi/topics.html"].decode()
    assert "<script>alert" not in page


def test_no_procedure_changes_what_these_pages_want(
    city: Catalogue, dictionary: Dictionary
) -> None:
    """They are not printed again with every publication."""
    mine = of_following(city.topics.values(), dictionary)
    every = sources(city, dictionary)
    assert mine.items() <= every.items()
    assert {name.split(".")[0] for name in mine} == {"phone", "site", "pair", "topic"}


def test_a_city_without_words_of_a_language_leads_to_the_editions(
    site: Mapping[str, bytes],
) -> None:
    bare = {path: body for path, body in site.items() if path != "reference_words/vi.yaml"}
    printed = press_of(bare).site(catalogue.parse(bare), TODAY)
    assert not {"vi/topics.html", "vi/inbox.html", "phone/vi.json"} & printed.keys()
    home = printed["vi/index.html"].decode()
    assert 'href="/easy/topics.html"' in home
    assert "data-door" not in home
    assert 'href="/ko/inbox.html"' in printed["ko/index.html"].decode()
