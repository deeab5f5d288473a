"""Whoever writes into the store by hand is found, whatever he touched; and nobody else is."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.chained import Chained
from todoke.core import audit_chain
from todoke.journeys import chain
from todoke.ports import Delete, Put, Record

ONCE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


# ------------------------------------------------------------------- one by one, on every store
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", "S-demo-approver"), ("act", "approved"), ("subject", "notice/N-2"),
        ("detail", {"number": 9}), ("resident", None), ("at", 1), ("month", "2026-10"),
        ("order", "0"), ("salt", "00"), ("salt", None), ("mac", "00"), ("mac", None),
        ("chain", audit_chain.WAITING), ("chain", "elsewhere"),
    ],
)  # fmt: skip
def test_an_altered_entry_is_named(city: Chained, field: str, value: Any) -> None:
    ids = city.link_each(3, 2)
    city.change("audit", ids[1], **{field: value})
    (found,) = city.verify().findings
    assert (found.what, found.id, found.act) == ("altered", ids[1], "drafted")
    assert found.at == int(ids[1].split("-")[0])


def test_a_removed_entry_is_named_with_its_act_and_its_time(city: Chained) -> None:
    ids = city.link_each(2, 2)
    city.remove("audit", ids[0], ids[3])
    found = city.verify().findings
    assert [(each.what, each.id, each.act) for each in found] == [
        ("removed", ids[0], "drafted"),
        ("removed", ids[3], "drafted"),
    ]
    assert found[0].at == int(ids[0].split("-")[0]) > 0


def test_an_entry_that_shall_fade_away_is_altered(city: Chained) -> None:
    ids = city.link_each(1)
    later = city.clock.unix() + 10
    record = replace(city.get("audit", ids[0]), expires_at=later)
    city.services.store.commit([Put(record)])
    assert city.found() == [("altered", ids[0])]
    city.clock.turn(11)
    assert city.found() == [("removed", ids[0])]


def test_an_entry_put_in_is_named(city: Chained) -> None:
    ids = city.link_each(2)
    copy = city.get("audit", ids[0])
    city.services.store.commit([Put(Record("audit", "000000000001-copy", copy.data))])
    assert city.found() == [("altered", "000000000001-copy")]


def test_one_that_is_changed_before_its_link_comes_is_found_before_and_after(
    city: Chained,
) -> None:
    (id,) = city.acts(1)
    city.change("audit", id, actor="S-demo-approver")
    assert city.found() == [("altered", id)]
    city.link()
    assert city.found() == [("altered", id)]


def test_a_removed_link_and_what_it_held_are_named(city: Chained) -> None:
    ids = city.link_each(1, 2, 1)
    city.remove("chain_link", audit_chain.link_id(2))
    assert sorted(city.found()) == sorted(
        [("link_missing", "2-2"), ("unchained", ids[1]), ("unchained", ids[2])]
    )


def test_a_truncated_end_is_found_by_the_head(city: Chained) -> None:
    ids = city.link_each(1, 1, 1)
    city.remove("chain_link", audit_chain.link_id(2), audit_chain.link_id(3))
    city.remove("audit", *ids[1:])
    assert city.found() == [("link_missing", "2-3")]


def test_a_link_made_anew_by_who_has_the_store_alone_does_not_fit_the_head(city: Chained) -> None:
    ids = city.link_each(1, 2)
    record = city.get("chain_link", audit_chain.link_id(2))
    link = audit_chain.read_link(record.data)
    assert link is not None
    shorter = replace(link, promises=link.promises[:1], total=2)
    city.rewrite("chain_link", record.id, shorter.data())
    city.remove("audit", ids[2])
    assert city.found() == [("link_altered", "2-2")]


def _as_before(city: Chained, head: Record, links: int, *ids: str) -> None:
    """The store as it was, by somebody who kept a copy of it."""
    city.rewrite("setting", chain.HEAD, head.data)
    for number in range(links + 1, 20):
        city.services.store.commit([Delete("chain_link", audit_chain.link_id(number))])
    city.remove("audit", *ids)


def test_a_store_that_was_put_back_is_found_by_what_was_published(city: Chained) -> None:
    city.link_each(2)
    head = city.get("setting", chain.HEAD)
    ids = city.link_each(3)
    anchor = city.anchor()
    assert city.verify().anchored == anchor
    _as_before(city, head, 1, *ids)
    (found,) = city.verify().findings
    assert (found.what, found.entries, found.day) == ("truncated", 3, anchor.day)


def test_what_somebody_kept_elsewhere_finds_what_the_city_hides(city: Chained) -> None:
    """The city itself takes an act back, with its keys, its store and its public files."""
    city.link_each(2)
    head = city.get("setting", chain.HEAD)
    ids = city.link_each(3)
    anchor = city.anchor()
    _as_before(city, head, 1, *ids)
    city.remove("chain_anchor", anchor.day)
    city.services.blobs.delete(chain.ALL_ANCHORS)
    city.services.store.commit([Delete("setting", chain.PUBLISHED)])
    assert city.found() == []
    assert city.found(anchor) == [("truncated", "2-2")]
    city.link_each(3)  # and makes it up anew
    assert city.found() == []
    assert city.found(anchor) == [("anchor_differs", "0-2")]


def test_public_files_that_are_gone_are_missed(city: Chained) -> None:
    city.link_each(1)
    city.anchor()
    city.services.blobs.delete(chain.ALL_ANCHORS)
    assert city.found() == [("anchors_missing", "0-0")]


@pytest.mark.slow_on_aws
def test_a_gap_of_many_links_is_one_finding(city: Chained) -> None:
    ids = city.link_each(*[1] * 100)
    for number in range(10, 95):
        city.remove("chain_link", audit_chain.link_id(number))
    city.remove("audit", *ids[9:94])
    assert city.found() == [("link_missing", "10-94")]


# ------------------------------------------------------------------------------ by chance
@dataclass(frozen=True, slots=True)
class Large:
    """A city with entries of every kind: several links, an import's, earlier ones, some waiting."""

    city: Chained
    linked: list[str]
    waiting: list[str]
    links: list[str]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    city = Chained.open(tmp_path_factory.mktemp("large"))
    earlier = ["000000000001-a", "000000000002-b"]
    city.write_bare(*earlier)
    linked = [*city.link_each(5, 1, 7), *earlier]
    city.clock.turn(chain.EARLIER_AFTER_SECONDS)
    chain.take_in_earlier(city.services, 5.0)
    linked += city.link_each(4)
    city.anchor()
    linked += city.link_each(3)
    waiting = city.acts(3)
    links = [audit_chain.link_id(number) for number in range(1, 8)]
    assert city.found() == []
    return Large(city, linked, waiting, links)


@contextmanager
def put_back(city: Chained, kind: str, ids: list[str]) -> Iterator[None]:
    """What is done to these records is taken back at the end."""
    before = [city.get(kind, id) for id in ids]
    try:
        yield
    finally:
        for each in before:
            city.services.store.commit([Put(replace(each, version=0))])


def nudged(value: Any, luck: random.Random) -> Any:
    """The same kind of value, another one by as little as it takes."""
    if isinstance(value, bool) or value is None:
        return {True: False, False: True, None: ""}[value]
    if isinstance(value, int):
        return value + luck.choice([-1, 1, 10])
    if isinstance(value, list):
        if not value or luck.random() < 0.3:
            return [*value, "x"] if luck.random() < 0.5 or not value else value[:-1]
        place = luck.randrange(len(value))
        return [*value[:place], nudged(value[place], luck), *value[place + 1 :]]
    if isinstance(value, dict):
        name = luck.choice([*value, "more"])
        return {**value, name: nudged(value.get(name), luck)}
    place = luck.randrange(len(value) + 1)
    letter = luck.choice(string.ascii_letters + string.digits + "é字 ")
    changed = value[:place] + luck.choice([letter, ""]) + value[place + 1 :]
    return changed if changed != value else value + letter


def altered(data: dict[str, Any], name: str, luck: random.Random, *, text: bool) -> dict[str, Any]:
    """One field of a record, and as the store would take it."""
    value = data[name]
    if value is None and text:
        return {**data, name: "x"}
    return {**data, name: nudged(value, luck)}


#: one city for all of them, so on one kind of store; the tests above run on each
AUDIT = ("actor", "act", "subject", "detail", "resident", "at", "month", "order", "salt", "mac")


@pytest.mark.looks_into_files
@ONCE
@given(st.data(), st.randoms(use_true_random=False))
def test_any_change_of_any_field_of_any_entry_is_named(
    large: Large, data: st.DataObject, luck: random.Random
) -> None:
    city = large.city
    id = data.draw(st.sampled_from([*large.linked, *large.waiting]))
    name = data.draw(st.sampled_from([*AUDIT, "chain"]))
    with put_back(city, "audit", [id]):
        now = dict(city.get("audit", id).data)
        now.setdefault("salt", None)
        now.setdefault("mac", None)
        now.setdefault("chain", None)
        city.rewrite("audit", id, altered(now, name, luck, text=True))
        found = city.found()
        if id in large.waiting and name == "chain":
            assert found in ([("altered", id)], [("unchained", id)])
        else:
            assert found == [("altered", id)]
    assert city.found() == []


@pytest.mark.looks_into_files
@ONCE
@given(st.data())
def test_any_entries_taken_out_are_named(large: Large, data: st.DataObject) -> None:
    city = large.city
    ids = data.draw(st.lists(st.sampled_from(large.linked), min_size=1, max_size=6, unique=True))
    with put_back(city, "audit", ids):
        city.remove("audit", *ids)
        assert sorted(city.found()) == sorted(("removed", id) for id in ids)
    assert city.found() == []


@pytest.mark.looks_into_files
@ONCE
@given(st.data(), st.randoms(use_true_random=False))
def test_any_change_of_any_field_of_any_link_is_named(
    large: Large, data: st.DataObject, luck: random.Random
) -> None:
    city = large.city
    id = data.draw(st.sampled_from(large.links))
    name = data.draw(st.sampled_from(sorted(city.get("chain_link", id).data)))
    with put_back(city, "chain_link", [id]):
        now = dict(city.get("chain_link", id).data)
        city.rewrite("chain_link", id, altered(now, name, luck, text=False))
        number = int(id)
        assert ("link_altered", f"{number}-{number}") in city.found()
    assert city.found() == []


@pytest.mark.looks_into_files
@ONCE
@given(st.data())
def test_any_end_cut_off_is_named(large: Large, data: st.DataObject) -> None:
    city = large.city
    first = data.draw(st.integers(1, len(large.links)))
    cut = large.links[first - 1 :]
    held = [
        str(each[0])
        for link in cut
        for each in json.loads(json.dumps(city.get("chain_link", link).data["entries"]))
    ]
    with put_back(city, "chain_link", cut), put_back(city, "audit", held):
        city.remove("audit", *held)
        city.remove("chain_link", *cut)
        assert ("link_missing", f"{first}-{len(large.links)}") in city.found()
    assert city.found() == []


@pytest.mark.looks_into_files
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("acts"), st.integers(1, 4)),
            st.tuples(st.sampled_from(["link", "anchor", "earlier", "bare"]), st.just(1)),
            st.tuples(st.just("hours"), st.integers(-30, 30)),
        ),
        max_size=25,
    )
)
def test_whatever_happens_without_a_hand_in_it_gives_no_alarm(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Clocks that are set, days without a link, an update in the middle."""
    city, bare = Chained.open(tmp_path_factory.mktemp("calm")), 0
    begun = False
    for step, number in steps:
        if step == "acts":
            city.acts(number)
        elif step == "link":
            city.link()
        elif step == "anchor":
            chain.anchor(city.services)
        elif step == "earlier":
            chain.take_in_earlier(city.services, 5.0)
            head = chain.stored_head(city.services).head
            begun = begun or head.marking is None
        elif step == "hours":
            city.clock.turn(number * 3600)
        elif not begun:
            bare += 1
            city.write_bare(f"00000000{bare:04d}-bare")
        assert city.found() == [], steps
