"""Every page of a procedure answers the same questions, in three languages, and marks what the
municipality decided itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import pytest
import yaml

from tests.press.conftest import ROOT, TODAY, press_of
from todoke.core import catalogue
from todoke.core.catalogue import GROUNDS, Catalogue
from todoke.core.words import Dictionary
from todoke.press import eras
from todoke.press.frame import FOLDERS

#: ids of the headings that every page has, in the order in which a person asks
PARTS = ("who", "when", "get", "papers", "where", "sure", "related")


def dated(said: str, language: str) -> str:
    """As pages print it: Japanese years have their era beside them."""
    return said if language == "en" else eras.beside(said)


def page(release: Mapping[str, bytes], id: str, language: str = "ja") -> str:
    """The page as text with its tags, without readings."""
    html = release[f"{FOLDERS[language]}procedures/{id}.html"].decode()
    return unescape(re.sub(r"<rt>.*?</rt>|</?ruby>|</?span>", "", html))


def part(html: str, id: str) -> str:
    """From the heading with that id to the next section."""
    return re.split(r"<section |</article>|</aside>", html[html.index(f'id="{id}"') :])[0]


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize("language", FOLDERS)
def test_every_page_holds_every_part_in_this_order(
    release: Mapping[str, bytes], city: Catalogue, language: str
) -> None:
    assert len(city.procedures) == 85
    for id in city.procedures:
        html = page(release, id, language)
        places = [html.find(f'id="{each}"') for each in PARTS]
        assert min(places) > 0, (id, dict(zip(PARTS, places, strict=True)))
        assert places == sorted(places), id
        for each in PARTS:
            assert len(text(part(html, each))) > 12, (id, each)


@pytest.mark.parametrize("language", FOLDERS)
def test_the_first_sentence_says_what_it_is(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary, language: str
) -> None:
    for each in city.procedures.values():
        html = page(release, each.id, language)
        first = text(re.findall(r'<p class="what">(.*?)</p>', html)[0])
        if each.ended:
            assert first == said.say(language, "site.procedure.what_ended")
        else:
            assert said.say(language, f"site.result.{each.result.kind}") in first
        unasked = said.say(language, "site.procedure.what_unasked", result="").strip()
        if each.online.possible == "not_needed" and not each.ended:
            assert first.endswith(unasked)
        assert html.index('class="what"') < html.index('class="brief"')


@pytest.mark.parametrize("language", FOLDERS)
def test_what_need_not_be_brought_has_its_ground_in_law(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary, language: str
) -> None:
    with_omitted = 0
    for each in city.procedures.values():
        html = page(release, each.id, language)
        omitted = [paper for paper in each.documents if paper.omitted]
        assert ('class="none' in html) == bool(omitted)
        if not omitted:
            continue
        with_omitted += 1
        box = text(html[html.index('class="none') : html.index('id="where"')])
        assert said.say(language, "site.by.head") in box
        for paper in omitted:
            assert paper.ground
            assert dated(paper.ground.get(language, paper.ground["ja"]), language) in box
            assert said.say(language, f"site.by.{paper.by}") in box
        others = set(GROUNDS) - {paper.by for paper in omitted}
        assert not [other for other in others if said.say(language, f"site.by.{other}") in box]
    assert with_omitted > 20


def test_papers_that_offices_exchange_name_the_act(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for each in city.procedures.values():
        linked = any(paper.by == "link" for paper in each.documents)
        assert ("番号法19条8号・22条2項" in page(release, each.id)) == linked
        for paper in each.documents:
            if paper.ground and "情報連携" in paper.ground["ja"]:
                assert paper.by == "link", each.id


def test_a_paper_left_at_home_by_the_table_of_2016_stands_in_its_row(city: Catalogue) -> None:
    """Whoever leaves a paper at home that the office needs is sent back."""
    rows = yaml.safe_load((ROOT / "tests/vectors/link_table.yaml").read_text("utf-8"))
    row_of = {id: row for row in rows for id in row["procedures"]}
    citing = set()
    for each in city.procedures.values():
        for paper in each.documents:
            if not paper.ground or "2016年9月の表" not in paper.ground["ja"]:
                continue
            assert each.id in row_of, f"{each.id}: {paper.name['ja']} stands in no row"
            row = row_of[each.id]
            assert paper.name["ja"].removesuffix("の写し") in row["papers"], each.id
            assert row.get("part", "") in paper.ground["ja"], each.id
            citing.add(each.id)
    assert citing == set(row_of)


@pytest.mark.parametrize("language", FOLDERS)
def test_a_paper_that_the_city_may_look_up_is_one_to_ask_about(
    release: Mapping[str, bytes], city: Catalogue, language: str
) -> None:
    """No table says that the city looks it up: the page says in which case it may be wanted, and
    to ask before getting it."""
    asked = {"ja": "聞いてください", "easy": "聞いて ください", "en": "call and ask"}[language]
    for id in ("bo-youiku", "hi-iryo", "ir-kodomo", "ky-junbi", "ky-kyuufu", "ky-shourei"):
        (paper,) = [one for one in city.procedures[id].documents if one.name["ja"] == "課税証明書"]
        assert not paper.omitted
        assert paper.when
        assert asked in text(part(page(release, id, language), "papers")), id


@pytest.mark.parametrize("language", FOLDERS)
def test_it_says_where_counter_phone_home_post_and_with_which_proof(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary, language: str
) -> None:
    for each in city.procedures.values():
        where = text(part(page(release, each.id, language), "where"))
        for name in ("site.where.counter", "site.where.phone", "site.where.online"):
            assert said.say(language, name) in where, (each.id, name)
        assert said.say(language, "site.procedure.post") in where
        assert said.say(language, f"site.online.{each.online.possible}") in where
        if each.online.possible in ("yes", "partial", "municipality"):
            assert said.say(language, f"site.signature.{each.online.signature}") in where, each.id


@pytest.mark.parametrize("language", FOLDERS)
def test_beside_the_button_stands_what_it_takes_and_which_other_way_there_is(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary, language: str
) -> None:
    """Whoever reads this with nothing but a phone learns it before, not after, ten questions; and
    the city's own form comes before the national site in the list of ways."""
    for each in city.procedures.values():
        html = page(release, each.id, language)
        needs = said.say(language, "site.apply.needs_card")
        assert (needs in text(html)) == (each.form is not None), each.id
        if each.form is None or each.online.possible != "yes":
            continue
        assert said.say(language, "site.apply.portal_yes") in text(html)
        where = text(part(html, "where"))
        own, portal = said.say(language, "site.apply.link"), said.say(language, "site.online.yes")
        assert 0 < where.index(own) < where.index(said.say(language, "site.apply.or_else"))
        assert where.index(own) < where.index(portal)


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize(
    ("signature", "issuer", "wanted"),
    [
        ("sign", "", "card"),
        ("sign", "https://app.example", "app"),
        ("sign_or_login", "", "passkey"),
        ("none", "https://app.example", "passkey"),
    ],
)
def test_what_it_takes_follows_the_procedure_and_the_ways_in_of_the_city(
    site: Mapping[str, bytes], said: Dictionary, language: str,
    signature: str, issuer: str, wanted: str,
) -> None:  # fmt: skip
    key = "procedures/jt-nintei.yaml"
    body = re.sub(rb"signature: \w+", f"signature: {signature}".encode(), site[key])
    house = press_of(site, issuer)
    release = house.site(catalogue.parse({**site, key: body}), TODAY)
    folder = FOLDERS[language]
    for path, name in (("procedures", "needs"), ("apply", "before")):
        html = release[f"{folder}{path}/jt-nintei.html"].decode()
        shown = text(re.sub(r"<rt>.*?</rt>|</?ruby>|</?span>", "", html))
        every = (
            said.say(language, f"site.apply.{name}_{each}") for each in ("card", "app", "passkey")
        )
        assert [each in shown for each in every] == [
            each == wanted for each in ("card", "app", "passkey")
        ]


def test_it_says_how_sure_it_is_when_and_from_where(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary
) -> None:
    for each in city.procedures.values():
        sure = text(part(page(release, each.id), "sure"))
        year, month = each.as_of.split("-")
        assert eras.beside(f"{year}年{int(month)}月") in sure
        assert said.say("ja", f"site.confidence.{each.confidence}") in sure
        assert said.say("ja", f"site.evidence.{each.evidence}") in sure
        for law in each.legal_basis:
            assert eras.beside(law) in sure
        for source in each.sources:
            assert eras.beside(city.sources[source].title["ja"]) in sure
        for by in each.set_by:
            assert said.say("ja", f"site.set_by.{by}") in sure
        without = bool(each.set_by) and not each.legal_basis
        assert (said.say("ja", "site.set_by.no_law") in sure) == without


@pytest.mark.parametrize("language", FOLDERS)
def test_a_procedure_of_no_national_law_says_who_decides_on_it(
    release: Mapping[str, bytes], said: Dictionary, language: str
) -> None:
    for id, by in (("si-pass", "prefecture"), ("jt-koza", "municipality"), ("si-bukka", "budget")):
        sure = text(part(page(release, id, language), "sure"))
        for each in ("no_law", by):
            assert said.say(language, f"site.set_by.{each}") in sure, id


def test_the_table_of_2016_is_a_source_of_what_it_has_a_row_for(city: Catalogue) -> None:
    """Where it is the only one. Two national lists share that source: 児童扶養手当の現況届 is in
    the list of the one-stop service, 福祉資金貸付 in a row whose papers no page leaves out."""
    rows = yaml.safe_load((ROOT / "tests/vectors/link_table.yaml").read_text("utf-8"))
    in_rows = {id for row in rows for id in row["procedures"]}
    alone = {id for id, each in city.procedures.items() if each.sources == ("data_link_2016",)}
    assert alone - in_rows == {"hi-jifu-genkyo", "hi-kashitsuke"}
    for id in ("bo-youiku", "hi-iryo", "ir-kodomo", "ky-junbi", "ky-kyuufu", "ky-shourei"):
        assert "data_link_2016" not in city.procedures[id].sources


@pytest.mark.parametrize("language", FOLDERS)
def test_what_nobody_read_a_page_about_says_so(
    site: Mapping[str, bytes], said: Dictionary, language: str
) -> None:
    path = "procedures/hi-kashitsuke.yaml"
    lines = site[path].decode().splitlines()
    lines[lines.index("sources:") :] = ["confidence: low", "as_of: 2026-04", "evidence: memory"]
    changed = {**site, path: "\n".join([*lines, ""]).encode()}
    made = press_of(changed).site(catalogue.parse(changed), TODAY)
    sure = text(part(page(made, "hi-kashitsuke", language), "sure"))
    for each in ("sure.no_source", "confidence.low", "evidence.memory"):
        assert said.say(language, f"site.{each}") in sure, each


def test_who_finds_no_amount_is_told_to_ask(
    release: Mapping[str, bytes], city: Catalogue, said: Dictionary
) -> None:
    sentence = said.say("ja", "site.procedure.amount_unknown")
    told = [each for each in city.procedures if sentence in page(release, each)]
    assert "bo-kenshin" in told
    for id in told:
        assert not city.procedures[id].result.amounts


def test_every_page_leads_to_others(release: Mapping[str, bytes], city: Catalogue) -> None:
    for each in city.procedures.values():
        near = part(page(release, each.id), "related")
        linked = re.findall(r'href="/procedures/([a-z0-9-]+)\.html"', near)
        assert linked
        assert each.id not in linked
        assert set(each.next) <= set(linked)


def test_what_belongs_to_an_age_or_a_week_leads_to_the_dates_of_a_child(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for procedure in city.procedures.values():
        for language, folder in FOLDERS.items():
            when = part(page(release, procedure.id, language), "when")
            led = f'href="/{folder}timeline.html"' in when
            assert led == (procedure.deadline.kind == "window"), (procedure.id, language)


# ------------------------------------------------------------------------- on paper
def test_print_opens_folds_hides_bars_and_shows_addresses() -> None:
    css = (ROOT / "site/assets/todoke.css").read_text("utf-8")
    paper = css + (ROOT / "site/assets/procedure_print.css").read_text("utf-8")
    for rule in ("::details-content", 'a[rel~="noopener"]::after', "size: A4", ".screen-only"):
        assert rule in paper
    assert ".doors, .languages" in css[css.index("@media print") :]
