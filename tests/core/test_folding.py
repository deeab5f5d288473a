"""One form for everything that means the same word; the browser is held to the same vectors in
tests/press/test_search.py."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from todoke.core.folding import Folding

VECTORS = yaml.safe_load(
    (Path(__file__).parents[1] / "vectors" / "folding.yaml").read_text("utf-8")
)


@pytest.mark.parametrize(("written", "wanted"), VECTORS["folded"])
def test_a_text_has_one_form(written: str, wanted: str) -> None:
    assert Folding(VECTORS["spellings"]).fold(written) == wanted


def test_the_longest_spelling_is_taken() -> None:
    assert Folding([("申込", "もうしこみ"), ("申込み", "もうしこみ")]).fold("申込み") == "もしこみ"


def test_folding_twice_changes_nothing() -> None:
    fold = Folding(VECTORS["spellings"]).fold
    assert [fold(wanted) for _, wanted in VECTORS["folded"]] == [
        wanted for _, wanted in VECTORS["folded"]
    ]
