"""What parents type, asked of the page's own search over the real catalogue."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.press.conftest import ROOT
from todoke.core.catalogue import Catalogue
from todoke.press.house import House
from todoke.press.pages import fold, haystack

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
}


def ask(rows: Sequence[Mapping[str, str]], questions: Sequence[str], texts: Sequence[str]) -> Any:
    """Runs the page's module in Node."""
    done = subprocess.run(
        ["node", "tests/js/found.mjs"],
        cwd=ROOT,
        input=json.dumps({"rows": rows, "questions": questions, "texts": texts}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def rows(city: Catalogue, press: House) -> Sequence[Mapping[str, str]]:
    """The rows in the order of the page: by topic, then by reading."""
    items = [each for topic in city.topics for each in city.of_topic(topic)]
    assert len(items) == 85
    return [
        {"id": each.id, "find": haystack(city, each, press._frame), "name": fold(each.name["ja"])}
        for each in items
    ]


def test_every_question_finds_its_procedure_among_the_first_five(
    rows: Sequence[Mapping[str, str]],
) -> None:
    answers = ask(rows, list(QUESTIONS), [])["found"]
    missed = {
        question: found[:5]
        for (question, wanted), found in zip(QUESTIONS.items(), answers, strict=True)
        if wanted not in found[:5]
    }
    assert missed == {}


def test_nonsense_finds_nothing(rows: Sequence[Mapping[str, str]]) -> None:
    assert ask(rows, ["量子力学", "qwertyuiop", "!!!"], [])["found"] == [[], [], []]


#: characters both know: what a newer Unicode assigned later, the older one takes for a mark
KNOWN = st.characters(exclude_categories=("Cn", "Co", "Cs"))


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(KNOWN, max_size=12), max_size=60))
def test_press_and_page_fold_alike(texts: list[str]) -> None:
    assert ask([], [], texts)["folded"] == [fold(each) for each in texts]


def test_a_first_claim_stands_before_a_change_of_the_amount(city: Catalogue) -> None:
    ids = [each.id for each in city.of_topic("allowance")]
    assert ids.index("jt-nintei") < ids.index("jt-kaitei")
