"""``todoke catalogue``: what to see to, what has changed, what there is."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.parts.terminal import Operator
from todoke.core import words
from todoke.entry import catalogue_source

ROOT = Path(__file__).parents[3]
CLAIM = "procedures/jt-nintei.yaml"
#: one of site/sources.yaml; one that nothing names; where the newest child allowance says its month
NEWS, UNUSED = "birth_cost_2026", "  - {id: nobody, title: x}"
LOOKED = "jidou_teate.versions[2].verified_until"
NOTE = {"ja": "a", "en": "b"}
Edit = Callable[[str, str, str], None]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the site to work in."""
    for folder in ("site", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / "town" / folder)
    monkeypatch.chdir(tmp_path / "town")
    return tmp_path / "town" / "site"


@pytest.fixture
def edit(place: Path) -> Edit:
    """Replaces a text once in a file of the copy."""

    def replace(name: str, old: str, new: str) -> None:
        text = (place / name).read_text("utf-8")
        assert old in text, (name, old)
        (place / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace


def advice_of(operator: Operator, *more: str) -> set[tuple[str, str, str]]:
    found = operator.asks("catalogue", "lint", *more)
    assert found["errors"] == []
    return {(each["code"], each["file"], each["field"]) for each in found["advice"]}


# ------------------------------------------------------------------------------------ lint
def test_the_demonstration_city_may_be_published_and_every_advice_says_what_to_do(
    newcomer: Operator,
) -> None:
    found = newcomer.asks("catalogue", "lint")
    assert found["errors"] == []
    assert len(found["advice"]) > 20
    for each in found["advice"]:
        assert all(each[name] for name in ("file", "field", "rule", "next")), each
        assert "{" not in each["rule"] + each["next"], each
    codes = Counter(each["code"] for each in found["advice"])
    assert codes["no_source"] == codes["memory"] == 34
    assert not newcomer.data.exists()


def test_every_mistake_is_named_at_once(newcomer: Operator, edit: Edit) -> None:
    edit(CLAIM, "confidence: ", "confidense: ")
    edit("procedures/bo-rs.yaml", "as_of: 2026-04", "as_of: 2026-13")
    edit("events/born.yaml", "icon: ", "ikon: ")
    edit("readings.yaml", "今: いま", "今: ima")
    edit("todoke.toml", "phone = ", "phoney = ")
    found = newcomer.asks("catalogue", "lint", code=1)
    assert {each["file"].removeprefix("site/") for each in found["errors"]} == {
        CLAIM,
        "procedures/bo-rs.yaml",
        "events/born.yaml",
        "readings.yaml",
        "todoke.toml",
    }
    assert found["advice"] == []
    code, out, _ = newcomer.says("catalogue", "lint")
    assert code == 1
    assert "[ mend ] site/procedures/jt-nintei.yaml  confidense (line " in out
    assert "did you mean confidence?" in out
    assert out.rstrip().endswith("5 to mend before publishing, 0 to see to.")


def test_mistakes_between_files_are_named_at_once_too(newcomer: Operator, edit: Edit) -> None:
    edit(CLAIM, "topic: allowance", "topic: alowance")
    edit("procedures/bo-rs.yaml", "fact: ", "fact: un.")
    edit("events/born.yaml", " jt-nintei,", " jt-ninte,")
    found = newcomer.asks("catalogue", "lint", code=1)
    rules = {each["file"]: each["next"] for each in found["errors"]}
    assert rules["site/" + CLAIM] == "did you mean allowance?"
    assert rules["site/events/born.yaml"] == "did you mean jt-nintei?"
    assert "site/procedures/bo-rs.yaml" in rules


def test_a_mistake_in_a_reference_language_is_named_and_a_gap_is_advised(
    newcomer: Operator, edit: Edit
) -> None:
    path = "reference/zh.yaml"
    edit(path, "  jt-nintei:\n", "  jt-ninte:\n")
    assert {
        ("reference_unknown", f"site/{path}", "procedures.jt-ninte"),
        ("reference_missing", f"site/{path}", "procedures.jt-nintei"),
    } <= advice_of(newcomer)
    assert newcomer.asks("publish", "--check")["procedures"] == 85
    edit(path, "checked: nobody\n", "")
    edit("events/born.yaml", "icon: ", "ikon: ")
    [mistake, _] = newcomer.asks("catalogue", "lint", code=1)["errors"][::-1]
    assert (mistake["file"], mistake["field"]) == (f"site/{path}", "checked (line 3)")
    assert mistake["next"] == "add checked: …"
    newcomer.asks("publish", "--check", code=1)


def test_what_lint_refuses_publishing_refuses_and_the_other_way_round(
    newcomer: Operator, edit: Edit
) -> None:
    assert newcomer.asks("publish", "--check")["procedures"] == 85
    edit("procedures/bo-rs.yaml", "legal_basis:", "legal:")
    newcomer.asks("catalogue", "lint", code=1)
    newcomer.asks("publish", "--check", code=1)


AMOUNTS = "from3: 10000"


def test_an_amount_that_two_files_say_differently_is_named_and_not_published(
    newcomer: Operator, edit: Edit
) -> None:
    edit("benefits.yaml", AMOUNTS, "from3: 11000")
    [mistake] = newcomer.asks("catalogue", "lint", code=1)["errors"]
    assert mistake["file"] == f"site/{CLAIM}"
    assert re.fullmatch(r"result\.amounts\[2\]\.\w+ \(line \d+\)", mistake["field"])
    assert "10,000" in mistake["rule"]
    assert re.search(r"site/benefits\.yaml \(line \d+\) has from3 11,000", mistake["rule"])
    newcomer.asks("publish", "--check", code=1)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (CLAIM, "月15,000円", "月15,500円"),
        (CLAIM, "30,000 yen a month from", "35,000 yen a month from"),
        ("procedures/hi-jifu-nintei.yaml", "11,340円〜48,040円", "11,010円〜48,040円"),
        ("procedures/sh-tokuji.yaml", "2級 月38,930円", "2級 月37,830円"),
        ("procedures/sh-shofuku.yaml", "月16,560円", "月16,100円"),
        ("procedures/bo-shien1.yaml", "- ja: 50,000円", "- ja: 60,000円"),
        ("procedures/bo-shien2.yaml", "胎児1人 50,000円", "胎児1人 5,000円"),
    ],
)
def test_every_procedure_whose_amount_is_computed_is_compared(
    newcomer: Operator, edit: Edit, path: str, old: str, new: str
) -> None:
    edit(path, old, new)
    [mistake] = newcomer.asks("catalogue", "lint", code=1)["errors"]
    assert mistake["file"] == f"site/{path}"


def test_a_new_amount_may_be_known_before_its_month_and_is_advised_from_then_on(
    newcomer: Operator, edit: Edit
) -> None:
    """The words are of 2026-04: what holds from the month after is no mistake in them."""
    new = """      - from: 2024-10
        until: 2026-04
        law: 見本
        verified_until: 2026-04
        confidence: high
        sources: [kariya_jt]
        amounts: {under3: 15000, from3: 10000, third: 30000}
      - from: 2026-05
"""
    edit(
        "benefits.yaml",
        "      - from: 2024-10\n        law: 児童手当法 6条",
        f"{new}        law: 児童手当法 6条",
    )
    text = "confidence: high\n        sources: [kariya_jt, yurihonjo_jt]\n"
    edit(
        "benefits.yaml",
        f"{text}        amounts: {{under3: 15000, {AMOUNTS}",
        f"{text}        amounts: {{under3: 15000, from3: 12000",
    )
    assert ("amount_over", f"site/{CLAIM}", "result.amounts") in advice_of(newcomer)


def test_only_the_remarks_of_what_is_named_are_said(newcomer: Operator, edit: Edit) -> None:
    every = newcomer.asks("catalogue", "lint")["advice"]
    for named in ("bo-rs", "procedures/bo-rs.yaml", "site/procedures/bo-rs.yaml"):
        own = newcomer.asks("catalogue", "lint", named)["advice"]
        assert own == [each for each in every if each["file"] == "site/procedures/bo-rs.yaml"]
    edit(CLAIM, "confidence: ", "confidense: ")
    found = newcomer.asks("catalogue", "lint", "bo-rs", code=1)
    assert found["errors"] == []
    assert found["elsewhere"] == 1
    assert "Other files have 1 to mend" in newcomer.says("catalogue", "lint", "bo-rs")[1]
    assert newcomer.says("catalogue", "lint", "bo-rss")[0] == 1


def test_a_reading_in_latin_letters_is_none(newcomer: Operator, edit: Edit) -> None:
    edit("procedures/bo-rs.yaml", "kana: rsういるす", "kana: rs ")
    newcomer.asks("catalogue", "lint", "bo-rs")
    path = "procedures/ko-shussho.yaml"
    edit(path, "kana: しゅっしょうとどけ", "kana: ehon")
    [mistake] = newcomer.asks("catalogue", "lint", code=1)["errors"]
    assert (mistake["file"], mistake["next"]) == (f"site/{path}", "write the reading in hiragana")


def test_a_mistake_is_said_in_the_language_of_the_terminal(
    newcomer: Operator, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit("procedures/bo-rs.yaml", "fact: ", "fact: un.")
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    _, out, _ = newcomer.says("catalogue", "lint")
    assert "は site/facts.yaml にありません" in out
    assert "is no fact" not in out


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "field"),
    [
        (CLAIM, "as_of: 2026-04", "as_of: 2024-10", "old", "as_of"),
        (CLAIM, "confidence: high", "confidence: low", "unsure", "confidence"),
        (CLAIM, "evidence: seen", "evidence: memory", "memory", "evidence"),
        (CLAIM, "  en: 'Child allowance: first claim'\n", "", "untranslated", "name"),
        (CLAIM, "'Child allowance: first claim'", "児童手当 認定請求", "copied", "name"),
        (CLAIM, "  easy: 子どもの手当", "  easy: 児童擁護の手当", "no_reading", "name.easy"),
        ("events/born.yaml", "bo-teitaiju, ", "", "no_event", "id"),
        ("sources.yaml", "'2026-03-13'", "'2024-03-13'", "old_source", f"{NEWS}.date"),
        ("sources.yaml", "sources:\n", f"sources:\n{UNUSED}\n", "unused_source", "nobody"),
        ("benefits.yaml", "until: 2027-03", "until: 2026-03", "amount_not_looked_at", LOOKED),
    ],
)
def test_each_advice_is_given_for_what_it_is_about(
    name: str, old: str, new: str, code: str, field: str, newcomer: Operator, edit: Edit
) -> None:
    before = advice_of(newcomer)
    edit(name, old, new)
    file = "site/procedures/bo-teitaiju.yaml" if code == "no_event" else f"site/{name}"
    new_advice = advice_of(newcomer) - before
    assert (code, file, field) in new_advice


def test_a_rule_without_enough_examples_is_advised(newcomer: Operator, place: Path) -> None:
    """A copy of site/ alone has no tests beside it, so no rule has any."""
    codes = Counter(code for code, _, _ in advice_of(newcomer))
    assert codes["few_examples"] == 85


def test_facts_get_old_after_the_months_that_are_asked_for(newcomer: Operator) -> None:
    codes = Counter(code for code, _, _ in advice_of(newcomer, "--months", "240"))
    assert codes["old"] == codes["old_source"] == 0
    codes = Counter(code for code, _, _ in advice_of(newcomer, "--months", "0"))
    assert codes["old"] == 84  # all but the one that has ended


def test_every_advice_and_every_field_has_words(place: Path) -> None:
    found = words.parse(
        {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in place.glob("locales/*/*.yaml")
        }
    )
    source = (ROOT / "functions/todoke/core/catalogue_lint.py").read_text("utf-8")
    codes = set(re.findall(r'Advice\("([a-z_]+)"', source))
    assert len(codes) == 18
    for language in ("ja", "en"):
        for code in codes:
            assert found.has(language, f"cli.catalogue.advice.{code}.rule"), code
            assert found.has(language, f"cli.catalogue.advice.{code}.next"), code


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
    assert len(found["without_source"]) == 34
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
