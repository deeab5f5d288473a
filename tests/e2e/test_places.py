"""Places in a real Chromium: narrowed by keyboard, the nearest first, and where somebody is leaves
the device in no request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City
from todoke import assemble
from todoke.journeys import places

ROWS = 450


def public_list() -> bytes:
    """More than two pages hold; the last one in 五十音 order is the nearest to (36, 140)."""
    rows = (
        f"{n},(架空){n:04}番の公園,とどけ市見本町{n},{35 + n / 1000:.4f},140" for n in range(ROWS)
    )
    return "\n".join(["ID,名称,住所,緯度,経度", *rows]).encode()


@pytest.mark.real
def test_a_family_finds_a_place_near_it_and_tells_nobody_where_it_is(tmp_path: Path) -> None:
    data = tmp_path / "city"
    places.bring_in(assemble.fake(data), "public", public_list(), "x.csv", None, "")
    with City.start(data) as city:
        job = {"url": city.url, "profile": str(tmp_path / "profile")}
        seen = node.see("tests/e2e/places.mjs", job, seconds=300)
    assert seen.pop("troubles") == []
    today = seen.pop("today")
    assert today == seen["whole"], "each says whether it opens today"
    assert seen == {
        "whole": 10,
        "asked": "prompt",
        "temporary": [
            "あおぞら保育園", "駅前子育て支援センター", "なのはな幼稚園", "みなとこども園",
        ],
        "sick": ["かもめ保育園", "しおかぜ病児保育室"],
        "seven": sorted(["北町児童館", "南台学童クラブ", "しおかぜ病児保育室"]),
        "nearest": ["かもめ保育園", "しおかぜ病児保育室"],
        "far": "ここから約0.1k",
        "ofAll": "0449番の公園",
        "pagesHidden": True,
        "labour": [
            "at-M01 Today is a public holiday. Ask by phone whether it is open.",
            "at-M02 Today is a public holiday. Ask by phone whether it is open.",
            "at-M03 Today is a public holiday. Ask by phone whether it is open.",
            "at-M04 Today is a public holiday. Ask by phone whether it is open.",
            "at-M05 Today is a public holiday, and it is open",
        ],
        "turn": [
            "at-M01 It is the New Year season. Ask by phone whether it is open.",
            "at-M02 It is the New Year season. Ask by phone whether it is open.",
            "at-M03 It is the New Year season. Ask by phone whether it is open.",
            "at-M04 It is the New Year season. Ask by phone whether it is open.",
            "at-M05 It is open over New Year",
        ],
        "children": sorted(["こがも小児科", "みなと野市民病院", "休日急病診療所"]),
        "clinicWithoutScript": "(架空)休日急病診療所",
        "events": 6,
        "withoutScript": 10,
        "choicesWithoutScript": 0,
        "told": [],
    }  # fmt: skip
