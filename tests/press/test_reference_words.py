"""What the reference languages say on the questions and dates: whole, of their own, with the
figures of the Japanese, and as a phone reads them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest

from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from tests.press.test_reference_pages import LETTERS, plain
from todoke.core import catalogue, words
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.reference import Reference
from todoke.core.reference_words import (
    LIMITS,
    ReferenceWords,
    Told,
    fallback,
    fault,
    marked,
    sources,
)
from todoke.core.site_fields import Text
from todoke.press.timeline_page import procedures

#: as js/words.js reads a run of Japanese
RUN = re.compile(r"\[([^\[\]|]+)\|ja\]")
#: words that two languages share
SHARED = {("pt", "es"), ("es", "pt")}


@pytest.fixture(params=list(LETTERS))
def tongue(request: pytest.FixtureRequest, city: Catalogue) -> Reference:
    return city.references[request.param]


@pytest.fixture(scope="module")
def every(site: Mapping[str, bytes], city: Catalogue) -> Mapping[str, Text]:
    return sources(city, words.parse(site))


def said(tongue: Reference) -> Mapping[str, str]:
    assert tongue.words is not None
    return tongue.words.words


# ---------------------------------------------------------------------------- the words
def test_every_sentence_question_and_name_is_there_and_none_in_vain(
    tongue: Reference, every: Mapping[str, Text]
) -> None:
    assert set(said(tongue)) == set(every)
    assert len(every) > 500


def test_no_text_is_at_odds_with_its_source(tongue: Reference, every: Mapping[str, Text]) -> None:
    found = {name: fault(every[name], text) for name, text in said(tongue).items()}
    assert {name: each for name, each in found.items() if each} == {}


def test_a_text_is_written_in_the_letters_of_its_language(tongue: Reference) -> None:
    own = LETTERS[tongue.id]
    for name, text in said(tongue).items():
        bare = re.sub(r"\{\w+\}", "", text)
        letters = [each for each in bare if each.isalpha()]
        mine = [each for each in letters if unicodedata.name(each).startswith(own)]
        assert not re.search("[ぁ-ゖァ-ヺ]", text), (name, text)
        # HPV, iPhone and a brand are Latin in every language
        assert mine or not letters, (name, text)


def test_no_language_holds_a_sentence_of_another(city: Catalogue) -> None:
    for one, other in combinations(city.references.values(), 2):
        same = [
            (one.id, other.id, name, text)
            for name, text in said(one).items()
            if plain(text) == plain(said(other)[name]) and len(text.split()) > 3
        ]
        assert [each for each in same if (one.id, other.id) not in SHARED] == []
        assert len(same) < 5, same


def test_the_statuses_of_a_date_are_told_apart(tongue: Reference) -> None:
    """ "Later", "now" and "too late" must not be one word; open and due are both now."""
    names = ("not_yet", "soon", "unknown", "due", "expired", "unreachable", "skipped", "ineligible")
    found = [said(tongue)[f"timeline_page.status.{each}"] for each in names]
    assert len(set(found)) == len(found)


# ---------------------------------------------------------------------------- what is refused
SOURCE: Text = {"ja": "{days}日、27日あけます。", "easy": "{days}日", "en": "{days} days, 27 apart"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("còn {days} ngày, cách 27 ngày", ""),
        ("còn {days} ngày", ""),
        ("còn ngày, cách 27 ngày", "others"),
        ("còn {days} {more} ngày", "others"),
        ("còn {days} ngày, cách 28 ngày", "figure"),
        ("còn {days} २८", "figure"),
        ("{days} days, 27 apart", "copy"),
        ("{days} DAYS 27 — apart.", "copy"),
    ],
)
def test_a_copy_and_another_figure_or_parameter_are_faults(text: str, why: str) -> None:
    assert why in fault(SOURCE, text)
    assert bool(fault(SOURCE, text)) == bool(why)


def test_a_text_with_a_fault_and_a_missing_one_give_way_to_marked_japanese() -> None:
    told = Told(ReferenceWords("vi", {"a": "cách 28 ngày {days}"}), {"a": SOURCE, "b": SOURCE})
    assert (told.has("a"), told.there, told.wanted) == (False, 0, 2)
    assert told.say("a") == told.say("b") == "{days}[日|ja]"
    assert fallback({"ja": "{year}年の[市|し]"}) == "{year}[年の(市/し)|ja]"
    assert marked("日本") == "[日本|ja]"


def test_a_japanese_word_in_another_language_is_marked() -> None:
    source = {"ja": "令和", "en": "Reiwa (令和)"}
    assert Told(ReferenceWords("vi", {"a": "Năm Reiwa (令和)"}), {"a": source}).say("a") == (
        "Năm Reiwa ([令和|ja])"
    )
    assert Told(ReferenceWords("zh", {"a": "令和年号"}), {"a": source}).say("a") == "令和年号"


def less(site: Mapping[str, bytes], line: str, new: str = "") -> Mapping[str, bytes]:
    """The site with a line of the Vietnamese words changed."""
    path = "reference_words/vi.yaml"
    text = site[path].decode()
    found = re.sub(line, new, text, count=1, flags=re.M)
    assert found != text, line
    return {**site, path: found.encode()}


def test_what_a_language_lacks_is_japanese_on_its_page_and_counted(
    site: Mapping[str, bytes],
) -> None:
    site = less(site, r"^  check\.next: .*\n")
    city = catalogue.parse(site)
    printed = press_of(site).site(city, TODAY)
    asked = json.loads(printed["check/vi.json"])["words"]
    assert asked["next"] == "[次へ|ja]" or RUN.fullmatch(asked["next"])
    assert city.references["vi"].say("gaps") in printed["vi/check.html"].decode()
    assert city.references["ko"].say("gaps") not in printed["ko/check.html"].decode()
    page = read(printed["en/about/languages.html"]).text
    assert re.search(r"Questions, dates, following and inbox: 754 of 755", page)
    assert page.count("Questions, dates, following and inbox: 755 of 755") == len(LETTERS) - 1


def test_who_has_checked_the_words_is_named_where_they_are_said(site: Mapping[str, bytes]) -> None:
    site = less(site, "^checked: nobody$", "checked: {by: Made-up Mai, on: 2026-11-20}")
    city = catalogue.parse(site)
    printed = press_of(site).site(city, TODAY)
    named = city.references["vi"].say("checked", by="Made-up Mai", on="2026-11-20")
    for page in ("check", "timeline", "topics", "inbox", "headings"):
        assert named in printed[f"vi/{page}.html"].decode()
    assert named not in printed["vi/index.html"].decode()


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("^checked: nobody$", ""),
        ("^id: vi$", "id: xx"),
        (r"^  check\.next: .*$", "  check.next: 5"),
        ("^words:$", "wörter:"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(
    site: Mapping[str, bytes], line: str, new: str
) -> None:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(less(site, line, new))
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["file"] == "site/reference_words/vi.yaml"


def test_words_of_a_language_without_names_are_refused(site: Mapping[str, bytes]) -> None:
    bare = {path: body for path, body in site.items() if path != "reference/vi.yaml"}
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(bare)
    assert caught.value.details["file"] == "site/reference_words/vi.yaml"


def test_a_city_may_do_without_the_words_of_a_language(site: Mapping[str, bytes]) -> None:
    bare = {path: body for path, body in site.items() if path != "reference_words/vi.yaml"}
    printed = press_of(bare).site(catalogue.parse(bare), TODAY)
    assert {"vi/index.html", "vi/all.html", "ko/check.html"} <= printed.keys()
    assert not {"vi/check.html", "check/vi.json", "timeline/vi.json"} & printed.keys()
    assert b"check.html" not in printed["vi/index.html"]


# ---------------------------------------------------------------------------- on the phone
def phone(release: Mapping[str, bytes], key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(release[key])
    return found


def strings(value: object) -> Iterator[str]:
    """Every text in some JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)


def test_rules_and_figures_are_those_of_the_japanese(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    mine, ours = (phone(release, f"check/{each}.json") for each in (tongue.id, "ja"))
    for each in ("groups", "follows", "benefits"):
        assert mine[each] == ours[each]
    worded = ("name", "path", "anchor", "limit", "sums")
    for one, other in zip(mine["procedures"], ours["procedures"], strict=True):
        left = [{k: v for k, v in each.items() if k not in worded} for each in (one, other)]
        assert left[0] == left[1]
        limits = [
            {k: v for k, v in each["limit"].items() if k not in ("head", "count")}
            for each in (one, other)
        ]
        assert limits[0] == limits[1]
        assert other["limit"]["head"] in RUN.sub(r"\1", one["limit"]["head"])
    mine, ours = (phone(release, f"timeline/{each}.json") for each in (tongue.id, "ja"))
    assert (mine["rules"], mine["deadlines"]) == (ours["rules"], ours["deadlines"])
    assert set(mine["words"]) == set(ours["words"]) | {"edge.joint"}


def test_the_name_for_the_counter_stands_beside_every_name(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    for each in phone(release, f"check/{tongue.id}.json")["procedures"]:
        named = tongue.procedures[each["id"]].name
        assert each["name"] == f"{named} ({marked(city.procedures[each['id']].name['ja'])})"
    ours = phone(release, "timeline/ja.json")["names"]
    for id, name in phone(release, f"timeline/{tongue.id}.json")["names"].items():
        assert RUN.findall(name)[-1] == ours[id].translate(str.maketrans("[]|", "()/"))


def test_a_name_leads_to_a_page_of_the_language_that_describes_it(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    kept = phone(release, f"check/{tongue.id}.pages.json")["pages"]
    for each in phone(release, f"check/{tongue.id}.json")["procedures"]:
        assert each["path"].removeprefix("/") in release
        assert f'id="{each["id"]}"' in release[each["path"].removeprefix("/")].decode()
        assert each["path"] in kept, "nobody must learn which one is opened"
    paths = phone(release, f"timeline/{tongue.id}.json")["paths"]
    assert set(paths) == {id for id, each in procedures(city).items() if each in city.procedures}
    for path in paths.values():
        key, _, anchor = path.removeprefix("/").partition("#")
        assert f'id="{anchor}"' in release[key].decode()


def test_japanese_says_so_in_everything_a_phone_reads(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    letters = "[ぁ-ゖァ-ヺ]" if tongue.id == "zh" else "[ぁ-ゖァ-ヺ一-鿿]"
    for kind in ("check", "timeline"):
        found = phone(release, f"{kind}/{tongue.id}.json")
        for quiet in ("rules", "deadlines", "benefits"):
            found.pop(quiet, None)
        values = {
            name: text
            for name, text in found.pop("words").items()
            if not name.startswith(("month.", "weekday."))  # only on the leaf, which is not read
        }
        for fact in found.get("facts", []):
            for each in fact.get("choices", []):
                each.pop("value")
        for one in found.get("procedures", []):
            for quiet in ("eligibility", "region"):
                one.pop(quiet, None)
        for text in (*values.values(), *strings(found)):
            assert not re.search(letters, RUN.sub("", text)), text
            assert "[" not in RUN.sub("", text), text


def test_days_are_figures_alone(tongue: Reference, release: Mapping[str, bytes]) -> None:
    for kind in ("check", "timeline"):
        assert phone(release, f"{kind}/{tongue.id}.json")["words"]["written.day"] == "{iso}"


def test_the_list_of_headings_shows_them_as_they_stand_on_the_full_pages(
    tongue: Reference, release: Mapping[str, bytes], every: Mapping[str, Text]
) -> None:
    html = read(release[f"{tongue.id}/headings.html"]).text
    for name in (
        "site.doors.notices",
        "site.brief.when",
        "site.procedure.papers",
    ):
        assert said(tongue)[name] in html
        assert every[name]["en"] in html


def test_limits_that_may_be_said_hold_no_figure(every: Mapping[str, Text]) -> None:
    for name in LIMITS:
        assert not re.search(r"[0-9０-９]|\{", "".join(every[name].values()))
