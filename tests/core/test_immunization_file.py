"""``site/immunization.yaml`` and ``site/checkups.yaml``: every mistake is named with its place,
every figure is held by an example, and what is published is what was read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.parts import childhood
from tests.parts.childhood import FILES, VECTORS, answer
from todoke.core import catalogue, catalogue_files
from todoke.core.errors import TodokeError
from todoke.core.immunization import Timeline, as_json

PATH, CHECKUPS = "immunization.yaml", "checkups.yaml"
#: no figures of the rules: words, and the number a product is called by
WORDS = ("name", "notes", "sources", "product")
DATA: Mapping[str, Any] = yaml.safe_load(FILES[PATH])
CHECKS: Mapping[str, Any] = yaml.safe_load(FILES[CHECKUPS])


def read(data: object, path: str = PATH) -> Timeline:
    return catalogue_files.timeline({**FILES, path: json.dumps(data).encode()})


def vaccine(data: Mapping[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in data["vaccines"] if each["id"] == id)
    return found


# --------------------------------------------------------------------- every figure is held
def figures(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a number of the rules stands."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        if key in WORDS:
            continue
        if type(value) is int:
            yield (*path, key)
        elif isinstance(value, dict | list):
            yield from figures(value, (*path, key))


FIGURES = [(each["id"], path) for each in DATA["vaccines"] for path in figures(each)]


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize(("id", "path"), FIGURES, ids=str)
def test_a_figure_that_changes_is_noticed(id: str, path: tuple[Any, ...], step: int) -> None:
    data = copy.deepcopy(dict(DATA))
    after = vaccine(data, id).get("before")
    data["vaccines"] = [vaccine(data, each) for each in (id, after) if each]
    node: Any = data["vaccines"][0]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] += step
    try:
        rules = read(data)
    except TodokeError:
        return
    assert rules.programme is not None
    assert childhood.RULES.programme is not None
    all_of_them = {**childhood.RULES.programme.vaccines, **rules.programme.vaccines}
    assert not _all_right(childhood.with_vaccines(all_of_them), id)


def _all_right(rules: Timeline, id: str) -> bool:
    for vector in VECTORS:
        names = [each for each in vector["expect"] if each.startswith(f"{id}/")]
        found = answer(vector["child"], vector["on"], rules)["doses"] if names else []
        rows = {f"{each['vaccine']}/{each['dose']}": each for each in found}
        for name in names:
            wanted = vector["expect"][name]
            if name not in rows or any(rows[name][key] != each for key, each in wanted.items()):
                return False
    return True


def test_the_interval_of_live_vaccines_is_noticed() -> None:
    for number in (26, 28):
        rules = read({**DATA, "live_interval": {"days": number}})
        assert not _all_right(rules, "varicella")


def test_unchanged_figures_stand_as_the_vectors_say() -> None:
    assert all(_all_right(childhood.RULES, each["id"]) for each in DATA["vaccines"])


# --------------------------------------------------------------------- mistakes
def _edit(id: str, **fields: Any) -> dict[str, Any]:
    data = copy.deepcopy(dict(DATA))
    vaccine(data, id).update(fields)
    return data


WINDOW = {"from": {"month": 2}, "until": {"month": 60}}


def _window(start: Any, end: Any) -> Any:
    """BCG with that window."""
    given = {"window": {"from": start, "until": end}, "series": [{"doses": [{"dose": "1"}]}]}
    return _edit("bcg", courses=[given])


def _series(*series: Any) -> Any:
    """BCG with these series."""
    return _edit("bcg", courses=[{"window": WINDOW, "series": list(series)}])


def _doses(*doses: Any) -> Any:
    """BCG with these doses."""
    return _series({"doses": list(doses)})


ONE, TWICE = {"dose": "1"}, [*DATA["vaccines"], DATA["vaccines"][0]]
MISTAKES: list[tuple[Any, str, str]] = [
    ({**DATA, "as_of": None}, "as_of", "must be filled in"),
    ({**DATA, "law": []}, "law", "at least one"),
    ({**DATA, "vaccines": []}, "vaccines", "at least one"),
    ({**DATA, "sources": ["nobody"]}, "sources", "does not exist"),
    ({**DATA, "live_interval": {"weeks": 4}}, "live_interval.weeks", "unknown field"),
    ({**DATA, "live_interval": {"days": 1, "months": 1}}, "live_interval", "days or months"),
    ({**DATA, "vaccines": TWICE}, "id", "twice"),
    (_edit("bcg", kind="alive"), "kind", "not a known value"),
    (_edit("bcg", name={"ja": "BCG"}), "name", "words in ja, easy, en"),
    (_edit("bcg", sources=[]), "sources", "where it was read"),
    (_edit("bcg", confidence="sure"), "confidence", "not a known value"),
    (_edit("bcg", since="2024-02-30"), "since", "a day"),
    (_edit("bcg", who="pregnant"), "who", "belong together"),
    (_edit("rsv_maternal", who="child"), "who", "belong together"),
    (_edit("bcg", courses=[]), "courses", "at least one"),
    (_edit("bcg", courses=[{"series": [{"doses": [ONE]}]}]), "window", "must be filled in"),
    (_window({"month": 2}, None), "window.until", "two ends"),
    (_window({"month": 9}, {"month": 8}), "window.until", "not before from"),
    (_window({"month": 1, "day": 3}, {"month": 8}), "window.from", "one way to tell the day"),
    (_window({"before_entry": "02-30"}, {"month": 8}), "before_entry", "a day of every year"),
    (_window({"month": -1}, {"month": 8}), "month", "a whole number"),
    (_series(), "series", "at least one"),
    (_series({"doses": [ONE]}, {"doses": [ONE]}), "series[1].begun_until", "only the last"),
    (_series({"id": "a", "otherwise": "b", "doses": [ONE]}), "courses", "does not exist"),
    (_series({"doses": []}), "doses", "at least one"),
    (_doses({"dose": "x"}), "dose", "1-booster"),
    (_doses(ONE, ONE), "courses", "twice in a series"),
    (_doses({**ONE, "dropped": True}), "courses", "another one follows"),
    (_doses({**ONE, "least": {"days": 0}}), "least.days", "a whole number from 1"),
    (_doses({**ONE, "standard": {}}), "standard", "a beginning or an end"),
    (
        _doses({**ONE, "dropped_after": {"dose": "2", "edge": {"month": 1}}}, {"dose": "2"}),
        "courses",
        "is no dose before",
    ),
    (_edit("je", special={"born": ["2007-04-01"], "until": {"month": 240}}), "born", "first"),
    (_edit("bcg", notes=[{"when": "never", "text": "x"}]), "when", "not a known value"),
    (_edit("dpt_ipv", before="dpt"), "vaccines", "stands before a vaccine of this file"),
    (_edit("dpt_ipv", only_begun=False), "vaccines", "is only_begun"),
    (_edit("dpt_ipv", before="5 in 1"), "before", "the id of a vaccine"),
]


@pytest.mark.parametrize(("data", "field", "rule"), MISTAKES, ids=lambda each: str(each)[:40])
def test_a_mistake_is_named_with_its_place(data: Any, field: str, rule: str) -> None:
    with pytest.raises(TodokeError) as caught:
        read(data)
    details = caught.value.details
    assert details["file"] == f"site/{PATH}"
    assert field in str(details["field"])
    assert rule in str(details["rule"])
    assert details["next"]


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"window": {"from": {"day": 0}}}, "window.until", "two ends"),
        ({"law": ""}, "law", "text"),
        ({"sources": ["nobody"]}, "sources", "does not exist"),
        ({"name": "健診"}, "name", "words in"),
        ({"id": "m3"}, "id", "twice"),
        ({"place": "hall"}, "place", "unknown field"),
    ],
)
def test_a_mistake_in_a_check_up_is_named_too(
    change: Mapping[str, Any], field: str, rule: str
) -> None:
    data = copy.deepcopy(dict(CHECKS))
    data["checkups"][0].update(change)
    with pytest.raises(TodokeError) as caught:
        read(data, CHECKUPS)
    assert caught.value.details["file"] == f"site/{CHECKUPS}"
    assert field in str(caught.value.details["field"])
    assert rule in str(caught.value.details["rule"])


def test_a_city_that_leaves_the_files_out_counts_without_them() -> None:
    found = catalogue_files.timeline({"sources.yaml": FILES["sources.yaml"]})
    assert as_json(found) == {"version": 1, "checkups": []}


# --------------------------------------------------------------------- what is published
def test_what_is_published_has_every_rule_of_the_file() -> None:
    shown: Any = as_json(childhood.RULES)
    assert shown["programme"]["as_of"] == DATA["as_of"]
    for here, there in zip(shown["programme"]["vaccines"], DATA["vaccines"], strict=True):
        assert there["courses"] == here["courses"]
        assert here.get("special") == there.get("special")
        assert here["name"] == there["name"]
    for here, there in zip(shown["checkups"], CHECKS["checkups"], strict=True):
        assert {name: here[name] for name in there} == there


# --------------------------------------------------------------------- a municipality's own window
SITE = childhood.site()
OWN = """
[checkups.m3]
window = { from = { month = 4 }, until = { month = 5 } }
as_of = "2026-04"
source = { title = "みなと野市の健診の案内(見本)", url = "https://city.example/kenshin" }
"""


def test_a_municipality_holds_a_check_up_in_its_own_window() -> None:
    rules = catalogue.parse({**SITE, "todoke.toml": OWN.encode()}).timeline
    rows = {e["id"]: e for e in answer({"birth": "2025-01-15"}, "2025-05-14", rules)["checkups"]}
    assert rows["m3"] == {
        "id": "m3", "status": "due", "from": "2025-05-14", "until": "2025-06-14"
    }  # fmt: skip
    assert rows["m9"]["from"] == "2025-10-14", "nothing else changes"
    shown = {each["id"]: each for each in as_json(rules)["checkups"]}
    assert shown["m3"]["own"]["source"] == {"ja": "みなと野市の健診の案内(見本)"}
    assert shown["m3"]["as_of"] == "2026-04"
    assert "own" not in shown["m9"]


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("checkups.m3", "checkups.m4", "m4", "unknown field"),
        ('as_of = "2026-04"', "", "as_of", "has a date"),
        ("source =", "place =", "place", "unknown field"),
        (", until = { month = 5 }", "", "window.until", "two ends"),
        ("{ month = 5 }", "{ month = 3 }", "window.until", "not before from"),
        ("{ month = 5 }", "{ week = 5 }", "week", "unknown field"),
    ],
)
def test_a_window_that_cannot_be_is_refused(old: str, new: str, field: str, rule: str) -> None:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**SITE, "todoke.toml": OWN.replace(old, new).encode()})
    assert caught.value.details["file"] == "site/todoke.toml"
    assert field in str(caught.value.details["field"])
    assert rule in str(caught.value.details["rule"])
