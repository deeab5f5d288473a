"""The form of a procedure: what it asks, and which answers are right."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import catalogue, form_check, form_text
from todoke.core.errors import TodokeError
from todoke.core.form import Form, as_json, asked

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)


def _files() -> dict[str, bytes]:
    site = ROOT / "site"
    return {each.relative_to(site).as_posix(): each.read_bytes() for each in site.rglob("*.yaml")}


FILES = _files()
VECTORS = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/form_answers.jsonl").read_text("utf-8").splitlines()
]


def _form(files: dict[str, bytes] = FILES) -> Form:
    form = catalogue.parse(files).procedures["jt-nintei"].form
    assert form is not None
    return form


FORM = _form()
RIGHT: dict[str, Any] = VECTORS[0]["answers"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['id']} {each['note']}")
def test_answers_are_judged_as_the_vectors_say(vector: dict[str, Any]) -> None:
    today = date.fromisoformat(vector["today"])
    found = form_check.check(FORM, vector["answers"], today)
    shown = [{"at": each.at, "rule": each.rule, "limit": each.limit} for each in found]
    assert shown == vector["problems"]
    kept = form_check.tidy(FORM, vector["answers"])
    for name, value in vector.get("tidy", {}).items():
        assert kept.get(name) == value


def test_the_vectors_break_every_rule() -> None:
    assert {each["rule"] for line in VECTORS for each in line["problems"]} == set(form_check.RULES)


def test_every_rule_has_words_in_three_languages() -> None:
    from todoke.core import words

    said = words.parse(FILES)
    for language in words.LANGUAGES:
        for rule in form_check.RULES:
            assert said.has(language, f"errors.rule.{rule}"), (language, rule)


_ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.sampled_from(["yes"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_NAMES = [each.id for each in FORM.questions]


@given(st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=5), _ANY))
def test_whatever_is_sent_is_judged_and_never_breaks_the_judge(sent: dict[str, Any]) -> None:
    found = form_check.check(FORM, {**RIGHT, **sent}, TODAY)
    kept = form_check.tidy(FORM, {**RIGHT, **sent})
    assert len({each.at for each in found}) == len(found)
    assert set(kept) <= set(_NAMES)
    assert form_check.tidy(FORM, kept) == kept  # tidying twice changes nothing


@given(st.text(max_size=80))
def test_every_spelling_is_its_own_spelling(text: str) -> None:
    for spell in (form_text.katakana, form_text.digits, form_text.day):
        assert spell(spell(text)) == spell(text)
    assert form_text.trimmed(
        form_text.trimmed(text, one_line=True), one_line=True
    ) == form_text.trimmed(text, one_line=True)


def test_a_my_number_goes_nowhere_not_even_back_to_the_page() -> None:
    answers = {
        **RIGHT,
        "claimant_address": "見本町 053703296641",
        "children": [{**RIGHT["children"][0], "name": "０５３７０３２９６６４１"}],
    }
    problems = form_check.check(FORM, answers, TODAY)
    shown = json.dumps(form_check.without_numbers(FORM, answers, problems), ensure_ascii=False)
    assert "05370329" not in shown
    assert "０５３７" not in shown


def test_a_question_is_found_by_the_path_of_its_field() -> None:
    found = FORM.question("children-2-born")
    assert found is not None
    assert found.kind == "date"
    for path in ("children-0-born", "children-9-born", "children-02-born", "spouse-1-x", "x", ""):
        assert FORM.question(path) is None


def test_what_is_asked_follows_the_answers() -> None:
    paths = [each.path for each in asked(FORM, RIGHT)]
    assert "children-1-born" in paths
    assert "spouse_name" not in paths
    assert "children-1-apart_address" not in paths


def test_the_browser_reads_the_same_form() -> None:
    shape = json.loads(json.dumps(as_json(FORM)))
    assert [each["id"] for part in shape["sections"] for each in part["questions"]] == _NAMES


def test_the_my_number_is_asked_nowhere() -> None:
    asked_for = [each.label["ja"] for each in FORM.questions] + [
        inner.label["ja"] for each in FORM.questions for inner in each.questions
    ]
    assert not [label for label in asked_for if "マイナンバー" in label or "個人番号" in label]


def _with(old: str, new: str) -> dict[str, bytes]:
    text = FILES["procedures/jt-nintei.yaml"].decode()
    assert text.count(old) >= 1, old
    return {**FILES, "procedures/jt-nintei.yaml": text.replace(old, new, 1).encode()}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("kind: digits\n", "kind: number\n", "kind"),
        ("          digits: 7\n", "", "digits"),
        ("          most: 8\n", "", "most"),
        ("              is: [apart]\n", "              is: [far]\n", "is"),
        ("            - question: event\n", "            - question: truth\n", "question"),
        ("          latest: today\n", "          latest: tomorrow\n", "latest"),
        ("        - id: bank\n", "        - id: spouse\n", "id"),
        ("        - id: bank\n", "        - id: my-bank\n", "id"),
        ("            en: Branch\n", "", "label"),
        ("  version: 2026-11\n", "  version: new\n", "version"),
        ("          digits: 7\n", "          digits: 7\n          colour: red\n", "colour"),
    ],
)
def test_a_mistake_in_a_form_names_its_field(old: str, new: str, field: str) -> None:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse(_with(old, new))
    assert caught.value.code == "site_file_invalid"
    assert field in str(caught.value.details["field"])


def test_the_published_form_is_read_back_as_it_was_written() -> None:
    from todoke.core import form_json

    back = form_json.form(json.loads(json.dumps(as_json(FORM))))
    assert as_json(back) == as_json(FORM)
    for vector in VECTORS:
        today = date.fromisoformat(vector["today"])
        found = form_check.check(back, vector["answers"], today)
        assert found == form_check.check(FORM, vector["answers"], today)


def test_sixty_kilobytes_of_anything_are_judged_quickly_and_in_few_words() -> None:
    floods: list[dict[str, Any]] = [
        {"children": [{"name": "x"}] * 5000},
        {"children": [{}] * 20_000},
        {"children": [{f"x{n}": "y" for n in range(4000)}]},
        {f"x{n}": "y" for n in range(6000)},
        {"claimant_name": "1 " * 30_000},
        {"event_on": " " * 60_000 + "x"},
        {"event_on": "令和" + " " * 60_000},
        {"claimant_kana": "ｶﾞ" * 15_000},
        {"proofs": ["F-00000-00000"] * 4000},
    ]
    for flood in floods:
        began = time.process_time()
        found = form_check.check(FORM, {**RIGHT, **flood}, TODAY)
        # what grows with the square of its length takes minutes
        assert time.process_time() - began < 10.0, flood.keys()
        assert len(found) < 150
