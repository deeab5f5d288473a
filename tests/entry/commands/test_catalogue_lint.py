"""``todoke catalogue lint``: what must be mended before publishing, and what to see to."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.parts.terminal import Edit, Operator
from todoke.core import words

ROOT = Path(__file__).parents[3]
CLAIM = "procedures/jt-nintei.yaml"
#: one of site/sources.yaml; one that nothing names; where the newest child allowance says its month
NEWS, UNUSED = "birth_cost_2026", "  - {id: nobody, title: x, date: '2026-04'}"
LOOKED = "jidou_teate.versions[2].verified_until"


def advice_of(operator: Operator, *more: str) -> set[tuple[str, str, str]]:
    found = operator.asks("catalogue", "lint", *more)
    assert found["errors"] == []
    return {(each["code"], each["file"], each["field"]) for each in found["advice"]}


def files_with(line: str) -> set[str]:
    return {
        f"site/procedures/{path.name}"
        for path in (ROOT / "site" / "procedures").glob("*.yaml")
        if line in path.read_text("utf-8")
    }


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
    unread = files_with("\nevidence: memory\n")
    assert codes["no_source"] == codes["memory"] == len(unread)
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


def test_nobody_has_looked_in_a_month_that_is_still_to_come(newcomer: Operator, edit: Edit) -> None:
    edit(CLAIM, "as_of: 2026-04", "as_of: 2126-04")
    edit("deadlines.yaml", "as_of: 2026-04", "as_of: 2126-05")
    found = newcomer.asks("catalogue", "lint", code=1)
    assert found["advice"] == []
    assert {(each["file"], each["field"]) for each in found["errors"]} == {
        (f"site/{CLAIM}", "as_of"),
        ("site/deadlines.yaml", "shussei_todoke_14.as_of"),
    }
    for each in found["errors"]:
        assert "still to come" in each["rule"]
        assert "the month in which" in each["next"]


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
        (
            "procedures/ir-ichijikin.yaml",
            "evidence: seen",
            "evidence: memory",
            "memory",
            "evidence",
        ),
        (
            "procedures/ky-enjo.yaml",
            "sources:\n  - data_link_2016\nconfidence: medium\nas_of: 2026-04\nevidence: list",
            "confidence: medium\nas_of: 2026-04\nevidence: memory",
            "no_source",
            "sources",
        ),
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
    found = advice_of(newcomer, "--months", "0")
    looked_at = files_with("\nas_of: 2026-04\n") - files_with("\nended: true\n")
    assert looked_at
    assert looked_at <= {file for code, file, _ in found if code == "old"}


def test_every_advice_and_every_field_has_words(place: Path) -> None:
    found = words.parse(
        {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in place.glob("locales/*/*.yaml")
        }
    )
    source = (ROOT / "functions/todoke/core/catalogue_lint.py").read_text("utf-8")
    codes = set(re.findall(r'Advice\("([a-z_]+)"', source))
    assert len(codes) == 19
    for language in ("ja", "en"):
        for code in codes:
            assert found.has(language, f"cli.catalogue.advice.{code}.rule"), code
            assert found.has(language, f"cli.catalogue.advice.{code}.next"), code


# ---------------------------------------------------------------------------- translations
def test_who_translates_reads_how_much_is_left_in_each_language(
    newcomer: Operator, edit: Edit
) -> None:
    whole = newcomer.asks("catalogue", "lint")["languages"]
    assert [each["language"] for each in whole] == ["zh", "ko", "vi", "pt", "es", "ne", "fil"]
    assert {(each["missing"], each["texts"] > 800) for each in whole} == {(0, True)}
    edit("reference_words/vi.yaml", "  phone.ask.agree: ", "  phone.ask.agreed: ")
    edit("reference_words/vi.yaml", "  phone.left.again: ", '  phone.left.again: "5" #')
    edit("reference/vi.yaml", '  born: "', '  borne: "')
    found = newcomer.asks("catalogue", "lint")
    (left,) = [each for each in found["languages"] if each["missing"]]
    assert (left["language"], left["missing"], left["names"]) == ("vi", 3, ["events.born"])
    first, second = sorted(left["sentences"], key=lambda each: str(each["name"]))
    assert (first["name"], first["why"]) == ("phone.ask.agree", "")
    assert first["source"]["en"] == "Yes, let me know"
    assert (second["name"], bool(second["why"])) == ("phone.left.again", True)


def test_the_names_of_what_is_left_are_shown_to_who_asks_for_them(
    newcomer: Operator, edit: Edit
) -> None:
    edit("reference_words/vi.yaml", "  phone.ask.agree: ", "  phone.ask.agreed: ")
    code, out, _ = newcomer.says("catalogue", "lint")
    assert code == 0, "what is not translated yet is published all the same"
    assert "[ info ] vi (Tiếng Việt): 1 of " in out
    assert "phone.ask.agree" not in out
    _, out, _ = newcomer.says("catalogue", "lint", "--missing")
    assert "    site/reference_words/vi.yaml  phone.ask.agree: Yes, let me know" in out
    _, out, _ = newcomer.says("catalogue", "lint", "jt-nintei", "--missing")
    assert "[ info ]" not in out, "whoever asks about one file is told of it alone"


def test_a_translators_mistake_is_said_in_the_language_of_the_terminal(
    newcomer: Operator, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    edit("reference/vi.yaml", "lang: vi", "lang: ko")
    code, out, _ = newcomer.says("catalogue", "lint")
    assert code == 1
    assert "id で始まる記号です" in out
    assert "vi ではありませんか" in out
