"""「うちの子に合うもの」 in a real Chromium, clicked by what it says: from the first answer to the
results and to every procedure that is opened, no request at all."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.city import City
from todoke import assemble
from todoke.core.words import LANGUAGES
from todoke.press.phrases import JST


def look(city: City, tmp_path: Path) -> dict[str, Any]:
    """What the check saw; it had no trouble."""
    (tmp_path / "downloads").mkdir()
    dictionary = assemble.dictionary()
    job = {
        "born": (datetime.now(JST).date() - timedelta(days=5)).isoformat(),
        "city": city.url,
        "profile": str(tmp_path / "profile"),
        "downloads": str(tmp_path / "downloads"),
        "words": {each: dictionary.part(each, "check") for each in LANGUAGES},
    }
    seen = node.see("tests/e2e/check.mjs", job, seconds=180)
    assert seen.pop("troubles") == [], seen
    return seen


@pytest.mark.real
def test_a_family_finds_what_is_theirs_and_nobody_learns_of_it(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        seen = look(city, tmp_path)
    # from the first answer on the city was asked nothing, and the pages still opened
    assert seen["first"] == "だれのことを調べますか"
    assert "平成は31年4月30日まで" in seen["refused"]
    assert "令和1年" in seen["refused"]
    assert seen["focused"] == "f-year"
    assert seen["asked"] == []
    assert seen["dates"].startswith("そらさん、")
    # the way (back) to the child's dates stands above the results, and only once it leads somewhere
    assert seen["datesAtFirst"] == 0
    assert 0 < seen["datesAtResults"] < 400
    assert 5 <= len(seen["questions"]) <= 12
    # divorce, death, prison stand together, and one tap says that none of them happened
    assert any("父母" in each for each in seen["together"])
    assert "「どれもない」を押して" in seen["nothingTicked"]
    assert "選んだものを外して" in seen["bothTold"]
    alone = set(seen["questions"]) - set(seen["together"])
    assert not [each for each in alone if re.search("離婚|亡く|拘禁|施設|障害|暴力", each)]
    # which question it is, and never a number of questions that an answer can make untrue
    assert [each.split("・")[0] for each in seen["progress"]] == [
        f"{number}つ目の質問" for number in range(4, 4 + len(seen["questions"]))
    ]
    assert not [each for each in seen["progress"] if "あと" in each]
    # to give the allowance away, or have it withheld, is nothing a family has to claim
    assert "jt-kifu" in seen["aside"]
    assert "ko-shussho" in seen["claimed"]
    assert not {"jt-kifu", "jt-choshu", "ho-taien"} & set(seen["claimed"])
    assert seen["age"]
    # 15,000 for the one under three, 10,000 for the other (児童手当法6条)
    assert "月25,000円" in seen["allowance"]
    # born five days ago: the day after is day 1 of fifteen (児童手当法8条3項, 民法140条)
    assert "あと10日" in seen["allowance"]
    assert "窓口が休みの日のときは" in seen["allowance"]
    assert "そらさん" in seen["allowance"]
    assert "ひなたさん" in seen["allowance"]
    assert seen["opened"] == [True, True]
    for from_worker, policy in seen["policies"]:
        assert from_worker
        assert "require-trusted-types-for 'script'" in policy
    assert len(seen["policies"]) == 2
    assert seen["afterReload"] == seen["afterImport"] == seen["head"]
    assert seen["answers"]
    assert seen["keptAfterBadFile"]
    assert seen["left"] == []
    # with the first child on the way nothing is asked about a child
    asked = seen["pregnant"]["questions"]
    assert 2 <= len(asked) <= 6
    assert not [each for each in asked if "your child" in each.lower()]
    assert "bo-ninshin" in seen["pregnant"]["results"]
    assert seen["focusAfter"] == "head"
    links, said = seen["withoutScript"]
    assert said
    assert {"/index.html#life", "/procedures/index.html"} <= set(links)
