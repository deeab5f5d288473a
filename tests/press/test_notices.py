"""Notices as pages, JSON and feeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from tests.press.conftest import TODAY
from tests.press.pages import read
from todoke.core.catalogue import Catalogue
from todoke.core.notice import Content, Link, PublicNotice
from todoke.press.house import House

ATOM = "{http://www.w3.org/2005/Atom}"
START = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def notice(number: int, topic: str = "allowance", **more: object) -> PublicNotice:
    content = Content(
        topic=topic,
        title={"ja": f"題名{number}"},
        text={"ja": "一段目\n二行目\n\n二段目"},
        expires_at=int((START + timedelta(days=30)).timestamp()),
        links=(Link("https://www.city.minatono.example/", "市のページ"),),
    )
    withdrawn = bool(more.get("withdrawn"))
    published = START + timedelta(minutes=number)
    return PublicNotice(
        f"N-2026-{number:04d}",
        content,
        published,
        withdrawn,
        str(more.get("reason", "")),
        published + timedelta(hours=2) if withdrawn else None,
    )


@pytest.fixture(scope="session")
def files(press: House, city: Catalogue) -> Mapping[str, bytes]:
    press.site(city, TODAY)
    latest = [
        notice(3, "play", withdrawn=True, reason="場所のまちがい"),
        notice(2, "nursery"),
        notice(1),
    ]
    return press.notices(latest[:1], latest)


def test_a_changed_notice_has_a_page_in_three_languages_and_its_json(
    files: Mapping[str, bytes],
) -> None:
    assert {"notices/N-2026-0003.json", "notices/N-2026-0003.html"} <= set(files)
    assert {"easy/notices/N-2026-0003.html", "en/notices/N-2026-0003.html"} <= set(files)
    assert "notices/N-2026-0002.html" not in files


def test_the_json_says_what_the_phone_was_promised(files: Mapping[str, bytes]) -> None:
    found = json.loads(files["notices/N-2026-0003.json"])
    assert found == {
        "id": "N-2026-0003",
        "topic": "play",
        "area": None,
        "cohort": None,
        "published": "2026-11-24T09:03:00+09:00",
        "expires": "2026-12-24T09:00:00+09:00",
        "urgency": "normal",
        "title": {"ja": "題名3"},
        "text": {"ja": "一段目\n二行目\n\n二段目"},
        "links": [{"url": "https://www.city.minatono.example/", "label": "市のページ"}],
        "procedure": None,
        "withdrawn": True,
        "reason": "場所のまちがい",
        "url": "/notices/N-2026-0003.html",
        "furigana": {"title": "[題名|だいめい]3", "text": "一段目\n二行目\n\n二段目"},
    }


def test_every_topic_has_feeds_even_without_a_notice(
    files: Mapping[str, bytes], city: Catalogue
) -> None:
    for topic in ("all", *city.topics):
        assert json.loads(files[f"feeds/{topic}.json"])["topic"] == topic
        assert ElementTree.fromstring(files[f"feeds/{topic}.atom"]).tag == f"{ATOM}feed"
    assert json.loads(files["feeds/disaster.json"])["items"] == []


def test_a_feed_holds_only_its_own_topic_newest_first(files: Mapping[str, bytes]) -> None:
    assert [each["id"] for each in json.loads(files["feeds/all.json"])["items"]] == [
        "N-2026-0003",
        "N-2026-0002",
        "N-2026-0001",
    ]
    assert [each["id"] for each in json.loads(files["feeds/nursery.json"])["items"]] == [
        "N-2026-0002"
    ]


def test_atom_has_what_rfc_4287_asks_for(files: Mapping[str, bytes]) -> None:
    feed = ElementTree.fromstring(files["feeds/all.atom"])
    for name in ("id", "title", "updated"):
        assert feed.findtext(ATOM + name), name
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert links["self"] == "https://city.minatono.example/feeds/all.atom"
    entries = feed.findall(f"{ATOM}entry")
    ids = [each.findtext(f"{ATOM}id") for each in entries]
    assert len(set(ids)) == 3
    for entry in entries:
        for name in ("id", "title", "updated", "content"):
            assert entry.findtext(ATOM + name), name
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None
    assert feed.findtext(f"{ATOM}updated") == "2026-11-24T11:03:00+09:00"


def test_a_withdrawn_notice_is_marked_wherever_it_is_read(files: Mapping[str, bytes]) -> None:
    page = read(files["notices/N-2026-0003.html"]).text
    assert page.index("このお知らせは取り下げました") < page.index("一段目")
    assert "場所のまちがい" in page
    assert "取り下げ" in read(files["notices/index.html"]).text
    feed = ElementTree.fromstring(files["feeds/play.atom"])
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "【取り下げ】題名3"
    assert feed.findtext(f"{ATOM}entry/{ATOM}content") == "場所のまちがい"
    published = feed.findtext(f"{ATOM}entry/{ATOM}published")
    updated = feed.findtext(f"{ATOM}entry/{ATOM}updated")
    assert (published, updated) == ("2026-11-24T09:03:00+09:00", "2026-11-24T11:03:00+09:00")


def test_a_page_says_until_when_it_holds_and_keeps_paragraphs(files: Mapping[str, bytes]) -> None:
    html = files["notices/N-2026-0003.html"].decode()
    assert "2026年(令和8年)12月24日(木)まで有効" in html
    assert "<p>一段目<br>二行目</p>" in html
    assert "<p>二段目</p>" in html


def test_japanese_words_on_an_english_page_are_marked(files: Mapping[str, bytes]) -> None:
    html = files["en/notices/N-2026-0003.html"].decode()
    assert '<p lang="ja">二段目</p>' in html
    assert "This notice is in Japanese only" in html


def test_pages_of_notices_are_well_formed(files: Mapping[str, bytes]) -> None:
    for path, body in files.items():
        if path.endswith(".html"):
            assert read(body).problems == [], path
