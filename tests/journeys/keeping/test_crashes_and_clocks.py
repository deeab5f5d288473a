"""The care of keeping may die anywhere, run twice and be late; a clock that was moved stops it; and
what is gone is gone from the files."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.parts.old_records import FIVE, OldRecords
from tests.parts.payer import CrashError, CrashingStore
from todoke.core.clock_moves import Move
from todoke.core.errors import TodokeError
from todoke.journeys import clock_watch, keeping, tick
from todoke.ports import Create, PrivateFiles, Record, Replace

DAY = 86_400


@pytest.fixture
def over(old: OldRecords) -> OldRecords:
    """Two decided applications and a paid bill, all of them over today."""
    old.decided()
    old.decided()
    old.pay()
    old.wait_until(old.years_later(FIVE + 1))
    assert clock_watch.may_erase(old.services)
    return old


def left(old: OldRecords) -> dict[str, int]:
    """Records there are, by kind."""
    kinds = ("application", "attachment", "bill", "checkout", "payment_event", "ledger")
    walk = old.services.store.walk
    return {kind: len(walk(kind, 1000).records) for kind in (*kinds, "addressed_notice")}


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("crash", ["before", "after"])
def test_death_at_any_commit_is_made_good_by_the_next_day(over: OldRecords, crash: str) -> None:
    for commit in itertools.count():  # the dead ones have done something, so each starts later
        store = CrashingStore(over.services.store, [""] * commit + [crash])
        try:
            keeping.erase_over(replace(over.services, store=store))
            break
        except CrashError:
            assert over.findings() == []
            _whole(over)
    assert commit > 2
    over.clock.turn(DAY)
    keeping.erase_over(over.services)
    assert set(left(over).values()) == {0}
    assert over.findings() == []


def _whole(old: OldRecords) -> None:
    """No half: what is there still leads to all that belongs to it."""
    money = old.money()
    assert money["bill"] == bool(money["ledger"])
    assert not money["checkout"] or money["bill"]
    applications = {each.id for each in old.services.store.walk("application", 100).records}
    for each in old.services.store.walk("attachment", 100).records:
        assert each.data["application"] in applications


def test_a_day_is_gone_through_once(over: OldRecords) -> None:
    assert keeping.erase_over(over.services) > 0
    noted, acts = over.progress(), len(over.acts())
    assert keeping.erase_over(over.services) == 0
    assert (over.progress(), len(over.acts())) == (noted, acts)
    over.clock.turn(DAY)
    keeping.erase_over(over.services)
    assert over.progress() > noted


def test_a_tick_does_a_step_and_the_next_one_goes_on(over: OldRecords) -> None:
    steps = [keeping.erase_over(over.services, 0) for _ in range(20)]
    assert steps[0] == 4  # the accepted applications, with their files
    assert set(left(over).values()) == {0}
    assert sum(steps) > 8


def test_what_somebody_writes_at_this_moment_is_left_to_the_next_day(over: OldRecords) -> None:
    store = Meddling(over.services.store, over.payer.bill)
    keeping.erase_over(replace(over.services, store=store))
    assert over.money()["bill"] == 1
    assert left(over)["application"] == 0
    over.clock.turn(DAY)
    keeping.erase_over(over.services)
    assert set(left(over).values()) == {0}


class Meddling:
    """A store in which somebody writes a bill right before it would be erased."""

    def __init__(self, store: Any, bill: str) -> None:
        self._store, self._bill = store, bill

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, writes: Any) -> None:
        """As ``ports.Store.commit``, too late."""
        if any(getattr(each, "id", "") == self._bill for each in writes):
            found = self._store.get("bill", self._bill)
            self._store.commit([Replace(found)])
        self._store.commit(writes)


def test_a_file_that_cannot_be_erased_now_keeps_its_application(over: OldRecords) -> None:
    class Off:
        def __init__(self, files: PrivateFiles) -> None:
            self._files = files

        def __getattr__(self, name: str) -> Any:
            return getattr(self._files, name)

        def delete(self, _key: str) -> None:
            raise TodokeError("storage_unavailable")

    off: Any = Off(over.services.private)
    with pytest.raises(TodokeError):
        keeping.erase_over(replace(over.services, private=off))
    assert left(over)["application"] == 2
    keeping.erase_over(over.services)
    assert left(over)["application"] == 0


@pytest.mark.parametrize("jump", [FIVE * 366 * DAY, -3 * DAY])
def test_a_clock_that_was_moved_erases_nothing_until_a_person_has_looked(
    old: OldRecords, jump: int
) -> None:
    id, file = old.decided()
    if jump < 0:
        old.wait_until(old.years_later(FIVE + 1))
    assert clock_watch.may_erase(old.services)
    old.clock.jump(jump)
    for _ in range(3):
        old.clock.turn(90)
        tick.erase(old.services)
        assert (old.has("application", id), old.has_file(file)) == (True, True)
    assert isinstance(clock_watch.confirm(old.services), Move)
    old.clock.turn(90)
    tick.erase(old.services)
    assert not old.has("application", id)


def test_a_day_that_comes_twice_does_no_harm(over: OldRecords) -> None:
    keeping.erase_over(over.services)
    over.clock.turn(-3600 * 20)  # the day before, by Japan's calendar
    assert keeping.erase_over(over.services) == 0
    assert over.findings() == []


@pytest.mark.looks_into_files
def test_what_is_gone_is_gone_from_the_files(old: OldRecords) -> None:
    """An outside look: the database and the folder of sealed files, byte by byte."""
    id, file = old.decided()
    old.pay()
    store = old.services.store
    sealed = {
        str(found.data["sealed"])
        for kind, one in (("application", id), ("bill", old.payer.bill))
        if (found := store.get(kind, one)) is not None
    }
    sealed |= {str(each.data["sealed"]) for each in old.letters()}
    assert len(sealed) == 6
    before = dict(_bytes(old))
    assert all(any(each.encode() in body for body in before.values()) for each in sealed)
    assert any(file in name for name in before)
    old.wait_until(old.years_later(FIVE + 1))
    old.care()
    after = dict(_bytes(old))
    assert not [name for name in after if file in name]
    for each in sealed:
        assert not any(each.encode() in body for body in after.values())
    rows = [*_rows(old)]
    named = [kind for kind, one, text in rows if id in one or id in text]
    # forms that were sent once are known again for a week: purged by the same care
    assert named == []
    assert not [1 for kind, one, text in rows if old.payer.bill in one or old.payer.bill in text]


def _bytes(old: OldRecords) -> Iterator[tuple[str, bytes]]:
    """Every file of the data folder but the public site; what is in the journal is in the file."""
    folder = old.services.config.data
    with sqlite3.connect(folder / "todoke.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in folder.rglob("*"):
        if path.is_file() and "public" not in path.parts:
            yield str(path), path.read_bytes()


def _rows(old: OldRecords) -> Iterator[tuple[str, str, str]]:
    with sqlite3.connect(old.services.config.data / "todoke.sqlite3") as database:
        for kind, id, data in database.execute("SELECT kind, id, data FROM record"):
            yield kind, id, json.dumps(json.loads(data))


def test_more_than_one_commit_holds_goes_too(old: OldRecords) -> None:
    """A bill with so many of the company's words that they are several commits."""
    store, bill = old.services.store, old.payer.bill
    old.pay()
    words = [
        Create(Record("payment_event", f"many-{number}", {"bill": bill, "kind": "other", "at": 1}))
        for number in range(150)
    ]
    store.commit(words[:80])
    store.commit(words[80:])
    old.wait_until(old.years_later(FIVE + 1))
    crashing = CrashingStore(store, ["", "", "after"])
    with pytest.raises(CrashError):
        keeping.erase_over(replace(old.services, store=crashing))
    assert 0 < old.money()["payment_event"] < 151
    assert old.money()["ledger"] == 2
    old.clock.turn(DAY)
    keeping.erase_over(old.services)
    assert set(old.money().values()) == {0}
