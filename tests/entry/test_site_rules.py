"""What is wrong with a file is said in the language of the terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from todoke import assemble
from todoke.core.reference_words import fault
from todoke.entry.site_rules import known, spoken

ROOT = Path(__file__).parents[2]
#: the modules that read a procedure's file or a translator's, and what every file is read with
READING = (
    *("catalogue_files", "coverage", "facts_file", "procedure_check"),
    *(
        "procedure_file",
        "reference_file",
        "rule_examples",
        "shown_amounts",
        "site_fields",
        "site_yaml",
    ),
)


def rules(module: str) -> Iterator[str]:
    """Every rule and next step that it may say; X where a value stands."""
    tree = ast.parse((ROOT / f"functions/todoke/core/{module}.py").read_text("utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        named: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _name(node) in ("wrong", "invalid", "_refuse"):
                for given in node.args[-2:]:
                    yield from _texts(given, named)
            if isinstance(node, ast.Call) and _name(node) == "matching":
                yield from _texts(node.args[-1], named)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else "X" for each in node.values)
        yield "".join(map(str, parts))
    elif isinstance(node, ast.IfExp):
        yield from (text for each in (node.body, node.orelse) for text in _texts(each, named))
    elif isinstance(node, ast.Name):
        for each in named.get(node.id, []):
            if not isinstance(each, ast.Name):
                yield from _texts(each, named)


@pytest.mark.parametrize("module", READING)
def test_every_rule_of_a_file_that_many_write_has_japanese_words(module: str) -> None:
    dictionary = assemble.dictionary()
    said = set(rules(module))
    assert said
    assert {each for each in said if not known(dictionary, each)} == set()
    for each in said:
        assert re.search("[ぁ-ん]", spoken(dictionary, "ja", each)), each
        assert spoken(dictionary, "en", each) == each


def test_what_is_wrong_with_a_translation_has_japanese_words() -> None:
    dictionary, source = assemble.dictionary(), {"ja": "{days}日"}
    for text in ("ngày", "{days} 5", "{days}日日日日日"):
        said = fault(source | {"en": "日日日日日"}, text)
        assert said
        assert re.search("[ぁ-ん]", spoken(dictionary, "ja", said)), said


def test_names_and_figures_come_through_and_an_unknown_rule_stays_as_it_is() -> None:
    dictionary = assemble.dictionary()
    said = spoken(dictionary, "ja", "'child.age' is no fact of site/facts.yaml")
    assert said == "'child.age' は site/facts.yaml にありません"
    assert spoken(dictionary, "ja", "a rule of tomorrow") == "a rule of tomorrow"
