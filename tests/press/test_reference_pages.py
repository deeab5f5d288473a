"""The pages of the reference languages: marked as what they are, every part in its own language,
every fact as the catalogue has it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

import pytest

from tests.parts.weighing import brotli
from tests.press.pages import Page, read
from tests.press.test_coverage import tongues
from todoke.core.catalogue import Catalogue
from todoke.core.reference import Reference
from todoke.core.reference_words import limit_name
from todoke.core.words import LANGUAGES
from todoke.press import eras, reference_pages
from todoke.press.frame import FOLDERS

#: letters a language is written in, by their Unicode names
LETTERS: Mapping[str, tuple[str, ...]] = {
    "zh": ("CJK UNIFIED",),
    "ko": ("HANGUL",),
    "vi": ("LATIN",),
    "pt": ("LATIN",),
    "es": ("LATIN",),
    "ne": ("DEVANAGARI",),
    "fil": ("LATIN",),
}
CITY = "https://city.minatono.example"
#: brotli, and the letters of Devanagari are three bytes each
HEAVIEST = 10_000
FIRST = 5_000
#: names that are the same thing in two languages
SAME = frozenset[str]()


@pytest.fixture(params=list(LETTERS))
def tongue(request: pytest.FixtureRequest, city: Catalogue) -> Reference:
    return city.references[request.param]


@pytest.fixture
def page(tongue: Reference, release: Mapping[str, bytes]) -> Page:
    return read(release[tongue.path])


def texts(reference: Reference) -> Iterator[tuple[str, str]]:
    """Every text of a language with the place it stands."""
    for group, found in (("sentences", reference.sentences), ("events", reference.events)):
        yield from ((f"{group}.{name}", text) for name, text in found.items())
    for id, named in reference.procedures.items():
        yield f"procedures.{id}.name", named.name
        yield f"procedures.{id}.summary", named.summary


def plain(text: str) -> str:
    """Letters only, so that a full stop makes no other text of it."""
    return re.sub(r"[\W_]+", " ", text).casefold().strip()


# ---------------------------------------------------------------------------- the words
def test_every_language_has_every_life_event_and_procedure(
    tongue: Reference, city: Catalogue
) -> None:
    assert set(tongue.events) == set(city.events)
    assert set(tongue.procedures) == set(city.procedures)
    assert len(tongue.procedures) == 85


def test_every_one_of_them_is_looked_at(city: Catalogue) -> None:
    assert list(city.references) == list(LETTERS)


def test_a_text_is_written_in_the_letters_of_its_language(tongue: Reference) -> None:
    own = LETTERS[tongue.id]
    for where, text in texts(tongue):
        letters = [each for each in text if each.isalpha()]
        mine = [each for each in letters if unicodedata.name(each).startswith(own)]
        others = {unicodedata.name(each).split()[0] for each in letters} - {"LATIN", "CJK"}
        # "RS", "My Number" and {by} are Latin in every language
        assert len(mine) > len(letters) / 2, (where, text)
        assert others <= {each.split()[0] for each in own}, (where, text)
        if own != ("CJK UNIFIED",):
            assert not re.search("[㐀-䶿一-鿿]", text), (where, text)


def test_no_text_is_a_copy_of_the_japanese_or_the_english(
    tongue: Reference, city: Catalogue
) -> None:
    copies = []
    for id, name in tongue.events.items():
        copies += [(id, name)] * (plain(name) in map(plain, city.events[id].name.values()))
    for id, named in tongue.procedures.items():
        item = city.procedures[id]
        sources = [plain(each) for text in (item.name, item.who) for each in text.values()]
        copies += [(id, each) for each in (named.name, named.summary) if plain(each) in sources]
    assert [each for each in copies if each[1] not in SAME] == []


def test_no_language_holds_a_sentence_of_another(city: Catalogue) -> None:
    for one, other in combinations(city.references.values(), 2):
        mine, theirs = dict(texts(one)), dict(texts(other))
        same = [
            (one.id, other.id, where, text)
            for where, text in mine.items()
            if plain(text) == plain(theirs.get(where, "")) and len(text.split()) > 3
        ]
        assert same == []


def test_no_two_procedures_of_a_language_share_a_name_or_a_sentence(tongue: Reference) -> None:
    for field in ("name", "summary"):
        counts = Counter(getattr(each, field) for each in tongue.procedures.values())
        assert [text for text, count in counts.items() if count > 1] == []


# ---------------------------------------------------------------------------- the page
def test_the_label_comes_before_everything_it_is_about(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    html = release[tongue.path].decode()
    label = html.index(tongue.say("label_text"))
    assert html.index("<h1>") < label < html.index('id="events"') < html.index('id="tools"')
    assert label < html.index(tongue.say("nobody")) < html.index('id="events"')
    assert not tongue.by
    assert tongue.say("facts") in html


def test_every_page_of_a_language_says_what_it_is_and_who_has_checked(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    pages_of = [each for each, lang in reference_pages.paths(city).items() if lang == tongue.lang]
    assert len(pages_of) == 7 + len(city.events)
    for each in pages_of:
        html = release[each].decode()
        main = html.split("<main")[1]
        assert tongue.say("label") in main, each
        assert tongue.say("nobody") in main, each
        assert main.index(tongue.say("nobody")) < len(main) / 2, each
        assert f'<html lang="{tongue.lang}" dir="ltr"' in html


def test_a_page_says_its_language_and_leads_to_all_the_others(
    tongue: Reference, page: Page, city: Catalogue
) -> None:
    assert next(page.all("html")) == {"lang": tongue.lang, "dir": "ltr"}
    offered = {each["href"] for each in page.all("a") if "hreflang" in each}
    editions = {f"/{folder}index.html" for folder in FOLDERS.values()}
    assert offered == editions | {f"/{each.path}" for each in city.references.values()}
    ties = {each["hreflang"]: each["href"] for each in page.all("link") if "hreflang" in each}
    assert ties == {
        "ja": f"{CITY}/index.html",
        "ja-x-easy": f"{CITY}/easy/index.html",
        "en": f"{CITY}/en/index.html",
        **{each.lang: f"{CITY}/{each.path}" for each in city.references.values()},
    }
    canonical = [each["href"] for each in page.all("link") if each["rel"] == "canonical"]
    assert canonical == [f"{CITY}/{tongue.path}"]


def test_the_sitemap_ties_it_to_the_first_pages_both_ways(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    tie = f'hreflang="{tongue.lang}" href="{CITY}/{tongue.path}"'
    entries = release["sitemap.xml"].decode().split("<url>")[1:]
    own = [each for each in entries if f"<loc>{CITY}/{tongue.path}</loc>" in each]
    assert len(own) == 1
    assert f'hreflang="ja" href="{CITY}/index.html"' in own[0]
    tied = [each for each in entries if tie in each]
    assert len(tied) == len(FOLDERS) + len(LETTERS)


def described(tongue: Reference, release: Mapping[str, bytes], city: Catalogue, id: str) -> str:
    """The markup of a procedure on the page where it stands first."""
    html = release[f"{tongue.id}/{reference_pages.homes(city)[id]}"].decode()
    return html.split(f'id="{id}"')[1].split("</details>")[0]


def test_every_procedure_stands_in_its_life_events_with_its_facts_and_three_whole_pages(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    for event in city.events.values():
        ids = read(release[f"{tongue.id}/events/{event.id}.html"]).values("id")
        assert [each for each in ids if each in city.procedures] == list(event.procedures)
    for item in city.procedures.values():
        card = described(tongue, release, city, item.id)
        named = tongue.procedures[item.id]
        for text in (named.name, named.summary):
            assert text.replace('"', "&#34;").replace("'", "&#39;") in card, item.id
        assert f'<dd lang="ja">{eras.beside(item.name["ja"])}</dd>' in card
        for folder in FOLDERS.values():
            assert f'href="/{folder}procedures/{item.id}.html"' in card


def test_every_name_is_in_the_list_once_and_leads_to_where_it_is_described(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    page = read(release[f"{tongue.id}/all.html"])
    links = [each["href"] for each in page.all("a") if "html#" in each["href"]]
    homes = reference_pages.homes(city)
    assert sorted(links) == sorted(f"/{tongue.id}/{homes[id]}#{id}" for id in city.procedures)


def test_the_first_page_holds_no_procedure_and_leads_everywhere(
    tongue: Reference, page: Page, city: Catalogue
) -> None:
    """It is read on a phone: what a family does not look for must not lie in between."""
    links = {each["href"] for each in page.all("a")}
    assert {f"/{tongue.id}/events/{each}.html" for each in city.events} <= links
    assert {
        f"/{tongue.id}/{each}.html" for each in ("all", "check", "timeline", "headings")
    } <= links
    assert not set(page.values("id")) & set(city.procedures)


def test_amounts_and_limits_are_those_of_the_full_pages(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    card = described(tongue, release, city, "jt-nintei")
    assert '<span lang="ja">15日以内</span><br><span lang="en">Within 15 days</span>' in card
    for each in city.procedures["jt-nintei"].result.amounts:
        assert f'<span lang="ja">{each["ja"]}</span>' in card
        assert f'<span lang="en">{each["en"]}</span>' in card
    for item in city.procedures.values():
        card = described(tongue, release, city, item.id)
        doubtful = bool(item.result.amounts) and not item.certain and "amounts" not in item.own
        assert (tongue.say("unsure") in card) == doubtful, item.id


def test_a_limit_without_a_day_or_a_number_is_said_in_the_language(
    tongue: Reference, release: Mapping[str, bytes], city: Catalogue
) -> None:
    assert tongue.words is not None
    seen = 0
    for item in city.procedures.values():
        name, card = limit_name(item.deadline), described(tongue, release, city, item.id)
        if name:
            seen += 1
            assert f'<dd>{tongue.words.words[name]}<br><span lang="ja">' in card
    assert seen > 20


def test_plain_japanese_is_one_tap_away_and_said_so_in_the_language(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    """Forms and notices are in no reference language."""
    body = release[tongue.path].decode()
    [link] = re.findall(r'<a class="btn btn-sub" href="/easy/index\.html"[^>]*>(.*?)</a>', body)
    assert tongue.say("easy") in link
    assert tongue.say("easy_text") in body
    assert "やさしい日本語" not in tongue.say("easy")  # the Japanese name stands beside it
    assert '<span lang="ja">(やさしい日本語)</span>' in link
    assert "easy/index.html" in release


def test_what_is_not_in_the_language_of_the_page_says_so(
    tongue: Reference, release: Mapping[str, bytes]
) -> None:
    seen = Counter[str]()
    own = [each for each in release if each.startswith(f"{tongue.id}/")]
    assert len(own) == 7 + 12
    for said, text in (one for each in own for one in tongues(untitled(release[each]))):
        seen[said] += 1
        if said == "ja":
            assert not re.search("[A-Za-z]{3}", text) or re.search("[ぁ-ヺ一-鿿]", text), text
        elif said == "en":
            assert not re.search("[ぁ-ヺ一-鿿]", text), text
        elif said == tongue.lang:
            assert not re.search("[ぁ-ヺ]", text), text
            if tongue.id != "zh":
                assert not re.search("[一-鿿]", text), text
            if LETTERS[tongue.id] != ("LATIN",):
                assert not re.search(r"(?:[A-Za-z]{3,}\s+){3,}", text), text
    assert set(seen) == {"ja", "en", tongue.lang} | set(_offered(release, tongue))
    assert min(seen["ja"], seen["en"], seen[tongue.lang]) > 100


def untitled(html: bytes) -> bytes:
    """A title cannot say that the name of the city in it is English."""
    return re.sub(rb"<title>.*?</title>", b"", html)


def _offered(release: Mapping[str, bytes], tongue: Reference) -> set[str]:
    """The other languages, each by its own name in the foot."""
    foot = release[tongue.path].decode().split("<footer")[1]
    return set(re.findall(r'lang="([\w-]+)" hreflang', foot))


@pytest.mark.parametrize(
    "path", ["index", "all", "events/born", "check", "timeline", "topics", "headings"]
)
def test_a_page_is_well_formed_and_skips_no_heading(
    tongue: Reference, release: Mapping[str, bytes], path: str
) -> None:
    page = read(release[f"{tongue.id}/{path}.html"])
    assert page.problems == []
    assert [each for each, count in Counter(page.values("id")).items() if count > 1] == []
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_page_needs_one_stylesheet_and_no_script(page: Page) -> None:
    assert [each["rel"] for each in page.all("link")].count("stylesheet") == 1
    assert list(page.all("script")) == []
    assert page.values("src") == []


@pytest.mark.real
def test_a_page_is_small(tongue: Reference, release: Mapping[str, bytes]) -> None:
    own = {each: body for each, body in release.items() if each.startswith(f"{tongue.id}/")}
    sizes = brotli(own)
    assert max(sizes.values()) <= HEAVIEST, sizes
    assert sizes[tongue.path] <= FIRST, sizes


# ---------------------------------------------------------------------------- the ways to it
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_edition_lists_them_by_their_own_names(
    release: Mapping[str, bytes], city: Catalogue, language: str
) -> None:
    html = release[f"{FOLDERS[language]}languages.html"].decode()
    for each in city.references.values():
        assert f'href="/{each.path}"' in html
        assert f'<span class="go-t" lang="{each.lang}">{each.own}</span>' in html


def test_the_page_on_languages_counts_them_and_says_who_has_checked(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    page = read(release["en/about/languages.html"]).text
    assert page.count("Procedures: 85 of 85") == len(city.references)
    for each in city.references.values():
        assert each.own in page
        assert each.name["en"] in page
