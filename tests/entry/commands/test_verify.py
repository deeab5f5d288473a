"""``todoke verify`` at the terminal: what it says of a sound city and of one that is not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.parts.chained import Chained
from tests.parts.terminal import Operator
from todoke import assemble
from todoke.journeys import chain


@pytest.fixture
def city(newcomer: Operator) -> Chained:
    """Three acts in two links, and an anchor."""
    found = Chained(assemble.local(newcomer.data))
    for count in (2, 1):
        for _ in range(count):
            found.act()
        found.link()
    assert chain.anchor(found.services) == 1
    return found


def rows(data: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Written past the program."""
    with closing(sqlite3.connect(data / "todoke.sqlite3")) as db, db:
        for text, values in statements:
            db.execute(text, values)


def ids(data: Path) -> Iterator[str]:
    with closing(sqlite3.connect(data / "todoke.sqlite3")) as db:
        found = db.execute("SELECT id FROM record WHERE kind = 'audit' ORDER BY id").fetchall()
    return iter([str(id) for (id,) in found])


def day(city: Chained) -> str:
    """Of the anchor."""
    return str(city.file("audit/roots.json")["anchors"][-1]["day"])


def test_a_sound_city_is_said_to_be_so_and_up_to_when(city: Chained, newcomer: Operator) -> None:
    code, out, _ = newcomer.says("verify")
    assert code == 0
    assert "Nothing was altered, nothing is gone." in out
    assert "The chain reaches to 2026-11-24" in out
    assert f"fits what was published on {day(city)}" in out
    found = newcomer.asks("verify")
    assert (found["sound"], found["entries"], found["links"], found["waiting"]) == (True, 3, 2, 0)
    assert found["anchored"]["root"] == city.file("audit/roots.json")["anchors"][0]["root"]


def test_each_place_is_named_with_id_time_and_act(city: Chained, newcomer: Operator) -> None:
    first, second, _ = ids(newcomer.data)
    rows(
        newcomer.data,
        ("DELETE FROM record WHERE id = ?", (first,)),
        ("UPDATE record SET data = replace(data, 'N-1', 'N-2') WHERE id = ?", (second,)),
    )
    code, out, _ = newcomer.says("verify")
    assert code == 1
    assert f"removed entry: {first} (2026-11-24 " in out
    assert f"altered entry: {second} (2026-11-24 15:00:00 JST, wrote)" in out
    assert "In 2 places" in out
    found = newcomer.asks("verify", code=1)
    assert found["ok"] is True
    assert [(each["what"], each["id"], each["act"]) for each in found["findings"]] == [
        ("altered", second, "drafted"),
        ("removed", first, "drafted"),
    ]


def test_bytes_that_are_no_record_any_more_are_named(city: Chained, newcomer: Operator) -> None:
    first, second, _ = ids(newcomer.data)
    for id in (first, second):
        cut = "UPDATE record SET data = substr(data, 2) WHERE id = ?"
        rows(newcomer.data, (cut, (id,)))
    found = newcomer.asks("verify", code=1)["findings"]
    assert [(each["what"], each.get("id")) for each in found] == [
        ("unreadable", None), ("altered", first), ("altered", second),
    ]  # fmt: skip
    rows(newcomer.data, ("UPDATE record SET data = '{' WHERE kind = 'chain_link'", ()))
    rows(newcomer.data, ("UPDATE record SET data = '{' WHERE id = ?", (chain.HEAD,)))
    found = newcomer.asks("verify", code=1)["findings"]
    assert {each["what"] for each in found} >= {"link_altered", "head_altered"}


def test_a_copy_kept_elsewhere_finds_a_city_put_back(
    city: Chained, newcomer: Operator, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(city.file(f"audit/{day(city)}.json")))
    assert newcomer.asks("verify", "--anchor", str(kept))["sound"] is True
    shown = json.loads(kept.read_text())
    kept.write_text(json.dumps({**shown, "links": 9, "entries": 30}))
    code, out, _ = newcomer.says("verify", "--anchor", str(kept))
    assert code == 1
    assert f"on {day(city)} there were 27 entries more" in out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"day": 1}', "\xff", "[" * 100_000])
def test_what_is_no_file_of_anchors_is_refused(
    city: Chained, newcomer: Operator, tmp_path: Path, text: str
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(text, "latin-1")
    refused = newcomer.asks("verify", "--anchor", str(kept), code=1)
    assert (refused["ok"], refused["error"]) == (False, "bad_field")


def test_what_was_written_into_the_store_moves_no_terminal(
    city: Chained, newcomer: Operator
) -> None:
    (first, *_) = ids(newcomer.data)
    rows(newcomer.data, ("UPDATE record SET id = ? WHERE id = ?", ("\x1b[2Jboo", first)))
    code, out, _ = newcomer.says("verify")
    assert code == 1
    assert "\x1b" not in out
    assert "?[2Jboo" in out


def test_it_says_the_same_in_japanese(
    city: Chained, newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    assert "変わったもの、消えたものはありません" in newcomer.says("verify")[1]
    (first, *_) = ids(newcomer.data)
    rows(newcomer.data, ("DELETE FROM record WHERE id = ?", (first,)))
    assert f"消された記録: {first}(2026-11-24 " in newcomer.says("verify")[1]


def test_no_city_is_made_by_looking(newcomer: Operator) -> None:
    assert newcomer.asks("verify", code=1)["error"] == "no_city"
    assert not newcomer.data.exists()
