"""What check.html takes along: rules as in catalogue.json, the very pages, every sentence."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from todoke import assemble
from todoke.core.catalogue import Catalogue
from todoke.core.words import LANGUAGES
from todoke.press.check_files import COMPUTED, FOLLOWS, GROUPS
from todoke.press.house import read_readings
from todoke.press.taken_along import MOST_PAGES, pages, pages_in

ROOT = Path(__file__).parents[2]
#: what a first visit of check.html may bring along besides the page, packed by gzip
MOST_QUESTIONS, MOST_PAGES_BYTES = 20_000, 100_000
_KANJI = re.compile("[々〆㐀-䶿一-鿿]")
_RUBY = re.compile(r"\[[^\[\]|]+\|[^\[\]|]+\]")


def taken(release: Mapping[str, bytes], language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(release[f"check/{language}.json"])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_are_those_of_the_catalogue(release: Mapping[str, bytes], language: str) -> None:
    published = {each["id"]: each for each in json.loads(release["catalogue.json"])["procedures"]}
    for each in taken(release, language)["procedures"]:
        whole = published.pop(each["id"])
        for name in ("eligibility", "effective_from", "effective_until", "ended", "region"):
            assert (each.get(name) or None) == (whole.get(name) or None), (each["id"], name)
    assert not published


def test_every_page_taken_along_is_the_very_page_that_is_published(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for language, folder in {"ja": "", "easy": "easy/", "en": "en/"}.items():
        file = json.loads(release[f"check/{language}.pages.json"])
        lines, pages = file["lines"], file["pages"]
        assert set(pages) == {f"/{folder}procedures/{each}.html" for each in city.procedures}
        for path, parts in pages.items():
            text = "\n".join(lines[one] if isinstance(one, int) else one for one in parts)
            printed = release[path[1:]].decode()
            told = re.findall(r'<script type="application/ld\+json">.*?</script>\n', printed, re.S)
            assert len(told) == 1, "what only search engines read stays behind"
            assert text == printed.replace(told[0], "")


def test_a_catalogue_too_large_for_a_phone_takes_no_pages_along(
    city: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(pages_in(city, "ja")) == len(city.procedures)
    monkeypatch.setattr("todoke.press.taken_along.MOST_PAGES", len(city.procedures) - 1)
    assert list(pages_in(city, "ja")) == []
    assert json.loads(pages({})) == {"lines": [], "pages": {}}
    assert len(city.procedures) <= MOST_PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_small_enough_for_a_phone(release: Mapping[str, bytes], language: str) -> None:
    assert len(gzip.compress(release[f"check/{language}.json"], 6)) < MOST_QUESTIONS
    assert len(gzip.compress(release[f"check/{language}.pages.json"], 6)) < MOST_PAGES_BYTES


def test_every_group_and_every_amount_is_of_this_catalogue(city: Catalogue) -> None:
    for name, members in GROUPS.items():
        assert all(city.facts[each].type == "bool" for each in members), name
    together = [each for members in GROUPS.values() for each in members]
    assert len(together) == len(set(together)), "a fact is asked on one screen"
    for procedure, benefit in COMPUTED.items():
        assert city.procedures[procedure].result.benefit == benefit


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_ticked_is_said_in_a_few_words(release: Mapping[str, bytes], language: str) -> None:
    told = taken(release, language)
    together = {each for members in told["groups"].values() for each in members}
    facts = {each["name"]: each for each in told["facts"]}
    assert {name for name, each in facts.items() if "tick" in each} == together
    for name in together:
        tick = _RUBY.sub("", facts[name]["tick"])
        assert not re.search(r"[?？]|か[。(]?$", tick), (name, "a question among the ticks")
        assert len(facts[name]["tick"]) <= len(facts[name]["question"]) + 12, name


def test_what_hurts_is_never_asked_alone(city: Catalogue) -> None:
    """A family that goes through everything meets divorce, death, violence, prison and a lost
    child among others, with one button for none of them, or only after she said "yes"."""
    together = {each for members in GROUPS.values() for each in members}
    hard = re.compile("離婚|亡|死|遺棄|拘禁|暴力|DV|障害の程度|心拍")
    bools = {name: each for name, each in city.facts.items() if not each.choices}
    alone = {name for name, each in bools.items() if hard.search(each.question["ja"])} - together
    assert alone <= set(FOLLOWS), alone - set(FOLLOWS)
    assert len(together) > 40
    for name, first in FOLLOWS.items():
        assert {name, first} <= set(city.facts)
        assert city.facts[first].type == "bool"


def test_what_only_gives_away_or_stops_something_is_set_aside_unless_it_is_a_duty(
    release: Mapping[str, bytes],
) -> None:
    """Who moves away must say so (受給事由消滅届): that is no wish of hers."""
    procedures = json.loads(release["check/ja.json"])["procedures"]
    aside = {each["id"] for each in procedures if each.get("aside")}
    assert aside == {"jt-kifu", "jt-kifu-henko", "jt-choshu", "jt-choshu-henko", "ho-taien"}


def test_every_sentence_the_page_says_is_there() -> None:
    source = "\n".join(
        each.read_text("utf-8") for each in sorted((ROOT / "site/assets/js").glob("check*.js"))
    )
    said = set(re.findall(r'(?:say|speak)\("([a-z_]+)"', source))
    said |= set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)*)"', source)) & _known("ja")
    said |= {f"group_{name}" for name in GROUPS} | {f"about_{each}" for each in ("child", "both")}
    assert len(said) > 60
    for language in LANGUAGES:
        assert said <= _known(language), (language, said - _known(language))
        # a name that nobody says is one to take away, unless it is put together
        put_together = ("date_", "file_", "group_", "about_", "era_", "home_", "no_script")
        template = (ROOT / "templates/check.html").read_text("utf-8")
        others = {each for each in _known(language) - said if not each.startswith(put_together)}
        assert not {each for each in others if f"check.{each}" not in template}


def _known(language: str) -> set[str]:
    return set(assemble.dictionary().part(language, "check"))


def test_easy_sentences_have_readings_and_are_no_copies() -> None:
    dictionary = assemble.dictionary()
    readings = read_readings({"readings.yaml": (ROOT / "site/readings.yaml").read_bytes()})
    japanese, easy = (dictionary.part(each, "check") for each in ("ja", "easy"))
    english = dictionary.part("en", "check")
    bare = {
        name: text
        for name, text in easy.items()
        if _KANJI.search(_RUBY.sub("", readings.sentence(text)))
    }
    assert bare == {}
    copies = {name for name, text in easy.items() if text == japanese[name] and len(text) > 8}
    assert copies == set()
    assert not [
        name for name, text in english.items() if text == japanese[name] and name != "called"
    ]


def test_a_number_that_is_filled_in_later_is_read_as_a_number() -> None:
    readings = read_readings({"readings.yaml": (ROOT / "site/readings.yaml").read_bytes()})
    assert readings.sentence("あと {days}日") == "あと {days}[日|にち]"
    assert readings.sentence("{a}人と {b}人") == "{a}[人|にん]と {b}[人|にん]"
    assert readings.sentence("その 日") == "その [日|ひ]"


@pytest.mark.parametrize("folder", ["", "easy/", "en/"])
def test_without_a_script_the_page_leads_on(release: Mapping[str, bytes], folder: str) -> None:
    page = release[f"{folder}check.html"].decode()
    inside = page[page.index("<noscript>") : page.index("</noscript>")]
    assert f'href="/{folder}index.html#life"' in inside
    assert f'href="/{folder}procedures/index.html"' in inside
    assert f'href="/{folder}ages/age_0.html"' in inside
    age = release[f"{folder}ages/age_0.html"].decode().split("<main")[1]
    assert f'href="/{folder}check.html"' in age
    who = release[f"{folder}procedures/hi-jifu-nintei.html"].decode().split('id="who"')[1]
    assert f'href="/{folder}check.html"' in who.split("</section>")[0]
    home = release[f"{folder}index.html"].decode()
    assert home.count(f'href="/{folder}check.html"') == 2  # the door, and the way on the page


def test_what_the_page_cannot_compute_leads_to_the_calculator(release: Mapping[str, bytes]) -> None:
    told = json.loads(release["check/ja.json"])
    computed = {each["id"] for each in told["procedures"] if each.get("sums")}
    assert {"hi-jifu-nintei", "sh-tokuji", "sh-shofuku", "bo-shien2", "jt-nintei"} <= computed
    with_calculator = {
        each["id"]
        for each in told["procedures"]
        if b'id="amount-form"' in release[f"procedures/{each['id']}.html"]
    }
    assert computed == with_calculator


def test_sentences_of_every_page_read_a_number_as_a_number(release: Mapping[str, bytes]) -> None:
    [words] = [name for name in release if re.fullmatch(r"assets/words\.easy\.\w+\.json", name)]
    said = json.loads(release[words])
    assert "{count}[人|にん]まで" in said["apply.more_full"]
    assert "{count}[台|だい]" in said["letters.others"]
