"""``site/facts.yaml`` -> the vocabulary of the rules, and the check that a rule speaks it.

A rule that asks what nobody can answer, or compares what has no order, would say "ask" for ever
or break on a phone: it is not published."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from todoke.core import facts as shape
from todoke.core.facts import Fact, Vocabulary
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile, Value, invalid
from todoke.core.words import LANGUAGES

PATH = "facts.yaml"
_NAME = re.compile(r"[a-z]+(\.[a-z0-9_]+)?")
_CHOICE = re.compile(r"[a-z][a-z0-9_]*|[一-龠]+")
_FIELDS = (
    *("name", "type", "who", "question", "derived_from", "law", "most", "choices", "ordered"),
)


def facts(file: SiteFile) -> Vocabulary:
    """Every fact by its name, in the order of the file. Raises ``site_file_invalid``."""
    found: dict[str, Fact] = {}
    for fields in Fields.of(file, "", file.value, ("facts",)).each("facts", _FIELDS):
        fact = _fact(fields)
        if fact.name in found:
            raise fields.wrong("name", f"{fact.name!r} stands here twice", "keep one of them")
        found[fact.name] = fact
    return found


def _fact(fields: Fields) -> Fact:
    fields.need("name")
    fact = Fact(
        name=fields.matching("name", _NAME, "who.what in small letters"),
        type=fields.choice("type", shape.TYPES),
        who=fields.choice("who", shape.WHO),
        question=_in_every_language(fields, "question"),
        derived_from=fields.choice("derived_from", (shape.BIRTH, shape.TODAY))
        if "derived_from" in fields.found
        else "",
        law=fields.maybe_text("law"),
        most=fields.whole("most", 1) or 100_000,
        choices=tuple(_choice(each) for each in fields.each("choices", ("value", "label"))),
        ordered=fields.flag("ordered"),
    )
    if (fact.type == "choice") != bool(fact.choices):
        raise fields.wrong("choices", "a choice, and only a choice, has choices", "see type")
    if fact.ordered and fact.type != "choice":
        raise fields.wrong("ordered", "only choices are ordered here", "remove it")
    if bool(fact.derived_from) != (fact.name in shape.DERIVED):
        rule = "a fact is derived exactly if core/facts.py derives it"
        raise fields.wrong("derived_from", rule, "mend the field or the program")
    return fact


def _choice(fields: Fields) -> shape.Choice:
    fields.need("value")
    value = fields.matching("value", _CHOICE, "small letters and _, or a name in kanji")
    return shape.Choice(value, _in_every_language(fields, "label"))


def _in_every_language(fields: Fields, key: str) -> Text:
    """Who cannot read a question cannot answer it."""
    words = fields.words(key)
    for language in LANGUAGES:
        if language not in words:
            raise fields.wrong(key, f"words in {' '.join(LANGUAGES)}", f"add {key}.{language}: …")
    return words


def check_rule(path: str, where: str, tree: Value, vocabulary: Vocabulary) -> None:
    """Refuses a rule tree that the vocabulary cannot answer. where: its dotted field in the file
    ``path``. Raises ``site_file_invalid``."""
    if not isinstance(tree, dict):
        return
    if set(tree) == {"fact", "op", "value"}:
        _check_leaf(path, where, tree, vocabulary)
        return
    for key, inner in tree.items():
        conditions = inner if isinstance(inner, list) else [inner]
        if not conditions or (key == "not" and len(conditions) != 1):
            rule = "not has exactly one condition, all and any at least one"
            raise invalid(path, f"{where}.{key}", rule, "add or remove conditions")
        for number, each in enumerate(conditions, 1):
            check_rule(path, f"{where}.{key}[{number}]", each, vocabulary)


def _check_leaf(path: str, where: str, leaf: Mapping[str, Value], vocabulary: Vocabulary) -> None:
    name, op, value = str(leaf["fact"]), leaf["op"], leaf["value"]
    fact = vocabulary.get(name)
    if fact is None:
        near = difflib.get_close_matches(name, vocabulary, 1, 0.5)
        step = f"did you mean {near[0]}?" if near else "add it to site/facts.yaml"
        raise invalid(path, f"{where}.fact", f"{name!r} is no fact of site/facts.yaml", step)
    if op in ("lt", "le", "gt", "ge", "between") and not fact.compares:
        rule = f"{name} has no order ({fact.type}), so {op} says nothing"
        raise invalid(path, f"{where}.op", rule, "use eq, ne or in")
    if op == "in" and fact.type == "bool":
        raise invalid(path, f"{where}.op", "true or false is asked with eq or ne", "use eq")
    wrong = _wrong_value(fact, str(op), value, vocabulary)
    if wrong:
        raise invalid(path, f"{where}.value", wrong, f"write a value of type {fact.type}")


def _wrong_value(fact: Fact, op: str, value: Value, vocabulary: Vocabulary) -> str:
    """What is wrong with the value of a condition, "" when nothing is."""
    if op not in ("in", "between"):
        other = vocabulary.get(value) if isinstance(value, str) else None
        if other is not None:
            return "" if other.type == fact.type else f"{other.name} is of another type"
        return f"{value!r} is no value of {fact.name}" if fact.wrong(value) else ""
    if not isinstance(value, list) or not value or (op == "between" and len(value) != 2):
        return "in has a list, between has two values: the first and the last that fit"
    for each in value:
        if isinstance(each, list | dict) or each is None or fact.wrong(each):
            return f"{each!r} is no value of {fact.name}"
    first, last = (fact.rank(each) for each in (value[0], value[-1]) if isinstance(each, int | str))
    if op == "between" and first > last:  # type: ignore[operator]
        return "the first value comes after the last one"
    return ""
