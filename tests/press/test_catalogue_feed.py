"""The catalogue as Atom feeds: what RFC 4287 asks for, in three languages, as new as the facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from xml.etree import ElementTree

import pytest

from tests.press.conftest import TODAY, press_of
from todoke.core import catalogue
from todoke.core.catalogue import Catalogue
from todoke.press.frame import FOLDERS

ATOM = "{http://www.w3.org/2005/Atom}"
HOME = "https://city.minatono.example"


def feed_of(release: Mapping[str, bytes], language: str) -> ElementTree.Element:
    return ElementTree.fromstring(release[f"{FOLDERS[language]}catalogue.atom"])


@pytest.mark.parametrize("language", [*FOLDERS])
def test_it_has_what_rfc_4287_asks_for(
    release: Mapping[str, bytes], city: Catalogue, language: str
) -> None:
    feed, folder = feed_of(release, language), FOLDERS[language]
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert links == {
        "self": f"{HOME}/{folder}catalogue.atom",
        "alternate": f"{HOME}/{folder}procedures/index.html",
    }
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert feed.findtext(f"{ATOM}title")
    entries = feed.findall(f"{ATOM}entry")
    ids = [feed.findtext(f"{ATOM}id"), *(each.findtext(f"{ATOM}id") for each in entries)]
    assert len({*ids}) == len(city.procedures) + 1
    for entry, item in zip(entries, city.procedures.values(), strict=True):
        link = entry.find(f"{ATOM}link[@rel='alternate']")
        assert link is not None
        key = f"{folder}procedures/{item.id}.html"
        assert link.get("href") == f"{HOME}/{key}"
        assert key in release
        assert entry.findtext(f"{ATOM}title") == item.name[language]
        assert entry.findtext(f"{ATOM}summary") == item.who[language]
        kind = entry.find(f"{ATOM}category")
        assert kind is not None
        assert kind.attrib == {"term": item.topic, "label": city.topics[item.topic].name[language]}


def test_it_is_as_new_as_the_newest_facts(site: Mapping[str, bytes]) -> None:
    feed = feed_of(_changed(site, "as_of", "2027-02"), "ja")
    dates = [str(each.text) for each in feed.iter(f"{ATOM}updated")]
    assert dates[0] == max(dates[1:]) == "2027-02-01T00:00:00+09:00"
    assert dates[1:].count(dates[0]) == 1
    assert all(datetime.fromisoformat(each).utcoffset() for each in dates)


def test_words_that_are_missing_are_japanese_and_say_so(site: Mapping[str, bytes]) -> None:
    release = _changed(site, "who", "{ja: '<見本> & \"人\"'}")
    for language, marked in (("ja", None), ("easy", None), ("en", "ja")):
        (entry,) = [
            each
            for each in feed_of(release, language).iter(f"{ATOM}entry")
            if str(each.findtext(f"{ATOM}id")).endswith("procedures/jt-nintei")
        ]
        said = entry.find(f"{ATOM}summary")
        assert said is not None
        assert said.text == '<見本> & "人"'
        assert said.get("{http://www.w3.org/XML/1998/namespace}lang") == marked


def test_readers_find_it_by_the_list(release: Mapping[str, bytes]) -> None:
    for folder in FOLDERS.values():
        page = release[f"{folder}procedures/index.html"].decode()
        assert page.count(f'href="/{folder}catalogue.atom"') == 2  # for programs, and for people


def _changed(site: Mapping[str, bytes], field: str, value: str) -> Mapping[str, bytes]:
    """A release in which one field of one procedure is another."""
    path = "procedures/jt-nintei.yaml"
    lines = site[path].decode().splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(f"{field}:"))
    last = next(at for at in range(first + 1, len(lines)) if not lines[at].startswith(" "))
    body = "\n".join([*lines[:first], f"{field}: {value}", *lines[last:]]) + "\n"
    changed = {**site, path: body.encode()}
    return press_of(changed).site(catalogue.parse(changed), TODAY)
