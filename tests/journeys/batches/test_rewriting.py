"""Rows of one kind are rewritten in small commits while others read and write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tests.journeys.batches.test_writing import Watched
from tests.parts.payer import CrashError, CrashingStore, Payer
from todoke.journeys import migrate
from todoke.ports import MAX_COMMIT_WRITES, Create, Json, Record, Replace, Services, Write

pytestmark = pytest.mark.slow_on_aws


COUNT = 120


@pytest.fixture
def services(payer: Payer) -> Services:
    for start in range(0, COUNT, 80):
        payer.services.store.commit(
            [
                Create(Record("follow", f"f{number:03}", data(f"s{number:03}")))
                for number in range(start, min(COUNT, start + 80))
            ]
        )
    return payer.services


def data(subscription: str) -> dict[str, Json]:
    return {"topic": "allowance", "subscription": subscription, "cohorts": [2020], "since": 1}


def year_later(row: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """What the schema of tomorrow wants."""
    return None if row["cohorts"] == [2021] else {**row, "cohorts": [2021]}


def rows(services: Services) -> list[Record]:
    return list(services.store.find("follows_by_topic", "allowance", limit=1000).records)


def test_every_row_is_rewritten_once_in_small_commits_and_none_is_hidden(
    services: Services,
) -> None:
    sizes: list[int] = []

    def look(writes: Sequence[Write]) -> None:
        sizes.append(len(writes))
        assert len(rows(services)) == COUNT

    watched = replace(services, store=Watched(services.store, look))
    done = migrate.rewrite(watched, "follows_by_topic", "allowance", year_later)
    assert (done.seen, done.changed, done.cursor) == (COUNT, COUNT, None)
    assert len(sizes) > 1
    assert max(sizes) <= MAX_COMMIT_WRITES
    assert {(each.version, str(each.data["cohorts"])) for each in rows(services)} == {(2, "[2021]")}
    again = migrate.rewrite(services, "follows_by_topic", "allowance", year_later)
    assert (again.seen, again.changed) == (COUNT, 0)


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(2))
def test_a_crash_in_the_middle_is_made_good_by_doing_it_again(
    services: Services, commit: int, crash: str
) -> None:
    broken = replace(services, store=CrashingStore(services.store, [""] * commit + [crash]))
    with pytest.raises(CrashError):
        migrate.rewrite(broken, "follows_by_topic", "allowance", year_later)
    migrate.rewrite(services, "follows_by_topic", "allowance", year_later)
    assert {each.version for each in rows(services)} == {2}


def test_what_somebody_writes_in_between_is_kept(services: Services) -> None:
    written = 0

    def meddle(writes: Sequence[Write]) -> None:
        nonlocal written
        first = next(each.record for each in writes if isinstance(each, Replace))
        stored = services.store.get("follow", first.id)
        if written < 3 and stored is not None:
            written += 1
            services.store.commit([Replace(replace(stored, data={**stored.data, "since": 9}))])

    watched = replace(services, store=Watched(services.store, meddle))
    migrate.rewrite(watched, "follows_by_topic", "allowance", year_later)
    found = rows(services)
    assert written == 3
    assert {str(each.data["cohorts"]) for each in found} == {"[2021]"}
    assert sum(each.data["since"] == 9 for each in found) >= 1


def test_it_stops_where_it_is_told_to_and_goes_on_there(services: Services) -> None:
    first = migrate.rewrite(
        services,
        "follows_by_topic",
        "allowance",
        year_later,
        enough=iter([False, True]).__next__,
    )
    assert 0 < first.seen < COUNT
    assert first.cursor
    rest = migrate.rewrite(services, "follows_by_topic", "allowance", year_later, first.cursor)
    assert first.seen + rest.seen == COUNT
    assert {each.version for each in rows(services)} == {2}
