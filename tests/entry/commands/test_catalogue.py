"""``todoke catalogue diff`` and ``stats``: what has changed, what there is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.parts.terminal import Edit, Operator
from todoke.entry import catalogue_source

ROOT = Path(__file__).parents[3]
CLAIM = "procedures/jt-nintei.yaml"
NOTE = {"ja": "a", "en": "b"}


# ------------------------------------------------------------------------------------ diff
def test_what_changed_is_said_field_by_field(newcomer: Operator, place: Path, edit: Edit) -> None:
    before = place.parent / "before"
    shutil.copytree(place, before)
    edit(CLAIM, "    amount: 15\n", "    amount: 14\n")
    edit(CLAIM, "  en: 'Child allowance: first claim'", "  en: 'Child allowance, first claim'")
    edit(
        CLAIM,
        "  - name:\n      ja: 請求者名義の口座がわかるもの",
        "  - name:\n      ja: 口座がわかるもの",
    )
    edit(CLAIM, "      op: eq\n      value: true", "      op: ne\n      value: true")
    (place / "procedures/bo-teitaiju.yaml").unlink()
    edit("events/born.yaml", "bo-teitaiju, ", "")
    bare = (
        (place / "procedures/bo-rs.yaml").read_text("utf-8").replace("id: bo-rs", "id: bo-new", 1)
    )
    (place / "procedures/bo-new.yaml").write_text(bare, "utf-8")
    found = newcomer.asks("catalogue", "diff", str(before), str(place))
    assert found["same"] is False
    assert found["procedures"]["added"] == ["bo-new"]
    assert found["procedures"]["removed"] == ["bo-teitaiju"]
    changes = {each["field"]: each for each in found["procedures"]["changed"]["jt-nintei"]}
    assert changes["deadline.length"] == {
        "field": "deadline.length",
        "before": {"amount": 15, "unit": "day"},
        "after": {"amount": 14, "unit": "day"},
    }
    assert changes["name"]["after"]["en"] == "Child allowance, first claim"
    assert changes["documents[口座がわかるもの]"]["before"] is None
    assert changes["documents[請求者名義の口座がわかるもの]"]["after"] is None
    assert set(changes["eligibility"]["after"]) == {"all"}
    code, out, _ = newcomer.says("catalogue", "diff", str(before), str(place))
    assert code == 0
    assert "(bo-new)" in out
    assert "Gone: " in out
    assert "(bo-teitaiju)" in out
    assert "Changed: Child allowance, first claim (jt-nintei)" in out
    assert "until when (deadline.length): 15 days → 14 days" in out
    assert "name (name) [en]: Child allowance: first claim → Child allowance, first claim" in out
    assert "+ papers (documents[口座がわかるもの])" in out


def test_a_site_and_what_was_published_from_it_say_the_same(operator: Operator) -> None:
    release = (operator.data / "public" / "current").resolve()  # others may have published too
    for one, other in ((release, ROOT), (release / "catalogue.json", ROOT / "site")):
        found = operator.asks("catalogue", "diff", str(one), str(other))
        assert found["same"] is True, found
    assert operator.says("catalogue", "diff", str(release), str(ROOT))[1] == (
        "Both catalogues say the same.\n"
    )


def a_catalogue(**changed: Any) -> dict[str, Any]:
    item = {"id": "a", "name": {"ja": "手当"}, "words": ["x", "y"], "sources": ["s"]}
    return {"version": 1, "procedures": [item], **changed}


def _paper(omitted: bool) -> dict[str, Any]:
    return {"name": {"ja": "p"}, "omitted": omitted}


@pytest.mark.parametrize(
    ("before", "after", "field", "old", "new"),
    [
        ({"words": ["x", "y"]}, {"words": ["x"]}, "words[y]", "y", None),
        ({"words": ["x", "y"]}, {"words": ["y", "x"]}, "words (order)", ["x", "y"], ["y", "x"]),
        ({"words": ["x"]}, {}, "words[x]", "x", None),
        ({"ended": False}, {"ended": True}, "ended", False, True),
        ({"deadline": {"kind": "a"}}, {"deadline": {"kind": "b"}}, "deadline.kind", "a", "b"),
        ({"note": {"ja": "a"}}, {"note": NOTE}, "note", {"ja": "a"}, NOTE),
        ({}, {"note": {"ja": "a"}}, "note", None, {"ja": "a"}),
        ({"list": [_paper(False)]}, {"list": [_paper(True)]}, "list[p].omitted", False, True),
        ({"list": ["p", "p"]}, {"list": ["p"]}, "list[p (2)]", "p", None),
    ],
)
def test_each_kind_of_change(
    before: Any, after: Any, field: str, old: Any, new: Any, newcomer: Operator, tmp_path: Path
) -> None:
    for name, item in (("before", before), ("after", after)):
        data = a_catalogue(procedures=[{"id": "a", "name": {"ja": "手当"}, **item}])
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    paths = [str(tmp_path / f"{name}.json") for name in ("before", "after")]
    found = newcomer.asks("catalogue", "diff", *paths)["procedures"]["changed"]["a"]
    assert found == [{"field": field, "before": old, "after": new}]


def test_where_the_site_stands_is_no_change_for_a_family(
    newcomer: Operator, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        item = {"id": "a", "name": {"ja": "x"}, "url": f"https://{name}.example/a"}
        (tmp_path / name).write_text(json.dumps(a_catalogue(procedures=[item], url=name)))
    answer = newcomer.asks("catalogue", "diff", str(tmp_path / "one"), str(tmp_path / "two"))
    assert answer["same"] is True


@pytest.mark.parametrize(
    ("content", "words_of_it"),
    [
        (None, "no such file"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "no catalogue.json"),
        (b'{"version": 1}', "no catalogue.json"),
        (b'{"version": 1, "procedures": [1]}', "no catalogue.json"),
        (b'{"version": 1, "procedures": [{"id": 1}]}', "no catalogue.json"),
        (b'{"version": 1, "procedures": [{"id": "a"}, {"id": "a"}]}', "no catalogue.json"),
        (b'{"version": 1, "procedures": [], "events": {}}', "no catalogue.json"),
        (b'{"version": 2, "procedures": []}', "another version"),
        (b'{"procedures": []}', "another version"),
    ],
)
def test_what_is_no_catalogue_is_named(
    content: bytes | None, words_of_it: str, newcomer: Operator, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    good.write_text(json.dumps(a_catalogue()))
    if content is not None:
        bad.write_bytes(content)
    for places in ([bad, good], [good, bad]):
        found = newcomer.asks("catalogue", "diff", *map(str, places), code=1)
        assert found["error"] == "bad_field"
        assert words_of_it in found["message"]
        assert "bad.json" in found["message"]


def test_a_file_too_large_is_not_read(
    newcomer: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.json"
    path.write_text(json.dumps(a_catalogue()))
    monkeypatch.setattr(catalogue_source, "MAX_BYTES", path.stat().st_size - 1)
    found = newcomer.asks("catalogue", "diff", str(path), str(path), code=1)
    assert "larger than" in found["message"]


def test_a_folder_with_a_mistake_is_named(newcomer: Operator, place: Path, edit: Edit) -> None:
    edit(CLAIM, "topic: allowance", "topic: alowance")
    found = newcomer.asks("catalogue", "diff", str(place), str(place), code=1)
    assert found["error"] == "site_file_invalid"


def test_an_empty_folder_holds_no_catalogue(newcomer: Operator, tmp_path: Path) -> None:
    found = newcomer.asks("catalogue", "diff", str(tmp_path), str(tmp_path), code=1)
    assert "no such file" in found["message"]


# ----------------------------------------------------------------------------------- stats
def test_the_catalogue_in_numbers(newcomer: Operator) -> None:
    found = newcomer.asks("catalogue", "stats")
    assert found["procedures"] == 85
    for name in ("category", "confidence", "evidence", "online"):
        assert sum(found[name].values()) == 85, name
    files = [path.read_text("utf-8") for path in (ROOT / "site/procedures").glob("*.yaml")]
    for level in ("high", "medium", "low"):
        named = sum(f"\nconfidence: {level}\n" in each for each in files)
        assert found["confidence"].get(level, 0) == named
    assert found["without_rule"] == []
    assert len(found["without_source"]) == sum("\nsources:\n" not in each for each in files)
    assert found["languages"]["en"]["missing"] == 0
    assert found["languages"]["ja"]["texts"] > 1000
    assert len(found["oldest"]) == 10
    dates = [each["date"] for each in found["oldest_sources"]]
    assert dates == sorted(dates)
    code, out, _ = newcomer.says("catalogue", "stats")
    assert code == 0
    assert "85 procedures" in out
    assert "{" not in out


def test_a_text_that_is_missing_is_counted(newcomer: Operator, edit: Edit) -> None:
    edit(CLAIM, "  en: 'Child allowance: first claim'\n", "")
    languages = newcomer.asks("catalogue", "stats")["languages"]
    assert languages["en"]["missing"] == 1
    assert languages["en"]["there"] == languages["en"]["texts"] - 1
    assert languages["easy"]["missing"] == 0
