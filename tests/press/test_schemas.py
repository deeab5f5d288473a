"""The published JSON Schemas: the real files keep them, a file changed anywhere does not, and they
name exactly the fields of the shapes in core."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.press.conftest import ROOT, TODAY, press_of
from todoke.core import catalogue
from todoke.core.benefits import Additions, Benefit, Limit, Period
from todoke.core.catalogue import Deadline, Document, Online, Procedure, Result, Source, Span
from todoke.core.facts import Choice, Fact
from todoke.press import schemas
from todoke.press.procedure_schema import PROCEDURE_PARTS
from todoke.press.schema_parts import DIALECT, Shape

FILES = ("catalogue", "facts", "benefits", "deadlines", "timeline")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """One value of a document, and the part of the schema it must keep."""

    path: Path
    shape: Shape
    value: Any

    @property
    def kind(self) -> tuple[str | int, ...]:
        """The same for all entries of a list."""
        return tuple("*" if isinstance(each, int) else each for each in self.path)


def places(schema: Shape, shape: Shape, value: Any, path: Path = ()) -> Iterator[Place]:
    """Every value of a document with its part of the schema."""
    while "$ref" in shape:
        shape = schema["$defs"][str(shape["$ref"]).removeprefix("#/$defs/")]
    if "oneOf" in shape:  # a rule: a condition, or the branch with its key
        branches = [each for each in shape["oneOf"] if set(each.get("required", ())) == set(value)]
        yield from places(schema, branches[0] if branches else shape["oneOf"][0], value, path)
        return
    yield Place(path, shape, value)
    if isinstance(value, dict):
        for name, each in value.items():
            inner = shape.get("properties", {}).get(name) or shape.get("additionalProperties")
            if inner:
                yield from places(schema, inner, each, (*path, name))
    elif isinstance(value, list) and "items" in shape:
        for number, each in enumerate(value):
            yield from places(schema, shape["items"], each, (*path, number))


def judged(name: str, release: Mapping[str, bytes], changes: Sequence[Any]) -> Mapping[str, Any]:
    """What a validator of somebody else's says: {before, after}."""
    done = subprocess.run(
        ["node", "tests/js/schema_complaints.mjs"],
        cwd=ROOT,
        input=json.dumps({**_loaded(name, release), "changes": changes}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def _loaded(name: str, release: Mapping[str, bytes]) -> dict[str, Any]:
    schema = json.loads(release[f"schemas/{name}.schema.json"])
    return {"schema": schema, "document": json.loads(release[f"{name}.json"])}


def one_of_each(name: str, release: Mapping[str, bytes]) -> list[Place]:
    """The first value of every kind in a document."""
    loaded = _loaded(name, release)
    found: dict[tuple[str | int, ...], Place] = {}
    for place in places(loaded["schema"], loaded["schema"], loaded["document"]):
        kind = tuple(each for each in place.kind if each not in ("all", "any", "not"))
        while len(kind) > 6:  # rules inside rules are of one kind
            kind = kind[:5] + kind[6:]
        found.setdefault(kind, place)
    return list(found.values())


def _other_type(value: Any) -> Any:
    """A value of a type that stands nowhere in our files: no field takes a fraction or an object
    of our own making."""
    return 0.5 if isinstance(value, dict | list) else {"surprise": value}


@pytest.mark.parametrize("name", FILES)
def test_the_published_file_names_its_schema_and_keeps_it(
    name: str, release: Mapping[str, bytes]
) -> None:
    loaded = _loaded(name, release)
    assert loaded["schema"]["$schema"] == DIALECT
    assert loaded["document"]["$schema"] == loaded["schema"]["$id"]
    assert loaded["schema"]["$id"].endswith(f"/schemas/{name}.schema.json")
    assert judged(name, release, [])["before"] == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_a_needed_field_does_not_keep_it(
    name: str, release: Mapping[str, bytes]
) -> None:
    drops = [
        {"path": [*place.path, field], "drop": True}
        for place in one_of_each(name, release)
        for field in place.shape.get("required", ())
    ]
    assert len(drops) > (60 if name == "catalogue" else 10)
    after = judged(name, release, drops)["after"]
    assert [drop for drop, said in zip(drops, after, strict=True) if not said] == []


#: fields of benefits.json and the like that say nothing by being null
_MAY_BE_NULL = ("verified_until", "uncertain", "pay_day", "additions", "rises")


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_value_of_another_type_does_not_keep_it(
    name: str, release: Mapping[str, bytes]
) -> None:
    changes = [
        {"path": list(place.path), "value": wrong}
        for place in one_of_each(name, release)
        if place.path
        for wrong in (_other_type(place.value), None)
        if not (wrong is None and place.path[-1] in _MAY_BE_NULL)
    ]
    after = judged(name, release, changes)["after"]
    assert [change for change, said in zip(changes, after, strict=True) if not said] == []


@pytest.mark.parametrize("name", FILES)
def test_wherever_a_file_is_changed_it_is_noticed(name: str, release: Mapping[str, bytes]) -> None:
    """Seeded, over every entry of the whole file: a needed field dropped, a field nobody knows, a
    list or text where the other belongs."""
    chance = random.Random(20261122)
    loaded = _loaded(name, release)
    everywhere = [
        each for each in places(loaded["schema"], loaded["schema"], loaded["document"]) if each.path
    ]
    changes: list[dict[str, Any]] = []
    for place in chance.sample(everywhere, min(400, len(everywhere))):
        path = list(place.path)
        if "additionalProperties" in place.shape and not place.shape["additionalProperties"]:
            changes.append({"path": [*path, "surprise"], "value": 1})
        if fields := place.shape.get("required"):
            changes.append({"path": [*path, chance.choice(fields)], "drop": True})
        changes.append({"path": path, "value": _other_type(place.value)})
    after = judged(name, release, changes)["after"]
    assert [change for change, said in zip(changes, after, strict=True) if not said] == []


def test_a_site_of_few_words_keeps_them_too(site: Mapping[str, bytes]) -> None:
    """A city with one bare procedure: no amounts, no rule, nothing optional,
    its name in Japanese only."""
    bare = b"""
id: bare
category: other
topic: allowance
name: {ja: \xe4\xbe\x8b}
kana: \xe3\x82\x8c\xe3\x81\x84
who: {ja: x}
deadline: {kind: none}
result: {kind: service}
online: {possible: unknown, signature: unknown}
legal_basis: [\xe5\x85\x90\xe7\xab\xa5\xe6\x89\x8b\xe5\xbd\x93\xe6\xb3\x957\xe6\x9d\xa1]
confidence: low
as_of: 2026-04
evidence: memory
"""
    kept = ("procedures/", "events/", "benefits.yaml", "deadlines.yaml", "todoke.toml")
    small = {path: body for path, body in site.items() if not path.startswith(kept)}
    small |= {"procedures/bare.yaml": bare, "events/born.yaml": _EVENT}
    printed = press_of(small).site(catalogue.parse(small), TODAY)
    for name in FILES:
        assert judged(name, printed, [])["before"] == []


_EVENT = b"""
id: born
icon: birth
name: {ja: a, easy: b, en: c}
about: {ja: a, easy: b, en: c}
procedures: [bare]
"""


@pytest.mark.parametrize("name", FILES)
def test_every_field_says_what_it_means_and_where_it_comes_from(
    name: str, release: Mapping[str, bytes]
) -> None:
    schema = json.loads(release[f"schemas/{name}.schema.json"])
    records = [schema, *schema["$defs"].values()]
    fields = [(key, each) for one in records for key, each in one.get("properties", {}).items()]
    assert len(fields) > 15
    for key, field in fields:
        if key in ("ja", "easy", "en", "all", "any", "not"):
            assert field["description"], key
            continue
        assert " Source: " in field["description"], key
        numeric = field.get("type") == "integer" or "[0-9]" in field.get("pattern", "")
        if numeric and key not in ("id", "name"):
            assert " Unit: " in field["description"], key


#: part of a schema -> the shape in core; fields published under another name or in another file,
#: and fields that only the published form has
_SHAPES: Mapping[str, tuple[Any, set[str], set[str]]] = {
    "procedure": (Procedure, {"form", "own_sources", "examples", "ages_at"}, {"url", "certain"}),
    "deadline": (Deadline, set(), set()),
    "span": (Span, set(), set()),
    "document": (Document, set(), set()),
    "result": (Result, set(), set()),
    "online": (Online, set(), set()),
    "source": (Source, set(), set()),
    "fact": (Fact, set(), set()),
    "choice": (Choice, set(), set()),
    "benefit": (Benefit, {"stated_in_law"}, set()),
    "period": (Period, {"start"}, {"from"}),
    "limit": (Limit, {"highest"}, {"rises"}),
    "additions": (Additions, set(), set()),
}


@pytest.mark.parametrize("part", _SHAPES)
def test_the_schema_and_the_shapes_of_core_name_the_same_fields(part: str) -> None:
    shape, elsewhere, added = _SHAPES[part]
    parts = {
        **schemas.CATALOGUE_PARTS,
        **PROCEDURE_PARTS,
        **schemas.FACT_PARTS,
        **schemas.BENEFIT_PARTS,
    }
    named = {each.name for each in dataclasses.fields(shape)}
    assert set(parts[part]["properties"]) == (named - elsewhere) | added


@pytest.mark.parametrize("part", ["procedure", "deadline", "document", "result", "online", "fact"])
def test_what_core_always_knows_the_schema_needs(part: str) -> None:
    """Words without a default, and whole numbers: they are never left out when published."""
    shape, elsewhere, added = _SHAPES[part]
    always = {
        each.name
        for each in dataclasses.fields(shape)
        if each.type in ("str", "Text", "Deadline", "Result", "Online", "bool", "int")
        and (each.default is dataclasses.MISSING or each.type in ("bool", "int"))
    }
    if part == "procedure":
        always |= {"counter", *added}
    parts = {**PROCEDURE_PARTS, **schemas.FACT_PARTS}
    # facts.json leaves out a flag that is false
    assert set(parts[part]["required"]) == always - elsewhere - {"ordered"}
