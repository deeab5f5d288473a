"""A family computes what is theirs in a real Chromium without a network, and prints the page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest

from tests.parts import node
from tests.parts.city import City
from todoke import assemble
from todoke.core import amounts

#: pages that are printed, and on how many sheets at most: a benefit brings its tables
PRINTED = {
    "/procedures/ir-kodomo.html": 2,
    "/easy/procedures/ho-moushikomi.html": 2,
    "/en/procedures/bo-kenshin.html": 2,
    "/procedures/jt-nintei.html": 3,
    "/procedures/hi-jifu-nintei.html": 3,
}


@pytest.mark.real
def test_a_family_computes_its_own_amount_without_a_network(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        job = {
            "url": city.url,
            "profile": str(tmp_path / "profile"),
            "paper": str(tmp_path),
            "printed": list(PRINTED),
        }
        seen = node.see("tests/e2e/amounts.mjs", job, seconds=240)
    assert seen.pop("troubles") == []
    assert seen.pop("requests") == []
    assert "円の数字で書いてください" in seen.pop("error")
    assert seen.pop("focus") == "amount-income"
    assert seen.pop("left") == 0
    # 48,040 − 1,320 and 11,340 − 200 yen, as tests/press/test_amount_pages.py works it out
    assert seen.pop("big") == "1か月に 57,860円"
    steps = seen.pop("steps")
    assert steps[0] == "2026年(令和8年)4月から適用の額で計算します。"
    assert steps[2].endswith("(超えた50,000円 × 0.0264029、10円未満は四捨五入)= 46,720円")
    assert steps[-3] == "合わせて月57,860円"
    # the newest source of the limits is of 2025年度
    assert steps[-2].startswith("所得の限度額を確かめたのは2026年")
    assert steps[-1].startswith("16歳から22歳までや70歳以上の扶養親族がいるときは")
    assert "児童扶養手当法 9条" in seen.pop("source")
    facts = {"month": "2026-11", "children": ["2010-05-05", "2016-05-05", "2025-05-05"]}
    here = amounts.compute(assemble.benefits(), "jidou_teate", facts)
    assert here.yen == 50_000
    assert seen.pop("children") == "50,000 yen a month"
    assert "誕生日はありません" in seen.pop("none")
    assert seen.pop("taken") == ["2024-07-09", "2016-05-05"]
    assert seen == {"without": True, "form": False, "example": 7, "inView": True}
    sheets = {
        path: len(pypdfium2.PdfDocument(tmp_path / f"{number}.pdf"))
        for number, path in enumerate(PRINTED)
    }
    assert {path: each for path, each in sheets.items() if each > PRINTED[path]} == {}
