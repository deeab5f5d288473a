"""What parents type, asked of the page's own search over the real catalogue."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.press.conftest import ROOT, TODAY, press_of
from todoke.core.catalogue import Catalogue
from todoke.core.words import LANGUAGES
from todoke.press import search_files, search_pages
from todoke.press.house import House

#: what is typed -> a procedure that must be among the first five
QUESTIONS = {
    "児童手当": "jt-nintei",
    "じどうてあて": "jt-nintei",
    "ジドウテアテ": "jt-nintei",
    "赤ちゃん お金": "jt-nintei",
    "保育園": "ho-moushikomi",
    "保育園 申し込み": "ho-moushikomi",
    "ほいくえん": "ho-moushikomi",
    "予防接種": "bo-yobou",
    "ワクチン": "bo-yobou",
    "ﾜｸﾁﾝ": "bo-yobou",
    "３歳児健診": "bo-nyuyoji",
    "医療費": "ir-kodomo",
    "母子家庭": "hi-jifu-nintei",
    "シングルマザー": "hi-jifu-nintei",
    "引っ越し": "ko-tennyu",
    "つかれた": "si-kodomo-katei",
    "ファミサポ": "si-famisapo",
    "ランドセル": "ky-junbi",
    "育休": "ik-ikukyu",
    "出生届": "ko-shussho",
    "しゅっしょうとどけ": "ko-shussho",
    "妊婦健診": "bo-kenshin",
    "放課後デイサービス": "sh-tsusho",
    "child allowance": "jt-nintei",
    "nursery": "ho-moushikomi",
    "vaccination": "bo-yobou",
    "birth registration": "ko-shussho",
    "じどう手当て": "jt-nintei",
    "もらえるお金": "../check",
}
#: what is typed by who looks for a child's own dates
DATES = ("予防接種", "ワクチン", "よていひょう", "予定", "健診", "スケジュール", "vaccination")
#: the ways to write one word, of which each must find the same first results
ALIKE = [
    [
        "児童手当",
        "児童手当て",
        "児童てあて",
        "じどうてあて",
        "ジドウテアテ",
        "ｼﾞﾄﾞｳﾃｱﾃ",
        "jidoteate",
        "JIDOUTEATE",
    ],
    ["引越し", "引っ越し", "ひっこし", "ヒッコシ", "hikkoshi", "hikkosi"],
    ["子供", "子ども", "こども", "コドモ"],
    ["保育園 申込", "保育園 申し込み", "ほいくえん もうしこみ", "保育園　申込み"],
    ["出生届", "出生届出", "出生届け"],
]


@pytest.fixture(scope="module")
def items(city: Catalogue) -> list[str]:
    pages = [f"../{each}" for each in search_pages.offered(city)]
    return [*(each.id for each in search_files.order(city)), *pages]


@pytest.fixture(scope="module")
def rows(city: Catalogue, press: House) -> list[search_files.Fields]:
    frame, fold = press._frame, city.search.folding.fold
    found = [search_files.fields(city, each, frame, fold) for each in search_files.order(city)]
    return [*found, *search_pages.rows(city, frame, fold)]


@pytest.fixture(scope="module")
def head(city: Catalogue, rows: list[search_files.Fields]) -> Mapping[str, Any]:
    return search_files.head(city, search_files.order(city))


def ask(index: Mapping[str, Any], ids: Sequence[str], **more: Any) -> Any:
    """Runs the page's module in Node."""
    job = {"index": index, "ids": ids, "questions": [], "texts": [], **more}
    done = subprocess.run(
        ["node", "tests/js/found.mjs"],
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def scanned(head: Mapping[str, Any], rows: Sequence[search_files.Fields]) -> Mapping[str, Any]:
    return search_files.scanned(head, rows)


def first_five(found: Mapping[str, list[str]]) -> list[str]:
    return [*found["exact"], *found["near"]][:5]


def typed(name: str = "tuning") -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = yaml.safe_load(
        (ROOT / f"tests/vectors/search_{name}.yaml").read_text("utf-8")
    )
    return found


def test_every_question_finds_its_procedure_among_the_first_five(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    answers = ask(scanned(head, rows), items, questions=list(QUESTIONS))["found"]
    missed = {
        question: first_five(found)
        for (question, wanted), found in zip(QUESTIONS.items(), answers, strict=True)
        if wanted not in first_five(found)
    }
    assert missed == {}


def test_who_looks_for_vaccinations_or_check_ups_is_offered_the_dates_of_her_own_child(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    answers = ask(scanned(head, rows), items, questions=list(DATES))["found"]
    found = {asked: first_five(each) for asked, each in zip(DATES, answers, strict=True)}
    assert {asked: each for asked, each in found.items() if "../timeline" not in each} == {}


def test_a_city_without_a_programme_of_vaccinations_offers_no_dates(
    city: Catalogue, press: House
) -> None:
    without = replace(city, timeline=replace(city.timeline, programme=None))
    rows = search_pages.rows(without, press._frame, city.search.folding.fold)
    lines = search_pages.lines(without, press._frame, "ja")
    assert [each[0] for each in lines] == ["../check"]
    assert len(rows) == len(search_pages.first(without)) == 1


@pytest.mark.parametrize("name", ["tuning", "held_out"])
def test_what_parents_type_is_found_nine_times_out_of_ten(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str], name: str
) -> None:
    asked = typed(name)
    assert len(asked) >= 60
    assert {each for one in asked for each in one["good"]} <= set(items)
    answers = ask(scanned(head, rows), items, questions=[each["type"] for each in asked])["found"]
    missed = [
        (each["type"], first_five(found))
        for each, found in zip(asked, answers, strict=True)
        if not set(each["good"]) & set(first_five(found))
    ]
    assert len(missed) <= len(asked) * 0.1, missed


def test_plain_words_find_their_procedure(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    asked = typed("plain_words")
    answers = ask(scanned(head, rows), items, questions=[each["type"] for each in asked])["found"]
    missed = {
        each["type"]: first_five(found)
        for each, found in zip(asked, answers, strict=True)
        if each["good"] not in first_five(found)
    }
    assert missed == {}


def test_what_has_ended_or_is_about_an_end_is_not_among_the_first_unless_it_is_named(
    city: Catalogue, head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    last = {id for id, each in city.procedures.items() if each.ended or each.result.kind == "end"}
    assert last
    for found in ask(scanned(head, rows), items, questions=["給付金", "手当", "児童手当"])["found"]:
        assert last.isdisjoint(found["exact"][:5]), found
    names = [city.procedures[id].name["ja"] for id in sorted(last)]
    for id, found in zip(
        sorted(last), ask(scanned(head, rows), items, questions=names)["found"], strict=True
    ):
        assert id in first_five(found), (id, found)  # whoever looks for it by name still finds it


def test_what_has_ended_stands_last_among_all_that_is_found(
    city: Catalogue, head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    """However well it fits: its own name, and every word of it that finds others too."""
    (over,) = [each for each in city.procedures.values() if each.ended]
    questions = [over.name["ja"], *over.words, "手当", "給付金", "応援", "2万円", "お金"]
    seen = 0
    for found in ask(scanned(head, rows), items, questions=questions)["found"]:
        if over.id in found["exact"]:
            seen += len(found["exact"]) > 1
            assert found["exact"][-1] == over.id, found
    assert seen


@pytest.mark.parametrize("ways", ALIKE, ids=lambda ways: ways[0])
def test_however_it_is_written_the_same_is_found(
    head: Mapping[str, Any],
    rows: list[search_files.Fields],
    items: list[str],
    ways: list[str],
) -> None:
    answers = ask(scanned(head, rows), items, questions=ways)["found"]
    assert answers[0]["exact"]
    assert [set(each["exact"]) >= {answers[0]["exact"][0]} for each in answers] == [True] * len(
        ways
    )
    assert [answers[0]["exact"][0] in first_five(each) for each in answers] == [True] * len(ways)


def test_scan_and_shards_find_the_same(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    asked = [each["type"] for each in typed()] + list(QUESTIONS) + ["ほ", "熱", "量子力学", "a"]
    whole = ask(scanned(head, rows), items, questions=asked)["found"]
    cut = list(search_files.shards(rows, 16))
    assert len([each for each in cut if each]) > 8
    files: dict[str, Any] = {str(number): each for number, each in enumerate(cut)}
    files["words"] = search_files.terms(rows)
    index = {**head, "terms": "words", "shards": [str(number) for number in range(16)]}
    assert ask(index, items, questions=asked, files=files)["found"] == whole


def test_nonsense_finds_nothing(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    asked = ["量子力学", "qwertyuiop", "!!!", ""]
    found = ask(scanned(head, rows), items, questions=asked)["found"]
    assert found == [{"exact": [], "near": []}] * 4


def test_a_slip_is_said_to_be_near_and_never_to_fit(
    head: Mapping[str, Any], rows: list[search_files.Fields], items: list[str]
) -> None:
    asked = ["ほくいえん", "じどうてあで", "hoikune", "vacxination", "予防接酒"]
    for each in ask(scanned(head, rows), items, questions=asked)["found"]:
        assert each["exact"] == []
        assert each["near"]


def test_a_large_catalogue_is_cut_into_shards_and_pages_of_topics(
    city: Catalogue, site: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_files, "SCAN_UP_TO", 10)
    files = press_of(site).site(city, TODAY)
    table = json.loads(files["assets.json"])

    def load(address: str) -> Any:
        return json.loads(files[address.removeprefix("/")])

    index = load(table["search.json"])
    assert "text" not in index
    assert len(index["shards"]) == search_files.SHARDS
    assert all(each.removeprefix("/") in files for each in index["shards"])
    assert len(load(index["terms"])) > 100
    for language in LANGUAGES:
        (block,) = load(table[f"search.{language}.json"])["blocks"]
        assert len(load(block)["lines"]) == index["entries"] == len(city.procedures) + 2
        assert table[f"search.{language}.json"] in files["sw.js"].decode()
    assert "/assets/search/" not in files["sw.js"].decode()
    assert b"/procedures/jt-nintei.html" not in files["search.html"]
    assert b'href="/topics/allowance.html"' in files["search.html"]
    assert b"/procedures/jt-nintei.html" in files["topics/allowance.html"]


def test_every_language_shows_name_other_name_and_limit(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    table = json.loads(release["assets.json"])
    for language in LANGUAGES:
        lines = json.loads(release[table[f"search.{language}.json"].removeprefix("/")])["lines"]
        assert len(lines) == len(city.procedures) + len(search_pages.offered(city))
        assert all(len(line) == 5 and all(line) for line in lines)
    english = {line[0]: line for line in lines}
    assert english["ko-shussho"][1:4] == ["Birth registration", "出生届", "Within 14 days"]


#: characters both know: what a newer Unicode assigned later, the older one takes for a mark
KNOWN = st.characters(exclude_categories=("Cn", "Co", "Cs"))


@settings(max_examples=5, deadline=None)
@given(texts=st.lists(st.text(KNOWN, max_size=12), max_size=60))
def test_press_and_page_fold_alike(city: Catalogue, texts: list[str]) -> None:
    head = search_files.words(city)
    fold = city.search.folding.fold
    index = {**head, "entries": 0, "first": [], "text": ""}
    assert ask(index, [], texts=texts)["folded"] == [fold(each) for each in texts]


def test_the_page_keeps_the_vectors_of_folding_and_romaji() -> None:
    vectors = yaml.safe_load((ROOT / "tests/vectors/folding.yaml").read_text("utf-8"))
    index = {"spellings": vectors["spellings"], "meanings": {}, "skip": []}
    index |= {"entries": 0, "first": [], "text": ""}
    romaji = [typed for typed, _ in vectors["romaji"]]
    told = ask(index, [], texts=[each for each, _ in vectors["folded"]], romaji=romaji)
    assert told["folded"] == [wanted for _, wanted in vectors["folded"]]
    assert told["kana"] == [wanted for _, wanted in vectors["romaji"]]


def test_no_field_of_the_search_has_a_name_that_a_form_would_send(
    release: Mapping[str, bytes],
) -> None:
    """Without a script a form with a named field would tell the server what was typed."""
    seen = 0
    for path, body in release.items():
        if path.endswith((".html",)) and b"data-search" in body:
            form = body.split(b"data-search")[1].split(b"</form>")[0]
            assert b"name=" not in form, path
            seen += 1
        if path.endswith(".html"):
            assert b"search.html?" not in body, path
    assert seen == 6


def test_a_first_claim_stands_before_a_change_of_the_amount(city: Catalogue) -> None:
    ids = [each.id for each in city.of_topic("allowance")]
    assert ids.index("jt-nintei") < ids.index("jt-kaitei")
